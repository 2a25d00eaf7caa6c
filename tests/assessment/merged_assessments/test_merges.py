"""People who turn out to be one: nobody answers twice or rates themselves, everybody counts once, and back."""

from collections import Counter

import msgspec
import sqlalchemy as sa

from services.assessment import consumers, rebuild
from services.assessment.merged_assessments.commands.people import rekey
from services.assessment.ratings.commands.responses import Answers
from services.assessment.results.commands import closing
from services.assessment.tables.ratings import assessment, rater_request, result
from shared.database.engine import Database
from shared.events.registry import PeopleChanged, PeopleMerged, PeopleUnmerged, PersonAlias
from tests.assessment import world
from tests.assessment.cycles.test_cycles import opened, rows, run
from tests.assessment.ratings.test_bulk import everything, load
from tests.assessment.ratings.test_submit import accepted, requests_about, submit
from tests.assessment.rollups.test_rebuild import snapshot_server
from tests.assessment.test_consumers import fact_of, hear
from tests.assessment.world import identity

TABLES = ("assessment", "rater_request", "result", "counted", "rollup", "post", "subject", "rekeyed_row")
UNVERSIONED = "to_jsonb(t) - 'version' - 'recorded_at'"


def merged(name: str, into: str, version: int = 2) -> PeopleMerged:
    """The record `name` is part of `into`; both posts and sign-ins are that one's."""
    one, other = world.person(into, "F1", manager="aboss"), world.person(name, "F1", manager="aboss")
    both = msgspec.structs.replace(
        one,
        version=version,
        posts=[*one.posts, *other.posts],
        subject_keys=[*one.subject_keys, *other.subject_keys],
    )
    gone = msgspec.structs.replace(other, version=version, active=False, posts=[], subject_keys=[])
    alias = PersonAlias(person_id=gone.person_id, version=version, merged_into=both.person_id)
    return PeopleMerged(
        person_id=both.person_id, merged_id=gone.person_id, aliases=[alias], items=[both, gone]
    )


def parted(name: str, into: str, version: int = 3) -> PeopleUnmerged:
    """The record `name` is a record of its own again."""
    items = [world.person(each, "F1", manager="aboss", version=version) for each in (into, name)]
    alias = PersonAlias(person_id=items[1].person_id, version=version)
    return PeopleUnmerged(
        person_id=items[0].person_id, merged_id=items[1].person_id, aliases=[alias], items=items
    )


async def everything_stored(database: Database, *tables: str):
    """Rows without their versions."""
    found = {}
    for table in tables or TABLES:
        select = sa.text(f"select {UNVERSIONED} as row from {table} t")
        found[table] = sorted(repr(sorted(each["row"].items())) for each in await rows(database, select))
    return found


async def awaited_is_right(database: Database) -> bool:
    wrong = sa.text("""
        select 1 from assessment a where a.state = 'open' and a.awaited <> (
            select count(*) from rater_request r left join response s using (assessment_id, request_id)
            where r.assessment_id = a.assessment_id and (r.state in ('invited', 'accepted') or
                r.state = 'answered' and s.awaiting_confirmation))""")
    return not await rows(database, wrong)


async def test_nobody_rates_themselves_or_twice_and_an_undone_merge_leaves_all_as_it_was(country: Database):
    row = await opened(country, unit_code="N1", max_peers=5)
    asked = {each["person_id"]: each for each in await accepted(country, row["cycle_id"], "a2")}
    await submit(country, asked[identity("a1")], Answers([4] * 33), "a1")
    before = await everything_stored(country)
    await hear(country, consumers.people_merged, merged("a1", "a0"))
    await hear(country, consumers.people_merged, merged("a1", "a0"))
    mine = (assessment.c.cycle_id == row["cycle_id"]) & (assessment.c.person_id == identity("a0"))
    own = await rows(country, sa.select(assessment).where(mine))
    assert {each["post_id"] for each in own} == {identity("post a0"), identity("post a1")}
    about = await requests_about(country, row["cycle_id"], "a0")
    of_oneself = Counter(
        (each["category"], each["state"]) for each in about if each["person_id"] == identity("a0")
    )
    assert of_oneself == {("self", "accepted"): 2}
    assert [each["state"] for each in about if each["person_id"] == each["request_id"]] == ["withdrawn"] * 2
    twice = {each["person_id"]: each for each in await requests_about(country, row["cycle_id"], "a2")}
    assert identity("a1") not in twice
    assert twice[identity("a0")]["state"] == "answered", "of both requests the answered one counts"
    assert await awaited_is_right(country)
    await hear(country, consumers.people_unmerged, parted("a1", "a0"))
    await hear(country, consumers.people_merged, merged("a1", "a0"))  # older news, once more
    after = await everything_stored(country)
    assert after == before
    assert await awaited_is_right(country)


async def test_a_merged_person_counts_once_and_a_rebuild_says_the_same(country: Database):
    row = await opened(country, unit_code="N1")
    await load(country, await everything(country, row["cycle_id"]))
    await run(country, closing.settle)
    found = await rows(country, sa.select(result).where(result.c.cycle_id == row["cycle_id"]))
    late = next(each for each in found if each["person_id"] == identity("a4"))
    await hear(country, consumers.completed, *[fact_of(each) for each in found if each is not late])
    before = await everything_stored(country, "result", "counted", "rollup")
    people = world.team("a", "F1", 6) + world.team("c", "F3", 4)
    changed = merged("a4", "a3")
    newer = msgspec.structs.replace(changed.items[0], version=3)  # overtakes the news of the merge
    await hear(country, consumers.people_changed, PeopleChanged(items=[newer]))
    await hear(country, consumers.people_merged, changed)
    await hear(country, consumers.completed, fact_of(late))
    (heads,) = await rows(
        country, sa.text("select people from rollup where unit_code = 'F1' and level = 'I'")
    )
    assert heads["people"] == len(found) - 1
    once = await everything_stored(country)
    states = {each.person_id: each for each in [*people, newer, changed.items[1]]}
    units = [world.unit(code, parent) for code, parent in world.TREE.items()]
    runner, url = await snapshot_server(list(states.values()), units, changed.aliases)
    try:
        async with country.session() as session:  # as from a backup before the merge
            await session.execute(sa.text("delete from person_alias"))
            await rekey(session, [identity("a3"), identity("a4")])
            await session.execute(sa.text("delete from counted"))
            await rebuild.rebuild_within(session, url, "token")
        assert await everything_stored(country) == once
        async with country.session() as session:
            assert (await rebuild.rebuild_within(session, url, "token"))["counted"] == 0
    finally:
        await runner.cleanup()
    assert await everything_stored(country) == once
    await hear(country, consumers.people_unmerged, parted("a4", "a3", 4))
    after = await everything_stored(country, "result", "counted", "rollup")
    assert (after["result"], len(after["counted"])) == (before["result"], len(found))
    assert {each["person_id"] for each in await rows(country, sa.select(rater_request))}.isdisjoint(
        {each["request_id"] for each in await rows(country, sa.select(rater_request))}
    )
