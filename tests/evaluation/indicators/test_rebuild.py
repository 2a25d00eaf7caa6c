"""A rebuild from registry's snapshot and the kept facts gives what was there."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from aiohttp import web

from services.evaluation import rebuild
from shared import clock
from shared.errors import Unavailable
from shared.settings import Settings
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_upkeep import settle

TABLES = ("unit", "person", "post", "subject", "contribution", "indicator_value", "measured_person")
UNITS = [("C", None), ("R1", "C"), ("R2", "C"), ("D1", "R1"), ("F1", "D1"), ("F2", "D1")]


@asynccontextmanager
async def registry(**states_of: list[Any]) -> AsyncIterator[str]:
    """Address of a registry that answers with these states as NDJSON."""

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer token":
            return web.Response(status=401)
        states = states_of.get(request.match_info["kind"], [])
        return web.Response(body=b"".join(msgspec.json.encode(state) + b"\n" for state in states))

    app = web.Application()
    app.router.add_get("/internal/snapshot/{kind}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def derived(evaluation: Evaluation) -> dict[str, list[Any]]:
    """Every row of what a rebuild makes."""
    return {table: sorted(map(repr, await evaluation.rows(f"select * from {table}"))) for table in TABLES}


async def test_a_rebuild_is_equal_and_repairs(evaluation: Evaluation, today: Callable[[str], date]) -> None:
    """With a closed period under another tree than today's; then with rows lost and figures wrong."""
    today("2026-08-25")
    people = [b.person(f"p{number}", "F1" if number % 2 else "F2") for number in range(12)]
    await evaluation.take(b.received(b.units(*UNITS)), b.received(b.people(*people)))
    await evaluation.take(*(b.received(b.assessed(f"a{n}", f"p{n}", "2026-08-20")) for n in range(8)))
    today("2026-10-05")
    await settle(evaluation)
    await evaluation.take(b.received(b.units(("D1", "R2"), version=2)))
    before, right = await derived(evaluation), await evaluation.cells()
    states = [b.unit(code, above) for code, above in UNITS if code != "D1"] + [b.unit("D1", "R2", 2)]
    async with registry(units=states, people=people) as url:
        async with evaluation.database.session() as session:
            report = await rebuild.rebuild_within(session, url, "token")
        assert report == {"units": 6, "people": 12, "corrected": 0}
        assert await derived(evaluation) == before
        async with evaluation.database.session() as session:
            connection = await session.connection()
            for damage in (
                "delete from unit where unit_code = 'D1'",
                "delete from contribution where unit_code = 'F1'",
                "update indicator_value set numerator = 1 where unit_code = 'R1'",
                "delete from post",
            ):
                await connection.exec_driver_sql(damage)
            await rebuild.rebuild_within(session, url, "token")
    cells = await evaluation.cells()
    assert cells == right
    assert sorted(map(repr, await evaluation.rows("select * from contribution"))) == before["contribution"]


async def test_what_measured_nothing_counts_nowhere_and_a_rebuild_takes_out_what_did(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Neither as assessed nor as a quarter that is kept; as before, when it was told and taken."""
    today("2026-08-25")
    person = b.person("p0", "F1")
    await evaluation.take(b.received(b.units(*UNITS)), b.received(b.people(person)))
    nothing = {"scores": [None] * 11, "others": [None] * 11, "gaps": [None] * 11}
    await evaluation.take(b.received(b.assessed("a0", "p0", "2026-02-20", **nothing)))
    assert await evaluation.rows("select * from period") == []
    await evaluation.take(b.received(b.assessed("a1", "p0", "2026-08-20")))
    right = await evaluation.cells()
    assert right["OP-04", "2026Q3", "F1"][3] == right["OC-05", "2026Q3", "F1"][3] == 1
    await evaluation.take(b.received(b.assessed("a2", "p0", "2026-04-20")))
    assert ("OP-04", "2026Q2", "F1") in await evaluation.cells()
    async with evaluation.database.session() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            f"update assessment set scores = array_fill(null::smallint, array[11]) "
            f"where assessment_id = '{b.ident('a2')}'"
        )
    async with registry(units=[b.unit(*row) for row in UNITS], people=[person]) as url:
        async with evaluation.database.session() as session:
            await rebuild.rebuild_within(session, url, "token")
    cells = await evaluation.cells()
    assert not [key for key in cells if key[1] == "2026Q2" and key[0] != "OP-01"]
    assert cells["OP-04", "2026Q3", "F1"] == right["OP-04", "2026Q3", "F1"]


async def test_facts_count_by_the_days_of_the_instances_time_zone(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Done at half past midnight on 1 July in Nairobi, when it was June in UTC; the cycle closed then too."""
    today("2026-08-25")
    night = datetime(2026, 6, 30, 21, 30, tzinfo=UTC)
    clock.set_zone("Africa/Nairobi")
    try:
        await evaluation.take(b.received(b.units(*UNITS)), b.received(b.people(b.person("p0", "F1"))))
        closing = {"completed_at": night, "period": "2026Q2", "measured_on": date(2026, 6, 30)}
        await evaluation.take(b.received(b.assessed("a0", "p0", "2026-06-30", **closing)))
        done = b.completed("act-p0", "plan-p0", "p0", "2026-06-30")
        await evaluation.take(b.received(msgspec.structs.replace(done, completed_at=night)))
        cells = await evaluation.cells()
    finally:
        clock.set_zone("UTC")
    assert {key[1] for key in cells if key[0] == "OP-06"} == {"2026Q3"}
    assert {key[1]: cell[1:3] for key, cell in cells.items() if key[0] == "OP-01" and key[2] == "F1"} == {
        "2026Q2": (1000, 1000),
        "2026Q3": (1000, 1000),
    }


async def test_a_refused_snapshot_changes_nothing(
    evaluation: Evaluation, today: Callable[[str], date], settings: Callable[..., Settings]
) -> None:
    """A token that registry does not take, and no address at all."""
    today("2026-08-25")
    await evaluation.take(b.received(b.units(*UNITS)))
    before = await derived(evaluation)
    async with registry(units=[], people=[]) as url:
        with pytest.raises(Unavailable, match="snapshot-refused"):
            await rebuild.rebuild(settings("evaluation", services={"registry": url}))
    with pytest.raises(Unavailable, match="registry-unknown"):
        await rebuild.rebuild(settings("evaluation"))
    assert await derived(evaluation) == before
