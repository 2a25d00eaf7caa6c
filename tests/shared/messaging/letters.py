"""Dead letters as an operator sees them over the gateway."""

from typing import Any
from uuid import uuid4

from shared.events import envelope
from shared.messaging import outbox
from tests.servers import INSTANCE, wait_for
from tests.shared.builders import MOMENT, started

DURABLE = "planning-planning-activity-started-v1"
BURIED = "select count(*) from poison where buried_at is not null"


async def letters(ops) -> Any:
    answer = await ops.get("/v1/dead-letters")
    return answer.json["items"] if answer.status == 200 else []


async def given_up(clean, ops, activity_id: str) -> dict[str, Any]:
    """The letter of an event that was just given up, and waits."""
    clean.failing = refuse
    event = started(activity_id)
    async with clean.app.state.database.session() as session:
        await outbox.add(session, event, aggregate_id=event.activity_id, version=1)
    await wait_for(lambda: clean.sql(f"select ({BURIED}) = 1"), timeout=60)
    await wait_for(lambda: letters(ops))
    [letter] = await letters(ops)
    clean.failing = lambda _: None
    return letter


def refuse(_: str) -> None:
    raise ValueError("never")


async def planted(clean, ops, stream, activity_id: str) -> dict[str, Any]:
    """The letter of an event as if it had just been given up, without the half minute that it takes."""
    await plant(clean, stream, activity_id)
    [letter] = await letters(ops)
    return letter


async def plant(clean, stream, activity_id: str, reason: str = "") -> str:
    """The same among others; the id of its event."""
    event_id, data = str(uuid4()), started(activity_id)
    event = envelope.Envelope(
        id=event_id, source=f"/steward/{INSTANCE}/planning", type=data.type(), subject=data.activity_id,
        time=MOMENT, data=data, instance=INSTANCE, aggregateversion=1,
    )  # fmt: skip
    async with clean.app.state.database.transaction() as connection:
        await connection.execute(
            "insert into poison (consumer, event_id, failures, reason, buried_at) values ($1, $2, 5, 'x', now())",
            DURABLE,
            event_id,
        )
    headers = {"Nats-Msg-Id": f"{DURABLE}:{event_id}", "Steward-Consumer": DURABLE}
    headers |= (
        {"Steward-Reason": reason, "Steward-Place": "services/planning/plans/proposal.py:40"}
        if reason
        else {}
    )
    await stream.publish(f"dlq.planning.{data.subject(INSTANCE)}", envelope.encode(event), headers=headers)
    return event_id
