"""What an older version had published becomes the first release, as far as its people are known."""

import sqlalchemy as sa

from services.assessment.rollups.commands import first_releases
from services.assessment.rollups.queries import rollups as queries
from shared.database.engine import Database
from tests.assessment.cycles.test_cycles import rows
from tests.assessment.rollups.releasing import never_released, publish
from tests.assessment.rollups.test_rollups import LEADER, NOW, crowd, empty, fact, people, read, take
from tests.assessment.world import TREE, identity


async def published_before(database: Database) -> None:
    """Nine people at F1 and twelve at F3, as a version without releases had published them."""
    await empty(database)
    async with database.session() as session:
        for table in ("rollup_change", "rollup_tree"):
            await session.execute(sa.text(f"delete from {table}"))
    await crowd(database, "a", "F1", 9)
    await crowd(database, "b", "F3", 12)
    await publish(database)
    await never_released(database)
    async with database.session() as session:
        await session.execute(
            sa.text("""
                update published_rollup p set version = 9, below = r.below,
                    moved = array(select case when m > 0 then 7 else 0 end from unnest(p.moved) m)
                from rollup r where (r.unit_code, r.period, r.level) = (p.unit_code, p.period, p.level)
            """)
        )


async def shown(database: Database) -> dict[str, int | None]:
    return {code: await people(database, code, LEADER) for code in TREE}


async def versions(database: Database) -> dict[str, tuple[int, int]]:
    found = await rows(database, sa.text("select unit_code, version, moved from published_rollup"))
    return {row["unit_code"]: (row["version"], row["moved"][0]) for row in found}


async def test_what_was_published_is_the_first_release(database: Database):
    await published_before(database)
    before = await shown(database)
    await first_releases.begin(database)
    assert await shown(database) == before
    assert await versions(database) == {code: (10, 1) for code in before if before[code]}
    (release,) = await rows(database, sa.text("select period, number from release"))
    assert (release["period"], release["number"]) == (NOW, 1)
    await first_releases.begin(database)
    assert len(await rows(database, sa.text("select number from release"))) == 1


async def test_a_cell_whose_people_are_not_known_any_more_is_withheld(database: Database):
    """Somebody was counted at F3 since, and somebody at F1 has figures of before that not every cell shows."""
    await published_before(database)
    await take(database, fact("late", "F3"))
    await first_releases.begin(database)
    assert await shown(database) == {
        **dict.fromkeys(("N", "N2", "D2", "F3", "F2")), **dict.fromkeys(("N1", "D1", "F1"), 9)
    }  # fmt: skip
    assert (await versions(database))["F3"] == (9, 0)
    await published_before(database)
    async with database.session() as session:
        await session.execute(
            sa.text("""
                insert into rollup_change (period, level, person_id, edition, path, scores, targets)
                select period, level, person_id, 8, path, scores, targets from counted where person_id = :person
            """),
            {"person": identity("a0")},
        )
    await first_releases.begin(database)
    assert await shown(database) == {
        **dict.fromkeys(("N", "N1", "D1", "F1", "F2")), **dict.fromkeys(("N2", "D2", "F3"), 12)
    }  # fmt: skip


async def test_the_next_release_is_judged_beside_it_and_has_later_versions(database: Database):
    await published_before(database)
    await first_releases.begin(database)
    await take(database, fact("a0", "F1", 500, at=1))
    await crowd(database, "c", "F3", 5)
    await publish(database)
    means = {}
    for code in ("F1", "F3"):
        (level,) = (await read(database, queries.unit, code, LEADER))["levels"]
        means[code] = (level["people"], level["figures"][0]["people"], level["figures"][0]["mean"])
    assert means == {"F1": (9, 9, 300), "F3": (17, 17, 300)}
    assert (await versions(database))["F3"] == (11, 2)
