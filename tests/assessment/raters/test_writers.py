"""Every writer of a placement counts, not only the last one; who moves a reporting line sees no raters."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.assessment.results.queries import assessments as queries
from services.assessment.tables import directory
from shared import clock
from shared.auth.caller import Caller
from shared.database.engine import Database
from shared.directory.projection import take_people
from shared.events.registry import PersonState, PostWriting
from tests.assessment.cycles.test_cycles import rows
from tests.assessment.placed import HONEST, MANAGER, SELF, answer, begin, closed, groups, key, place, prepared
from tests.assessment.ratings.test_submit import requests_about
from tests.assessment.world import CLIENT, RECORDED, person


async def taken(database: Database, *people: PersonState) -> None:
    async with database.session() as session:
        await take_people(session, people)


def rewritten(state: PersonState, by: str, at=RECORDED - timedelta(days=30)) -> PersonState:
    """The same, where a version of the post before was written by somebody."""
    state.posts[0].superseded.append(PostWriting(recorded_by=key(by), recorded_at=at))
    return state


@pytest.mark.parametrize(("writer", "counts"), [("subject", False), ("manager", False), ("somebody", True)])
async def test_a_clean_hand_that_writes_a_placement_again_does_not_launder_it(
    country: Database, writer: str, counts: bool
):
    name = f"wl{writer}"
    by = {"subject": name, "manager": f"{name}boss", "somebody": "somebody"}[writer]
    await place(country, name, [])
    peers = [person(f"{name}{n}", "F2", manager=f"{name}boss") for n in range(3)]
    await taken(country, *(rewritten(peer, by) for peer in peers))
    row = await begin(country, await prepared(country))
    await answer(
        country, row, name, {f"{name}{n}": HONEST for n in range(3)} | {f"{name}boss": MANAGER, name: SELF}
    )
    assert (groups(await closed(country, row, name)) == {("manager",), ("peer",)}) is counts


async def test_who_wrote_a_placement_before_another_did_reads_no_groups(country: Database):
    name = "wg"
    await place(country, name, [f"{name}{n}" for n in range(3)])
    row = await begin(country, await prepared(country))
    await answer(
        country, row, name, {f"{name}{n}": HONEST for n in range(3)} | {f"{name}boss": MANAGER, name: SELF}
    )
    found = await closed(country, row, name)
    later = person("wgnew", "F2", role="district-health-officer", level="A")
    placed = rewritten(person(f"{name}1", "F2", manager=f"{name}boss", version=4), "wgnew", clock.now())
    await taken(country, later, person(name, "F2", manager="wgnew", version=4), placed)
    reader = Caller(frozenset({"leader"}), (), key("wgnew"))
    async with country.reading() as session:
        assert (await queries.outcome(session, reader, found["assessment_id"]))["groups"] is None


async def sees(database: Database, assessment_id, name: str) -> bool:
    caller = Caller(frozenset({"programme-manager", "leader"}), ("N",), key(name))
    async with database.reading() as session:
        return (await queries.raters(session, caller, assessment_id))["requests"] is not None


@pytest.mark.parametrize("line", ["subject", "own", "withdrawn", "put-back"])
async def test_a_new_manager_who_moves_the_reporting_line_does_not_see_the_raters(
    country: Database, line: str
):
    """An overseer who has become the manager after raters were asked writes the line away, and reads."""
    name, new = f"wm-{line}", f"wm-{line}-new"
    await place(country, name, [f"{name}0"])
    officer = {"role": "district-health-officer", "level": "A"}
    await taken(country, person(new, "F2", **officer), person(f"{new}-clerk", "F2", **officer))
    row = await begin(country, await prepared(country))
    (own, *_) = await requests_about(country, row["cycle_id"], name)
    key_ = own["assessment_id"]
    assert await sees(country, key_, new)
    assert await sees(country, key_, f"{new}-clerk")
    await taken(country, person(name, "F2", manager=new, version=2))
    assert not await sees(country, key_, new)
    away = person(name, "F2", manager=f"{name}boss", version=3, recorded_at=clock.now(), recorded_by=key(new))
    if line == "subject":
        await taken(country, away)
    elif line == "own":
        moved = person(new, "F3", version=3, recorded_at=clock.now(), recorded_by=key(new), **officer)
        moved.posts.clear()
        other = person(f"{new} other", "F3", recorded_at=clock.now(), recorded_by=key(new), **officer).posts
        moved.posts.extend(other)
        await taken(country, moved)
    elif line == "withdrawn":
        gone = person(name, "F2", version=3)
        gone.posts.clear()
        await taken(country, gone)
    else:  # and by a clean hand
        back = person(name, "F2", manager=f"{name}boss", version=4)
        await taken(country, rewritten(back, new, clock.now()))
    assert not await sees(country, key_, new)
    assert await sees(country, key_, f"{new}-clerk") is (line != "withdrawn")


async def test_the_directory_keeps_every_writer_with_the_last_time(country: Database):
    state = rewritten(person("wd", "F2"), "before")
    state.posts[0].superseded.append(
        PostWriting(recorded_by=CLIENT, recorded_at=RECORDED - timedelta(days=9))
    )
    await taken(country, state)
    mine = sa.select(directory.post.c.writers).where(directory.post.c.post_id == state.posts[0].post_id)
    ((found,),) = [tuple(row.values()) for row in await rows(country, mine)]
    assert found == {CLIENT: "2020-01-01T00:00:00Z", key("before"): "2019-12-02T00:00:00Z"}
