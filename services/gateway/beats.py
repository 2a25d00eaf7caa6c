"""What a region says of itself every few seconds, and what its hub makes of it. Pure.

How far a hub is behind is never read from its streams' own figures: a source that stalled says that
nothing is missing. It is the difference between what a region says it has and what has arrived.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

EVERY = 5.0  # seconds between two beats
EVERY_METERED = 60.0  # where bytes are paid: half of what makes a region late
LATE = 120.0  # seconds after which a region is late
AGES = (10, 30, 60, 120, 300, 900, 3600, 21600, 86400, 604800)  # seconds at which a beat says what is older
OK, LATE_STATE, NEVER_SEEN, SUSPENDED = "ok", "late", "never-seen", "suspended"


class Outbox(msgspec.Struct, frozen=True):
    """Events that a service has not yet published, and the age of the oldest in seconds."""

    waiting: int
    oldest_seconds: float


class Budget(msgspec.Struct, frozen=True):
    """On a metered line: bytes forwarded on `day` (UTC), how many may be, and events that wait for the next."""

    day: str
    used: int
    limit: int
    waiting: int


class Beat(msgspec.Struct, frozen=True):
    """A region at `at`, its own time. Of the versions and cells, null where it does not know.

    `uplink` and `down` are the last sequences of its streams, `event` the id of the uplink's last;
    `older` has, by seconds, how many sequences of the uplink are older than that.
    """

    at: datetime
    epoch: int
    software: str
    uplink: int
    event: str
    down: int
    older: dict[str, int]
    versions: dict[str, str]
    suppressed_cells: int | None
    outboxes: dict[str, Outbox]
    up_bytes: int
    up_limit: int
    foreign: int = 0
    budget: Budget | None = None


class Arrived(msgspec.Struct, frozen=True):
    """What a hub has of a region: the uplink's sequence that came last, its event's id; 0 for nothing."""

    sequence: int = 0
    event: str = ""


def missing(beat: Beat, arrived: Arrived) -> int:
    """Events that the region has in its uplink and the hub has not.

    A file carried by hand has no sequences: then the id of the last event tells that all are there.
    """
    if arrived.event and arrived.event == beat.event:
        return 0
    return max(0, beat.uplink - arrived.sequence)


def lag_seconds(beat: Beat, arrived: Arrived, silence: float) -> float:
    """How far behind the hub is: the silence since the beat, and by then the oldest missing event's age."""
    if not missing(beat, arrived):
        return silence
    return silence + max(
        (float(age) for age, last in beat.older.items() if last > arrived.sequence), default=0.0
    )


def state(*, active: bool, lag: float | None) -> str:
    """One word for a region; `lag` is None where it was never heard."""
    if not active:
        return SUSPENDED
    if lag is None:
        return NEVER_SEEN
    return LATE_STATE if lag > LATE else OK


def source(headers: Mapping[str, str] | None) -> tuple[str, int]:
    """The stream and sequence that a sourced message had where it came from; ("", 0) for any other."""
    words = (headers or {}).get("Nats-Stream-Source", "").split(" ")
    if len(words) < 2 or not words[1].isdigit():
        return "", 0
    return words[0].partition(":")[0], int(words[1])
