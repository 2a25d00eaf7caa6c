"""What a hub asks of a region on purpose, on a real link: it is not heard there, whatever the answer at the hub.

A time-out proves nothing, since even an allowed question times out where its answer has no way back. So
an observer inside the region's accounts must hear the control, which is asked last on the same
connection, and nothing of what was asked before it. The hub awaits answers where the link lets them through.
"""

import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import pytest
from nats.js.api import ExternalStream, StreamConfig, StreamSource

from deploy.broker.provision import durable_config
from deploy.federation.broker.leaf_configuration import SYSTEM
from deploy.local import nats as local_nats
from shared.federation.protocol import deliver_up
from shared.messaging.subscriptions import Durable
from shared.tasks import end
from tests.federation.asking import SOURCING, Asking, asked, heard, in_link, overheard, tried
from tests.federation.links import Place, federation
from tests.servers import wait_for

UP = "steward.{}.up.evaluation.indicator-computed.v1"
LOCAL = "steward.{}.local.registry.people-changed.v1"
UPLINK = "UPLINK_north_1"
CONTROL = f"$JS.API.STREAM.INFO.{UPLINK}"
SECONDS = 60  # sourcing looks for its other side every 10 s or so
API = (
    "INFO",
    "STREAM.NAMES",
    "STREAM.LIST",
    "STREAM.INFO.LOCAL",
    "STREAM.INFO.UP",
    "STREAM.INFO.DLQ",
    "STREAM.MSG.GET.LOCAL",
    f"STREAM.MSG.GET.{UPLINK}",
    "DIRECT.GET.LOCAL",
    f"DIRECT.GET.{UPLINK}",
    f"DIRECT.GET.LOCAL.{LOCAL.format('north')}",
    "CONSUMER.CREATE.LOCAL",
    "CONSUMER.CREATE.UP",
    "CONSUMER.CREATE.LOCAL.spy.steward.north.local.>",
    "CONSUMER.DURABLE.CREATE.LOCAL.spy",
    f"CONSUMER.DURABLE.CREATE.{UPLINK}.spy",
    f"CONSUMER.NAMES.{UPLINK}",
    f"CONSUMER.MSG.NEXT.{UPLINK}.spy",
    "CONSUMER.MSG.NEXT.LOCAL.reader",
    "STREAM.CREATE.SPY",
    "STREAM.UPDATE.LOCAL",
    f"STREAM.UPDATE.{UPLINK}",
    "STREAM.DELETE.LOCAL",
    "STREAM.PURGE.LOCAL",
    "STREAM.SNAPSHOT.LOCAL",
)
OTHER = (
    LOCAL.format("north"),
    UP.format("north"),
    "steward.north.down.assessment.framework-published.v1",
    "dlq.registry.steward.north.local.registry.people-changed.v1",
    "uplink.north.1.evaluation.indicator-computed.v1",
    LOCAL.format("south"),
    UP.format("south"),
    "_INBOX_admin.guessed",
    "$JS.ACK.LOCAL.reader.1.1.1.1.1",
)


@pytest.fixture(scope="module")
def observed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_nats, "federated", overheard)
        yield


@pytest.fixture(scope="module")
async def linked(
    tmp_path_factory: pytest.TempPathFactory, observed: None
) -> AsyncIterator[tuple[Place, list[Place]]]:
    async with federation(tmp_path_factory.mktemp("questions"), "north", "south") as (hub, regions):
        for place in regions:
            await place.admin.publish(UP.format(place.name), b"figures")
            await place.admin.publish(LOCAL.format(place.name), b"people")
            await wait_for(hub.reached(f"NATIONAL_{place.name}", 1), SECONDS)
            await wait_for(partial(_sourced, place), SECONDS)
        await end([place.bridging for place in regions if place.bridging])  # they ask too
        yield hub, regions


async def _sourced(place: Place) -> bool:
    """Whether a server asks no more by itself: streams of it that copy others do."""
    sources = [each for info in await place.admin.streams_info() for each in info.sources or []]
    return bool(sources) and all((each.active or -1) >= 0 for each in sources)


async def test_only_the_question_that_is_allowed_is_heard_in_the_region(
    linked: tuple[Place, list[Place]],
) -> None:
    hub, regions = linked
    asking = Asking(await in_link(hub, "north"))
    at_north, at_south = [await heard(await in_link(place)) for place in regions]
    inside = [await heard(await place.client()) for place in regions]
    in_domain = [f"$JS.north.API.{question}" for question in API]
    for subject in (*in_domain, *(f"$JS.API.{question}.nowhere" for question in API), *OTHER):
        await asking.ask(subject, b"{}")
        await asking.ask(subject)
    for place, there in zip(regions, (asking, Asking(await in_link(hub, "south"))), strict=True):
        control = f"$JS.{place.name}.API.STREAM.INFO.UPLINK_{place.name}_1"
        assert (await there.answered(control))["config"]["name"] == f"UPLINK_{place.name}_1"
    assert asked(at_north) == [CONTROL]
    assert asked(at_south) == [CONTROL.replace("north", "south")]
    assert [asked(messages) for messages in inside] == [[], []]
    audited = [json.loads(one.data) for one in at_north if one.subject == "$JS.EVENT.ADVISORY.API"]
    assert {one["subject"] for one in audited} <= {CONTROL}
    for subject in in_domain:
        assert all(one.headers and one.headers["Status"] == "503" for one in asking.answers[subject])


async def test_a_hubs_own_interface_tells_nothing_of_a_region(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, _) = linked
    asking = Asking(await in_link(hub, "north"))
    at_north = await heard(await in_link(north))
    for question in ("INFO", "STREAM.NAMES", "STREAM.INFO.LOCAL"):
        assert '"steward.north' not in json.dumps(await asking.answered(f"$JS.API.{question}"))
    own = await Asking(await hub.client()).answered("$JS.API.STREAM.INFO.LOCAL")
    assert own["config"]["subjects"] == ["steward.hub.local.>"]
    await asking.answered(f"$JS.north.API.STREAM.INFO.{UPLINK}")
    assert asked(at_north) == [CONTROL]


@pytest.mark.parametrize("user", [SYSTEM, "admin"])
async def test_a_regions_server_and_accounts_hear_no_question(
    linked: tuple[Place, list[Place]], user: str
) -> None:
    hub, (north, _) = linked
    asking, admin, system = (
        Asking(await hub.client(user)),
        Asking(await in_link(hub, "north")),
        await north.client(SYSTEM),
    )
    in_system, in_link_, inside = [
        await heard(client) for client in (system, await in_link(north), await north.client())
    ]
    server = system._server_info["server_id"]
    questions = [f"$SYS.REQ.SERVER.{server}.{what}" for what in ("VARZ", "JSZ", "CONNZ", "SUBSZ", "RELOAD")]
    questions += ["$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING.JSZ", "$SYS.REQ.SERVER.PING.CONNZ"]
    for account in ("STEWARD", "LINK", "SYS"):
        questions += [f"$SYS.REQ.ACCOUNT.{account}.{what}" for what in ("JSZ", "INFO", "CONNZ", "SUBSZ")]
    for question in questions:
        await asking.ask(question, b"{}")
    if user == SYSTEM:
        own = await asking.answered(f"$SYS.REQ.SERVER.{asking.client._server_info['server_id']}.VARZ")
        assert own["server"]["name"] == "steward-hub"
    await asking.client.flush()
    await admin.answered(f"$JS.north.API.STREAM.INFO.{UPLINK}")  # asked last, so heard last
    assert (asked(in_link_), asked(inside)) == ([CONTROL], [])
    assert set(asked(in_system)) == {CONTROL}  # JetStream's questions end there
    answers = [json.loads(one.data) for got in asking.answers.values() for one in got if one.data]
    assert {one["server"]["name"] for one in answers if "server" in one} <= {"steward-hub"}
    await system.publish("$SYS.REQ.SERVER.PING")  # the observer is not deaf
    await wait_for(lambda: asked(in_system)[-1] == "$SYS.REQ.SERVER.PING", 10)


def consumer(name: str, deliver: str = "", **more: Any) -> tuple[str, bytes]:
    """The question that is allowed, with a content of the asker's choice."""
    subject = f"$JS.north.API.CONSUMER.CREATE.{UPLINK}.{name}"
    config = {"name": name, "deliver_policy": "all", "ack_policy": "none", **more}
    if deliver:
        config["deliver_subject"] = deliver
    return subject, json.dumps({"stream_name": UPLINK, "config": config}).encode()


async def test_an_allowed_question_with_another_content_yields_what_is_up_already(
    linked: tuple[Place, list[Place]],
) -> None:
    hub, (north, _) = linked
    reader = Durable("LOCAL", "reader", "steward.*.local.>")
    await north.admin.add_consumer(reader.stream, durable_config(reader))
    asking, own = Asking(await in_link(hub, "north")), deliver_up("north")
    got = await heard(asking.client)
    for name in ("spy", "everything", "local"):  # a consumer speaks where somebody listens by this very name
        await asking.client.subscribe(f"{own}.{name}")
    at_north, local = await heard(await north.client()), await north.count("LOCAL")
    for question in (
        consumer("spy", f"{own}.spy"),
        consumer("everything", f"{own}.everything", filter_subject=">"),
        consumer("local", f"{own}.local", filter_subject="steward.north.local.>"),
        consumer("elsewhere", "spy.out"),
        consumer("forged", LOCAL.format("north"), direct=True),
        consumer("delete", "$JS.API.STREAM.DELETE.LOCAL", headers_only=True, direct=True),
        consumer("look", "$JS.API.STREAM.MSG.GET.LOCAL", headers_only=True),
        consumer("next", "$JS.API.CONSUMER.MSG.NEXT.LOCAL.reader", headers_only=True),
        consumer("pull", durable_name="pull", ack_policy="explicit"),
    ):
        assert "error" not in await asking.answered(*question), question
    subject, body = consumer("other", f"{own}.spy")
    refused = await asking.answered(subject, body.replace(UPLINK.encode(), b"LOCAL"))
    assert "does not match" in refused["error"]["description"]
    await asking.ask(f"$JS.north.API.CONSUMER.MSG.NEXT.{UPLINK}.pull", b"1")
    looked = await asking.answered(
        f"$JS.north.API.STREAM.INFO.{UPLINK}", b'{"subjects_filter": ">", "deleted_details": true}'
    )
    assert set(looked["state"]["subjects"]) == {UP.format("north")}
    await north.admin.publish(LOCAL.format("north"), b"people later")
    await north.admin.publish(UP.format("north"), b"figures later")
    await north.cross()
    await wait_for(lambda: [one.data for one in got if ".spy." in one.reply].count(b"figures later") == 1, 10)
    delivered = [one for one in got if one.reply.startswith("$JS.ACK.")]
    assert {one.subject for one in delivered} == {UP.format("north")}
    names = {one.reply.split(".")[3] for one in delivered}
    assert {"spy", "everything"} <= {name for name in names if not name.startswith("JS_SRC_")}
    assert not names & {"local", "elsewhere", "forged", "delete", "look", "next", "pull"}
    assert not [one for one in got if one.data.startswith(b"people") or one.subject.startswith("spy.")]
    assert await north.count("LOCAL") == local + 1  # nothing was forged, nothing deleted
    assert not [one for one in asked(at_north) if ".MSG.NEXT." in one or ".DELETE." in one]
    assert (await north.admin.consumer_info("LOCAL", "reader")).delivered.consumer_seq == 0


async def test_a_stream_of_the_hub_with_another_source_stays_empty(linked: tuple[Place, list[Place]]) -> None:
    hub, (north, _) = linked
    at_hub, at_north = await heard(await in_link(hub, "north")), await heard(await in_link(north))
    there = hub.link("north")
    external = ExternalStream(api="$JS.north.API", deliver=deliver_up("north"))
    for stream in ("LOCAL", "UP", "DLQ"):
        source = StreamSource(name=stream, external=external)
        await there.add_stream(StreamConfig(name=f"SOURCED_{stream}", sources=[source]))
        await there.add_stream(StreamConfig(name=f"MIRROR_{stream}", mirror=source))
        await wait_for(partial(tried, at_hub, f"$JS.north.API.CONSUMER.CREATE.{stream}"), SECONDS)
    control = StreamSource(name=UPLINK, external=external)
    await there.add_stream(StreamConfig(name="SOURCED_UPLINK", sources=[control]))

    async def has(stream: str) -> int:
        return int((await there.stream_info(stream)).state.messages)

    await wait_for(partial(has, "SOURCED_UPLINK"), SECONDS)
    names = [f"{how}_{what}" for how in ("SOURCED", "MIRROR") for what in ("LOCAL", "UP", "DLQ")]
    assert [await has(name) for name in names] == [0] * 6
    questions = {one for one in asked(at_north) if one.startswith("$JS.")}
    assert questions <= {CONTROL}, "beside it only what sourcing asks of the uplink was heard"
    assert tried(at_north, SOURCING)
