"""A region whose software was changed speaks for another, over its real link: refused, counted and logged."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats.js.errors import NoStreamResponseError

from deploy.data_folder.issuer import Issuer
from shared.events.registry import HeadcountsComputed, UnitsChanged, UnitState
from shared.federation.protocol import heartbeat_subject
from shared.messaging import pulling
from shared.messaging.batches import Consumer, Handler
from shared.settings import Settings
from tests.federation import gateways
from tests.federation.links import Place, federation
from tests.federation.rogue import Rogue
from tests.federation.served import Publisher, rows, served, settings_of
from tests.served import Client
from tests.servers import Databases, wait_for

SECONDS = 60  # sourcing looks for its other side every 10 s or so
READER = "registry-national-registry-headcounts-computed-v1"
LETTERS = f"dlq.registry.{HeadcountsComputed.subject('north')}"
FIGURES = "select region, unit_code, slice, version, figures from national_figure order by 1, 2, 3"
PERSON, PHONE = "Ama Kamara", "+23276123456"
METRIC = 'steward_federation_refused_events{{region="{}"}} {}.0'


@dataclass
class Linked:
    """A hub with registry's settings and a gateway, its regions, and who publishes there."""

    hub: Place
    north: Place
    south: Place
    registry: Settings
    national: Client
    from_north: Publisher
    from_south: Publisher

    async def standing(self, region: str) -> dict[str, Any]:
        """A region as the hub's gateway shows it."""
        found = (await self.national.get("/v1/federation")).json["regions"]
        return next(one for one in found if one["region"] == region)

    async def figures(self) -> list[tuple[Any, ...]]:
        """All that the hub keeps."""
        return [tuple(row) for row in await rows(self.registry.database_url, FIGURES)]

    async def gathered(self) -> None:
        """Once all that was sent is at the hub."""
        every = len(self.from_north.sent) + len(self.from_south.sent)
        await wait_for(self.hub.reached("NATIONAL", every), SECONDS)


@pytest.fixture(scope="module")
async def linked(
    tmp_path_factory: pytest.TempPathFactory,
    databases: Databases,
    issuer: Issuer,
    jwks_path: Path,
    token: Any,
) -> AsyncIterator[Linked]:
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("foreign")
        hub, (north, south) = await stack.enter_async_context(federation(folder, "north", "south"))
        registry = settings_of(hub, "registry", issuer, jwks_path, databases.fresh("registry"))
        stack.callback(databases.drop, registry.database_url)
        asked = gateways.gateway(gateways.settings_of(hub, issuer, jwks_path.as_uri()))
        national, _ = await stack.enter_async_context(asked)
        publishers = [await Publisher.at(place, "registry") for place in (north, south)]
        yield Linked(hub, north, south, registry, national.using(token("ops")), *publishers)


def headcount(unit: str, version: int, people: int, level: str = "B", **more: Any) -> dict[str, Any]:
    item = {"unit_code": unit, "level": level, "version": version, "people": people, "women": 5}
    return {"items": [item | more]}


@pytest.fixture(scope="module")
async def known(linked: Linked) -> list[tuple[Any, ...]]:
    """Figures of both regions, applied; then the hub's registry stops."""
    for name, publisher in (("north", linked.from_north), ("south", linked.from_south)):
        unit = name.upper()
        top = UnitState(unit_code=unit, version=1, level="region", type="x", open_from=date(2000, 1, 1))
        await publisher.send(UnitsChanged.subject(name), {"items": [msgspec.to_builtins(top)]})
        await publisher.send(HeadcountsComputed.subject(name), headcount(unit, 1, 40))
    async with served(linked.hub, linked.registry):

        async def both() -> list[tuple[Any, ...]]:
            found = await linked.figures()
            return found if len(found) == 2 else []

        return await wait_for(both, SECONDS)


async def test_an_event_that_claims_another_region_is_refused_counted_and_logged(
    linked: Linked,
    known: list[tuple[Any, ...]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In one batch with what north and south say of themselves, which is applied."""
    assert [row[:4] for row in known] == [("north", "NORTH", "B", 1), ("south", "SOUTH", "B", 1)]
    batches = noted(monkeypatch)
    subject, personal = HeadcountsComputed.subject("north"), {"name": PERSON, "contact": PHONE}
    own = [await linked.from_north.send(subject, headcount("NORTH", 2, 41))]
    foreign = [
        await linked.from_north.send(subject, headcount("SOUTH", 9, 99, **personal), **claim)
        for claim in (
            {"instance": "south", "source": "/steward/south/registry", "subject": PERSON},
            {"instance": "south"},
            {"source": "/steward/south/registry"},
        )
    ]
    own += [await linked.from_north.send(subject, headcount("SOUTH", 9, 99))]  # its word, of its own only
    own += [await linked.from_south.send(HeadcountsComputed.subject("south"), headcount("SOUTH", 2, 42))]
    await linked.gathered()
    assert (await linked.standing("north"))["refused_events"] == 0
    with caplog.at_level(logging.WARNING):
        async with served(linked.hub, linked.registry):
            await wait_for(linked.hub.reached("DLQ", len(foreign)), SECONDS)
            await wait_for(partial(applied, linked), SECONDS)
    assert any(batch & set(own) and batch & set(foreign) for batch in batches)
    assert await linked.figures() == [
        ("north", "NORTH", "B", 2, [41, 5]),
        ("north", "SOUTH", "B", 9, [99, 5]),
        ("south", "SOUTH", "B", 2, [42, 5]),
    ]
    letters = [await linked.hub.admin.get_msg("DLQ", number) for number in range(1, len(foreign) + 1)]
    headers = [letter.headers or {} for letter in letters]
    assert [letter.subject for letter in letters] == [LETTERS] * len(foreign)
    assert [one["Nats-Msg-Id"] for one in headers] == [f"{READER}:{event}" for event in foreign]
    assert {one["Steward-Reason"] for one in headers} == {"ForeignEvent"}
    assert await linked.hub.count("DLQ") == len(foreign)
    lines = [record.getMessage() for record in caplog.records if record.name == "steward.consumer"]
    begun = [f"{READER} failed on {event} of {subject}: ForeignEvent at " for event in foreign]
    assert [line for line, start in zip(lines, begun, strict=True) if not line.startswith(start)] == []
    assert PERSON not in caplog.text
    assert PHONE not in caplog.text


def noted(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Which headcounts were tried together, batch by batch; the reader waits for all that there is."""
    monkeypatch.setattr(pulling, "REST_SECONDS", SECONDS)
    found: list[set[str]] = []
    apply = Consumer._apply

    async def noting(consumer: Consumer, messages: list[Msg], handler: Handler) -> None:
        if messages[0].subject.endswith(".headcounts-computed.v1"):
            found.append({(one.headers or {})["Nats-Msg-Id"] for one in messages})
        await apply(consumer, messages, handler)

    monkeypatch.setattr(Consumer, "_apply", noting)
    return found


async def applied(linked: Linked) -> bool:
    """Whether the hub's reader is through with everything."""
    found = await linked.hub.admin.consumer_info("NATIONAL", READER)
    return not (found.num_pending or found.num_ack_pending)


async def test_it_is_counted_for_who_sent_it_and_not_for_whom_it_claims(linked: Linked) -> None:
    north, south = await linked.standing("north"), await linked.standing("south")
    assert (north["refused_events"], south["refused_events"]) == (3, 0)
    assert (north["unapplied_events"], south["unapplied_events"]) == (0, 0)
    measured = (await linked.national.metrics()).body.decode()
    assert METRIC.format("north", 3) in measured
    assert METRIC.format("south", 0) in measured


async def test_a_service_that_speaks_for_another_region_is_refused_and_logged_by_its_own_server(
    linked: Linked,
) -> None:
    subject = HeadcountsComputed.subject("south")
    before = await linked.north.count("UP")
    with pytest.raises((NoStreamResponseError, NatsTimeout, TimeoutError)):
        await linked.from_north.send(subject, headcount("SOUTH", 9, 99), instance="south")
    said = f'"STEWARD/user:registry" - Publish Violation - Subject "{subject}"'
    await wait_for(linked.north.logged(said), 10)
    assert await linked.north.count("UP") == before


@pytest.mark.parametrize(
    "subject",
    [
        "_FED.up.south.S.any",  # where the hub's source of south's figures listens
        heartbeat_subject("south"),
        HeadcountsComputed.subject("south"),
        HeadcountsComputed.subject("north"),  # past its own stream, which is what the hub reads
        "$JS.hub.API.STREAM.DELETE.NATIONAL_south",
    ],
)
async def test_a_changed_server_that_says_more_than_its_region_may_is_refused_logged_and_cut(
    linked: Linked, subject: str
) -> None:
    """With the region's certificate and key, on the link's own protocol: only the hub can refuse it."""
    streams = ("NATIONAL", "NATIONAL_north", "NATIONAL_south")
    before = [await linked.hub.count(stream) for stream in streams]
    answer = await Rogue(linked.hub, linked.north).say(subject, b"forged")
    known = subject.replace("$JS.hub.", "$JS.")  # as the hub calls what is its own
    assert f'Permissions Violation for Publish to "{known}"' in answer
    for said in (f'Publish Violation on "{known}"', "Protocol Violation - Remote: steward-rogue"):
        await wait_for(linked.hub.logged(said), 10)
    assert [await linked.hub.count(stream) for stream in streams] == before


async def test_its_neighbour_and_itself_go_on(linked: Linked) -> None:
    for name, publisher in (("north", linked.from_north), ("south", linked.from_south)):
        before = await linked.hub.count(f"NATIONAL_{name}")
        await publisher.send(HeadcountsComputed.subject(name), headcount(name.upper(), 3, 50))
        await wait_for(linked.hub.reached(f"NATIONAL_{name}", before + 1), SECONDS)
