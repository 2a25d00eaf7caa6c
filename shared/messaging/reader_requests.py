"""Readers over NATS that the API makes: their records, and what the gateway asks of the process that makes them.

The process that holds the accounts (`deploy.reader_accounts`) writes the records and is the only one that can. The
gateway reads them, and asks over one subject, which it alone of all services may publish.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from shared.events.event import Reach

PROCESS = "readers"  # user of the process in the account of the streams
PROCESS_SYSTEM = "readers-system"  # its user in the account of the server itself
ASKED = "readers.ask"
RECORDS = "$KV.readers.reader"  # prefix of the keys of the bucket KV_readers
SEEN = "$KV.readers.seen.all"

# Not `$`, which also stands before a line's end in Python.
Name = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9-]{0,30}[a-z0-9]\Z")]
Somebody = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Generation = Annotated[str, Meta(pattern=r"\A[0-9a-f]{8}\Z")]
Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
PublicKey = Annotated[str, Meta(pattern=r"\AU[A-Z2-7]{55}\Z")]


class Sees(StrEnum):
    """What a reader is for."""

    AGGREGATES = "aggregates"  # structure and figures without people
    PEOPLE = "people"  # also events about people, by opaque id

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """Whose streams it reads."""
        return (Reach.LOCAL, Reach.UP, Reach.DOWN) if self is Sees.PEOPLE else (Reach.UP, Reach.DOWN)


class ReaderRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reader. Times are in whole seconds of Unix time; `made_by` and the like are opaque keys of sign-ins.

    `public_key` is the public half of its NKEY; nobody stores the other one. `generation` tells readers of one
    name apart, of which all but the last were revoked. `asked` is the digest of the Idempotency-Key under which
    the last credential was made, `earlier` those of credentials before it, which no late repeat gives back.
    """

    name: Name
    sees: Sees
    generation: Generation
    public_key: PublicKey
    made_at: int
    made_by: Somebody
    renewed_at: int | None = None
    renewed_by: Somebody | None = None
    asked: Digest | None = None
    earlier: tuple[Digest, ...] = ()
    revoked_at: int | None = None
    revoked_by: Somebody | None = None

    @property
    def active(self) -> bool:
        """Whether it may read."""
        return self.revoked_at is None

    def was_asked(self, asked: str | None) -> bool:
        """Whether a credential of it was made under this key, by its digest."""
        return asked is not None and asked in (self.asked, *self.earlier)

    @property
    def durable(self) -> str:
        """Name of its account and of its durable consumers. No service's consumer begins so."""
        return f"reader-{self.name}-{self.generation}"

    @property
    def inbox(self) -> str:
        """Prefix of the subjects where it is answered."""
        return f"_INBOX_{self.durable}"

    @property
    def streams(self) -> Iterator[str]:
        """Names of the streams that it reads."""
        return (reach.stream for reach in self.sees.reaches)


class Action(StrEnum):
    """What the process can be asked for, and nothing else."""

    MAKE = "make"
    RENEW = "renew"  # another credential for the reader of this name; the one before ends
    REVOKE = "revoke"


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request: `by` whom, `asked` under which key (its digest)."""

    action: Action
    name: Name
    by: Somebody
    sees: Sees = Sees.AGGREGATES
    asked: Digest | None = None


class Refusal(StrEnum):
    """Why the process did not do it."""

    EXISTS = "reader-exists"
    UNKNOWN = "reader-unknown"
    FULL = "readers-full"
    BROKER = "readers-away"  # the server did not take its new accounts


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: the record, `refused`, or neither where the request was none.

    `credential` is the seed of the reader's NKEY, where this request made it. `made`: there is one reader more.
    """

    record: ReaderRecord | None = None
    credential: str | None = None
    made: bool = False
    refused: Refusal | None = None


def key_of(durable: str = "*") -> str:
    """Subject of the record of one reader, or of any."""
    return f"{RECORDS}.{durable}"
