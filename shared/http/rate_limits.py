"""How many requests each of many keys may make: the generic cell rate algorithm (ITU-T I.371, GCRA).

A key has a whole quota at first, may use it at once, and gets it back evenly over the window. One number a
key says all of that, so a request costs the same whatever came before. Counts are this process's own.
"""

import math
from typing import NamedTuple


class Taken(NamedTuple):
    """What became of one request: whether it is `allowed`, and of the quota how much remains.

    `full_in` are seconds until the whole quota is there again, `next_in` until the next request is allowed.
    """

    allowed: bool
    remaining: int
    full_in: float
    next_in: float


class RateLimits:
    """The use of at most `most` keys; the one seen longest ago is forgotten, and begins with a whole quota."""

    def __init__(self, *, window: float = 60.0, most: int = 10_000) -> None:
        """`window` are the seconds in which a quota comes back."""
        self.window = window
        self._most = most
        self._full_at: dict[str, float] = {}

    def take(self, key: str, quota: int, now: float) -> Taken:
        """One request of `key` at `now`, in seconds of a monotonic clock. A refused one costs nothing."""
        cost = self.window / quota
        full_at = max(self._full_at.pop(key, now), now)
        used = full_at - now + cost
        allowed = used <= self.window * (1 + 1e-9)
        if allowed:
            full_at += cost
        if len(self._full_at) >= self._most:
            del self._full_at[next(iter(self._full_at))]
        self._full_at[key] = full_at
        return self._taken(allowed, full_at - now, cost)

    def look(self, key: str, quota: int, now: float) -> Taken:
        """How `key` stands, without a request of it: `allowed` says whether one would be."""
        used = max(self._full_at.get(key, now) - now, 0.0)
        found = self._taken(True, used, self.window / quota)
        return found._replace(allowed=found.remaining > 0)

    def _taken(self, allowed: bool, used: float, cost: float) -> Taken:
        left = self.window - used
        remaining = max(0, math.floor(left / cost + 1e-6))
        return Taken(allowed, remaining, used, 0.0 if remaining else max(0.0, cost - left))
