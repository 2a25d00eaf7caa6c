"""Nobody who reads the figures can make raters, and work out the honest one beside them by subtraction."""

from datetime import timedelta

import pytest

from shared import clock
from shared.database.engine import Database
from shared.directory.projection import take_people
from tests.assessment.placed import (
    FRIENDLY,
    HONEST,
    MANAGER,
    SELF,
    answer,
    begin,
    closed,
    groups,
    key,
    nominate,
    nothing_but_the_manager,
    place,
    prepared,
)
from tests.assessment.ratings.test_bulk import clerk, codes, line, load
from tests.assessment.ratings.test_submit import requests_about
from tests.assessment.world import identity, person


@pytest.mark.parametrize("by", ["subject", "clerk", "client"])
async def test_two_friends_beside_one_honest_peer_give_nothing_away(country: Database, by: str):
    subject = f"{by}-u"
    await place(country, subject, [f"{by}-honest"])
    row = await begin(country, await prepared(country))
    about = await requests_about(country, row["cycle_id"], subject)
    if by == "subject":  # names them as peers; they answer themselves
        await nominate(country, about[0]["assessment_id"], ["c1", "c2"])
        await answer(country, row, subject, {"c1": FRIENDLY, "c2": FRIENDLY})
    else:  # types answers of strangers in
        friends = [{**about[0], "person_id": identity(name), "category": "peer"} for name in ("c1", "c2")]
        typist = clerk("typist", client=by == "client")
        assert (
            await load(country, [line(each, [FRIENDLY] * 33) for each in friends], by=typist)
        ).created == 2
        second = await load(country, [line(each, [FRIENDLY] * 33) for each in friends], by=clerk("second"))
        assert set(codes(second).values()) == {"already-answered"}
    await answer(country, row, subject, {f"{by}-honest": HONEST, f"{subject}boss": MANAGER, subject: SELF})
    found = await closed(country, row, subject)
    assert nothing_but_the_manager(found)
    assert found["quality"]["not_applicable"] == [0] * 11


async def test_named_raters_enter_the_mean_of_a_group_that_holds_without_them(country: Database):
    await place(country, "m", ["m1", "m2", "m3"])
    row = await begin(country, await prepared(country))
    about = await requests_about(country, row["cycle_id"], "m")
    await nominate(country, about[0]["assessment_id"], ["c1", "c2"])
    given = {"m1": 1, "m2": 2, "m3": 3, "c1": 5, "c2": 5, "mboss": MANAGER, "m": SELF}
    await answer(country, row, "m", given)
    found = await closed(country, row, "m")
    peers = next(group for group in found["groups"][0] if group["categories"] == ["peer"])
    assert (peers["n"], peers["score"], peers["spread"]) == (5, 320, None)  # three are too few for a spread


@pytest.mark.parametrize(
    ("written", "counts"),
    [
        ({}, True),
        ({"recorded_by": None}, False),
        ({"recorded_at": None}, False),
        ({"recorded_by": key("subject")}, False),
        ({"recorded_by": key("manager")}, False),
        ({"recorded_at": clock.now() + timedelta(days=1)}, False),  # after the cycle was prepared
    ],
    ids=["by-a-client-before", "by-nobody-known", "at-no-time-known", "by-the-subject", "by-the-manager", "later"],
)  # fmt: skip
async def test_a_placement_counts_when_it_is_older_than_the_cycle_and_written_by_somebody_else(
    country: Database, written, counts, request
):
    name = f"w-{request.node.callspec.id}"
    written = dict(written)
    if written.get("recorded_by") in (key("subject"), key("manager")):
        who = name if written["recorded_by"] == key("subject") else f"{name}boss"
        written["recorded_by"] = key(who)
    await place(country, name, [f"{name}{n}" for n in range(3)], **written)
    row = await begin(country, await prepared(country))
    given = {f"{name}{n}": HONEST for n in range(3)} | {f"{name}boss": MANAGER, name: SELF}
    await answer(country, row, name, given)
    found = await closed(country, row, name)
    assert (groups(found) == {("manager",), ("peer",)}) is counts
    assert nothing_but_the_manager(found) is not counts


async def test_where_the_subjects_own_place_is_new_the_peers_around_it_do_not_count(country: Database):
    await place(country, "n", ["n1", "n2", "n3"])
    moved = person("n", "F2", manager="nboss", version=2, recorded_at=clock.now(), recorded_by=key("nboss"))
    async with country.session() as session:
        await take_people(session, [moved])
    row = await begin(country, await prepared(country))
    peers = [
        item for item in await requests_about(country, row["cycle_id"], "n") if item["category"] == "peer"
    ]
    assert [item["independent"] for item in peers] == [False] * 3
