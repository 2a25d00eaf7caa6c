"""The directory projection: whatever order and repetition the events come in, the newest states stand."""

from itertools import permutations
from types import SimpleNamespace

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from shared.database.engine import Database
from shared.directory.merges import apply_merges
from shared.directory.projection import take_people, take_units
from shared.events.registry import PersonAlias
from tests.servers import run
from tests.shared.directory.directory_probe import key, person, post, unit


@pytest_asyncio.fixture(loop_scope="module")
async def session(directory_database):
    """A session whose work is rolled back."""
    async with directory_database._sessions() as opened:
        yield opened
        await opened.rollback()


async def paths(session) -> dict[str, list[str]]:
    return {
        row.unit_code: row.path for row in await session.execute(text("select unit_code, path from unit"))
    }


async def rows(session, table: str) -> list[tuple]:
    return sorted(map(repr, (await session.execute(text(f"select * from {table}"))).all()))


async def test_a_child_before_its_parent_is_completed_later(session):
    await take_units(session, [unit("F", "D")])
    assert await paths(session) == {"F": ["D", "F"], "D": ["D"]}
    changed, moved = await take_units(session, [unit("D", "C", level="district"), unit("C")])
    assert (set(changed), set(moved)) == ({"C", "D"}, {"D", "F"})
    assert await paths(session) == {"C": ["C"], "D": ["C", "D"], "F": ["C", "D", "F"]}


async def test_a_move_takes_everything_below_along(session):
    await take_units(session, [unit("C"), unit("E", "C"), unit("W", "C"), unit("D", "E"), unit("F", "D")])
    _, moved = await take_units(session, [unit("D", "W", version=2)])
    assert set(moved) == {"D", "F"}
    assert (await paths(session))["F"] == ["C", "W", "D", "F"]


async def test_old_news_and_repeats_change_nothing(session):
    await take_units(session, [unit("C"), unit("D", "C", version=3)])
    assert await take_units(session, [unit("D", None, version=2), unit("D", None, version=3)]) == ([], [])
    assert (await paths(session))["D"] == ["C", "D"]


async def test_a_person_s_posts_and_subjects_are_replaced_together(session):
    await take_people(session, [person(1, post(1), post(2, primary=False))])
    await take_people(session, [person(1, post(2, unit_code="M"), version=2, subject_keys=["other"])])
    assert len(await rows(session, "post")) == 1
    assert "'other'" in (await rows(session, "subject"))[0]


async def test_a_subject_that_changes_hands_belongs_to_the_newest(session):
    await take_people(session, [person(1, subject_keys=["k"])])
    await take_people(session, [person(2, subject_keys=["k"])])
    owner = await session.scalar(text("select person_id from subject where subject_key = 'k'"))
    assert str(owner) == key(2)


async def test_whose_posts_are_after_merges_and_their_undoing_follows_from_no_order(session):
    """The records 2 and 3 become part of 1, then 2 is parted again; each event by itself, in every order."""

    def event(into: int | None, merged: int, *states):
        alias = PersonAlias(person_id=key(merged), version=states[-1].version, merged_into=into and key(into))
        data = SimpleNamespace(merged_id=key(merged), aliases=[alias], items=list(states))
        return SimpleNamespace(data=data, version=alias.version)

    def state(number: int, *own: int, version: int):
        keys = [f"key-{each}" for each in own]
        return person(number, *map(post, own), version=version, subject_keys=keys, active=bool(own))

    news = [
        event(1, 2, state(1, 1, 2, version=2), state(2, version=2)),
        event(1, 3, state(1, 1, 2, 3, version=3), state(3, version=2)),
        event(None, 2, state(1, 1, 3, version=4), state(2, 2, version=3)),
    ]
    for order in permutations(news):
        async with session.begin_nested() as attempt:
            await take_people(session, [state(number, number, version=1) for number in (1, 2, 3)])
            for each in order:
                await apply_merges(session, [each])
            for table in ("post", "subject"):
                found = await session.execute(text(f"select person_id, count(*) from {table} group by 1"))
                assert {str(row[0]): row[1] for row in found} == {key(1): 2, key(2): 1}, (
                    table,
                    [news.index(each) for each in order],
                )
            await attempt.rollback()


CODES = ["C", "E", "W", "D"]
trees = st.lists(
    st.tuples(st.sampled_from([*CODES[1:], "F1", "F2"]), st.sampled_from(CODES)), min_size=1, max_size=12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(directory_database: Database, moves, random):
    """Units C > E, W, D and facilities under them: moves that keep a tree, then shuffled and doubled."""
    rank = {"C": 0, "E": 1, "W": 1, "D": 2, "F1": 3, "F2": 3}
    states = [unit("C"), unit("E", "C"), unit("W", "C"), unit("D", "E"), unit("F1", "D"), unit("F2", "D")]
    for version, (code, parent) in enumerate(moves, start=2):
        if rank[parent] < rank[code]:
            states.append(unit(code, parent, version=version))
    people = [person(n % 3, post(n, unit_code=f"F{n % 2 + 1}"), version=n) for n in range(1, 8)]
    shuffled = [*states, *random.sample(states, len(states) // 2)]
    random.shuffle(shuffled)

    async def end(units, persons) -> list[list[tuple]]:
        engine = create_async_engine(
            directory_database.url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool
        )
        async with AsyncSession(engine) as session:
            for state in units:
                await take_units(session, [state])
            for state in persons:
                await take_people(session, [state])
            found = [await rows(session, table) for table in ("unit", "person", "post", "subject")]
            await session.rollback()
        await engine.dispose()
        return found

    disordered = random.sample(people, len(people)) + people[:3]
    assert run(end(shuffled, disordered)) == run(end(states, people))
