"""Which lines of a load may call their posts primary: claims of one person never share a day.

Lines are taken in their order, and one that shares a day with an earlier one is refused. A refused line leaves its
post as it is stored, and a stored claim has priority: lines on its days are refused in turn.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

STORED = 0  # in place of a line


class Claim(NamedTuple):
    """The first and last day (None: open) of a claim; `before`: those of the stored one that the line replaces."""

    line: int
    first: date
    last: date | None
    before: tuple[date, date | None] | None = None


def refused_claims(claims: Iterable[Claim]) -> list[int]:
    """The lines among one person's claims that are refused. The work grows with the claims, not their square."""
    taken, refused = _Taken(), []
    for claim in sorted(claims, key=lambda claim: claim.line):
        if claim.line == STORED:
            taken.store(claim.first, claim.last)
        elif not taken.add(claim):
            waiting = [claim]
            while waiting:
                lost = waiting.pop()
                refused.append(lost.line)
                if lost.before is not None:
                    waiting += taken.store(*lost.before)
    return refused


class _Taken:
    """Days that are taken, as spans in their order of which no two share a day."""

    def __init__(self) -> None:
        self._firsts: list[date] = []
        self._lasts: list[date] = []
        self._claims: list[Claim | None] = []  # None: of what is stored

    def add(self, claim: Claim) -> bool:
        """Take the days of a line; False where one of them is taken."""
        span = self._sharing(claim.first, claim.last)
        if span.start < span.stop:
            return False
        self._replace(span, claim.first, claim.last or date.max, claim)
        return True

    def store(self, first: date, last: date | None) -> list[Claim]:
        """Take the days of a stored claim. Returns the lines that shared one of them, and lose theirs."""
        span = self._sharing(first, last)
        lost = [claim for claim in self._claims[span] if claim is not None]
        old = [place for place in range(span.start, span.stop) if self._claims[place] is None]
        first = min([first, *(self._firsts[place] for place in old)])
        until = max([last or date.max, *(self._lasts[place] for place in old)])
        self._replace(span, first, until, None)
        return lost

    def _sharing(self, first: date, last: date | None) -> slice:
        return slice(bisect_left(self._lasts, first), bisect_right(self._firsts, last or date.max))

    def _replace(self, span: slice, first: date, last: date, claim: Claim | None) -> None:
        self._firsts[span], self._lasts[span], self._claims[span] = [first], [last], [claim]
