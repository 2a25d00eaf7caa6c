"""A rebuild from snapshots and results ends in the same figures."""

import importlib
from types import SimpleNamespace

import msgspec
import sqlalchemy as sa
from aiohttp import web

from services.assessment import consumers, rebuild
from services.assessment.results.commands import closing
from services.assessment.rollups.commands.rebuild import recount
from services.assessment.tables.ratings import result
from shared.database.engine import Database
from shared.events.registry import PeopleChanged, UnitsChanged
from tests.assessment import world
from tests.assessment.cycles.test_cycles import opened, rows, run
from tests.assessment.ratings.test_bulk import everything, load
from tests.assessment.ratings.test_submit import count
from tests.assessment.test_consumers import fact_of, hear


async def snapshot_server(people, units, aliases=()) -> tuple[web.AppRunner, str]:
    """Registry's snapshot, as registry gives it."""

    async def states(request: web.Request) -> web.Response:
        items = {"people": people, "units": units, "aliases": aliases}[request.match_info["kind"]]
        return web.Response(body=b"".join(msgspec.json.encode(item) + b"\n" for item in items))

    app = web.Application()
    app.router.add_get("/internal/snapshot/{kind}", states)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"


async def everything_derived(database: Database):
    tables = ("unit", "person", "post", "subject", "counted", "rollup")
    return {
        table: sorted(map(repr, await rows(database, sa.text(f"select * from {table}")))) for table in tables
    }


async def test_a_rebuild_from_snapshots_and_results_is_equal(country: Database):
    database = country
    people = world.team("a", "F1", 6) + world.team("c", "F3", 5)
    units = [world.unit(code, parent) for code, parent in world.TREE.items()]
    async with database.session() as session:
        for table in ("counted", "rollup", "unit", "post", "person", "subject"):
            await session.execute(sa.text(f"delete from {table}"))
        await session.execute(sa.text("delete from result"))
    await hear(database, consumers.units_changed, UnitsChanged(items=units))
    await hear(database, consumers.people_changed, PeopleChanged(items=people))
    row = await opened(database)
    await load(database, await everything(database, row["cycle_id"]))
    await run(database, closing.settle)
    found = await rows(database, sa.select(result).where(result.c.cycle_id == row["cycle_id"]))
    events = [fact_of(item) for item in found]
    await hear(database, consumers.completed, *events)
    units = [item for item in units if item.unit_code != "D2"] + [world.unit("D2", "N1", 2)]
    await hear(database, consumers.units_changed, UnitsChanged(items=units))
    before = await everything_derived(database)
    assert await count(database, result) == 11
    runner, url = await snapshot_server(people, units)
    try:
        async with database.session() as session:
            report = await rebuild.rebuild_within(session, url, "token")
        assert report == {"units": len(units), "people": len(people), "counted": 0, "rollups": 0}
        assert await everything_derived(database) == before
        async with database.session() as session:
            await session.execute(sa.text("update rollup set people = 99 where unit_code = 'N1'"))
            await session.execute(sa.text("delete from counted where unit_code = 'F1'"))
            await session.execute(sa.text("delete from unit where unit_code = 'F3'"))
            await rebuild.rebuild_within(session, url, "token")
        assert await everything_derived(database) == before
    finally:
        await runner.cleanup()


async def test_people_who_were_counted_before_scores_were_marked_are_marked(country: Database, monkeypatch):
    """By the revision as by a recount: a score of the self alone counts in every unit above."""
    row = await opened(country)
    await load(country, await everything(country, row["cycle_id"]))
    await run(country, closing.settle)
    await hear(country, consumers.completed, *map(fact_of, await rows(country, sa.select(result))))
    alone = sa.text("""
        update result set unverified = array_fill(true, array[4]) || array_fill(false, array[7])
        where person_id = any(:people)
    """)
    async with country.session() as session:
        await session.execute(alone, {"people": [world.identity(name) for name in ("a0", "a1", "c0")]})
        await recount(session)
    whole = await everything_derived(country)
    found = await rows(country, sa.text("select unit_code, unverified from rollup"))
    marked = {each["unit_code"]: each["unverified"][0] for each in found}
    assert (marked["F1"], marked["F3"], marked["N"]) == (2, 1, 3)
    async with country.session() as session:
        await session.execute(sa.text("update counted set unverified = default"))
        await session.execute(sa.text("update rollup set unverified = default"))
    revision = importlib.import_module(
        "services.assessment.migrations.versions.0020_unverified_scores_counted_before"
    )
    statements: list[str] = []
    monkeypatch.setattr(revision, "op", SimpleNamespace(execute=statements.append))
    revision.upgrade()
    assert await everything_derived(country) != whole
    async with country.session() as session:
        for statement in statements:
            await session.execute(sa.text(statement))
    assert await everything_derived(country) == whole
