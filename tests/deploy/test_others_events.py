"""No service takes, acknowledges or sees what waits for another, with its own credentials, wherever it runs."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nats
import pytest
import pytest_asyncio
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext

from deploy.broker import external_readers, provision
from deploy.broker.durables import asked, of_service
from deploy.broker.message_erasure import SEARCHED
from deploy.broker.server_settings import ADMIN, ERASER, read_settings, server_settings
from deploy.federation.broker.from_secrets import write_broker
from deploy.federation.broker.leaf_configuration import federated
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from deploy.services import NAMES
from shared import settings as service_settings
from shared.messaging.subscriptions import Durable
from tests.deploy.clients import client_of
from tests.servers import INSTANCE, PASSWORDS, wait_for

EVENTS = 12
CHANGES = (
    "$JS.API.CONSUMER.CREATE.{}",
    "$JS.API.CONSUMER.CREATE.{}.mine",
    "$JS.API.CONSUMER.CREATE.{}.mine.steward.north.local.x",
    "$JS.API.CONSUMER.DURABLE.CREATE.{}.mine",
    "$JS.API.STREAM.UPDATE.{}",
    "$JS.API.STREAM.PURGE.{}",
    "$JS.API.STREAM.DELETE.{}",
    "$JS.API.STREAM.MSG.DELETE.{}",
    "$JS.API.STREAM.SNAPSHOT.{}",
)
MESSAGES = ("$JS.API.STREAM.MSG.GET.{}", "$JS.API.DIRECT.GET.{}", "$JS.API.DIRECT.GET.{}.steward.x")
ERASING = ("$JS.API.STREAM.MSG.DELETE.{}", *MESSAGES)
# What a gateway reads itself: dead letters, and at either end of a link what goes over it.
GATEWAY_READS = {"alone": {"DLQ"}, "hub": {"DLQ", "NATIONAL", "DOWN"}, "region": {"DLQ", "UP", "DOWN"}}
Accounts = dict[str, dict[str, Any]]


def matches(pattern: str, subject: str) -> bool:
    """Whether a permission covers a subject, as NATS has it."""
    words, given = pattern.split("."), subject.split(".")
    for place, word in enumerate(words):
        if word == ">":
            return len(given) > place
        if place >= len(given) or word not in ("*", given[place]):
            return False
    return len(words) == len(given)


def owned() -> dict[str, list[Durable]]:
    """Every durable of an instance, by who reads by it."""
    outside = {
        reader: [one for one in external_readers.durables("*") if one.name == reader]
        for reader in external_readers.READERS
    }
    return {service: of_service(service) for service in NAMES} | outside


def local(folder: Path) -> tuple[Accounts, str]:
    passwords = PASSWORDS | dict.fromkeys(external_readers.READERS, "secret")
    return server_settings(INSTANCE, passwords, "127.0.0.1:1", folder)["accounts"], "alone"  # type: ignore[return-value]


def production(folder: Path) -> tuple[Accounts, str]:
    for user in (*NAMES, ADMIN, *external_readers.READERS):
        (folder / f"{user}_nats_password").write_text(f"{user}-secret")
    write_broker(folder / "nats.conf", INSTANCE)
    return read_settings(folder / "nats.conf")["accounts"], "alone"


def hub(folder: Path) -> tuple[Accounts, str]:
    Hub(Folder(folder / "hub")).init("hub", ["hub.example.org"], 7422)
    settings = server_settings("hub", PASSWORDS, "127.0.0.1:1", folder)
    return federated(settings, folder / "hub")["accounts"], "hub"


def region(folder: Path) -> tuple[Accounts, str]:
    hub(folder)
    north = Region(Folder(folder / "north"))
    north.join(Hub(Folder(folder / "hub")).add(north.request("north")))
    settings = server_settings("north", PASSWORDS, "127.0.0.1:1", folder)
    return federated(settings, folder / "north")["accounts"], "region"


@pytest.mark.parametrize("made", [local, production, hub, region])
def test_every_user_may_ask_for_its_own_durables_and_for_no_others(
    made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(service_settings, "SECRETS", tmp_path)
    accounts, kind = made(tmp_path)
    users = {
        one["user"]: one["permissions"]["publish"]["allow"]
        for account in accounts.values()
        for one in account.get("users", ())
        if one.get("user", ADMIN) != ADMIN
    }
    assert set(NAMES) <= users.keys()
    for user, allowed in users.items():
        for owner, durables in owned().items():
            for durable in durables:
                for subject in asked(durable.stream, durable.name):
                    subject = subject.replace(">", "1.1.1.1.0")
                    given = [pattern for pattern in allowed if matches(pattern, subject)]
                    assert bool(given) == (user == owner), f"{user}: {given} for {subject}"
                deleting = f"$JS.API.CONSUMER.DELETE.{durable.stream}.{durable.name}"
                assert not any(matches(pattern, deleting) for pattern in allowed)
        for stream in ("LOCAL", "UP", "DOWN", "DLQ", "NATIONAL"):
            read = user == "gateway" and stream in GATEWAY_READS[kind]
            for subject in CHANGES + (() if read else MESSAGES):
                if user == ERASER and stream in SEARCHED and subject in ERASING:
                    continue  # decision 60: what is about somebody who was erased, one by one
                given = [pattern for pattern in allowed if matches(pattern, subject.format(stream))]
                assert not given, f"{user}: {given} for {subject.format(stream)}"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def admin(nats_url: str) -> AsyncIterator[JetStreamContext]:
    """The administrator, once every declared durable is there."""
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    for service in NAMES:
        await provision.provision_durables(client.jetstream(), provision.declared(service, INSTANCE))
    yield client.jetstream()
    await client.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("victim", [name for name in NAMES if provision.declared(name, INSTANCE)])
async def test_what_waits_for_a_service_is_all_there_after_the_others_tried_to_take_it(
    nats_url: str, admin: JetStreamContext, victim: str
):
    durable = provision.declared(victim, INSTANCE)[0]
    await admin.purge_stream(durable.stream)
    for number in range(EVENTS):
        await admin.publish(durable.filter_subject, str(number).encode())
    for attacker in (name for name in NAMES if name != victim):
        await refused_all(nats_url, attacker, durable)
    own = await client_of(nats_url, victim, [])
    pull = await own.jetstream().pull_subscribe_bind(durable=durable.name, stream=durable.stream)
    read = [message for _ in range(EVENTS) for message in await pull.fetch(1, timeout=5)]
    assert [message.data for message in read] == [str(number).encode() for number in range(EVENTS)]
    assert {message.metadata.num_delivered for message in read} == {1}
    for message in read:
        await message.ack_sync(timeout=5)
    await own.close()


async def refused_all(url: str, attacker: str, durable: Durable) -> None:
    """Every way to another's events, of which the broker refuses `attacker` each."""
    refused: list[str] = []
    client = await client_of(url, attacker, refused)
    pull = await client.jetstream().pull_subscribe_bind(durable=durable.name, stream=durable.stream)
    with pytest.raises(NatsTimeout):
        await pull.fetch(EVENTS - 1, timeout=0.3)
    await client.publish(f"$JS.ACK.{durable.stream}.{durable.name}.1.1.1.1.0", b"")
    await client.publish(f"$JS.API.CONSUMER.INFO.{durable.stream}.{durable.name}", b"", reply="x")
    ways = (".consumer.msg.next.", "$js.ack.", ".consumer.info.")
    await wait_for(lambda: all(any(way in said.lower() for said in refused) for way in ways))
    await client.close()
