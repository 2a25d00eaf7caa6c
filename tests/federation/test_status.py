"""Who was heard when, on real servers: a hub's gateway asks, its regions' gateways beat over the link."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.broker.provision import durable_config
from deploy.data_folder.issuer import Issuer
from deploy.federation.commands.status import ask, table
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.hub import SUSPENDED, Hub
from deploy.federation.transfer.bundle import Carried, deliver
from shared.events.assessment import FrameworkPublished, ProfilesPublished
from shared.events.evaluation import IndicatorsPublished, TargetsPublished
from shared.events.event import Event
from shared.events.planning import CataloguePublished, EntriesOffered
from shared.federation.protocol import heartbeat_subject
from shared.messaging.subscriptions import Durable
from tests.federation.gateways import gateway, settings_of
from tests.federation.links import Place, federation
from tests.served import Client
from tests.servers import wait_for

UP = "steward.{}.up.evaluation.indicator-computed.v1"
DOWN = "steward.hub.down.{}.v1"
SECONDS = 60
Federated = tuple[Place, list[Place], Client, Client]


@pytest.fixture(scope="module")
async def federated(
    tmp_path_factory: pytest.TempPathFactory, issuer: Issuer, jwks_path: Path, token: Any
) -> AsyncIterator[Federated]:
    jwks = jwks_path.as_uri()
    async with (
        federation(tmp_path_factory.mktemp("status"), "north", "south") as (hub, regions),
        gateway(settings_of(hub, issuer, jwks)) as (national, _),
        gateway(settings_of(regions[0], issuer, jwks)) as (regional, _),
    ):
        ops = token("ops")
        yield hub, regions, national.using(ops), regional.using(ops)


async def standing(national: Client, region: str) -> dict[str, Any]:
    answer = await national.get("/v1/federation")
    assert answer.status == 200, answer.body
    (found,) = [one for one in answer.json["regions"] if one["region"] == region]
    return dict(found)


async def is_(national: Client, region: str, **wanted: Any) -> bool:
    found = await standing(national, region)
    return {name: found[name] for name in wanted} == wanted


async def test_a_region_is_seen_with_what_it_has_and_one_that_never_spoke_is_not(
    federated: Federated,
) -> None:
    hub, (north, _), national, _ = federated
    for body in (
        b'{"data": {"framework_code": "WHO", "framework_version": 1}}',
        b'{"data": {"framework_code": "other", "framework_version": 1}}',
        b'{"data": {"framework_code": "WHO", "framework_version": 2}}',
        b"what nobody can read",
    ):
        await hub.admin.publish(DOWN.format("assessment.framework-published"), body)
    await wait_for(north.reached("DOWN", 4), SECONDS)
    for number in range(3):
        headers = {"Nats-Msg-Id": f"event-{number}"}
        await north.admin.publish(UP.format("north"), b"figures", headers=headers)
    await wait_for(partial(is_, national, "north", received_events=3, lag_events=0, state="ok"), SECONDS)
    await wait_for(partial(stated_of, national, down=4), SECONDS)
    found = await standing(national, "north")
    said, versions = found["beat"], {"framework WHO": "2", "framework other": "1"}
    assert (said["uplink"], said["epoch"], said["versions"]) == (3, 1, versions)
    assert said["outboxes"]["registry"] == {"waiting": 2, "oldest_seconds": 7.5}
    assert said["software"]
    assert said["suppressed_cells"] == 12  # three in each of four services
    assert 0 < said["up_bytes"] < said["up_limit"]
    assert datetime.now(UTC) - datetime.fromisoformat(found["last_seen"]) < timedelta(seconds=60)
    assert found["lag_seconds"] < 60
    absent = await standing(national, "south")
    assert (absent["state"], absent["last_seen"], absent["lag_seconds"]) == ("never-seen", None, None)


async def test_a_region_says_which_version_it_has_of_each_kind_of_publication(federated: Federated) -> None:
    """The newest that it read, also where a service of the hub said one version twice."""
    hub, (north, _), national, _ = federated
    before = await north.count("DOWN")
    for event in publications(1) + publications(2) + publications(2):
        body = msgspec.json.encode({"data": msgspec.to_builtins(event)})
        await hub.admin.publish(event.subject("hub"), body)
    await wait_for(north.reached("DOWN", before + 18), SECONDS)
    wanted = {
        "framework WHO": "2", "framework other": "1", "framework core": "12", "profiles": "22", "catalogue": "32",
        "entries": "42", "indicators": "52", "targets": "62",
    }  # fmt: skip
    await wait_for(partial(stated_of, national, down=before + 18, versions=wanted), SECONDS)


def publications(number: int) -> list[Event]:
    """One of each kind; the versions of each are numbers of its own."""
    return [
        FrameworkPublished(
            framework_code="core", framework_version=10 + number, languages=[], competencies=[], item_codes=[]
        ),
        ProfilesPublished(items=[], profiles_version=20 + number),
        CataloguePublished(catalogue_version=30 + number, intervention_codes=[]),
        EntriesOffered(items=[], entries_version=40 + number),
        IndicatorsPublished(items=[], indicators_version=50 + number),
        TargetsPublished(items=[], targets_version=60 + number),
    ]


async def stated_of(national: Client, **wanted: Any) -> bool:
    said = (await standing(national, "north"))["beat"] or {}
    return {name: said.get(name) for name in wanted} == wanted


async def test_a_region_sees_its_own_link(federated: Federated) -> None:
    _, (north, _), _, regional = federated
    answer = (await regional.get("/v1/federation")).json
    link = answer["link"]
    assert (answer["role"], link["region"], link["hub"]) == ("region", "north", "hub")
    assert link["beat"]["down"] == await north.count("DOWN")
    assert (link["waiting"], link["in_uplink"]) == (8, 0)  # two in each of four outboxes
    assert link["state"] == "ok"
    assert (await regional.get("/readyz")).json["link"] == "ok"
    assert answer["regions"] is None


async def test_what_services_have_not_applied_is_counted(federated: Federated) -> None:
    hub, (north, _), national, _ = federated
    durable = Durable("NATIONAL", "evaluation-national-test", UP.format("*"))
    await hub.admin.add_consumer(durable.stream, durable_config(durable))
    have = await hub.count("NATIONAL")
    assert (await standing(national, "north"))["unapplied_events"] == have
    assert (await standing(national, "south"))["unapplied_events"] == 0
    await north.admin.publish(UP.format("north"), b"more")
    await wait_for(hub.reached("NATIONAL", have + 1), SECONDS)
    reading = await hub.admin.pull_subscribe_bind(durable.name, durable.stream)
    for message in await reading.fetch(2, timeout=5):
        await message.ack_sync()
    assert (await standing(national, "north"))["unapplied_events"] == have - 1


async def test_what_claims_to_be_another_regions_is_counted_as_refused(federated: Federated) -> None:
    hub, _, national, _ = federated
    before = (await standing(national, "north"))["refused_events"]
    await hub.admin.publish("dlq.evaluation." + UP.format("north"), b"an event that claims to be south's")
    assert (await standing(national, "north"))["refused_events"] == before + 1
    assert (await standing(national, "south"))["refused_events"] == 0


async def test_what_was_carried_by_hand_is_not_missing(federated: Federated) -> None:
    """With the link cut: the file's last event has the id that the region's last beat named."""
    hub, (_, south), national, _ = federated
    said = (
        b'{"at": "2026-01-01T00:00:00Z", "epoch": 1, "software": "0", "uplink": 9, "event": "carried-9",'
        b'"down": 0, "older": {"120": 9}, "versions": {}, "suppressed_cells": null, "outboxes": {},'
        b'"up_bytes": 0, "up_limit": 0, "another": "of a later version"}'
    )
    client = await south.client()
    await client.publish(heartbeat_subject("south"), said)
    await wait_for(partial(is_, national, "south", lag_events=9, state="late"), SECONDS)
    for number in range(8, 10):
        assert await deliver(hub.admin, [Carried(UP.format("south"), f"carried-{number}", b"f")])
    await wait_for(partial(is_, national, "south", lag_events=0, state="ok"), SECONDS)


async def test_a_region_that_is_away_stays_seen_also_by_a_new_gateway(
    federated: Federated, issuer: Issuer, jwks_path: Path, token: Any
) -> None:
    hub, (north, _), national, _ = federated
    await wait_for(partial(stated_of, national, uplink=4), SECONDS)
    seen = (await standing(national, "north"))["last_seen"]
    north.server.stop()
    await wait_for(partial(silent, national, seconds=6), SECONDS)
    async with gateway(settings_of(hub, issuer, jwks_path.as_uri())) as (again, _):
        client = again.using(token("ops"))
        await wait_for(partial(answers, client), 10)
        found = await standing(client, "north")
    assert found["last_seen"] >= seen
    assert found["lag_seconds"] > 6
    assert found["beat"]["uplink"] == 4
    north.server.start()
    await wait_for(partial(heard, national, seconds=6), SECONDS)


async def silent(national: Client, seconds: float) -> bool:
    return bool((await standing(national, "north"))["lag_seconds"] > seconds)


async def heard(national: Client, seconds: float) -> bool:
    return bool((await standing(national, "north"))["lag_seconds"] < seconds)


async def answers(client: Client) -> bool:
    return (await client.get("/v1/federation")).status == 200


async def test_a_suspended_region_is_shown_as_such(federated: Federated) -> None:
    hub, _, national, _ = federated
    members = Hub(hub.federation)
    members.set_state("south", SUSPENDED)
    await hub.provision()
    assert await is_(national, "south", state="suspended")
    members.remove("south")
    await hub.provision()
    assert [one["region"] for one in (await national.get("/v1/federation")).json["regions"]] == ["north"]


async def test_the_hub_and_its_region_measure_their_links(federated: Federated) -> None:
    _, _, national, regional = federated
    at_hub = (await national.metrics()).body.decode()
    assert 'steward_federation_lag_events{region="north"} 0.0' in at_hub
    assert 'steward_federation_outbox_age_seconds{region="north"} 7.5' in at_hub
    assert 'steward_federation_lag_seconds{region="south"}' not in at_hub
    at_region = (await regional.metrics()).body.decode()
    assert 'steward_federation_outbox_age_seconds{region="north"} 7.5' in at_region
    assert "steward_federation_last_seen_seconds{" not in at_region


async def test_the_command_prints_a_line_a_region(federated: Federated) -> None:
    _, _, national, regional = federated
    assert national.token
    assert regional.token
    lines = list(table(await ask(national.url, national.token)))
    assert lines[0].split()[:2] == ["REGION", "STATE"]
    (north,) = [line.split() for line in lines if line.startswith("north")]
    assert north[1] == "ok"
    assert "framework WHO 2" in " ".join(north)
    own = list(table(await ask(regional.url, regional.token)))
    assert own[0] == "north, epoch 1, is a region of hub"
    with pytest.raises(FederationError, match="token"):
        await ask(national.url, "nonsense")
    with pytest.raises(FederationError, match="did not answer"):
        await ask("http://127.0.0.1:9", "nonsense")
