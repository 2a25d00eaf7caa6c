"""Which of the events that wait for a receiver wait for longer, so that others may come in their place. Pure."""

from collections.abc import Iterable, Sequence
from typing import Protocol

# What a server answers whatever the event is: it, or what is before it, is away or has too much to do.
_OF_SERVER = frozenset((408, 425, 429, 502, 503, 504))


class Event(Protocol):
    """An event that waits."""

    @property
    def keys(self) -> Sequence[str]:
        """Whom it is in order with."""

    @property
    def silent(self) -> bool:
        """Whether no answer spoke of the event itself: the receiver may be away for all."""

    @property
    def failing_since(self) -> float | None:
        """When it was first refused, in seconds of Unix time; None if never."""


def speaks_of_event(status: int) -> bool:
    """Whether an answer that is no success is about the event, not about the receiver's own state; 0 is none."""
    return status >= 400 and status not in _OF_SERVER


def stuck(waiting: Iterable[tuple[int, Event]], taken_at: float, *, probing: bool) -> list[int]:
    """The places, of events oldest first, that are refused or wait behind one that is.

    Where the receiver was silent it may be away for all. Then an event is refused once another was taken since
    (`taken_at` is when the last was), or while `probing` finds out whether others are.
    """
    keys, found = set[str](), list[int]()
    for place, event in waiting:
        since = event.failing_since
        refused = since is not None and (probing or not event.silent or since < taken_at)
        if refused or not keys.isdisjoint(event.keys):
            keys.update(event.keys)
            found.append(place)
    return found
