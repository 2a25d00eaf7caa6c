"""Plans of people who turn out to be one are of the one that is left, of both again once they are parted."""

import msgspec
import pytest

from services.planning import rebuild
from shared.events.registry import PeopleMerged, PeopleUnmerged, PersonAlias
from tests.evaluation.indicators.test_rebuild import registry
from tests.planning.builders import ident, person, units
from tests.planning.test_rebuild import PROJECTED, rows
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLES = (*PROJECTED, "plan", "person_alias", "rekeyed_row")


def merge_of(key, version: int = 2) -> PeopleMerged:
    """The record p2 is part of p1."""
    one, other = (person(name, key(name), "boss", version=version) for name in ("p1", "p2"))
    both = msgspec.structs.replace(
        one, posts=[*one.posts, *other.posts], subject_keys=[*one.subject_keys, *other.subject_keys]
    )
    gone = msgspec.structs.replace(other, active=False, posts=[], subject_keys=[])
    alias = PersonAlias(person_id=ident("p2"), version=version, merged_into=ident("p1"))
    ids = {"person_id": ident("p1"), "merged_id": ident("p2")}
    return PeopleMerged(**ids, aliases=[alias], items=[both, gone])


async def test_plans_are_of_the_person_who_is_left_also_late_ones_and_after_a_rebuild(
    world, settings, key, monkeypatch
):
    first = await world.proposed("m1", "p1")
    second = await world.proposed("m2", "p2")
    merge = merge_of(key)
    await world.publish(merge)

    async def theirs():
        found = {plan["plan_id"]: plan["state"] for plan in await world.plans("p1")}
        return found if second["plan_id"] in found else None

    states = await wait_for(theirs)
    assert states == {first["plan_id"]: "proposed", second["plan_id"]: "proposed"}, "a merge closes no plan"
    assert await world.plans("p2") == []
    mine = await world.leader("p2").get(f"/v1/plans/{first['plan_id']}")
    assert mine.status == 200, "both sign-ins are the one person's"
    third = await world.proposed("m3", "p1", person_id=ident("p2"), day="2026-11-02")  # news from before
    assert (await theirs())[first["plan_id"]] == "closed", "the newer proposal takes the place of both"
    before = await rows(world, TABLES)
    people = [person("boss", key("boss")), person("other", key("other"), unit="S"), *merge.items]
    people += [person(f"p{n}", key(f"p{n}"), "boss") for n in range(8) if n not in (1, 2)]
    monkeypatch.setenv("STEWARD_TOKEN", "token")
    async with registry(units=units(), people=people, aliases=merge.aliases) as url:
        changed = settings("planning", services={"registry": url})
        async with world.app.state.database.transaction() as connection:
            await connection.execute("delete from person_alias")
            await connection.execute(
                "update plan set person_id = $1 where person_id = $2", ident("p2"), ident("p1")
            )
            await connection.execute("delete from rekeyed_row")
            await connection.execute(
                "update plan set person_id = $1 where plan_id = $2", ident("p1"), first["plan_id"]
            )
        await rebuild.rebuild(changed)
    assert await rows(world, TABLES) == before
    items = [person(name, key(name), "boss", version=3) for name in ("p1", "p2")]
    alias = PersonAlias(person_id=ident("p2"), version=3)
    await world.publish(
        PeopleUnmerged(person_id=ident("p1"), merged_id=ident("p2"), aliases=[alias], items=items)
    )

    async def apart():
        return {plan["plan_id"] for plan in await world.plans("p2")} == {second["plan_id"], third["plan_id"]}

    await wait_for(apart)
    assert [plan["plan_id"] for plan in await world.plans("p1")] == [first["plan_id"]]
