"""An intervention of the catalogue, as a value that rules work with."""

from collections.abc import Mapping
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
