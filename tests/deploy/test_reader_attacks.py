"""What a reader of the API, a gateway in wrong hands and the process itself cannot do on the broker."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client

from deploy.broker import accounts_file, provision
from deploy.broker.server_reload import read_again
from deploy.broker.server_settings import ADMIN, inbox_prefix
from deploy.local.nats import NatsServer
from deploy.reader_accounts import account_desk
from shared.messaging.reader_requests import (
    ASKED,
    PROCESS,
    PROCESS_SYSTEM,
    RECORDS,
    Action,
    Outcome,
    Refusal,
    Sees,
)
from tests.deploy.clients import client_of
from tests.deploy.readers_of_api import ReaderOfApi, asked, holding, is_taken
from tests.servers import INSTANCE, PASSWORDS, wait_for

SECRETS = PASSWORDS | {PROCESS: "readers-secret"}
UNITS = f"steward.{INSTANCE}.up.registry.units-changed.v1"
PERSON = f"steward.{INSTANCE}.local.registry.people-changed.v1"


@pytest.fixture(scope="module")
def passwords() -> Mapping[str, str]:
    """Of a server that has the process's users."""
    return SECRETS


@dataclass
class Broker:
    """The server beside the process, and connections of the gateway and the administrator."""

    server: NatsServer
    gateway: Client
    admin: Client
    refused: list[str]  # what the server refused the gateway

    async def made(self, name: str, sees: Sees = Sees.AGGREGATES) -> dict[str, Any]:
        """A new reader."""
        found = await asked(self.gateway, Action.MAKE, name, sees=sees)
        assert found["credential"]
        return found

    def connected(self, made: Mapping[str, Any]) -> ReaderOfApi:
        """A connection of a reader."""
        return ReaderOfApi(self.server.url, made)

    async def stored(self) -> dict[str, int]:
        """The last sequence of each stream of events and records."""
        found = await self.admin.jetstream().streams_info()
        return {str(info.config.name): info.state.last_seq for info in found}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broker(server: NatsServer) -> AsyncIterator[Broker]:
    await provision.provision(server.url, ADMIN, SECRETS[ADMIN], INSTANCE, ["registry"])
    async with holding(server, SECRETS, look=600):  # nothing is noted meanwhile
        refused: list[str] = []
        gateway = await client_of(server.url, "gateway", refused, SECRETS)
        admin = await nats.connect(server.url, user=ADMIN, password=SECRETS[ADMIN])
        yield Broker(server, gateway, admin, refused)
        await gateway.close()
        await admin.close()


FORBIDDEN = (
    UNITS,
    PERSON,
    "dlq.registry.anything",
    ASKED,
    f"{RECORDS}.mine",
    "$JS.API.CONSUMER.MSG.NEXT.UP.{other}",
    "$JS.API.CONSUMER.MSG.NEXT.LOCAL.{own}",
    "$JS.API.CONSUMER.INFO.UP.{other}",
    "$JS.API.CONSUMER.MSG.NEXT.UP.planning-registry-units-changed-v1",
    "$JS.ACK.UP.{other}.1.1.1.1.0",
    "$JS.API.STREAM.INFO.LOCAL",
    "$JS.API.STREAM.MSG.GET.UP",
    "$JS.API.DIRECT.GET.KV_readers",
    "$JS.API.CONSUMER.DURABLE.CREATE.UP.{own}",
    "$JS.API.CONSUMER.CREATE.UP.{own}",
    "$JS.API.CONSUMER.DELETE.UP.{own}",
    "$JS.API.STREAM.PURGE.UP",
    "$JS.API.STREAM.DELETE.UP",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.USER.INFO",
)


async def test_a_reader_asks_for_nothing_but_its_own(broker: Broker):
    mine, other = await broker.made("curious"), await broker.made("other", Sees.PEOPLE)
    names = {"own": mine["durable"], "other": other["durable"]}
    listens = (">", "steward.>", "$KV.>", f"{other['inbox_prefix']}.>", "_INBOX.>", "$SYS.>")
    async with broker.connected(mine) as reader:
        for subject in FORBIDDEN:
            await reader.nats.publish(subject.format(**names), b"{}")
        for subject in listens:
            await reader.nats.subscribe(subject)
        await wait_for(lambda: len(reader.refused) == len(FORBIDDEN) + len(listens))
        assert all("permissions violation" in each for each in reader.refused)


async def test_an_answer_to_a_reader_ends_in_its_account(broker: Broker):
    """Who asks names the subject of the answer, which the server sends with rights of its own (decision 11)."""
    mine = await broker.made("hostile")
    before = await broker.stored()
    async with broker.connected(mine) as reader:
        for subject in (f"$JS.API.CONSUMER.MSG.NEXT.UP.{mine['durable']}", "$JS.API.INFO"):
            for answer_to in (PERSON, "$JS.API.STREAM.DELETE.LOCAL", f"{RECORDS}.mine", ASKED):
                await reader.nats.publish(subject, b"1", reply=answer_to)
        await reader.nats.request("$JS.API.INFO", timeout=5)  # answered later than those before
        assert reader.refused == []
    assert await broker.stored() == before


async def test_a_gateway_in_wrong_hands_writes_no_accounts_and_no_records(broker: Broker):
    known = await broker.made("known")
    broker.refused.clear()
    subjects = (
        f"{RECORDS}.{known['durable']}",
        "$JS.API.STREAM.PURGE.KV_readers",
        "$JS.API.STREAM.MSG.DELETE.KV_readers",
        f"$JS.API.CONSUMER.DURABLE.CREATE.LOCAL.{known['durable']}",
        f"$JS.API.CONSUMER.MSG.NEXT.UP.{known['durable']}",
        f"$JS.API.CONSUMER.DELETE.UP.{known['durable']}",
        "$SYS.REQ.SERVER.PING",
        f"$SYS.REQ.SERVER.{broker.gateway._server_info['server_id']}.RELOAD",
    )
    for subject in subjects:
        await broker.gateway.publish(subject, b"{}")
    await broker.gateway.subscribe(ASKED)
    await wait_for(lambda: len(broker.refused) == len(subjects) + 1)


async def test_what_is_no_request_for_a_reader_makes_nothing(broker: Broker):
    good = {"action": "make", "name": "good", "by": "0" * 32, "sees": "people"}
    bad = [
        {**good, "name": name}
        for name in ("A", "x", "a b", "a.b", "a>", "on\n", "a" * 33, "$SYS", 'a": {}', "-a", None, 7)
    ]
    bad += [{**good, "sees": "everything"}, {**good, "action": "sign"}, {**good, "by": "ama"}]
    bad += [{**good, "generation": "11111111"}, {**good, "public_key": "U" * 56}, {}]
    before = broker.server.readers_file.read_bytes(), await broker.stored()
    for body in (*map(msgspec.json.encode, bad), b"", b"[]", b"\xff", b"{" * 100_000):
        answer = await broker.gateway.request(ASKED, body, timeout=5)
        assert msgspec.json.decode(answer.data, type=Outcome) == Outcome()
    assert (broker.server.readers_file.read_bytes(), await broker.stored()) == before


async def test_there_are_so_many_readers_and_no_more(broker: Broker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(account_desk, "MOST", 0)
    before = broker.server.readers_file.read_bytes(), await broker.stored()
    assert (await asked(broker.gateway, Action.MAKE, "further"))["refused"] is Refusal.FULL
    assert (broker.server.readers_file.read_bytes(), await broker.stored()) == before


async def test_the_process_answers_the_gateway_and_nobody_else(broker: Broker):
    """Who asks names the subject of the answer: none but the gateway's own is taken."""
    before = await broker.stored()
    for answer_to in (PERSON, "$JS.API.STREAM.DELETE.LOCAL", f"{RECORDS}.mine", "_INBOX_gateway", ""):
        await broker.gateway.publish(ASKED, b"{}", reply=answer_to)
    answer = await broker.gateway.request(ASKED, b"{}", timeout=5)  # answered later than those before
    assert msgspec.json.decode(answer.data, type=Outcome) == Outcome()
    assert await broker.stored() == before


def _evil(made: Mapping[str, Any], *subjects: str) -> bytes:
    """An account that imports what is not its own, as the process could write it if it were taken over."""
    imports = [{"service": {"account": "STEWARD", "subject": subject}} for subject in subjects]
    account = {"users": [{"user": "evil", "password": "evil"}], "imports": imports}
    return f"{json.dumps(made['durable'])}: {json.dumps(account)}".encode()


async def test_whoever_writes_the_file_makes_no_account_but_a_readers(broker: Broker):
    """What a reader may ask is decided by what STEWARD exports, which the file does not say."""
    mine, other = await broker.made("taken"), await broker.made("victim")
    system = await client_of(broker.server.url, PROCESS_SYSTEM, [], {PROCESS_SYSTEM: SECRETS[PROCESS]})
    path = broker.server.readers_file
    good = path.read_bytes()
    try:
        for subject in (
            f"$JS.API.CONSUMER.MSG.NEXT.UP.{other['durable']}",
            f"$JS.ACK.UP.{other['durable']}.>",
            "$JS.API.CONSUMER.MSG.NEXT.LOCAL.planning-registry-people-changed-v1",
            "$JS.API.CONSUMER.MSG.NEXT.UP.*",
            "$JS.API.STREAM.DELETE.LOCAL",
            "$JS.API.>",
            PERSON,
            ASKED,
        ):
            path.write_bytes(_evil(mine, subject))
            assert "not authorized" in str(await read_again(system)), subject
        for content in (b'"x": {"users": [{"user": "admin", "password": "x"}]}', b"} authorization {"):
            path.write_bytes(content)
            assert await read_again(system) is not None
        path.write_bytes(good + b'"STEWARD": {"users": [{"user": "evil", "password": "evil"}]}\n')
        assert await read_again(system) is None  # the configuration's own account is what counts
        assert not await is_taken(broker.server.url, user="evil", password="evil")
        with pytest.raises(ValueError, match="no file of accounts"):
            accounts_file.write(path, _evil(mine, PERSON))
    finally:
        path.write_bytes(good)
        assert await read_again(system) is None
        await system.close()
    async with broker.connected(other) as reader:
        await reader.nats.request("$JS.API.INFO", timeout=5)


async def test_the_process_itself_may_neither_read_events_nor_make_them(broker: Broker):
    refused: list[str] = []
    process = await client_of(broker.server.url, PROCESS, refused, SECRETS)
    subjects = (
        UNITS,
        PERSON,
        "$JS.API.CONSUMER.MSG.NEXT.LOCAL.planning-registry-people-changed-v1",
        "$JS.API.STREAM.MSG.GET.LOCAL",
        "$JS.API.DIRECT.GET.LOCAL",
        "$JS.API.STREAM.DELETE.LOCAL",
        "$JS.API.STREAM.UPDATE.KV_readers",
        "$SYS.REQ.SERVER.PING",
    )
    for subject in subjects:
        await process.publish(subject, b"{}")
    for subject in (">", "steward.>", f"{inbox_prefix('gateway')}.>", "$KV.>"):
        await process.subscribe(subject)
    await wait_for(lambda: len(refused) == len(subjects) + 4)
    await process.close()
