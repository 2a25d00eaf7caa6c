"""What the fields of people, posts and units may hold, the same at every door."""

from typing import Literal, get_args

from shared.fields import CODE, EXTERNAL_ID, NAME, Text

__all__ = ["BIRTH_YEARS", "CODE", "EMAIL", "EXTERNAL_ID", "NAME", "PHONE", "SEXES", "SYSTEM_URI", "Sex"]

Sex = Literal["female", "male", "other"]
SEXES: tuple[str, ...] = get_args(Sex)
BIRTH_YEARS = (1900, 2200)  # and not after this year, which the clock knows

EMAIL = Text(
    254,
    r'[^@ <>()\[\],;:\\"]+@[^@ <>()\[\],;:\\"._-][^@ <>()\[\],;:\\".]*(?:\.[^@ <>()\[\],;:\\".]+)+',
    "One mail address such as a.kamara@example.org is expected.",
)
PHONE = Text(
    40,
    r"[+(]{0,2}[0-9](?:[ ()./-]*[0-9]){2,38}[ ()./-]*",
    "Digits, with +, spaces, dots, hyphens, slashes or brackets between them, are expected.",
)
# The system of identifiers in FHIR: without the signs that a search gives a meaning to.
SYSTEM_URI = Text(
    200,
    "[A-Za-z][A-Za-z0-9+.-]{1,30}:[A-Za-z0-9._~:/?#@!&'()*+;=%-]{1,168}",
    "An absolute URI such as https://facilities.example.org/id is expected.",
)
