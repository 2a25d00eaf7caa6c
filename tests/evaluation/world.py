"""Ten people, one with a plan carried out, in a served evaluation that hears events over NATS."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client as Connected

from deploy.broker.server_settings import ADMIN
from shared import clock
from shared.auth.caller import subject_key
from shared.events import envelope
from shared.events.event import Event
from shared.events.planning import FollowUpDue
from tests.evaluation import builders as b
from tests.served import Client
from tests.servers import INSTANCE, PASSWORDS, wait_for

PEPPER = "pepper-of-the-tests"
WHO = [f"p{number}" for number in range(10)]  # p0 to p6 at F1, p7 to p9 at F2
TREE = b.units(("C", None), ("D1", "C"), ("D2", "C"), ("F1", "D1"), ("F2", "D1"))


@pytest.fixture(scope="module")
def august() -> Iterator[None]:
    """Domain time stands still: it is 25 August 2026."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: b.at("2026-08-25"))
        yield


class Broker:
    """Publishes as every service at once."""

    def __init__(self, client: Connected) -> None:
        self.stream = client.jetstream()

    async def say(self, event: Event, version: int = 1, traceparent: str | None = None) -> None:
        identifier = str(uuid4())
        message = envelope.Envelope(
            id=identifier,
            source="/steward/north/test",
            type=type(event).type(),
            subject="aggregate",
            time=clock.now(),
            data=event,
            instance=INSTANCE,
            aggregateversion=version,
            traceparent=traceparent,
        )
        await self.stream.publish(
            event.subject(INSTANCE), envelope.encode(message), headers={"Nats-Msg-Id": identifier}
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broker(nats_url: str) -> AsyncIterator[Broker]:
    """The broker under its administrator."""
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    yield Broker(client)
    await client.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(august: None, serve: Any, broker: Broker, issuer: Any, token: Callable[..., str]) -> Client:
    """The served evaluation with ten people assessed, one of them with a plan carried out."""
    served: Client = (await serve("evaluation")).using(token("programme-manager", units=("C",)))
    await broker.say(TREE)
    states = [
        b.person(who, "F1" if place < 7 else "F2", subject_keys=[subject_key(PEPPER, issuer.name, who)])
        for place, who in enumerate(WHO)
    ]
    await broker.say(b.people(*states))
    course = b.planned("course-p0", "2026-08-20", approach="formal-training")
    activities = (b.planned("act-p0", "2026-08-15"), course, b.planned("open-p0", "2026-09-15"))
    follow_up = {"kind": "follow-up", "plan_id": b.ident("plan-p0"), "follow_up_days": 90}
    risen = list(b.scores(k9=360))
    await broker.say(b.completed("act-p0", "plan-p0", "p0", "2026-08-10"))
    await broker.say(
        b.completed("course-p0", "plan-p0", "p0", "2026-08-12", approach="formal-training", hours=30)
    )
    await broker.say(b.agreed("plan-p0", "a-p0", "p0", "2026-08-01", *activities), 2)
    await broker.say(b.assessed("b-p0", "p0", "2026-08-24", others=risen, scores=risen, **follow_up))
    for who in WHO:
        await broker.say(b.assessed(f"a-{who}", who, "2026-07-20", "F1" if who < "p7" else "F2"))
    for days in (90, 180):
        await broker.say(
            FollowUpDue(
                follow_up_id=b.ident(f"follow-{days}"),
                plan_id=b.ident("plan-p0"),
                assessment_id=b.ident("a-p0"),
                person_id=b.ident("p0"),
                post_id=b.ident("post-p0"),
                unit_code="F1",
                days=days,
                due_on=date(2026, 8, 20),
                competencies=["QM"],
            )
        )

    async def settled() -> bool:
        coverage = await values(served, unit="C", indicator="OP-01", period="2026Q3")
        found = (await served.get(f"/v1/evaluations?plan={b.ident('plan-p0')}")).json
        waiting = {part["code"] for part in found["items"][0]["missing"]} if "items" in found else set()
        told = "re-rating-awaited" in waiting and "no-activity-completed" not in waiting
        return bool(coverage and coverage[0]["numerator"] == 10 and told)

    await wait_for(settled, timeout=20)
    return served


async def values(client: Client, **params: str) -> list[dict[str, Any]]:
    """Items of the indicator values with these filters."""
    answer = await client.get("/v1/indicator-values", params=params)
    return list(answer.json["items"]) if answer.status == 200 else []
