"""Whether one to four people count in a cell, or nobody, reads the same to who may not read them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.evaluation.indicators.queries import values
from shared.auth.caller import Caller
from shared.http.paging import Page
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_insiders import LEAD, NOBODY, TREE, edition, member, read

PERIOD = "2026Q3"


async def lists(evaluation: Evaluation, caller: Caller) -> list[Any]:
    """All that a reader is given of every unit, by unit and by children, in pages of one."""
    found = []
    async with evaluation.database.reading() as session:
        for unit in TREE:
            found.append(await values.listing(session, caller, Page(1, None), unit))
            found.append(await values.children(session, caller, Page(1, None), unit, "OP-01", PERIOD))
    return found


@pytest.mark.parametrize("few", [0, 1, 4])
async def test_nobody_and_one_to_four_read_the_same(
    evaluation: Evaluation, today: Callable[[str], date], few: int
) -> None:
    """Nine stand at F3, and `few` at F1, alone in their district."""
    today("2026-08-25")
    await evaluation.take(b.received(b.units(*TREE.items())))
    staff = [member(f"c{n}", "F3") for n in range(9)]
    await evaluation.take(b.received(b.people(*staff, *(member(f"a{n}", "F1") for n in range(few)))))
    await edition(evaluation)
    assert await read(evaluation, NOBODY, "F1", "OP-01") is None
    assert await read(evaluation, NOBODY, "D1", "OP-01") is None
    for caller in (NOBODY, Caller(frozenset({"ops"}), ("C",), "key-operator")):
        empty = [page["items"] for page in await lists(evaluation, caller)]
        assert [
            item["unit_code"] for items in empty for item in items if item["unit_code"] in ("D1", "F1")
        ] == []


async def test_whom_a_reader_may_read_is_listed_also_where_nobody_else_may_know(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Two of three at F1 are the team: that they count is known, and how many others do is not."""
    today("2026-08-25")
    await evaluation.take(b.received(b.units(*TREE.items())))
    team = [member(f"a{number}", "F1", team=number < 2) for number in range(3)]
    await evaluation.take(b.received(b.people(*team, member("lead", "F3"))))
    await edition(evaluation)
    own = await read(evaluation, LEAD, "F1", "OP-01")
    assert own is not None
    assert (own["suppressed"], own["people"], own["version"]) == (True, None, 1)
    assert await read(evaluation, NOBODY, "F1", "OP-01") is None
