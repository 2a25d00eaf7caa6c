"""A round of publishing beside writers: it waits for those under way, and those who come later go on."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.evaluation.indicators.commands import publication as publishing
from services.evaluation.indicators.commands import tree
from services.evaluation.indicators.snapshots import decide
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_publication import TREE, coverage, july, publish, staff
from tests.servers import wait_for


async def test_a_transaction_under_way_is_waited_for(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """What is published of a tree is of one moment: writers are out, or their people are in."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)

    async def waiting() -> list[Any]:
        return await evaluation.rows("select 1 from pg_locks where not granted")

    async with evaluation.database.session() as session:
        states = [b.person(f"w{number}", "F2") for number in range(10, 15)]
        await tree.take_people(session, [b.received(b.people(*states))])
        published = asyncio.create_task(publish(evaluation))
        await wait_for(waiting)
    assert coverage(await published) == {"C": 11, "D1": 11, "F1": 6, "F2": 5}


async def test_writers_go_on_while_it_is_decided(
    evaluation: Evaluation, today: Callable[[str], date], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five come and one changes between the look and the writing: told is what was seen, they are told next."""
    today("2026-08-25")
    await evaluation.take(b.received(TREE))
    await staff(evaluation, "F1", 0, 6)
    loop = asyncio.get_running_loop()

    async def meanwhile() -> None:
        await staff(evaluation, "F1", 10, 15)
        await july(evaluation, 0, 1)

    def slowly(*seen: Any) -> Any:
        asyncio.run_coroutine_threadsafe(meanwhile(), loop).result(timeout=10)
        return decide(*seen)

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "decide", slowly)
        await publish(evaluation)
    told = await evaluation.rows(
        "select published_numerator, published_denominator, numerator, denominator from indicator_value"
        " where (indicator, unit_code) = ('OP-01', 'C')"
    )
    assert told == [(0, 6000, 1000, 11000)]
    items = [item for item in await publish(evaluation) if (item.indicator, item.unit_code) == ("OP-01", "C")]
    assert [(item.numerator, item.denominator) for item in items] == [(1000, 11000)]
