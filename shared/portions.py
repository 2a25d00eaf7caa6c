"""How many of a cell's people have something, such as women of a headcount: where that may be told.

A cell of five people may hold one woman, or one man. A portion of a moving cell is told only where

(a) those who have it, and the rest, are each nobody, or five people and more;
(b) what each of the two moved by since the portion was last told is, net, nobody or five and more;
(c) under each unit whose portion is told, what it tells less what is told below it (by the nearest
    unit on each way down) is nobody or five and more, and likewise the rest.

Where (c) fails the smallest moving part below is withheld, one after the other, and where none is
left the unit itself. A withheld portion is unknown while its cell's people are told as ever. What
units that do not move now told before are facts that stand.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from shared.suppression import SMALLEST_CELL, small


@dataclass(frozen=True, slots=True)
class Portion:
    """How many of a cell's people, the whole, have something."""

    whole: int
    some: int

    @property
    def rest(self) -> int:
        """How many do not have it."""
        return self.whole - self.some

    def __sub__(self, other: "Portion") -> "Portion":
        """What is left, or what it moved by: either count may be negative."""
        return Portion(self.whole - other.whole, self.some - other.some)

    def __add__(self, other: "Portion") -> "Portion":
        """Both together."""
        return Portion(self.whole + other.whole, self.some + other.some)


NOBODY = Portion(0, 0)


def told(
    parents: Mapping[str, str | None],
    standing: Mapping[str, Portion | None],
    last: Mapping[str, Portion | None],
    moving: Mapping[str, Portion],
) -> set[str]:
    """The moving units whose portions are told.

    `parents` names the unit above each unit; `standing` is what is told of each (None: nothing), `last`
    what was told of it last, also if it was withheld since, and `moving` what there is to tell.
    """
    shown = {code: known for code, known in standing.items() if known is not None and code not in moving}
    for code, portion in moving.items():
        moved = portion - (last.get(code) or NOBODY)
        if _large(portion) and not small(abs(moved.some)) and not small(abs(moved.rest)):
            shown[code] = portion
    below: defaultdict[str, list[str]] = defaultdict(list)
    for code, above in parents.items():
        if above is not None:
            below[above].append(code)
    # From below upwards: whatever is withheld under a unit leaves as it is what is told under others there.
    for code in _upwards(parents, moving):
        if code in shown:
            _withhold(code, shown, below, moving)
    return moving.keys() & shown.keys()


def _withhold(
    unit: str, shown: dict[str, Portion], below: Mapping[str, list[str]], moving: Mapping[str, Portion]
) -> None:
    """Take from `shown` what would tell, less the others, of one to four people in this unit."""
    parts = _nearest(unit, shown, below)
    left = shown[unit] - sum((shown[part] for part in parts), NOBODY)
    able = sorted((shown[part].whole, part) for part in parts if part in moving)  # a heap, too
    while able and not _large(left):
        _, part = heappop(able)
        left += shown.pop(part)
        for seen in _nearest(part, shown, below):
            left -= shown[seen]
            if seen in moving:
                heappush(able, (shown[seen].whole, seen))
    if unit in moving and not _large(left):
        del shown[unit]


def _nearest(unit: str, shown: Mapping[str, Portion], below: Mapping[str, list[str]]) -> list[str]:
    """The first told unit on each way down."""
    found, waiting = [], list(below.get(unit, ()))
    while waiting:
        code = waiting.pop()
        if code in shown:
            found.append(code)
        else:
            waiting.extend(below.get(code, ()))
    return found


def _upwards(parents: Mapping[str, str | None], codes: Iterable[str]) -> list[str]:
    """These units and all above them, the deepest first."""
    paths: dict[str, int] = {}
    for code in codes:
        way: list[str] = []
        step: str | None = code
        while step is not None and step not in paths:
            way.append(step)
            step = parents.get(step)
        depth = paths[step] if step is not None else 0
        paths |= {passed: depth + at for at, passed in enumerate(reversed(way), start=1)}
    return sorted(paths, key=lambda code: (-paths[code], code))


def _large(portion: Portion) -> bool:
    """Whether those who have it, and the rest, are each nobody, or five and more."""
    return all(count == 0 or count >= SMALLEST_CELL for count in (portion.some, portion.rest))
