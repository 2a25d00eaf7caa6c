"""What the demonstration sends: units, people and posts, with keys that are the same in every run."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisational unit; `parent` is None for the root alone."""

    code: str
    name: str
    level: str  # country, region, district, facility
    type: str
    parent: str | None = None
    ownership: str | None = None
    rural: bool | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person. `subject` is the name in their sign-in tokens."""

    key: str
    given: str
    family: str
    sex: Literal["female", "male"]
    birth_year: int
    cadre: str
    subject: str


@dataclass(frozen=True, slots=True)
class Post:
    """A person's primary post. `manager` is the key of the post it reports to."""

    key: str
    person: Person
    unit_code: str
    role_code: str
    valid_from: date
    manager: str | None = None


@dataclass(slots=True)
class Country:
    """Units from the root down, and one post for everybody."""

    units: list[Unit]
    posts: list[Post] = field(default_factory=list)

    @property
    def root(self) -> str:
        """Code of the root unit."""
        return self.units[0].code

    def paths(self) -> dict[str, tuple[str, ...]]:
        """Every unit's path from the root to itself."""
        found: dict[str, tuple[str, ...]] = {}
        for unit in self.units:
            found[unit.code] = (*(found[unit.parent] if unit.parent else ()), unit.code)
        return found

    def by_unit(self) -> dict[str, list[Post]]:
        """Posts by the unit they are in."""
        found: dict[str, list[Post]] = defaultdict(list)
        for post in self.posts:
            found[post.unit_code].append(post)
        return found
