"""Who sees whom: self, team, or by role inside the units; everybody else is told that nobody is there."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from shared.auth.caller import Caller
from shared.clock import today
from shared.directory import authorization
from shared.directory.projection import take_people, take_units
from shared.errors import Forbidden, NotFound
from tests.shared.directory.directory_probe import key, person, post, unit

BOSS, WORKER, PEER, GONE, ELSEWHERE = range(1, 6)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(directory_database):
    """Two districts; a boss with a worker, a peer, one whose post ended, one in the other district."""
    yesterday = today() - timedelta(days=1)
    async with directory_database._sessions() as opened:
        await take_units(opened, [unit("C"), unit("N", "C"), unit("S", "C")])
        await take_people(
            opened,
            [
                person(BOSS, post(BOSS)),
                person(WORKER, post(WORKER, manager_post_id=key(1000 + BOSS))),
                person(PEER, post(PEER)),
                person(GONE, post(GONE, manager_post_id=key(1000 + BOSS), valid_to=yesterday)),
                person(ELSEWHERE, post(ELSEWHERE, unit_code="S", valid_from=date(2020, 1, 1))),
            ],
        )
        yield opened
        await opened.rollback()


def caller(number: int = 0, *roles: str, units: tuple[str, ...] = ()) -> Caller:
    return Caller(frozenset(roles), units, f"key-{number}")


SEES = [
    (caller(BOSS, "leader"), {BOSS, WORKER}),
    (caller(WORKER, "leader"), {WORKER}),
    (caller(99, "leader"), set()),
    (caller(BOSS), set()),
    (caller(BOSS, "hris"), set()),
    (caller(BOSS, "ops"), set()),
    (caller(BOSS, "service", "ops"), set()),
    (caller(BOSS, "leader", "hris", units=("S",)), {BOSS, WORKER, ELSEWHERE}),
    (caller(0, "programme-manager", units=("N",)), {BOSS, WORKER, PEER}),
    (caller(0, "hris", units=("S",)), {ELSEWHERE}),
    (caller(0, "programme-manager", units=("C",)), {BOSS, WORKER, PEER, ELSEWHERE}),
    (caller(0, "programme-manager", units=("nowhere",)), set()),
    (caller(0, "programme-manager"), set()),
    (caller(0, "ops", units=("C",)), set()),
    (caller(0, "leader", units=("C",)), set()),
]


@pytest.mark.parametrize(("who", "seen"), SEES)
async def test_nobody_sees_more_than_their_place_allows(session, who, seen):
    found = set()
    for number in (BOSS, WORKER, PEER, GONE, ELSEWHERE, 77):
        try:
            await authorization.person_access(session, who, "person.read", UUID(key(number)))
            found.add(number)
        except (NotFound, Forbidden):
            continue
    assert found == seen


async def test_units_are_unknown_or_out_of_scope(session):
    manager = caller(0, "programme-manager", units=("N",))
    await authorization.require_unit(session, manager, "cycle.run", "N")
    with pytest.raises(Forbidden, match="unit-out-of-scope"):
        await authorization.require_unit(session, manager, "cycle.run", "C")
    with pytest.raises(NotFound, match="unit-unknown"):
        await authorization.require_unit(session, manager, "cycle.run", "X")


async def test_a_sign_in_of_nobody_is_refused(session):
    assert await authorization.require_person(session, caller(PEER, "leader"), "rating.give") == UUID(
        key(PEER)
    )
    with pytest.raises(Forbidden, match="person-not-tied"):
        await authorization.require_person(session, caller(99, "leader"), "rating.give")
    with pytest.raises(Forbidden, match="role-missing"):
        await authorization.require_person(session, caller(PEER, "ops"), "rating.give")
