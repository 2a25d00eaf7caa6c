"""Interventions and the catalogue of those on offer, as values that rules work with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Intervention:
    """One development activity on offer.

    `gains` maps competency codes to the expected gain in hundredths of the 1 to 5 scale; hours and
    days away from the post are the participant's, cost is for one participant in whole units of
    the instance's currency.
    """

    code: str
    name: Mapping[str, str]
    approach: str
    delivery: str
    levels: tuple[str, ...]
    gains: Mapping[str, int]
    hours: int
    days_away: int
    cost: int
    prerequisites: tuple[str, ...] = ()


def intervention(content: Mapping[str, Any]) -> Intervention:
    """The value behind one entry of the catalogue's content."""
    return Intervention(
        code=content["code"],
        name=content["name"],
        approach=content["approach"],
        delivery=content["delivery"],
        levels=tuple(content["levels"]),
        gains={part["code"]: part["gain"] for part in content["competencies"]},
        hours=content["hours"],
        days_away=content["days_away"],
        cost=content["cost"],
        prerequisites=tuple(content.get("prerequisites", ())),
    )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is on offer by code, and for each (level, competency) what serves it, in the order of codes."""

    offered: Mapping[str, Intervention]
    serving: Mapping[tuple[str, str], tuple[Intervention, ...]]


def catalogue(interventions: Iterable[Intervention]) -> Catalogue:
    """The catalogue of these interventions; built once for a version, used by every proposal."""
    offered = {one.code: one for one in sorted(interventions, key=lambda one: one.code)}
    serving: dict[tuple[str, str], tuple[Intervention, ...]] = {}
    for one in offered.values():
        for place in ((level, code) for level in one.levels for code, gain in one.gains.items() if gain > 0):
            serving[place] = (*serving.get(place, ()), one)
    return Catalogue(offered, serving)
