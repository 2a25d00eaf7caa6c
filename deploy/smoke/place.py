"""The smoke test's own region with two health posts and twelve people, made once and found again later."""

from dataclasses import replace
from datetime import date
from typing import Literal, cast

from deploy.demo import registration
from deploy.demo.api import Api, Refused
from deploy.demo.model import Country, Post, Unit
from deploy.demo.run import SEED, check
from deploy.demo.staffing import staff
from deploy.smoke.sign_in import SignIn
from steward_client import models

REGION = "SMOKE"
SINCE = date(2024, 1, 1)  # always the same day, so that a later run changes nothing
OPEN_FROM = "2000-01-01"
UNITS = (
    Unit(REGION, "Smoke test", "region", "Smoke test", None),
    Unit(f"{REGION}-1", "Smoke test District", "district", "Smoke test", REGION),
    Unit(f"{REGION}-1-1", "Smoke test Health Post 1", "facility", "Health Post", f"{REGION}-1"),
    Unit(f"{REGION}-1-2", "Smoke test Health Post 2", "facility", "Health Post", f"{REGION}-1"),
)


def people(sign_in: SignIn) -> Country:
    """Six people in each health post, none in the offices; with sign-in names as far as there are any."""
    country = Country(list(UNITS), staff(UNITS[2:], seed=SEED, since=SINCE).posts)
    if sign_in.leaders is not None:
        names = [*sign_in.leaders, *[""] * len(country.posts)]
        country.posts = [
            replace(post, person=replace(post.person, subject=name))
            for post, name in zip(country.posts, names, strict=False)
        ]
    return country


def signs_in(country: Country, sign_in: SignIn) -> set[str]:
    """Keys of the posts whose people can sign in."""

    def can(post: Post) -> bool:
        return sign_in.leaders is None or bool(post.person.subject)

    return {post.key for post in country.posts if can(post)}


async def make_units(api: Api, root: str) -> int:
    """Make the units that are missing below `root`, and `root` itself on an empty instance; how many."""
    made, hris = 0, api.acting("hris")
    top = Unit(root, root, "country", "Country")
    for unit in (top, *(replace(unit, parent=unit.parent or root) for unit in UNITS)):
        try:
            known = await hris.get_units_by_code(unit.code)
        except Refused as refused:
            if refused.code != "unit-unknown":
                raise
            await hris.post_units(_line(unit))
            made += 1
        else:
            check(known["closed_on"] is None, f"the unit {unit.code} is closed")
            check(known["name"] == unit.name or unit is top, f"{unit.code} is a unit of somebody else")
    return made


def _line(unit: Unit) -> models.UnitToCreate:
    level = cast("Literal['country', 'region', 'district', 'facility']", unit.level)
    line: models.UnitToCreate = {
        "unit_code": unit.code, "name": unit.name, "level": level, "type": unit.type, "open_from": OPEN_FROM
    }  # fmt: skip
    return {**line, "parent": unit.parent} if unit.parent else line


async def register_source(api: Api, sign_in: SignIn) -> None:
    """Let the HRIS token write as a source system, `SMOKE`, unless it writes as one already."""
    if (await api.acting("hris").get_me())["source_systems"]:
        return
    ops = api.acting("ops")
    system: models.SourceSystemToRegister = {
        "code": REGION, "name": "Smoke test", "kind": "other", "sends": ["people", "posts"]
    }  # fmt: skip
    try:
        await ops.post_source_systems(system)
    except Refused as refused:
        if refused.code != "source-system-exists":
            raise
    client: models.ClientToBind = {"iss": sign_in.issuer, "sub": sign_in.hris}
    await ops.post_source_systems_by_code_clients(REGION, client)


async def load_people(api: Api, country: Country, issuer: str) -> int:
    """Everybody and their posts, twice: the second time nothing changes; how many were new."""
    number = len(country.posts)
    first = await registration.load_people(api, country, issuer)
    for report in first:
        registration.clean(report, number, "people and posts")
    for report in await registration.load_people(api, country, issuer):
        check(report["unchanged"] == number, f"loading again was not unchanged: {report}")
    return int(first[0]["created"])
