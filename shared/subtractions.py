"""Whether what is left of a published total, when others are subtracted, can stand for one to four people.

A reader has a total and other values, each as published now or before, and may add or subtract any of
them. People who counted alike in all of these are one crowd, as a rule few crowds even in a tree of a
million. Values are taken one after the other: of a crowd that no later value knows it is then settled
whether it is left, and a choice that leaves five people is no longer followed. Choices that leave the
same of every open crowd are one from there on, so values that share nobody with one another do not
multiply: each only adds what it leaves itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.suppression import SMALLEST_CELL

MOST = 2000  # choices followed at a time; where there are more, they are taken to tell of somebody

Choices = Sequence[tuple[int, int]]  # how often a value counts as it is now, and as it was before
Whole = tuple[int, int]  # a share in the total, now and before
Shares = tuple[tuple[int, int, int], ...]  # in values: place, now and before, in order of places

_FEW = (1 << SMALLEST_CELL) - 1  # bit n: n people are left
_TELLING = _FEW - 1  # all but nobody


@dataclass(slots=True)
class _Value:
    """What is known of a value: open crowds have a digit each in one long number, so that one sum is all sums."""

    now: int = 0
    before: int = 0
    last: list[tuple[int, int]] = field(
        default_factory=list
    )  # digit and size of crowds that no later one has
    mask: int = 0  # of their digits
    alone: list[tuple[int, Whole, int, int]] = field(
        default_factory=list
    )  # people, shares: in no other value


class Subtractions:
    """The crowds behind a total and `values` others; a share is a number, each figure a digit of it.

    A sum of shares is then 0 only where every figure was added as often as subtracted.
    """

    def __init__(self, crowds: Mapping[tuple[Whole, Shares], int], values: int) -> None:
        longest = max((each.bit_length() for whole, shares in crowds for one in ((0, *whole), *shares)
                       for each in one[1:]), default=1)  # fmt: skip
        self._width = longest + 10  # sums of up to some hundreds, and a sign
        self._middle = 1 << (self._width - 1)
        self._values = [_Value() for _ in range(values)]
        self._untouched: list[tuple[int, Whole]] = []
        self._start = [0, 0, 0]  # digits in their middle, and shares in the total, now and before
        opened = 0
        for (whole, shares), people in crowds.items():
            if not shares:
                self._untouched.append((people, whole))
            elif len(shares) == 1:
                ((place, now, before),) = shares
                self._values[place].alone.append((people, whole, now, before))
            else:
                self._open(opened * self._width, people, whole, shares)
                opened += 1

    def _open(self, digit: int, people: int, whole: Whole, shares: Shares) -> None:
        for at, share in enumerate((self._middle, *whole)):
            self._start[at] += share << digit
        for place, now, before in shares:
            self._values[place].now += now << digit
            self._values[place].before += before << digit
        last = self._values[shares[-1][0]]
        last.last.append((digit, people))
        last.mask |= ((1 << self._width) - 1) << digit

    def telling(self, values: Iterable[Choices], before: int = 0, more: int = 0) -> bool:
        """Whether some choice of each value leaves one to four people, or that were too much to find out.

        `before` is how often the total counts as it was, and `more` how many people are left anyhow.
        """
        left = more + sum(people for people, whole in self._untouched if whole[0] + before * whole[1])
        if left >= SMALLEST_CELL:
            return False
        reached = {self._start[0] + self._start[1] + before * self._start[2]: 1 << left}
        for value, choices in zip(self._values, values, strict=True):
            reached = self._after(value, choices, before, reached)
            if len(reached) > MOST:
                return True
        return any(counts & _TELLING for counts in reached.values())

    def _after(
        self, value: _Value, choices: Choices, before: int, reached: Mapping[int, int]
    ) -> dict[int, int]:
        """What is left of open crowds, and how many of the settled, after each choice that may still tell."""
        found: dict[int, int] = {}
        digit = (1 << self._width) - 1
        for now, old in choices:
            alone = _left(value, now, old, before)
            if alone >= SMALLEST_CELL:
                continue
            change = now * value.now + old * value.before
            for key, counts in reached.items():
                sums, left = key + change, counts << alone & _FEW
                for at, people in value.last:
                    if (sums >> at) & digit != self._middle:
                        left = left << min(people, SMALLEST_CELL) & _FEW
                        if not left:
                            break
                if left:
                    rest = sums & ~value.mask
                    found[rest] = found.get(rest, 0) | left
        return found


def _left(value: _Value, now: int, old: int, before: int) -> int:
    """How many people whom only this value knows are left by a choice of it."""
    left = 0
    for people, whole, share, earlier in value.alone:
        if whole[0] + before * whole[1] + now * share + old * earlier:
            left += people
            if left >= SMALLEST_CELL:
                break
    return left
