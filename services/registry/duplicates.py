"""Facilities that are probably the same one twice: reported for somebody to decide, never merged."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

NEAR_METRES = 150.0
_CELL = 0.002  # degrees, more than NEAR_METRES up to 48 degrees of latitude
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


def likely_duplicates(facilities: Iterable[Facility]) -> list[Likeness]:
    """Pairs with the same name under the same unit, or with positions less than 150 m apart."""
    everyone = sorted(facilities, key=lambda facility: facility.code)
    reasons: dict[tuple[int, int], list[str]] = defaultdict(list)
    by_name: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for place, facility in enumerate(everyone):
        same = by_name[facility.name, facility.within]
        for other in same:
            reasons[other, place].append("same-name")
        same.append(place)
    for pair in _near(everyone):
        reasons[pair].append("near-position")
    return [
        Likeness(everyone[a], everyone[b], tuple(found), _rounded(metres_apart(everyone[a], everyone[b])))
        for (a, b), found in sorted(reasons.items())
        if everyone[a].line is not None or everyone[b].line is not None
    ]


def metres_apart(one: Facility, other: Facility) -> float | None:
    """Distance in metres on a sphere, None where a position is missing."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    north = one.latitude - other.latitude
    east = (one.longitude - other.longitude) * math.cos(math.radians((one.latitude + other.latitude) / 2))
    return math.hypot(north, east) * _METRES_PER_DEGREE


def _near(everyone: list[Facility]) -> Iterator[tuple[int, int]]:
    """Index pairs that lie near each other: each is compared with its own cell and those around."""
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, facility in enumerate(everyone):
        if facility.latitude is None or facility.longitude is None:
            continue
        row, column = math.floor(facility.latitude / _CELL), math.floor(facility.longitude / _CELL)
        for cell in ((row + up, column + right) for up in (-1, 0, 1) for right in (-1, 0, 1)):
            for other in cells.get(cell, ()):
                metres = metres_apart(everyone[other], facility)
                if metres is not None and metres < NEAR_METRES:
                    yield other, place
        cells[row, column].append(place)


def _rounded(metres: float | None) -> int | None:
    return None if metres is None else round(metres)
