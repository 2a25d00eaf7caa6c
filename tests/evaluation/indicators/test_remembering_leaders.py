"""A leader who reads the team, and remembers what indicators were before: nobody else follows from both."""

from collections.abc import Callable
from datetime import date

from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_insiders import LEAD, NOBODY, TREE, assessed, edition, member, read


async def test_a_leader_of_eight_newcomers_does_not_have_the_two_others(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Less the F1 that was published before and the eight of the team, the one of now would tell of two."""
    today("2026-08-25")
    await evaluation.take(b.received(b.units(*TREE.items())))
    for unit in ("F1", "F2", "F3"):
        names = [f"{unit}-{number}" for number in range(12)]
        await evaluation.take(b.received(b.people(*(member(name, unit) for name in names))))
        await assessed(evaluation, names[::2], unit)
    await evaluation.take(b.received(b.people(member("lead", "C"))))
    await edition(evaluation)
    assert [await people(evaluation, unit) for unit in ("C", "D1", "F1", "F2")] == [37, 24, 12, 12]
    names = [f"new-{number}" for number in range(10)]
    newcomers = [member(name, "F1", team=number < 8) for number, name in enumerate(names)]
    await evaluation.take(b.received(b.people(*newcomers)))
    await assessed(evaluation, names[::2], "F1")
    await edition(evaluation)
    everybody = [
        (await read(evaluation, NOBODY, unit, "OP-01") or {})["people"] for unit in ("C", "D1", "F1")
    ]
    assert everybody == [47, 34, 22]
    assert [await people(evaluation, unit) for unit in ("C", "D1", "F1", "F2")] == [None, None, None, 12]


async def people(evaluation: Evaluation, unit: str) -> int | None:
    """How many a value is said to be of, to the leader."""
    found = await read(evaluation, LEAD, unit, "OP-01")
    return None if found is None else found["people"]
