"""Whether what is left of a published total, when others are subtracted, can stand for one to four people.

A reader has a total and other values, each as published now or before, and may add or subtract any of
them. People who counted alike in all of these are one crowd, as a rule few crowds even in a tree of a
million. Values are taken one after the other: of a crowd that no later value knows it is then settled
whether it is left, and a choice that leaves five people is no longer followed. Choices that leave the
same of every open crowd are one from there on, so values that share nobody with one another do not
multiply: each only adds what it leaves itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.suppression import SMALLEST_CELL

MOST = 2000  # choices followed at a time; where there are more, they are taken to tell of somebody

Choices = Sequence[tuple[int, int]]  # how often a value counts as it is now, and as it was before

_FEW = (1 << SMALLEST_CELL) - 1  # bit n: n people are left
_TELLING = _FEW - 1  # all but nobody


@dataclass(frozen=True, slots=True)
class Crowd:
    """People whose shares are alike: in the total, and in each value by its place, now and before.

    A share is a number; sums of shares are 0 only where every figure was added as often as subtracted.
    """

    people: int
    whole: int
    shares: tuple[tuple[int, int, int], ...]  # place, now and before, in order of places


@dataclass(frozen=True, slots=True)
class _Step:
    """A value with its place among the crowds: who comes in with it, and of whom it is the last."""

    opened: tuple[int, ...]  # what is there of each before a value is chosen
    kept: tuple[int, ...]  # positions of those that later values know
    settled: tuple[tuple[int, int], ...]  # positions of the others, how many people they are
    choices: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]  # left of its own; position, change


def telling(crowds: Iterable[Crowd], values: Sequence[Choices]) -> bool:
    """Whether some choice of each value leaves one to four people, or that were too much to find out."""
    left, known = 0, []
    for crowd in crowds:
        if crowd.shares:
            known.append(crowd)
        elif crowd.whole:
            left += crowd.people
    if left >= SMALLEST_CELL:
        return False
    reached = {(): 1 << left}
    for step in _steps(known, values):
        reached = _after(step, reached)
        if len(reached) > MOST:
            return True
        if not reached:
            return False
    return bool(reached[()] & _TELLING)


def _steps(crowds: Sequence[Crowd], values: Sequence[Choices]) -> Iterable[_Step]:
    """The values in order; between two of them each open crowd has a position."""
    alone: list[list[Crowd]] = [[] for _ in values]
    opening: list[list[Crowd]] = [[] for _ in values]
    for crowd in crowds:
        first, last = crowd.shares[0][0], crowd.shares[-1][0]
        (alone if first == last else opening)[first].append(crowd)
    current: list[Crowd] = []
    for place, choices in enumerate(values):
        current += opening[place]
        shares = [(at, *share[1:]) for at, one in enumerate(current) for share in one.shares if share[0] == place]
        kept = tuple(at for at, one in enumerate(current) if one.shares[-1][0] > place)
        settled = tuple((at, one.people) for at, one in enumerate(current) if one.shares[-1][0] == place)
        counted = tuple(
            (
                _left(alone[place], now, before),
                tuple((at, now * share + before * old) for at, share, old in shares if now * share + before * old),
            )
            for now, before in choices
        )
        yield _Step(tuple(one.whole for one in opening[place]), kept, settled, counted)
        current = [current[at] for at in kept]


def _left(crowds: Iterable[Crowd], now: int, before: int) -> int:
    """How many people of crowds that only one value knows are left by a choice of it."""
    left = 0
    for crowd in crowds:
        ((_, share, old),) = crowd.shares
        if crowd.whole + now * share + before * old:
            left += crowd.people
            if left >= SMALLEST_CELL:
                break
    return left


def _after(step: _Step, reached: dict[tuple[int, ...], int]) -> dict[tuple[int, ...], int]:
    """What is left of open crowds, and how many of the settled, after each choice that may still tell."""
    found: dict[tuple[int, ...], int] = {}
    for key, counts in reached.items():
        before = (*key, *step.opened)
        for own, changes in step.choices:
            left = (counts << own) & _FEW
            if not left:
                continue
            sums = list(before)
            for at, change in changes:
                sums[at] += change
            for at, people in step.settled:
                if sums[at]:
                    left = (left << min(people, SMALLEST_CELL)) & _FEW
            if left:
                rest = tuple([sums[at] for at in step.kept])
                found[rest] = found.get(rest, 0) | left
    return found
