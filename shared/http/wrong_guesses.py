"""Counts wrong credentials by id, so that who sends them is told to wait.

What is right is never refused: anybody who knows an id could lock its owner out. Ids that exist and those that do
not are treated alike.
"""

import math

from shared.http.rate_limits import RateLimits

MOST = 10  # wrong ones in a minute
_REMEMBERED = 4096


class WrongGuesses:
    """Wrong credentials by id, of this process; at most some thousand ids are remembered."""

    def __init__(self) -> None:
        self._wrong = RateLimits(most=_REMEMBERED)

    def wrong(self, name: str, now: float) -> int | None:
        """The credentials were wrong: seconds until the next try, None where there were few."""
        taken = self._wrong.take(name, MOST, now)
        return None if taken.allowed else math.ceil(taken.next_in) or 1
