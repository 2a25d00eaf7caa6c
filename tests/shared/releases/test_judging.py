"""A release that may take long is judged in a process of its own, and comes out the same."""

import asyncio
import os
from datetime import date
from typing import Any
from uuid import UUID

import psutil
import pytest

from shared.disclosure.measures import Key, Measure, Rule
from shared.releases import judging
from shared.releases.cubes import Cube
from shared.releases.judging import JudgingFailed, judged
from shared.releases.making import Past, make
from shared.releases.population import Population, cells
from tests.servers import wait_for

CUBE = Cube("tests", (Measure("score"),), {})
FOREST = cells({"N": None, "F1": "N", "F2": "N"}, ["I"], {Key("F1", "I"), Key("F2", "I")})


def asked(unit: str = "F1") -> tuple[tuple[Any, ...], Population, Past]:
    """What `make` is asked of twelve people, six in each facility or in another unit than F1."""
    people, past = Population(), Past()
    people.add(
        (UUID(int=number), "once", Key(unit if number < 6 else "F2", "I"), [200 + number])
        for number in range(12)
    )
    return (CUBE, "2026Q4", date(2026, 11, 1), people, FOREST, past, Rule()), people, past


def children() -> list[psutil.Process]:
    return [
        one for one in psutil.Process(os.getpid()).children() if "shared.releases.judging" in one.cmdline()
    ]


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "SHARES", 0)


async def test_beside_the_service_the_release_is_the_same(apart: None):
    question, *counted = asked()
    made, here = await judged(question, *counted), make(*question)
    assert made is not None
    assert here is not None
    assert made.release == here.release
    assert made.release.cells[0].people == 6
    assert [(number, person) for number, person, *_ in made.shares] == [
        (number, person) for number, person, *_ in here.shares
    ]


async def test_what_fails_there_is_named_and_quotes_nobody(apart: None):
    question, *counted = asked("NOWHERE")
    with pytest.raises(JudgingFailed, match=r"^KeyError at .*making\.py") as caught:
        await judged(question, *counted)
    assert "NOWHERE" not in str(caught.value)


async def test_it_ends_with_the_service_that_asked(apart: None, monkeypatch: pytest.MonkeyPatch):
    question, *counted = asked()
    monkeypatch.setattr(judging.pickle, "dumps", lambda _: b"")  # it waits for more, and has no more to read
    monkeypatch.setattr(asyncio.subprocess.Process, "communicate", lambda *_: asyncio.sleep(3600))
    waiting = asyncio.create_task(judged(question, *counted))
    await wait_for(lambda: len(children()) == 1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert children() == []
