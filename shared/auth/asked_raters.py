"""What assessment vouches for towards registry: this sign-in was asked to rate this person, just now.

A rater has no right to a person's record. Names are in registry alone, who was asked is in assessment
alone; the gateway carries the one's word to the other. It holds for one sign-in, one person and a
minute, so it ends with the request.
"""

import hashlib
import hmac

import msgspec

MOST = 200  # people of one question, as many as a page of requests has
MINUTE = 60  # seconds that a word holds


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of a request: the person, and the unit and role in which they are assessed.

    `until` is in seconds of Unix time, `seal` is assessment's word.
    """

    request_id: str
    person_id: str
    unit_code: str
    role_code: str
    until: int
    seal: str = ""


class Subjects(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The subjects of several requests to one rater."""

    items: list[Subject]


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """All that a rater learns of whom they rate. Names of the role are a language map."""

    request_id: str
    family_name: str
    given_name: str | None
    role_code: str
    role_name: dict[str, str]
    unit_code: str
    unit_name: str


class NamedSubjects(msgspec.Struct, frozen=True):
    """The subjects of several requests, named."""

    items: list[Named]


def sealed(pepper: str, subject_key: str, subject: Subject) -> Subject:
    """`subject` with the seal for the sign-in of `subject_key`."""
    return msgspec.structs.replace(subject, seal=_seal(pepper, subject_key, subject))


def unbroken(pepper: str, subject_key: str, subject: Subject, now: float) -> bool:
    """Whether assessment sealed exactly this for this sign-in, and not longer ago than a minute."""
    mine = _seal(pepper, subject_key, subject)
    return now <= subject.until <= now + 2 * MINUTE and hmac.compare_digest(
        subject.seal.encode(), mine.encode()
    )


def _seal(pepper: str, subject_key: str, subject: Subject) -> str:
    """Over JSON, in which no value can run into the next."""
    parts = (
        "asked-rater", subject_key, subject.request_id, subject.person_id, subject.unit_code,
        subject.role_code, subject.until,
    )  # fmt: skip
    return hmac.new(pepper.encode(), msgspec.json.encode(parts), hashlib.sha256).hexdigest()
