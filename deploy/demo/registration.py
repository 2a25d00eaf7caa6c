"""Units, people and posts into registry, by its imports; and back, with the ids it gave them."""

import csv
import io
from collections.abc import Mapping, Sequence

import orjson

from deploy.demo.api import Api
from deploy.demo.model import Country, Person, Post, Unit
from shared.auth.caller import DEVELOPMENT_ISSUER as ISSUER
from steward_client import models

HRIS = "hris"
Report = models.ImportReport
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


async def load_facilities(
    api: Api, content: bytes, country: str, mapping: Mapping[str, str | None]
) -> models.FacilityReport:
    """Import a facility list; the report says what became of its lines."""
    named = orjson.dumps(mapping).decode() if mapping else None
    return await api.acting(HRIS).post_imports_facilities_csv(content, country=country, mapping=named)


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
        async for item in api.acting(HRIS).all_units()
        if item["closed_on"] is None
    ]
    return sorted(found, key=lambda unit: (_RANK[unit.level], unit.code))


def person_line(person: Person, issuer: str = ISSUER) -> models.PersonLine:
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


def post_line(post: Post) -> models.PostLine:
    """A post as the posts import takes it."""
    line: models.PostLine = {
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


async def load_people(api: Api, country: Country, issuer: str = ISSUER) -> tuple[Report, Report]:
    """Import everybody and their posts; the two reports."""
    hris = api.acting(HRIS)
    people = await hris.post_imports_people([person_line(post.person, issuer) for post in country.posts])
    posts = await hris.post_imports_posts([post_line(post) for post in country.posts])
    return people, posts


async def read_ids(api: Api, under: str | None = None) -> "Ids":
    """Ids of people and posts by the keys they were imported under; below a unit, or of everybody."""
    hris = api.acting(HRIS)
    people = {item["external_id"] or "": item["person_id"] async for item in hris.all_people(under=under)}
    posts = {item["external_id"] or "": item["post_id"] async for item in hris.all_posts(under=under)}
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


def clean(report: Report, received: int, what: str) -> Report:
    """The report of an import of good lines. Raises AssertionError when some were refused."""
    numbers = {name: value for name, value in report.items() if isinstance(value, int)}
    assert report["received"] == received, f"{what}: {received} lines sent, {numbers}"
    assert not report["rejected"], f"{what}: {report['rejected'][:3]}"
    return report
