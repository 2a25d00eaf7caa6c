"""Bounds guessing of credentials, without letting whoever guesses lock the owner out.

After `MOST` wrong ones in a minute, an id is refused unseen, but for a proof that was right lately. Ids that
exist and those that do not are treated alike.
"""

import hashlib
import math

from shared.http.rate_limits import RateLimits

MOST = 10  # wrong ones in a minute
_REMEMBERED = 4096


class WrongGuesses:
    """Wrong credentials by id, of this process; at most some thousand ids are remembered."""

    def __init__(self) -> None:
        self._wrong = RateLimits(most=_REMEMBERED)
        self._right: dict[str, bytes] = {}

    def wait(self, name: str, proof: str, now: float) -> int | None:
        """Seconds until a next try of this id is looked at; None: at once."""
        left = self._wrong.look(name, MOST, now)
        if left.remaining or self._right.get(name) == _digest(proof):
            return None
        return math.ceil(left.next_in) or 1

    def wrong(self, name: str, now: float) -> None:
        """The credentials were wrong."""
        self._wrong.take(name, MOST, now)

    def right(self, name: str, proof: str) -> None:
        """They were right: they are looked at from now on, whoever guesses beside them."""
        self._right.pop(name, None)
        if len(self._right) >= _REMEMBERED:
            del self._right[next(iter(self._right))]
        self._right[name] = _digest(proof)


def _digest(proof: str) -> bytes:
    return hashlib.sha256(proof.encode("utf-8", "surrogatepass")).digest()
