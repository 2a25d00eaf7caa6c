"""Step 1 of the loop: units, people and posts are imported, and importing them again changes nothing."""

import asyncio
import csv
import io
from collections.abc import Callable
from pathlib import Path

from deploy.demo import registration, rounds, timeline, tree
from deploy.demo.api import Api, Json
from deploy.demo.ledger import Ledger
from deploy.demo.model import Country
from deploy.demo.rounds import Colleagues, abilities, instruments
from deploy.demo.run import SEED, Run, check
from deploy.demo.staffing import staff

LIST_COUNTRY = "SL"  # code of the country whose published list is loaded
# How the columns of that list are called, for those who would not be recognised by themselves.
LIST_COLUMNS = {
    "country": "Country", "region": "Admin1", "name": "Facility name", "type": "Facility type",
    "ownership": "Ownership", "latitude": "Lat", "longitude": "Long",
}  # fmt: skip


async def register(api: Api, facilities: Path | None, say: Callable[[str], None]) -> Run:
    """Everything in registry, twice, and the content that the other services loaded at their start."""
    if facilities is None:
        small = tree.country(regions=2, districts=3, centres=2, posts=3)
        content, code, columns = registration.facility_csv(small), tree.ROOT, {}
    else:
        content, code, columns = await asyncio.to_thread(facilities.read_bytes), LIST_COUNTRY, LIST_COLUMNS
    await _units_twice(api, content, code, columns, say)
    units = await registration.read_units(api)
    country = staff(units, seed=SEED, since=await timeline.today(api), lean=facilities is not None)
    await _people_twice(api, country, say)
    ids = await registration.read_ids(api)
    check(
        len(ids.posts) == len(country.posts), f"{len(country.posts)} posts sent, {len(ids.posts)} read back"
    )
    await rounds.settled(api)
    home = {ids.person(post): post.unit_code for post in country.posts}
    run = Run(
        api=api,
        say=say,
        country=country,
        ids=ids,
        ledger=Ledger(country.paths(), home),
        colleagues=Colleagues(country),
        competency_of=await instruments(api),
        targets=await rounds.profiles(api),
        ability=abilities(country, SEED),
    )
    run.counts["units"], run.counts["people"] = len(units), len(country.posts)
    return run


async def _units_twice(
    api: Api, content: bytes, code: str, columns: dict[str, str], say: Callable[[str], None]
) -> None:
    lines = len(list(csv.reader(io.StringIO(content.decode())))) - 1
    first = await registration.load_facilities(api, content, code, columns)
    say(f"facility list: {_told(first)}")
    check(first["received"] == lines, f"{lines} facilities sent, {first['received']} received")
    check(not first["rejected"], f"facilities were refused: {first['rejected'][:3]}")
    again = await registration.load_facilities(api, content, code, columns)
    check(again["created"] == again["updated"] == 0, f"loading the list again changed units: {_told(again)}")
    check(not again["rejected"], f"loading the list again refused lines: {again['rejected'][:3]}")


async def _people_twice(api: Api, country: Country, say: Callable[[str], None]) -> None:
    number = len(country.posts)
    for report, what in zip(await registration.load_people(api, country), ("people", "posts"), strict=True):
        say(f"{what}: {_told(report)}")
        check(report["created"] == number, f"{number} {what} sent: {_told(report)} {report['rejected'][:3]}")
    for report, what in zip(await registration.load_people(api, country), ("people", "posts"), strict=True):
        check(report["unchanged"] == number, f"loading {what} again was not unchanged: {_told(report)}")


def _told(report: Json) -> str:
    numbers = {name: value for name, value in report.items() if isinstance(value, int) and value}
    return ", ".join(f"{name.removesuffix('_count')} {value}" for name, value in numbers.items())
