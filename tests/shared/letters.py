"""Dead letters as an operator sees them over the gateway."""

from typing import Any

from shared import outbox
from tests.servers import wait_for
from tests.shared.builders import started

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
