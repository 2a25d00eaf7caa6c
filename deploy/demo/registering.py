"""Step 1 of the loop: units, people and posts are imported, and importing them again changes nothing."""

import csv
import io
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo import mandoria, registration, rounds, timeline
from deploy.demo.api import Api, Json
from deploy.demo.ledger import Ledger
from deploy.demo.model import Country
from deploy.demo.rater_relations import Colleagues
from deploy.demo.registration import Ids
from deploy.demo.rounds import abilities, instruments
from deploy.demo.run import SEED, Run, StepFailed, check
from deploy.demo.staffing import staff

ROOT = mandoria.ROOT

USUAL_SIZE = 5000  # people, for whom the usual deadlines are meant
COUNTRY = ("country", "pays", "admin0")  # headers of a column with the country's name


@dataclass(frozen=True, slots=True)
class Source:
    """A facility list: its bytes, the code of its country, its columns, and whether it is as published."""

    content: bytes
    code: str
    columns: Mapping[str, str | None]  # field -> header, of those that registry would not find by itself
    published: bool


def made_up(*, districts: int = 3, seed: int = 1) -> Source:
    """The facilities of a small made-up country of two regions."""
    units = mandoria.country(regions=2, districts=districts, centres=2, posts=3, seed=seed)
    return Source(registration.facility_csv(units), mandoria.ROOT, {}, published=False)


def published(path: Path, columns: Mapping[str, str | None] | None = None) -> Source:
    """A list as a ministry publishes it. Raises StepFailed when the file is none."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise StepFailed(f"{path} is not a text file in UTF-8") from None
    header = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=header.count))
    first = next(rows, None)
    check(first is not None, f"{path} has no facilities")
    names = [value for name, value in (first or {}).items() if name and name.strip().lower() in COUNTRY]
    return Source(content, country_code((names or [""])[0] or ""), columns or {}, published=True)


def country_code(name: str) -> str:
    """Initials of a country's name, or its first two letters: a root code for the demonstration."""
    words = re.findall(r"[A-Za-z]+", name)
    return ("".join(word[0] for word in words[:3]) if len(words) > 1 else "".join(words)[:2] or "XX").upper()


async def register(api: Api, source: Source, say: Callable[[str], None]) -> Run:
    """Everything in registry, twice, and the content that the other services loaded at their start."""
    await _units_twice(api, source, say)
    units = await registration.read_units(api)
    country = staff(units, seed=SEED, since=await timeline.today(api), lean=source.published)
    api.stretch = max(1.0, len(country.posts) / USUAL_SIZE)
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
    first = await registration.load_facilities(api, source.content, source.code, source.columns)
    say(f"facility list: {_summary(first)}")
    for line in refusals(first):
        say(line)
    if not source.published:
        lines = source.content.count(b"\n") - 1
        check(
            first["received"] == lines and not first["rejected"],
            f"{lines} facilities sent: {_summary(first)}",
        )
    check(first["received"] > first["rejected_count"], "every line of the facility list was refused")
    again = await registration.load_facilities(api, source.content, source.code, source.columns)
    check(
        again["created"] == again["updated"] == 0, f"loading the list again changed units: {_summary(again)}"
    )
    same = again["rejected_count"] == first["rejected_count"]
    check(same, f"loading the list again refused other lines: {_summary(again)} {again['rejected'][:3]}")


def refusals(report: Mapping[str, Any]) -> list[str]:
    """What was refused of a list, a line for each reason: how often, and the first line with its explanation."""
    reasons: dict[tuple[str, str], list[Json]] = {}
    for each in report["rejected"]:
        reasons.setdefault((each["code"], each["pointer"]), []).append(each)
    found = [
        f"refused: {len(lines)} {code} {pointer} (line {lines[0]['line']}: {lines[0]['detail']})"
        for (code, pointer), lines in sorted(reasons.items(), key=lambda reason: -len(reason[1]))
    ]
    more = report["rejected_count"] - len(report["rejected"])
    return [*found, f"refused: {more} more that the report does not list"] if more else found


async def _people_twice(api: Api, country: Country, say: Callable[[str], None]) -> None:
    number = len(country.posts)
    for report, what in zip(await registration.load_people(api, country), ("people", "posts"), strict=True):
        say(f"{what}: {_summary(report)}")
        check(
            report["created"] == number, f"{number} {what} sent: {_summary(report)} {report['rejected'][:3]}"
        )
    for report, what in zip(await registration.load_people(api, country), ("people", "posts"), strict=True):
        check(report["unchanged"] == number, f"loading {what} again was not unchanged: {_summary(report)}")


def _summary(report: Mapping[str, Any]) -> str:
    numbers = {name: value for name, value in report.items() if isinstance(value, int) and value}
    return ", ".join(f"{name.removesuffix('_count')} {value}" for name, value in numbers.items())
