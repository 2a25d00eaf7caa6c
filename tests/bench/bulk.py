"""Bulk submit and people import over HTTP as a share of raw COPY of the same rows, by processor time."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import aiohttp
import orjson

from tests.bench import processor
from tests.bench.place import CATEGORIES, RATERS, RATINGS, Place, assessment_id
from tests.bench.report import Figure, middle
from tests.bench.submitting import BLOCK
from tests.servers import wait_for

NEW, SAME, MEMORY = 0.40, 0.70, 150.0
CSV = 0.8  # of the same aims: rows become lines of JSON first
LINES, ROWS = "application/x-ndjson", "text/csv"
PEOPLE_HEADER = "external_id,family_name,given_name,sex,birth_year,cadre"
FACILITIES = b"name,region,type\nHill Clinic,North,Clinic\n"


class Cost(NamedTuple):
    """Seconds of processor time, and of the clock."""

    processor: float
    seconds: float


async def responses(place: Place) -> list[Figure]:
    """Bulk submit: new responses, and the same again once what they completed is scored."""
    count, rounds = place.size(40_000, 1_600), place.size(3, 1)
    token = place.stack.issuer.token("programme-manager", units=("C",), subject="bench")
    path, table = "/v1/responses/bulk", "create table bench_response (like response including all)"
    new: list[Cost] = []
    same: list[Cost] = []
    copies: list[Cost] = []
    for number in range(rounds):
        first = 3 * BLOCK + number * count
        await place.assessments(first, count // RATERS)
        lines = [
            {
                "assessment_id": assessment_id(first + n // RATERS),
                "rater_person_id": str(UUID(int=n % RATERS + 1)),
                "category": CATEGORIES[n % RATERS],
                "ratings": RATINGS,
            }
            for n in range(count)
        ]
        now, by = datetime.now(UTC), "0" * 32
        rows = [
            (
                UUID(line["assessment_id"]),
                UUID(int=8 * first + n),
                RATINGS,
                None,
                now,
                by,
                by,
                False,
                None,
                False,
                False,
            )
            for n, line in enumerate(lines)
        ]
        copies.append(await _copy(place, "assessment", table, rows))
        new.append(await _load(place, "assessment", path, token, lines, "created"))
        await _quiet(place, "assessment")
        same.append(await _load(place, "assessment", path, token, lines, "unchanged"))
    return _figures(place, "assessment", "bulk submit", count, copies, new, same)


async def people(place: Place) -> list[Figure]:
    """People import as NDJSON and CSV: new people and the same again, each round by a client of its own."""
    count, rounds = place.size(100_000, 2_000), place.size(3, 1)
    await plant_country(place)
    lines = list(people_lines(count))
    table = """create table bench_person (external_id text primary key, family_name text, given_name text,
        sex text, birth_year smallint, cadre text)"""
    rows = [tuple(line.values()) for line in lines]
    copies: list[Cost] = []
    new: dict[str, list[Cost]] = {LINES: [], ROWS: []}
    same: dict[str, list[Cost]] = {LINES: [], ROWS: []}
    path = "/v1/imports/people"
    for number in range(rounds):
        copies.append(await _copy(place, "registry", table, rows))
        for kind in (LINES, ROWS):
            token = await source_client_token(place, f"bench-{kind[-3:]}-{number}")
            new[kind].append(await _load(place, "registry", path, token, lines, "created", kind))
            await _quiet(place, "registry")
            same[kind].append(await _load(place, "registry", path, token, lines, "unchanged", kind))
            await _quiet(place, "registry")
    return [
        *_figures(place, "registry", "people import", count, copies, new[LINES], same[LINES]),
        *_figures(place, "registry", "people import of CSV", count, copies, new[ROWS], same[ROWS], CSV)[:2],
    ]


async def plant_country(place: Place) -> None:
    """A root for the people whom a load is about."""
    token = place.stack.issuer.token("hris", units=("BENCH",), subject="bench")
    await post(place, "registry", "/v1/imports/facilities?country=BENCH", token, FACILITIES, "text/csv")


def people_lines(count: int) -> Iterator[dict[str, Any]]:
    """Lines of so many people."""
    for n in range(count):
        yield {
            "external_id": f"hr-{n}",
            "family_name": f"Family{n % 9973}",
            "given_name": f"Given{n % 997}",
            "sex": ("female", "male")[n % 2],
            "birth_year": 1960 + n % 40,
            "cadre": "Nurse",
        }


async def source_client_token(place: Place, name: str) -> str:
    """A token that writes people as a source system of its own."""
    operator, kind = place.stack.issuer.token("ops"), "application/json"
    system = {"code": name, "name": name, "kind": "hris", "sends": ["people"]}
    await post(place, "registry", "/v1/source-systems", operator, orjson.dumps(system), kind)
    client = orjson.dumps({"iss": place.stack.issuer.name, "sub": name})
    await post(place, "registry", f"/v1/source-systems/{name}/clients", operator, client, kind)
    return place.stack.issuer.token("hris", units=("BENCH",), subject=name)


_WAITING = {
    "registry": "select count(*) from outbox where sent_at is null",
    "assessment": """select (select count(*) from outbox where sent_at is null)
        + (select count(*) from assessment where state = 'open' and awaited = 0)""",
}


async def _quiet(place: Place, owner: str) -> None:
    """Wait until what a load set off is done and taken by all: the processors are theirs until then."""
    if owner == "registry":  # people are compared with others for minutes, which is no part of a load
        async with place.connect(owner) as connection:
            await connection.execute("delete from match_due")
    before = -1

    async def settled() -> bool:
        nonlocal before
        async with place.connect(owner) as connection:
            waiting = await connection.fetchval(_WAITING[owner])
        taken = 0
        for service in ("assessment", "planning", "evaluation"):
            async with place.connect(service) as connection:
                taken += await connection.fetchval("select count(*) from inbox")
        before, steady = taken, taken == before
        return waiting == 0 and steady

    await wait_for(settled, timeout=120, every=1)


async def _load(
    place: Place,
    service: str,
    path: str,
    token: str,
    lines: Sequence[dict[str, Any]],
    expected: str,
    kind: str = LINES,
) -> Cost:
    """What a load costs of which every line counts as `expected`."""
    body = as_body(lines, kind)
    async with processor.of_service(place, service) as spent:
        report, took = await post(place, service, path, token, body, kind)
    assert report[expected] == len(lines), {key: report[key] for key in ("received", expected)}
    return Cost(spent.seconds, took)


def as_body(lines: Iterable[dict[str, Any]], kind: str) -> bytes:
    """Lines as NDJSON, or those of people as CSV with a header."""
    if kind == LINES:
        return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
    rows = [",".join(map(str, line.values())) for line in lines]
    return "\n".join([PEOPLE_HEADER, *rows]).encode()


def _figures(
    place: Place,
    service: str,
    name: str,
    count: int,
    copies: list[Cost],
    new: list[Cost],
    same: list[Cost],
    share: float = 1.0,
) -> list[Figure]:
    """Shares by processor time; how fast it was beside them."""
    copy = middle([each.processor for each in copies])

    def against_copy(costs: list[Cost]) -> float:
        return copy / middle([each.processor for each in costs])

    def speed(costs: list[Cost]) -> str:
        return f"{count} rows, {count / middle([each.seconds for each in costs]):.0f} rows/s"

    return [
        Figure(f"{name}, share of raw COPY", against_copy(new), "", NEW * share, detail=speed(new)),
        Figure(f"{name}, unchanged rows, share", against_copy(same), "", SAME * share, detail=speed(same)),
        Figure(f"{name}, peak memory of {service}", place.peak(service), "MB", MEMORY, at_most=True),
    ]


async def _copy(place: Place, service: str, table: str, rows: Sequence[tuple[Any, ...]]) -> Cost:
    """What a COPY of `rows` into a new table of the same shape costs."""
    async with place.connect(service) as connection:
        await connection.execute(table)
        name = table.split()[2]
        began = time.perf_counter()
        async with processor.of_this_process(connection.get_server_pid()) as spent:
            await connection.copy_records_to_table(name, records=rows)
        took = time.perf_counter() - began
        await connection.execute(f"drop table {name}")
        return Cost(spent.seconds, took)


async def post(
    place: Place, service: str, path: str, token: str, body: bytes, kind: str
) -> tuple[dict[str, Any], float]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    url = place.stack.url(service) + path
    timeout = aiohttp.ClientTimeout(total=900)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        await asyncio.sleep(0)
        began = time.perf_counter()
        async with client.post(url, data=body, headers=headers) as answer:
            report = orjson.loads(await answer.read())
            assert answer.status in (200, 201), report
            return report, time.perf_counter() - began
