"""Who reads events, as the gateway vouches for it towards registry, which judges what each of them is shown.

A reader of the feed shows a token, the owner of a webhook showed one earlier. Registry is asked about both in the
same way: by what the token said, under the gateway's seal, which holds for a minute.
"""

import hashlib
import hmac
from datetime import date
from uuid import UUID

import msgspec

from shared.auth.caller import Caller

HEADER = "steward-seal"
MINUTE = 60  # seconds that a question holds
MOST = 2000  # things that are judged in one question


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """What a token said of its holder; nothing in it names a person."""

    roles: list[str]
    units: list[str]
    subject_key: str
    client: bool = False

    @classmethod
    def of(cls, caller: Caller) -> "Reader":
        """The caller of a request as a reader."""
        return cls(
            roles=sorted(caller.roles),
            units=sorted(caller.units),
            subject_key=caller.subject_key,
            client=caller.client,
        )

    def caller(self) -> Caller:
        """The reader as rights know callers."""
        return Caller(frozenset(self.roles), tuple(self.units), self.subject_key, self.client)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """May the reader see, by `right`, what happened on a day?

    `person` is whom it was about, None for nobody. `units` are the codes of the units where it was: of a person's
    own record those of the posts held on that day. `keeping` are the units by which the record was kept then: also
    those of coming posts, and of the last ones where there was no other.
    """

    right: str
    day: date
    person: UUID | None = None
    units: list[str] = []
    keeping: list[str] = []


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one reader may see; `until` is in seconds of Unix time."""

    reader: Reader
    until: int
    items: list[Asked]


class Judged(msgspec.Struct, frozen=True):
    """The answers, in the order of the items."""

    items: list[bool]


def seal(pepper: str, question: bytes) -> str:
    """The gateway's seal of a question as it is sent."""
    return hmac.new(pepper.encode(), b"event-scope\n" + question, hashlib.sha256).hexdigest()


def unbroken(pepper: str, sent: str | None, question: bytes) -> bool:
    """Whether the gateway sealed exactly this question."""
    return sent is not None and hmac.compare_digest(sent.encode(), seal(pepper, question).encode())
