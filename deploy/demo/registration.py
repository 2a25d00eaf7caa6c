"""Units, people and posts into registry, by its imports; and back, with the ids it gave them."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from deploy.demo.api import Api, Json
from deploy.demo.model import Country, Person, Post, Unit
from shared.auth.caller import DEVELOPMENT_ISSUER as ISSUER

HRIS = "hris"
FIELDS = (
    "code",
    "name",
    "type",
    "ownership",
    "latitude",
    "longitude",
    "country",
    "region",
    "district",
    "rural",
)
_RANK = {"country": 0, "region": 1, "district": 2, "facility": 3}


def facility_csv(units: Sequence[Unit]) -> bytes:
    """The facilities of a tree as a master facility list, regions and districts by name."""
    by_code = {unit.code: unit for unit in units}
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(FIELDS)
    for unit in units:
        if unit.level != "facility":
            continue
        district = by_code[unit.parent or ""]
        region = by_code[district.parent or ""]
        country = by_code[region.parent or ""]
        rural = {True: "rural", False: "urban", None: ""}[unit.rural]
        place = (unit.latitude, unit.longitude, country.name, region.name, district.name, rural)
        table.writerow((unit.code, unit.name, unit.type, unit.ownership, *place))
    return out.getvalue().encode()


async def load_facilities(api: Api, content: bytes, country: str, mapping: Mapping[str, str | None]) -> Json:
    """Import a facility list; the report says what became of its lines."""
    params = {"country": country}
    if mapping:
        params["mapping"] = orjson.dumps(mapping).decode()
    headers = {"Content-Type": "text/csv"}
    report: Json = (
        await api.call(
            "POST", "/v1/imports/facilities", who=HRIS, data=content, params=params, headers=headers
        )
    )[0]
    return report


async def read_units(api: Api) -> list[Unit]:
    """Every open unit that registry has now, from the root down."""
    found = [
        Unit(
            code=item["unit_code"],
            name=item["name"],
            level=item["level"],
            type=item["type"],
            parent=item["parent"],
            ownership=item["ownership"],
            rural=item["rural"],
        )
        async for item in api.pages("/v1/units", who=HRIS)
        if item["closed_on"] is None
    ]
    return sorted(found, key=lambda unit: (_RANK[unit.level], unit.code))


def person_line(person: Person, issuer: str = ISSUER) -> Json:
    """A person as the people import takes it; `issuer` is who signs their tokens."""
    return {
        "external_id": person.key,
        "family_name": person.family,
        "given_name": person.given,
        "sex": person.sex,
        "birth_year": person.birth_year,
        "cadre": person.cadre,
        "subjects": [{"iss": issuer, "sub": person.subject}] if person.subject else [],
    }


def post_line(post: Post) -> Json:
    """A post as the posts import takes it."""
    line: Json = {
        "external_id": post.key,
        "person_external_id": post.person.key,
        "unit_code": post.unit_code,
        "role_code": post.role_code,
        "valid_from": post.valid_from.isoformat(),
        "primary": True,
    }
    if post.manager:
        line["manager_external_id"] = post.manager
    return line


async def load_people(api: Api, country: Country, issuer: str = ISSUER) -> tuple[Json, Json]:
    """Import everybody and their posts; the two reports."""
    people = await api.lines(
        "/v1/imports/people", (person_line(post.person, issuer) for post in country.posts), who=HRIS
    )
    posts = await api.lines("/v1/imports/posts", (post_line(post) for post in country.posts), who=HRIS)
    return people, posts


async def read_ids(api: Api, **where: str) -> "Ids":
    """Ids of people and posts by the keys they were imported under; `under=CODE` of one part alone."""
    people = {
        item["external_id"]: item["person_id"] async for item in api.pages("/v1/people", who=HRIS, **where)
    }
    posts = {item["external_id"]: item["post_id"] async for item in api.pages("/v1/posts", who=HRIS, **where)}
    return Ids(people, posts)


class Ids:
    """What registry calls the people and posts of the demonstration."""

    def __init__(self, people: Mapping[str, str], posts: Mapping[str, str]) -> None:
        """Both by external id."""
        self.people, self.posts = dict(people), dict(posts)
        self.keys = {post_id: key for key, post_id in self.posts.items()}

    def person(self, post: Post) -> str:
        """Id of the person in a post."""
        return self.people[post.person.key]

    def post(self, post: Post) -> str:
        """Id of a post."""
        return self.posts[post.key]


def clean(report: Json, received: int, what: str) -> Json:
    """The report of an import of good lines. Raises AssertionError when some were refused."""
    numbers: dict[str, Any] = {name: value for name, value in report.items() if isinstance(value, int)}
    assert report["received"] == received, f"{what}: {received} lines sent, {numbers}"
    assert not report["rejected"], f"{what}: {report['rejected'][:3]}"
    return report
