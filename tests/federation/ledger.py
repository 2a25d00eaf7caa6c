"""Every event that a region sent up, by its id, at each place it passes on its way: outbox, streams, inboxes."""

import logging
from collections import Counter
from collections.abc import Mapping

from deploy.services import consumers_of, owners
from services.gateway.crossings import OWN, link
from services.gateway.queries.broker import following, sequence
from shared.consumers import Subscription
from tests.federation.instance import Instance, broker

log = logging.getLogger(__name__)
Ids = Mapping[str, str]  # the subject of each event, by its id


async def sent(region: Instance) -> dict[str, str]:
    """What the outboxes of a region's services sent up, or will."""
    found: dict[str, str] = {}
    for service in owners():
        rows = await region.rows(
            service, "select event_id::text, subject from outbox where subject like '%.up.%'"
        )
        found |= {row[0]: row[1] for row in rows}
    return found


async def streamed(instance: Instance, stream: str, region: str) -> Counter[str]:
    """How often each event of `region` is in a stream of `instance`; what came of it is where its link ends."""
    where = link(region) if stream.startswith("NATIONAL_") else OWN
    found: Counter[str] = Counter()
    async with broker(instance) as client:
        after = 0
        while events := await following(client, stream, after, f"steward.{region}.up.>", where=where):
            found.update((event.headers or {})["Nats-Msg-Id"] for event in events)
            after = sequence(events[-1])
    return found


async def passed(region: Instance, hub: Instance, known: Ids) -> bool:
    """Whether each event is once in every stream between region and hub, and nothing else is.

    `known` had come from the region before it was restored: the hub has these too. AssertionError on
    an event that is there twice: it will not go away.
    """
    own = await sent(region)
    for instance, stream in ((region, "UP"), (hub, f"NATIONAL_{region.name}"), (hub, "NATIONAL")):
        wanted = set(own) if instance is region else own.keys() | known.keys()
        found = await streamed(instance, stream, region.name)
        twice = [event for event, count in found.items() if count > 1]
        assert not twice, f"{len(twice)} events are in {stream} more than once"
        if found.keys() != wanted:
            lost, foreign = wanted - found.keys(), found.keys() - wanted
            log.warning("%s lacks %d events and has %d that nobody sent", stream, len(lost), len(foreign))
            return False
    return True


def readers() -> list[tuple[str, Subscription]]:
    """Who reads at a hub what regions published: services and their consumers."""
    return [
        (service, consumer)
        for service in owners()
        for consumer in consumers_of(service).running(hub=True)
        if consumer.stream == "NATIONAL"
    ]


async def applied(hub: Instance, service: str, consumer: Subscription, known: Ids) -> bool:
    """Whether a reader at the hub applied exactly the events of its kind that are `known`."""
    rows = await hub.rows(service, "select event_id::text from inbox where consumer = $1", consumer.durable)
    kind = consumer.event.subject("x").split(".up.")[1]
    wanted = {event for event, subject in known.items() if subject.split(".up.")[1] == kind}
    lost, foreign = wanted - {row[0] for row in rows}, {row[0] for row in rows} - wanted
    if lost or foreign:
        log.warning("%s lacks %d and has %d that nobody sent", consumer.durable, len(lost), len(foreign))
    return not lost and not foreign
