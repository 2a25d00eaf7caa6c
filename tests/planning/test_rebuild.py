"""Rebuilding the directory: equal before and after, repaired when damaged, plans untouched."""

import pytest

from services.planning import rebuild
from shared.errors import Unavailable
from tests.evaluation.indicators.test_rebuild import registry
from tests.planning.builders import person, units

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROJECTED = ("unit", "person", "post", "subject")
OWNED = ("plan", "activity", "follow_up", "limits", "intervention", "outbox")


async def rows(world, tables):
    async with world.app.state.database.transaction() as connection:
        return {
            table: sorted(map(repr, await connection.fetch(f"select * from {table}"))) for table in tables
        }


async def test_a_rebuild_is_equal_and_repairs(world, settings, key, monkeypatch):
    await world.proposed("r0", "p0")
    before = await rows(world, PROJECTED)
    owned = await rows(world, OWNED)
    assert all(before.values())
    people = [person("boss", key("boss"))]
    people += [person(f"p{n}", key(f"p{n}"), "boss") for n in range(8)]
    people += [person("other", key("other"), unit="S")]
    monkeypatch.setenv("STEWARD_TOKEN", "token")
    async with registry(units=units(), people=people) as url:
        changed = settings("planning", services={"registry": url})
        assert await rebuild.rebuild(changed) == {"units": 3, "people": 10}
        assert await rows(world, PROJECTED) == before
        async with world.app.state.database.transaction() as connection:
            for damage in (
                "delete from subject",
                "delete from post where unit_code = 'S'",
                "update unit set parent = null, path = '{N01}' where unit_code = 'N01'",
            ):
                await connection.execute(damage)
        await rebuild.rebuild(changed)
    assert await rows(world, PROJECTED) == before
    assert await rows(world, OWNED) == owned


async def test_a_refused_snapshot_changes_nothing(world, settings, monkeypatch):
    before = await rows(world, PROJECTED)
    monkeypatch.setenv("STEWARD_TOKEN", "wrong")
    async with registry(units=[], people=[]) as url:
        with pytest.raises(Unavailable, match="snapshot-refused"):
            await rebuild.rebuild(settings("planning", services={"registry": url}))
    with pytest.raises(Unavailable, match="registry-unknown"):
        await rebuild.rebuild(settings("planning"))
    assert await rows(world, PROJECTED) == before
