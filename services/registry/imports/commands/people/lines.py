"""Lines of a load of people: what they may say, and the mark by which one that was taken is known again."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Annotated

import msgspec

from services.registry.imports.commands.people.sign_ins import SignInLine, check_sign_ins
from services.registry.imports.commands.report import name_of, read_texts
from services.registry.record_fields import BIRTH_YEARS, EMAIL, EXTERNAL_ID, NAME, PHONE, Sex

_TEXTS = {
    "external_id": EXTERNAL_ID, "family_name": NAME, "given_name": NAME, "phone": PHONE, "email": EMAIL,
    "cadre": NAME, "former_external_id": EXTERNAL_ID,
}  # fmt: skip
COLUMNS = ("external_id", "family_name", "given_name", "phone", "email", "sex", "birth_year", "cadre")
READING = b"people-2"  # raise it where the same line comes to mean something else: all are read afresh then


class PersonLine(msgspec.Struct, forbid_unknown_fields=True):
    """One person as a line of NDJSON. Fields left out are emptied; `subjects` left out stay as they are.

    `former_external_id` is what the system called the person before: who comes back under a new number is the
    same person.
    """

    external_id: str
    family_name: str
    given_name: str | None = None
    phone: str | None = None
    email: str | None = None
    sex: Sex | None = None
    birth_year: Annotated[int, msgspec.Meta(ge=BIRTH_YEARS[0], le=BIRTH_YEARS[1])] | None = None
    cadre: str | None = None
    subjects: Annotated[list[SignInLine], msgspec.Meta(max_length=10)] | None = None
    former_external_id: str | None = None


def check(line: PersonLine) -> None:
    """Put the texts of a line into the form that is stored. Raises Wrong with the field's pointer."""
    read_texts(line, _TEXTS)
    check_sign_ins(line.subjects or ())


Marked = tuple[
    int, bytes, bytes, str | None
]  # number, text, digest, external id where it could be read so far


class Marker:
    """Digests of lines as they came.

    Two lines with the same digest say the same: it has 16 bytes of BLAKE2b. `salt` is what else the
    stored row depends on.
    """

    def __init__(self, salt: str) -> None:
        """Digests under `salt` and the reading of today."""
        self._start = blake2b(
            digest_size=16, person=READING, salt=blake2b(salt.encode(), digest_size=16).digest()
        )

    def mark(self, lines: Sequence[tuple[int, bytes]], *, named: bool) -> list[Marked]:
        """The lines with their digests, and with their external ids when `named`."""
        marked = []
        start = self._start.copy
        for number, text in lines:
            digest = start()
            digest.update(text)
            marked.append((number, text, digest.digest(), name_of(text) if named else None))
        return marked
