"""A database with the directory projection alone."""

from datetime import date

from shared.database.tables import service_metadata
from shared.directory.tables import directory_tables
from shared.events.registry import PersonState, PostState, UnitState

metadata = service_metadata()
directory = directory_tables(metadata)
DAY = date(2026, 1, 1)


def unit(code: str, parent: str | None = None, version: int = 1, **changes) -> UnitState:
    known = {"level": "facility", "type": "Clinic", "open_from": DAY}
    return UnitState(unit_code=code, parent=parent, version=version, **(known | changes))


def post(number: int, unit_code: str = "N", **changes) -> PostState:
    known = {"role_code": "facility-manager", "level": "I", "valid_from": DAY, "primary": True}
    return PostState(post_id=key(1000 + number), unit_code=unit_code, **(known | changes))


def person(number: int, *posts: PostState, version: int = 1, **changes) -> PersonState:
    known = {"active": True, "sex": "female", "birth_year": 1980, "subject_keys": [f"key-{number}"]}
    return PersonState(person_id=key(number), version=version, posts=list(posts), **(known | changes))


def key(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012d}"
