"""Alarms on real figures: gateways on linked servers are scraped, and the rules that operators get evaluated."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from nats.js.errors import APIError

from deploy.data_folder.issuer import Issuer
from services.gateway.federation import regions as asked
from shared.federation.protocol import heartbeat_subject
from shared.telemetry import metrics
from tests.federation import gateways
from tests.federation.gateways import gateway, settings_of
from tests.federation.links import Place, federation
from tests.federation.rules import ALERTS, Scraped
from tests.gateway.services import Service
from tests.served import Client
from tests.servers import wait_for

UP = "steward.{}.up.evaluation.indicator-computed.v1"
LIMIT = 256 * 1024
SECONDS = 60
NORTH, SOUTH = {"region": "north"}, {"region": "south"}


@dataclass
class Watched:
    """A hub and two regions; the gateways of the hub and of north are scraped."""

    hub: Place
    north: Place
    south: Place
    national: Client
    regional: Client
    behind_north: dict[str, Service]
    scraped: Scraped = field(default_factory=Scraped)

    async def fires(self, alert: str, *, at_region: bool = False) -> list[dict[str, str]]:
        """The labels that the alarm has after one more scrape."""
        client, scraped = (self.regional, Scraped()) if at_region else (self.national, self.scraped)
        scraped.add((await client.metrics()).body.decode())
        return scraped.firing(alert)

    async def is_(self, alert: str, *labels: dict[str, str]) -> bool:
        """To wait for: whether the alarm fires for exactly these."""
        return await self.fires(alert) == list(labels)


@pytest.fixture(scope="module")
async def watched(
    tmp_path_factory: pytest.TempPathFactory, issuer: Issuer, jwks_path: Path
) -> AsyncIterator[Watched]:
    jwks = jwks_path.as_uri()
    async with (
        federation(tmp_path_factory.mktemp("alarms"), "north", "south") as (hub, (north, south)),
        gateway(settings_of(hub, issuer, jwks)) as (national, _),
        gateway(settings_of(north, issuer, jwks)) as (regional, behind),
    ):
        found = Watched(hub, north, south, national, regional, behind)
        await wait_for(partial(heard, found), SECONDS)
        yield found


async def heard(found: Watched) -> bool:
    return b'steward_federation_up_filled_ratio{region="north"}' in (await found.national.metrics()).body


async def fill(place: Place, size: int) -> None:
    """Publish until the region's stream UP has so many bytes, or refuses."""
    while (await place.admin.stream_info("UP")).state.bytes < size:
        await place.admin.publish(UP.format(place.name), b"f" * 2000)


async def test_a_stream_up_that_is_full_is_an_alarm_before_it_refuses(watched: Watched) -> None:
    alert = "StewardUpNearlyFull"
    config = (await watched.north.admin.stream_info("UP")).config
    await watched.north.admin.update_stream(config.evolve(max_bytes=LIMIT))
    await fill(watched.north, int(0.7 * LIMIT))
    assert await watched.fires(alert, at_region=True) == []
    await fill(watched.north, int(0.82 * LIMIT))
    assert await watched.fires(alert, at_region=True) == [NORTH]
    await wait_for(partial(watched.is_, alert, NORTH), SECONDS)
    with pytest.raises(APIError, match="maximum bytes"):
        await fill(watched.north, 2 * LIMIT)
    assert await watched.fires(alert, at_region=True) == [NORTH]  # full to the brim
    await watched.north.admin.purge_stream("UP")
    await wait_for(partial(watched.is_, alert), SECONDS)


@pytest.mark.parametrize(("silent", "late"), [(0, []), (100, []), (130, [NORTH])])
async def test_a_region_that_was_not_heard_for_two_minutes_is_late(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, silent: int, late: list[dict[str, str]]
) -> None:
    await wait_for(partial(watched.is_, "StewardRegionLate"), SECONDS)

    def later(zone: Any) -> datetime:
        return datetime.now(zone) + timedelta(seconds=silent)

    clock = SimpleNamespace(now=later, fromisoformat=datetime.fromisoformat)
    monkeypatch.setattr(asked, "datetime", clock)
    assert await watched.fires("StewardRegionLate") == late


@pytest.mark.parametrize(("age", "late"), [(60, []), (300, [SOUTH])])
async def test_a_region_whose_events_do_not_arrive_is_late_though_it_is_heard(
    watched: Watched, age: int, late: list[dict[str, str]]
) -> None:
    said = (
        b'{"at": "2026-01-01T00:00:00Z", "epoch": 1, "software": "%d", "uplink": 9, "event": "e9", "down": 0,'
        b'"older": {"%d": 9}, "versions": {}, "suppressed_cells": null, "outboxes": {},'
        b'"up_bytes": 0, "up_limit": 0}'
    ) % (age, age)

    async def kept() -> bool:
        await (await watched.south.client()).publish(heartbeat_subject("south"), said)
        return await watched.hub.holds("BEATS", heartbeat_subject("south"), said)

    await wait_for(kept, SECONDS)
    assert await watched.fires("StewardRegionLate") == late
    await watched.hub.link("south").purge_stream("BEATS")


async def test_events_in_anothers_name_are_an_alarm_once(watched: Watched) -> None:
    await watched.fires("StewardForeignEvents")
    assert await watched.fires("StewardForeignEvents") == []
    await watched.hub.admin.publish("dlq.evaluation." + UP.format("north"), b"claims to be south's")
    assert await watched.fires("StewardForeignEvents") == [NORTH]
    watched.scraped.scrapes = watched.scraped.scrapes[-1:]  # what was before is out of sight
    assert await watched.fires("StewardForeignEvents") == []


async def test_an_outbox_that_holds_back_is_an_alarm_at_the_hub_and_in_the_region(watched: Watched) -> None:
    assert await watched.fires("StewardOutboxHeldBack") == []

    async def held(_: Any) -> Any:
        return web.Response(text=f'{metrics.OUTBOX_AGE._name}{{service="registry"}} 301\n')

    watched.behind_north["registry"].answer("/metrics", held)
    assert await watched.fires("StewardOutboxHeldBack", at_region=True) == [NORTH]
    await wait_for(partial(watched.is_, "StewardOutboxHeldBack", NORTH), SECONDS)
    watched.behind_north["registry"].answer("/metrics", gateways._metrics)
    await wait_for(partial(watched.is_, "StewardOutboxHeldBack"), SECONDS)
    metrics.OUTBOX_AGE.labels("registry").set(301)
    assert await watched.fires("StewardOutboxHeldBack") == [{"service": "registry"}]
    metrics.OUTBOX_AGE.remove("registry")


async def test_a_region_never_seen_is_an_alarm(watched: Watched) -> None:
    assert await watched.fires("StewardRegionNeverSeen") == [SOUTH]


def test_every_rule_can_be_evaluated() -> None:
    scraped = Scraped()
    scraped.add("")
    assert [scraped.firing(alert) for alert in ALERTS] == [[]] * len(ALERTS)
