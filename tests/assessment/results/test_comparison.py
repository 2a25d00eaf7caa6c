"""Two assessments are compared where they asked the same items, and said not to be elsewhere."""

import json

import sqlalchemy as sa

from services.assessment.results.commands import closing
from services.assessment.results.queries import assessments as queries
from services.assessment.tables.frameworks import framework_version
from services.assessment.tables.ratings import result
from shared import clock
from shared.auth.caller import Caller
from shared.database.engine import Database
from shared.events.framework import COMPETENCIES
from shared.http.paging import Page
from tests.assessment.cycles.test_cycles import opened, run
from tests.assessment.ratings.test_bulk import everything, load
from tests.assessment.world import CONTENT, identity

PROGRAMME = Caller(frozenset({"programme-manager"}), ("N",), "0" * 32)


async def adapted(database: Database) -> None:
    """A second version that asks one more item of CO at level I."""
    content = json.loads((CONTENT / "framework.json").read_text())
    more = next(item for item in content["items"] if item["code"] == "CO-I-1") | {"code": "CO-I-X"}
    content["items"].append(more)
    values = {"framework_code": "steward-core", "framework_version": 2, "state": "published"}
    times = {"changed_at": clock.now(), "published_at": clock.now()}
    async with database.session() as session:
        insert = framework_version.insert().values(
            **values, content=content, resolved=content | {"version": 2}, **times
        )
        await session.execute(insert)


async def history(database: Database, name: str) -> list[dict]:
    async with database.reading() as session:
        found = await queries.history(session, PROGRAMME, identity(name), Page(50, None))
    return found["items"]


async def assessed(database: Database, rating: int, items: int = 33, **changes) -> None:
    row = await opened(database, unit_code="N1", **changes)
    lines = await everything(database, row["cycle_id"])
    for each in lines:
        each.ratings = [rating] * items
    await load(database, lines)
    await run(database, closing.settle)


async def test_only_the_same_items_are_compared(country: Database):
    await adapted(country)
    await assessed(country, 2)
    await assessed(country, 3)
    first, second = await history(country, "a0")
    assert (first["changes"], first["not_comparable"]) == (None, None)
    assert second["not_comparable"] is None
    assert {item["difference"] for item in second["changes"]} == {100}
    await assessed(country, 5, items=34, framework_version=2)
    third = (await history(country, "a0"))[-1]
    assert third["framework_version"] == 2
    assert third["not_comparable"]["competencies"] == ["CO"]
    assert third["not_comparable"]["reason"] == "items"
    assert third["not_comparable"]["text"].keys() == {"en", "fr"}
    by_code = dict(zip(COMPETENCIES, third["changes"], strict=True))
    assert by_code.pop("CO") is None
    assert {item["difference"] for item in by_code.values()} == {200}
    # The post is one of another level by then.
    async with country.session() as session:
        last = sa.select(sa.func.max(result.c.completed_at)).where(result.c.person_id == identity("a0"))
        await session.execute(
            result.update()
            .where(result.c.person_id == identity("a0"), result.c.completed_at == last.scalar_subquery())
            .values(level="A")
        )
    third = (await history(country, "a0"))[-1]
    assert (third["changes"], third["not_comparable"]["reason"]) == (None, "level")
    assert third["not_comparable"]["competencies"] == list(COMPETENCIES)
