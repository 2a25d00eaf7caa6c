"""Step 1 of the loop: units, people and posts are imported, and importing them again changes nothing."""

import csv
import io
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.demo import registration, rounds, timeline, tree
from deploy.demo.api import Api, Json
from deploy.demo.ledger import Ledger
from deploy.demo.model import Country
from deploy.demo.registration import Ids
from deploy.demo.rounds import Colleagues, abilities, instruments
from deploy.demo.run import SEED, Run, StepFailed, check
from deploy.demo.staffing import staff

ROOT = tree.ROOT

# How published lists call their columns, for fields that registry would not find by itself.
LIST_COLUMNS = {
    "country": "Country", "region": "Admin1", "name": "Facility name", "type": "Facility type",
    "ownership": "Ownership", "latitude": "Lat", "longitude": "Long",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A facility list: its bytes, the code of its country, the columns to name, and whether it is long."""

    content: bytes
    code: str
    columns: Mapping[str, str]
    published: bool


def made_up(*, districts: int = 3, seed: int = 1) -> Source:
    """The facilities of a small made-up country of two regions."""
    units = tree.country(regions=2, districts=districts, centres=2, posts=3, seed=seed)
    return Source(registration.facility_csv(units), tree.ROOT, {}, published=False)


def published(path: Path) -> Source:
    """A list as a ministry publishes it. Raises StepFailed when the file is none."""
    content = path.read_bytes()
    try:
        first = next(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))), None)
    except UnicodeDecodeError:
        raise StepFailed(f"{path} is not a text file in UTF-8") from None
    check(first is not None, f"{path} has no facilities")
    assert first is not None
    columns = {field: header for field, header in LIST_COLUMNS.items() if header in first}
    return Source(content, country_code(first.get("Country") or ""), columns, published=True)


def country_code(name: str) -> str:
    """Initials of a country's name, or its first two letters: a root code for the demonstration."""
    words = re.findall(r"[A-Za-z]+", name)
    return ("".join(word[0] for word in words[:3]) if len(words) > 1 else "".join(words)[:2] or "XX").upper()


async def register(api: Api, source: Source, say: Callable[[str], None]) -> Run:
    """Everything in registry, twice, and the content that the other services loaded at their start."""
    await _units_twice(api, source, say)
    units = await registration.read_units(api)
    country = staff(units, seed=SEED, since=await timeline.today(api), lean=source.published)
    await _people_twice(api, country, say)
    ids = await registration.read_ids(api)
    check(
        len(ids.posts) == len(country.posts), f"{len(country.posts)} posts sent, {len(ids.posts)} read back"
    )
    await rounds.settled(api)
    run = await begun(api, say, country, ids)
    run.counts["units"] = len(units)
    return run


async def begun(
    api: Api, say: Callable[[str], None], country: Country, ids: Ids, signs_in: Collection[str] | None = None
) -> Run:
    """A run with everybody registered; `signs_in` as `Run` has it."""
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
        signs_in=signs_in,
    )
    run.counts["people"] = len(country.posts)
    return run


async def _units_twice(api: Api, source: Source, say: Callable[[str], None]) -> None:
    lines = len(list(csv.reader(io.StringIO(source.content.decode("utf-8-sig"))))) - 1
    first = await registration.load_facilities(api, source.content, source.code, source.columns)
    say(f"facility list: {_told(first)}")
    check(first["received"] == lines, f"{lines} facilities sent, {first['received']} received")
    check(not first["rejected"], f"facilities were refused: {first['rejected'][:3]}")
    again = await registration.load_facilities(api, source.content, source.code, source.columns)
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
