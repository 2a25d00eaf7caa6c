"""Every event that a region sent up, by its id, at each place it passes on its way: outbox, streams, inboxes."""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from deploy.services import consumers_of, owners
from services.gateway.broker import following, sequence
from shared.federation.protocol import IN_LINK, OWN, link
from shared.messaging.subscriptions import Subscription
from tests.federation.instance import Instance, broker

log = logging.getLogger(__name__)
_IN_ORDER = "select event_id::text, subject, payload from outbox where subject like '%.up.%' order by id"
# What tells the items of an event apart.
_IDENTITY = ("unit_code", "unit_level", "period", "level", "indicator", "role_code", "code")
Stated = tuple[str, tuple[int, int]]  # a figure, with the epoch and version of what an event tells of it
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
    return Counter(await listed(instance, stream, f"steward.{region}.up.>", where))


async def listed(instance: Instance, stream: str, subject: str, where: str = OWN) -> list[str]:
    """The ids of the events in a stream of `instance`, in its order, repeats kept."""
    found: list[str] = []
    async with broker(instance) as client:
        after = 0
        while events := await following(client, stream, after, subject, where=where):
            found += [(event.headers or {})["Nats-Msg-Id"] for event in events]
            after = sequence(events[-1])
    return found


async def passed(region: Instance, hub: Instance, known: Ids) -> bool:
    """Whether each event is once in every stream between region and hub, and nothing else is.

    `known` had come from the region before it was restored: the hub has these too. AssertionError on an event
    that is there twice, and on a figure that falls back where it did not in the outbox: neither will go away.
    """
    own = await sent(region)
    streams: dict[str, list[str]] = {}
    for instance, stream in ((region, "UP"), (hub, f"NATIONAL_{region.name}"), (hub, "NATIONAL")):
        wanted = set(own) if instance is region else own.keys() | known.keys()
        found = await streamed(instance, stream, region.name)
        twice = [event for event, count in found.items() if count > 1]
        assert not twice, f"{len(twice)} events are in {stream} more than once"
        if found.keys() != wanted:
            lost, foreign = wanted - found.keys(), found.keys() - wanted
            log.warning("%s lacks %d events and has %d that nobody sent", stream, len(lost), len(foreign))
            return False
        streams[stream] = list(found)
    await _check_order(region, streams)
    return True


async def _check_order(region: Instance, streams: Mapping[str, Sequence[str]]) -> None:
    """AssertionError where a figure falls back to an older version in a stream, but not in its outbox.

    Events tell of many figures, each with a version; those of different figures have no order among them.
    """
    for service in owners():
        rows = await region.rows(service, _IN_ORDER)
        told = {row["event_id"]: list(figures_of(row["subject"], row["payload"])) for row in rows}
        excused = fallen(told, told)
        for stream, events in streams.items():
            found = fallen(told, [event for event in events if event in told]) - excused
            assert not found, f"{len(found)} figures of {service} fall back in {stream}: {sorted(found)[:2]}"


def figures_of(subject: str, payload: bytes) -> Iterator[Stated]:
    """The figures that an event tells of, each with its epoch and version."""
    event = json.loads(payload)
    if "digest" in event["data"]:  # a part of a release, whose number rises
        yield (
            f"{subject} {event['data']['cube']} {event['data']['period']}",
            (
                event["epoch"],
                event["data"]["number"],
            ),
        )
    for item in event["data"].get("items", ()):
        known = item.get("entry", item)  # an intervention's code is inside
        identity = [subject, *(str(known.get(name)) for name in _IDENTITY)]
        yield " ".join(identity), (event["epoch"], item["version"])


def fallen(told: Mapping[str, Sequence[Stated]], events: Iterable[str]) -> set[str]:
    """Figures of which one of these events, in their order, tells an older version than one before it."""
    highest: dict[str, tuple[int, int]] = {}
    found: set[str] = set()
    for event in events:
        for figure, version in told[event]:
            if version < highest.get(figure, version):
                found.add(figure)
            highest[figure] = max(version, highest.get(figure, version))
    return found


async def came_down(hub: Instance, region: Instance) -> bool:
    """Whether a region has each publication of its hub once, in the hub's order, and each reader applied it once.

    Between services there is no order; of each of them the order is its outbox's. AssertionError on an
    event that is there twice: it will not go away.
    """
    subject = f"steward.{hub.name}.down.>"
    places = [(hub, OWN), (region, IN_LINK), (region, OWN)]
    said, *had = [await listed(instance, "DOWN", subject, where) for instance, where in places]
    for events in (said, *had):
        assert len(set(events)) == len(events), "events are in DOWN more than once"
    outboxes = {service: await published(hub, service) for service in owners()}
    kinds = {event: kind for outbox in outboxes.values() for event, kind in outbox.items()}
    if any(events != said for events in had) or set(said) != kinds.keys():
        log.warning(
            "of %d publications DOWN has %d, the region's %s", len(kinds), len(said), list(map(len, had))
        )
        return False
    assert all(list(outbox) == [one for one in said if one in outbox] for outbox in outboxes.values())
    return all([await heard(region, *reader, kinds) for reader in readers("DOWN")])


async def published(hub: Instance, service: str) -> dict[str, str]:
    """What a service of a hub published, in order: the kind of each event, by its id."""
    statement = "select event_id::text, subject from outbox where subject like '%.down.%' order by id"
    return {row[0]: row[1].split(".down.")[1] for row in await hub.rows(service, statement)}


async def heard(region: Instance, service: str, consumer: Subscription, kinds: Mapping[str, str]) -> bool:
    """Whether a reader at a region applied exactly the publications of its kind."""
    rows = await region.rows(
        service, "select event_id::text from inbox where consumer = $1", consumer.durable
    )
    kind = consumer.event.subject("x").split(".down.")[1]
    return {row[0] for row in rows} == {event for event, each in kinds.items() if each == kind}


def readers(stream: str = "NATIONAL") -> list[tuple[str, Subscription]]:
    """Who reads at a hub what regions published, or at a region `DOWN`: services and their consumers."""
    return [
        (service, consumer)
        for service in owners()
        for consumer in consumers_of(service).running(hub=stream == "NATIONAL")
        if consumer.stream == stream
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
