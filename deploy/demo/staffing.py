"""Who works where: leadership posts for every kind of unit, each with its manager.

Teams are large enough for peers (3 and more under one manager), so that ratings by colleagues can
be shown without giving single raters away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from deploy.demo.model import Country, Post, Unit
from deploy.demo.people import person

LEVELS = {
    "ministry-official": "A", "national-programme-manager": "I", "section-supervisor": "B",
    "regional-director": "A", "programme-coordinator": "I", "field-supervisor": "B",
    "district-health-officer": "A", "health-information-officer": "I",
    "hospital-director": "A", "head-of-department": "I", "nursing-manager": "I",
    "ward-manager": "B", "team-leader": "B", "facility-manager": "I", "health-post-in-charge": "B",
}  # fmt: skip
SETTINGS = {
    "facility": {
        "hospital-director", "head-of-department", "nursing-manager", "ward-manager", "team-leader",
        "facility-manager", "health-post-in-charge",
    },
    "national": {"ministry-official", "national-programme-manager", "section-supervisor"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Team:
    """Posts of one role under a role of the same unit; the first team of a unit leads it."""

    role: str
    count: int
    under: str | None = None


HOSPITAL = (
    Team("hospital-director", 1), Team("nursing-manager", 1, "hospital-director"),
    Team("head-of-department", 4, "hospital-director"), Team("ward-manager", 16, "head-of-department"),
    Team("team-leader", 8, "nursing-manager"),
)  # fmt: skip
CENTRE = (
    Team("facility-manager", 1), Team("ward-manager", 5, "facility-manager"),
    Team("team-leader", 6, "facility-manager"),
)  # fmt: skip
LIST_CENTRE = (
    Team("facility-manager", 1), Team("ward-manager", 2, "facility-manager"),
    Team("team-leader", 2, "facility-manager"),
)  # fmt: skip
POST = (Team("health-post-in-charge", 1), Team("team-leader", 5, "health-post-in-charge"))
SMALL = (Team("health-post-in-charge", 1),)
LONG = 5000  # facilities of a list; longer ones have teams in the first ones alone
WITH_TEAMS = 300
OFFICES = {
    "country": (
        Team("ministry-official", 1), Team("ministry-official", 4, "ministry-official"),
        Team("national-programme-manager", 6, "ministry-official"),
        Team("section-supervisor", 9, "national-programme-manager"),
    ),
    "region": (Team("regional-director", 1), Team("programme-coordinator", 3, "regional-director")),
    "district": (
        Team("district-health-officer", 1), Team("programme-coordinator", 3, "district-health-officer"),
        Team("health-information-officer", 1, "district-health-officer"),
        Team("field-supervisor", 3, "programme-coordinator"),
    ),
}  # fmt: skip


def setting(role: str) -> str:
    """Setting of a role: facility, district or national."""
    return next((name for name, roles in SETTINGS.items() if role in roles), "district")


def teams(unit: Unit, *, lean: bool = False) -> Sequence[Team]:
    """The posts a unit has, from its level and the words of its type."""
    if unit.level in OFFICES:
        return OFFICES[unit.level]
    words = unit.type.lower()
    if "hospital" in words:
        return HOSPITAL
    if "centre" in words or "center" in words or "clinic" in words:
        return LIST_CENTRE if lean else CENTRE
    return SMALL if lean else POST


def staff(
    units: Sequence[Unit],
    *,
    seed: int,
    since: date,
    subjects: Mapping[str, str] | None = None,
    lean: bool = False,
) -> Country:
    """Units with a person in every post. `subjects` gives the first post of a role a sign-in name.

    Everybody else signs in under the key of their post. The head of a unit reports to the head of
    the unit above. `lean` keeps the centres and posts of a facility list small, and has one person
    in each facility of a list of more than `LONG` but the first `WITH_TEAMS`.
    """
    country = Country(list(units))
    random = Random(seed)
    waiting = dict(subjects or {})
    heads: dict[str, str] = {}
    facilities = [unit.code for unit in units if unit.level == "facility"]
    alone = set(facilities[WITH_TEAMS:]) if lean and len(facilities) > LONG else set()
    for unit in country.units:
        holders: dict[str, list[str]] = {}
        for team in SMALL if unit.code in alone else teams(unit, lean=lean):
            above = list(holders.get(team.under, ())) if team.under else []
            for place in range(team.count):
                key = f"{unit.code}/{team.role}/{len(holders.get(team.role, ())) + 1}"
                manager = above[place % len(above)] if above else heads.get(unit.parent or "")
                who = person(random, key, LEVELS[team.role], waiting.pop(team.role, key))
                country.posts.append(Post(key, who, unit.code, team.role, since, manager))
                holders.setdefault(team.role, []).append(key)
                heads.setdefault(unit.code, key)
    return country
