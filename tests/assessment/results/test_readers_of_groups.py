"""Whoever knows or made an answer that counts reads levels, and no groups to subtract it from."""

import pytest

from services.assessment.results.queries import assessments as queries
from shared import clock
from shared.auth.caller import Caller
from shared.database.engine import Database
from shared.directory.projection import take_people
from shared.http.paging import Page
from tests.assessment.placed import (
    HONEST,
    MANAGER,
    SELF,
    answer,
    begin,
    closed,
    key,
    nominate,
    place,
    prepared,
)
from tests.assessment.ratings.test_submit import requests_about
from tests.assessment.world import person


async def scored(database: Database, subject: str, *, friend: str | None = None):
    """The result of a subject whom three peers, the manager and perhaps a friend have rated."""
    peers = [f"{subject}{number}" for number in range(3)]
    await place(database, subject, peers)
    row = await begin(database, await prepared(database))
    given = dict.fromkeys(peers, HONEST) | {f"{subject}boss": MANAGER, subject: SELF}
    if friend:
        about = await requests_about(database, row["cycle_id"], subject)
        await nominate(database, about[0]["assessment_id"], [friend])
        given[friend] = HONEST
    await answer(database, row, subject, given)
    return await closed(database, row, subject)


async def now_led_by(database: Database, subject: str, manager: str, **written) -> None:
    """The subject reports to somebody else since; `written` is how the peers' posts were written anew."""
    people = [person(manager, "F2", role="district-health-officer", level="A", version=5)]
    people.append(person(subject, "F2", manager=manager, version=5))
    if written:
        people.append(person(f"{subject}2", "F2", manager=f"{subject}boss", version=5, **written))
    async with database.session() as session:
        await take_people(session, people)


async def read(database: Database, found, name: str, *roles: str, units=()):
    """Whether the groups are shown, in the result and in the history."""
    caller = Caller(frozenset(roles or {"leader"}), units, key(name))
    async with database.reading() as session:
        result = await queries.outcome(session, caller, found["assessment_id"])
        history = await queries.history(session, caller, found["person_id"], Page(limit=10, after=None))
    assert result["scores"] == found["scores"]
    shown = {result["groups"] is not None, result["quality"] is not None}
    shown |= {item["groups"] is not None for item in history["items"]}
    (same,) = shown
    return same


async def test_a_peer_who_has_become_the_manager_cannot_subtract_their_own_answer(country: Database):
    found = await scored(country, "rg")
    assert await read(country, found, "rg")
    assert await read(country, found, "rgboss")
    await now_led_by(country, "rg", "rg0")
    assert not await read(country, found, "rg0")
    assert await read(country, found, "overseer", "programme-manager", units=("N",))


async def test_an_overseer_who_rated_as_a_peer_reads_no_groups(country: Database):
    found = await scored(country, "rh", friend="c1")
    assert not await read(country, found, "rh1", "programme-manager", units=("N",))
    assert await read(country, found, "c1", "programme-manager", units=("N",))  # three others are left


@pytest.mark.parametrize("writer", ["rinew", "somebody"])
async def test_a_later_manager_who_wrote_a_placement_of_a_rater_reads_no_groups(
    country: Database, writer: str
):
    subject = f"ri{writer}"
    found = await scored(country, subject)
    await now_led_by(country, subject, "rinew", recorded_by=key(writer), recorded_at=clock.now())
    assert await read(country, found, "rinew") is (writer != "rinew")
