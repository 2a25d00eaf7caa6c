"""What a process takes over of a webhook, without a broker."""

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.gateway.events.webhooks.backlog import Backlog
from services.gateway.events.webhooks.inflow import Inflow
from services.gateway.events.webhooks.retries import Schedule
from services.gateway.events.webhooks.set_aside import Record
from tests.gateway.events.replicas import PLANS

pytestmark = pytest.mark.asyncio(loop_scope="function")
PERSON = str(UUID(int=1))


class Stored:
    """Events that were set aside, by place, and the places that were forgotten since."""

    def __init__(self, events: dict[int, bytes]) -> None:
        self._events, self.forgotten = events, set[int]()

    async def every(self) -> dict[int, Record]:
        return {place: Record(str(place)) for place in self._events}

    async def events(self, records: dict[int, Record]) -> dict[int, bytes]:
        return {place: self._events[place] for place in records}

    async def forget(self, place: int) -> None:
        self.forgotten.add(place)


def event(kind: str) -> bytes:
    about = {"person_id": PERSON, "plan_id": PERSON, "post_id": PERSON, "unit_code": "E1A"}
    envelope = {
        "id": kind, "source": "s", "type": kind, "subject": PERSON, "time": "2026-10-01T08:00:00Z",
        "instance": "north", "aggregateversion": 1, "data": about,
    }  # fmt: skip
    return msgspec.json.encode(envelope)


async def test_what_is_set_aside_of_a_type_that_is_wanted_no_more_is_forgotten():
    """The owner asked for other types meanwhile."""

    async def all_of(_: object, found: list[Any]) -> list[list[bool]]:
        return [[True] * len(one.asked) for one in found]

    former = "steward.planning.plan-closed.v1"
    stored = Stored({5: event(former), 6: event(PLANS[0]), 7: event(former)})
    for types, waiting in ((PLANS, {6}), ([], {5, 6, 7})):
        wanted: Any = SimpleNamespace(types=types, owner=None, durable="d", held_up_since=None)
        tools: Any = SimpleNamespace(visibility=SimpleNamespace(allowed=all_of), schedule=Schedule())
        client: Any = SimpleNamespace(jetstream=lambda: None)
        backlog = Backlog(stored, Schedule())
        stored.forgotten.clear()
        inflow = Inflow(client, wanted, tools, SimpleNamespace(), backlog, asyncio.Event())
        info: Any = SimpleNamespace(delivered=None, num_ack_pending=0)
        await inflow.take_over(info)
        assert backlog.waiting.keys() == waiting
        assert stored.forgotten == {5, 6, 7} - waiting
