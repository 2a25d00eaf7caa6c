"""What a region says of itself every few seconds, and what its hub makes of it. Pure.

How far a hub is behind is never read from its streams' own figures: a source that stalled says that
nothing is missing. It is the difference between what a region says it has and what has arrived.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from shared.federation.protocol import CARRIED, STREAM_SOURCE

EVERY = 5.0  # seconds between two heartbeats
EVERY_METERED = 60.0  # where bytes are paid: half of what makes a region late
LATE = 120.0  # seconds after which a region is late
AGES = (
    10,
    30,
    60,
    120,
    300,
    900,
    3600,
    21600,
    86400,
    604800,
)  # seconds at which a heartbeat says what is older
OK, LATE_STATE, NEVER_SEEN, SUSPENDED = "ok", "late", "never-seen", "suspended"
UNKNOWN = "unknown"  # the hub's own broker does not answer for the region's link


class Outbox(msgspec.Struct, frozen=True):
    """Events that a service has not yet published, and the age of the oldest in seconds."""

    waiting: int
    oldest_seconds: float


class Waiting(msgspec.Struct, frozen=True):
    """Events that wait to be taken over from one stream into another, and the age of the oldest in seconds."""

    events: int = 0
    seconds: float = 0.0


class Budget(msgspec.Struct, frozen=True):
    """On a metered line: bytes forwarded on `day` (UTC), how many may be, and events that wait for the next."""

    day: str
    used: int
    limit: int
    waiting: int


class Heartbeat(msgspec.Struct, frozen=True):
    """A region at `at`, its own time. Of the versions and cells, null where it does not know.

    `uplink` and `down` are the last sequences of its streams, `event` the id of the uplink's last;
    `older` has, by seconds, how many sequences of the uplink are older than that, `held` what is in UP
    and not in the uplink.
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
    held: Waiting = Waiting()


class Arrived(msgspec.Struct, frozen=True):
    """What a hub has of a region: the uplink's sequence that came last, its event's id; 0 for nothing.

    `seconds` have passed since then when the heartbeat came; None where it came later, or never.
    """

    sequence: int = 0
    event: str = ""
    seconds: float | None = None


def missing(heartbeat: Heartbeat, arrived: Arrived) -> int:
    """Events that the region has in its uplink and the hub has not.

    A file carried by hand has no sequences: then the id of the last event tells that all are there. An
    uplink that is shorter than what was read of it lost its end, and its hub waits for numbers
    that are far away: nothing of it is known to have arrived.
    """
    if arrived.event and arrived.event == heartbeat.event:
        return 0
    return heartbeat.uplink if _cut_off(heartbeat, arrived) else max(0, heartbeat.uplink - arrived.sequence)


def _cut_off(heartbeat: Heartbeat, arrived: Arrived) -> bool:
    return arrived.seconds is not None and arrived.sequence > heartbeat.uplink


def lag_events(heartbeat: Heartbeat, arrived: Arrived, came: Waiting) -> int:
    """Events that the hub's services cannot know yet; `came` are those that wait between link and services."""
    return _held(heartbeat).events + missing(heartbeat, arrived) + came.events


def lag_seconds(heartbeat: Heartbeat, arrived: Arrived, came: Waiting, silence: float) -> float:
    """How far behind the hub is: the silence since the heartbeat, and by then the oldest missing event's age."""
    older = (float(age) for age in AGES if heartbeat.older.get(str(age), 0) > arrived.sequence)
    oldest = max(older, default=0.0) if missing(heartbeat, arrived) else 0.0
    if _cut_off(heartbeat, arrived):
        oldest = max(oldest, arrived.seconds or 0.0)
    return max(silence + max(oldest, _held(heartbeat).seconds), came.seconds)


def _held(heartbeat: Heartbeat) -> Waiting:
    """What the region ought to have sent: on a metered line it waits for another day, as it should."""
    return Waiting() if heartbeat.budget else heartbeat.held


def state(*, active: bool, lag: float | None) -> str:
    """One word for a region; `lag` is None where it was never heard."""
    if not active:
        return SUSPENDED
    if lag is None:
        return NEVER_SEEN
    return LATE_STATE if lag > LATE else OK


def source(headers: Mapping[str, str] | None) -> tuple[str, int]:
    """The stream and sequence that a sourced message had where it came from; ("", 0) for any other."""
    return _place(headers, STREAM_SOURCE)


def reached(headers: Mapping[str, str] | None) -> tuple[str, int]:
    """An uplink and how far what came of it reaches with this message, by line or file; ("", 0) for any other.

    What a file brings is counted on from there: it has no sequence of the uplink, which may lack it yet.
    """
    by_line = source(headers)
    return by_line if by_line[0] else _place(headers, CARRIED)


def _place(headers: Mapping[str, str] | None, name: str) -> tuple[str, int]:
    words = (headers or {}).get(name, "").split(" ")
    if len(words) < 2 or not (words[1].isascii() and words[1].isdigit()):
        return "", 0
    return words[0].partition(":")[0], int(words[1])
