"""Bulk submit and people import over HTTP as a share of raw COPY of the same rows."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp
import orjson

from tests.bench.place import CATEGORIES, RATERS, RATINGS, Place, assessment_id
from tests.bench.report import Figure, middle
from tests.bench.submitting import BLOCK
from tests.servers import wait_for

NEW, SAME, MEMORY = 0.30, 0.50, 150.0
FACILITIES = b"name,region,type\nHill Clinic,North,Clinic\n"


async def responses(place: Place) -> list[Figure]:
    """Bulk submit: new responses, and the same again once what they completed is scored."""
    count, rounds = place.size(40_000, 1_600), place.size(3, 1)
    token = place.stack.issuer.token("programme-manager", units=("C",), subject="bench")
    path, table = "/v1/responses/bulk", "create table bench_response (like response including all)"
    new, same, copies = [], [], []
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
    return _figures(place, "assessment", "bulk submit", count, middle(copies), middle(new), middle(same))


async def people(place: Place) -> list[Figure]:
    """People import: new people and the same again, each round by a client of its own."""
    count, rounds = place.size(100_000, 2_000), place.size(3, 1)
    token = place.stack.issuer.token("hris", units=("BENCH",), subject="bench")
    await post(place, "registry", "/v1/imports/facilities?country=BENCH", token, FACILITIES, "text/csv")
    lines = [
        {
            "external_id": f"hr-{n}",
            "family_name": f"Family{n % 9973}",
            "given_name": f"Given{n % 997}",
            "sex": ("female", "male")[n % 2],
            "birth_year": 1960 + n % 40,
            "cadre": "Nurse",
        }
        for n in range(count)
    ]
    table = """create table bench_person (external_id text primary key, family_name text, given_name text,
        sex text, birth_year smallint, cadre text)"""
    rows = [tuple(line.values()) for line in lines]
    new, same, copies = [], [], []
    for number in range(rounds):
        token = await source_client_token(place, f"bench-{number}")
        copies.append(await _copy(place, "registry", table, rows))
        new.append(await _load(place, "registry", "/v1/imports/people", token, lines, "created"))
        await _quiet(place, "registry")
        same.append(await _load(place, "registry", "/v1/imports/people", token, lines, "unchanged"))
        await _quiet(place, "registry")
    return _figures(place, "registry", "people import", count, middle(copies), middle(new), middle(same))


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
    place: Place, service: str, path: str, token: str, lines: Sequence[dict[str, Any]], expected: str
) -> float:
    """Seconds of a load of which every line counts as `expected`."""
    body = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
    report, took = await post(place, service, path, token, body, "application/x-ndjson")
    assert report[expected] == len(lines), {key: report[key] for key in ("received", expected)}
    return took


def _figures(
    place: Place, service: str, name: str, count: int, copy: float, new: float, same: float
) -> list[Figure]:
    told = f"{count} rows, {count / new:.0f} rows/s"
    return [
        Figure(f"{name}, share of raw COPY", copy / new, "", NEW, detail=told),
        Figure(f"{name}, unchanged rows, share", copy / same, "", SAME, detail=f"{count / same:.0f} rows/s"),
        Figure(f"{name}, peak memory of {service}", place.peak(service), "MB", MEMORY, at_most=True),
    ]


async def _copy(place: Place, service: str, table: str, rows: Sequence[tuple[Any, ...]]) -> float:
    """Seconds of a COPY of `rows` into a new table of the same shape."""
    async with place.connect(service) as connection:
        await connection.execute(table)
        name = table.split()[2]
        began = time.perf_counter()
        await connection.copy_records_to_table(name, records=rows)
        took = time.perf_counter() - began
        await connection.execute(f"drop table {name}")
        return took


async def post(
    place: Place, service: str, path: str, token: str, body: bytes, kind: str
) -> tuple[dict[str, Any], float]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    url = place.stack.url(service) + path
    timeout = aiohttp.ClientTimeout(total=300)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        await asyncio.sleep(0)
        began = time.perf_counter()
        async with client.post(url, data=body, headers=headers) as answer:
            report = orjson.loads(await answer.read())
            assert answer.status in (200, 201), report
            return report, time.perf_counter() - began
