"""A hub reads one level of a region with many units without reading the rest."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.federated import AS_ADMIN, regions_of_hub
from tests.registry.builders import plant
from tests.served import Client, application

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "/v1/national/units?region=big"
CHILDREN = f"{URL}&parent=D-7&limit=30"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings, serve, token, nats_url: str) -> AsyncIterator[Client]:
    async with regions_of_hub(nats_url, "registry"):
        client = await serve(application(settings("registry", federation="hub", **AS_ADMIN)))
        await plant(client.using(token("hris", units=("SL",))))
        yield client.using(token("programme-manager", units=("SL",)))


_FILL = """
insert into national_unit (region, unit_code, parent, level, epoch, version)
select 'big', 'D-' || d || coalesce('-' || f, ''), case when f is null then 'BIG' else 'D-' || d end, 'x', 1, 1
from generate_series(1, 200) d, lateral (select null::int union all select generate_series(1, 100)) n(f)
union all select 'big', 'BIG', null, 'x', 1, 1;
insert into national_figure (kind, period, slice, region, unit_code, figures, epoch, version, received_at)
select 'headcount', '', s, 'big', unit_code, '{9,5}', 1, 1, '2026-11-23Z'
from national_unit, unnest('{B,I,A}'::text[]) s where region = 'big';
analyze national_unit; analyze national_figure
"""


@contextmanager
def statements() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """What this process asks its databases through SQLAlchemy, with the parameters."""
    asked: list[tuple[str, tuple[Any, ...]]] = []

    def note(_c: object, _k: object, statement: str, parameters: tuple[Any, ...], *_: object) -> None:
        asked.append((statement, parameters))

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)


async def test_a_large_region_is_read_by_index(hub: Client, service_database) -> None:
    connection = await asyncpg.connect(service_database("registry"))
    try:
        await connection.execute(_FILL)
        first = (await hub.get(CHILDREN)).json
        with statements() as asked:
            tops = (await hub.get(URL)).json
            second = (await hub.get(CHILDREN, params={"cursor": first["next"]})).json
        ours = [each for each in asked if "national_" in each[0]]
        assert len(ours) == 6
        for statement, parameters in ours:
            plan = "\n".join(row[0] for row in await connection.fetch(f"explain {statement}", *parameters))
            assert "Index" in plan, plan
            assert "Seq Scan" not in plan, plan
            # A page stops reading where it ends; a region's tops are few, PostgreSQL sorts them.
            assert "Sort" not in plan or "parent IS NULL" in plan, plan
    finally:
        await connection.close()
    assert [each["unit_code"] for each in tops["items"]] == ["BIG"]
    assert len({each["unit_code"] for each in first["items"] + second["items"]}) == 60
    assert {len(each["headcounts"]) for each in second["items"]} == {3}
