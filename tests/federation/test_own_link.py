"""A region whose link is down knows it: in its log, at /readyz, in its metrics and alarm, in its status."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.data_folder.issuer import Issuer
from deploy.federation.commands.status import ask, table
from services.gateway.federation import own_link
from tests.federation.gateways import gateway, settings_of
from tests.federation.links import Place, federation
from tests.federation.rules import Scraped
from tests.served import Client
from tests.servers import wait_for

pytestmark = pytest.mark.slow(30)

UP = "steward.{}.up.evaluation.indicator-computed.v1"
SECONDS = 60


@pytest.fixture
async def alone(
    tmp_path: Path, issuer: Issuer, jwks_path: Path, token: Any
) -> AsyncIterator[tuple[Place, Place, Client]]:
    """A hub's server, a region's, and the region's gateway."""
    async with (
        federation(tmp_path, "north") as (hub, (north,)),
        gateway(settings_of(north, issuer, jwks_path.as_uri())) as (regional, _),
    ):
        yield hub, north, regional.using(token("ops"))


async def test_a_region_sees_that_its_link_is_down_and_how_much_waits(
    alone: tuple[Place, Place, Client], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hub, north, regional = alone
    monkeypatch.setattr(own_link, "SILENT", 6.0)
    assert regional.token
    await wait_for(partial(link_is, regional, "ok"), SECONDS)
    hub.server.stop()
    await wait_for(partial(link_is, regional, "away"), SECONDS)
    for number in range(3):
        await north.admin.publish(UP.format("north"), b"one more", headers={"Nats-Msg-Id": f"later-{number}"})
    await wait_for(partial(waits, regional, in_uplink=3), SECONDS)
    link = (await regional.get("/v1/federation")).json["link"]
    assert link["waiting"] == 8 + 3
    assert link["hub_heard_seconds"] > 6
    ready = (await regional.get("/readyz")).json
    assert (ready["link"], ready["status"]) == ("away", "degraded")
    said = (await regional.metrics()).body.decode()
    assert 'steward_federation_link_up{region="north"} 0.0' in said
    assert 'steward_federation_waiting_events{region="north"} 11.0' in said
    scraped = Scraped()
    scraped.add(said)
    assert scraped.firing("StewardLinkDown") == [{"region": "north"}]
    printed = list(table(await ask(regional.url, regional.token)))
    assert printed[1].startswith("link: AWAY, hub last heard: ")
    assert "11 waiting to go there" in "".join(printed)
    assert "the link to the hub is away (the hub was heard" in caplog.text

    hub.server.start()
    await wait_for(partial(link_is, regional, "ok"), SECONDS)
    await wait_for(lambda: "the link to the hub is back" in caplog.text, SECONDS)
    assert (await regional.get("/v1/federation")).json["link"]["waiting"] == 8
    assert 'steward_federation_link_up{region="north"} 1.0' in (await regional.metrics()).body.decode()


async def link_is(regional: Client, state: str) -> bool:
    """As the status and readiness have it."""
    ready = (await regional.get("/readyz")).json["link"]
    return bool((await regional.get("/v1/federation")).json["link"]["state"] == state == ready)


async def waits(regional: Client, in_uplink: int) -> bool:
    return bool((await regional.get("/v1/federation")).json["link"]["in_uplink"] == in_uplink)
