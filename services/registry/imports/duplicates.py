"""Facilities that are probably the same one twice: reported for somebody to decide, never merged.

Real lists give hundreds of facilities one position (0,0, or their district's centre) and dozens one name.
Pair by pair, 2,000 of them are two million findings. A crowd is therefore one finding, and every facility
is compared with a bounded number of others: work and memory grow with the list, whatever it says.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

NEAR_METRES = 150.0
CROWD = 20  # more facilities than these with one name under one unit, or in one cell, are one finding
_CELL = 0.002  # degrees, more than NEAR_METRES up to 48 degrees of latitude
_AROUND = [(up, right) for up in (-1, 0, 1) for right in (-1, 0, 1)]
_METRES_PER_DEGREE = 111_195.0  # on a sphere of 6,371 km


class Facility(NamedTuple):
    """What likeness is judged by; `name` is normalised, `within` is the unit above."""

    code: str
    line: int | None  # None for a unit that the list does not mention
    name: str
    within: str | None
    latitude: float | None
    longitude: float | None


class Likeness(NamedTuple):
    """Two facilities that look like one; `reasons` holds same-name, near-position or both."""

    first: Facility
    second: Facility
    reasons: tuple[str, ...]
    metres: int | None


class Crowd(NamedTuple):
    """More than `CROWD` facilities that are alike for one reason: same-name or near-position."""

    reason: str
    members: list[Facility]  # those of the list first, then by code


class Findings(NamedTuple):
    """What was found: the number of pairs, the first of them by code, and all crowds, the largest first."""

    pairs_count: int
    pairs: list[Likeness]
    crowds: list[Crowd]


def likely_duplicates(facilities: Iterable[Facility], most: int) -> Findings:
    """What of a list looks like something twice, at most `most` pairs of it spelt out.

    A pair has the same name under the same unit, or positions less than 150 m apart, and one of the two
    stands in the list. A crowd's members are not paired for the crowd's own reason; their cell is a
    square of 0.002 degrees, about 220 m.
    """
    everyone = sorted(facilities, key=lambda facility: facility.code)
    names: dict[Hashable, list[int]] = defaultdict(list)
    cells: dict[Hashable, list[int]] = defaultdict(list)
    for place, facility in enumerate(everyone):
        names[facility.name, facility.within].append(place)
        if (cell := _cell(facility)) is not None:
            cells[cell].append(place)
    crowds = [*_crowds(everyone, "same-name", names), *_crowds(everyone, "near-position", cells)]
    counted = _Counted(_pairs(everyone, names, cells))
    first = heapq.nsmallest(most, counted)
    return Findings(
        counted.count,
        [_likeness(everyone[one], everyone[other], reasons) for one, other, reasons in first],
        sorted(crowds, key=lambda crowd: (-len(crowd.members), crowd.reason, crowd.members[0].code)),
    )


def metres_apart(one: Facility, other: Facility) -> float | None:
    """Distance in metres on a sphere, None where a position is missing."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    north = one.latitude - other.latitude
    east = (one.longitude - other.longitude) * math.cos(math.radians((one.latitude + other.latitude) / 2))
    return math.hypot(north, east) * _METRES_PER_DEGREE


Pair = tuple[int, int, tuple[str, ...]]  # places in the order of codes, and the reasons


class _Counted:
    """Pairs passed on, and counted."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._pairs = pairs
        self.count = 0

    def __iter__(self) -> Iterator[Pair]:
        for pair in self._pairs:
            self.count += 1
            yield pair


def _pairs(
    everyone: list[Facility], names: dict[Hashable, list[int]], cells: dict[Hashable, list[int]]
) -> Iterator[Pair]:
    """Every pair once: from its facility of the list, where both stand there from the first of the two."""
    for place, facility in enumerate(everyone):
        if facility.line is None:
            continue
        reasons: dict[int, list[str]] = defaultdict(list)
        for other in _few(names[facility.name, facility.within]):
            reasons[other].append("same-name")
        for other in _around(_cell(facility), cells):
            metres = metres_apart(everyone[other], facility)
            if metres is not None and metres < NEAR_METRES:
                reasons[other].append("near-position")
        for other, found in reasons.items():
            if other > place or (other < place and everyone[other].line is None):
                yield min(place, other), max(place, other), tuple(found)


def _few(group: list[int]) -> list[int]:
    """The members of a group that is no crowd."""
    return group if len(group) <= CROWD else []


def _cell(facility: Facility) -> tuple[int, int] | None:
    if facility.latitude is None or facility.longitude is None:
        return None
    return math.floor(facility.latitude / _CELL), math.floor(facility.longitude / _CELL)


def _around(cell: tuple[int, int] | None, cells: dict[Hashable, list[int]]) -> Iterator[int]:
    """Who is in a cell and in the eight around it."""
    if cell is not None:
        for up, right in _AROUND:
            yield from _few(cells.get((cell[0] + up, cell[1] + right), []))


def _crowds(everyone: list[Facility], reason: str, groups: dict[Hashable, list[int]]) -> Iterator[Crowd]:
    """The groups that are crowds and have a facility of the list among them."""
    for group in groups.values():
        members = [everyone[place] for place in group]
        if len(members) > CROWD and any(member.line is not None for member in members):
            yield Crowd(reason, sorted(members, key=lambda member: (member.line is None, member.code)))


def _likeness(one: Facility, other: Facility, reasons: tuple[str, ...]) -> Likeness:
    metres = metres_apart(one, other)
    return Likeness(one, other, reasons, None if metres is None else round(metres))
