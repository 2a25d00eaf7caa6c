"""Two cycles that ask about a post at one time: their difference must not be one or two raters' answers."""

import pytest
import sqlalchemy as sa

from services.assessment.cycles.commands import cycles
from services.assessment.results.commands import closing
from services.assessment.tables.ratings import result
from shared.database.engine import Database
from tests.assessment.cycles.test_cycles import rows, run
from tests.assessment.placed import MANAGER, answer, begin, closed, groups, place, prepared
from tests.assessment.world import identity

ANSWERS = (1, 5, 3, 2, 4, 2)


async def asked(database: Database, name: str, sizes: tuple[int, int], silent: tuple[int, int] = (0, 0)):
    """Results of two cycles at one time with other limits of peers; the last `silent` ones do not answer."""
    names = [f"{name}{n}" for n in range(max(sizes))]
    given = dict(zip(names, ANSWERS, strict=False))
    drafts = []
    await place(database, name, names[: sizes[0]])
    drafts.append(await begin(database, await prepared(database, max_peers=9)))
    await place(database, name, names[: sizes[1]])
    drafts.append(await begin(database, await prepared(database, max_peers=9)))
    for row, size, off in zip(drafts, sizes, silent, strict=True):
        await answer(
            database, row, name, {who: given[who] for who in names[: size - off]} | {f"{name}boss": MANAGER}
        )
    return [await closed(database, row, name) for row in drafts]


@pytest.mark.parametrize(
    ("sizes", "silent", "counts"),
    [
        ((3, 4), (0, 0), False),  # the fourth follows: 4 x mean - 3 x mean
        ((4, 3), (0, 0), False),
        ((3, 5), (0, 0), False),
        ((4, 4), (1, 0), False),  # asked alike, but one answered in the second alone
        ((3, 6), (0, 0), True),
        ((4, 4), (0, 0), True),
    ],
)
async def test_the_second_counts_where_it_has_the_same_raters_or_three_others(
    country: Database, sizes, silent, counts
):
    name = f"ov{'-'.join(map(str, (*sizes, *silent)))}"
    first, second = await asked(country, name, sizes, silent)
    assert groups(first) == {("manager",), ("peer",)}
    assert (groups(second) == {("manager",), ("peer",)}) is counts


async def test_of_two_that_end_at_one_moment_one_counts(country: Database):
    name = "ovb"
    names = [f"{name}{n}" for n in range(4)]
    drafts = []
    for size in (3, 4):
        await place(country, name, names[:size])
        drafts.append(await begin(country, await prepared(country, max_peers=9)))
    for row, size in zip(drafts, (3, 4), strict=True):
        given = dict(zip(names[:size], ANSWERS, strict=False))
        await answer(country, row, name, given)  # the manager has still to answer: the close ends them
    async with country.session() as session:
        for row in drafts:
            await cycles.close(session, await cycles.locked(session, row["cycle_id"]))
    while await run(country, closing.settle):
        pass
    mine = sa.select(result).where(result.c.person_id == identity(name))
    found = await rows(country, mine)
    assert [groups(item) for item in found].count({("peer",)}) == 1


async def test_a_cycle_after_another_is_none_of_the_same_time(country: Database):
    name = "ova"
    for size in (3, 4):
        await place(country, name, [f"{name}{n}" for n in range(size)])
        row = await begin(country, await prepared(country, max_peers=9))
        given = {f"{name}{n}": ANSWERS[n] for n in range(size)} | {f"{name}boss": MANAGER}
        await answer(country, row, name, given)
        assert groups(await closed(country, row, name)) == {("manager",), ("peer",)}
