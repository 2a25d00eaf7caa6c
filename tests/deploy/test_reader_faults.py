"""What becomes of readers of the API when file, process or broker fail: nobody is let in, the broker starts."""

from collections.abc import Mapping

import nats
import pytest
from nats.js import JetStreamContext

from deploy.broker import accounts_file, provision
from deploy.broker.server_settings import ADMIN
from deploy.local.nats import NatsServer
from shared.messaging.reader_requests import PROCESS, Action, ReaderRecord, Refusal, Sees
from tests.deploy.clients import client_of
from tests.deploy.readers_of_api import ReaderOfApi, asked, holding
from tests.servers import INSTANCE, PASSWORDS, wait_for

SECRETS = PASSWORDS | {PROCESS: "readers-secret"}
KEY = "UA4DDFE6EHYCE7SVEHG3UUVEQ4NN5DMLRDHUW5BGSYHSRFQZYV3QR5ZZ"


@pytest.fixture(scope="module")
def passwords() -> Mapping[str, str]:
    """Of a server that has the process's users."""
    return SECRETS


def recorded(name: str = "one", key: str = KEY, sees: Sees = Sees.PEOPLE) -> ReaderRecord:
    """A reader of which nobody has the credential."""
    return ReaderRecord(
        name=name, sees=sees, generation="0123abcd", public_key=key, made_at=0, made_by="0" * 32
    )


def test_a_file_is_sound_that_has_accounts_of_readers_and_nothing_else(tmp_path):
    good = accounts_file.content_of([recorded("two", KEY.replace("A4", "A5"), Sees.AGGREGATES), recorded()])
    assert accounts_file.is_sound(good)
    assert accounts_file.is_sound(b"")
    first, second = good.splitlines(keepends=True)
    for broken in (
        good[:-1],
        second + first,
        first + first,
        accounts_file.content_of([recorded("two"), recorded("one")]),  # two of one key
        good.replace(b"reader-one", b"STEWARD"),
        good.replace(b"STREAM.INFO.UP", b"STREAM.DELETE.UP"),
        good.replace(b'"imports"', b'"jetstream": "enabled", "imports"'),
        first.replace(b'"nkey": "' + KEY.encode(), b'"user": "admin'),
        b"\xff",
        b"{" * 10_000 + b"\n",
        b"include secrets.json\n",
    ):
        assert not accounts_file.is_sound(broken), broken
        path = tmp_path / "readers.conf"
        path.write_bytes(broken)
        assert not accounts_file.prepare(path)
        assert path.read_bytes() == b""


async def _provisioned(server: NatsServer) -> None:
    await provision.provision(server.url, ADMIN, SECRETS[ADMIN], INSTANCE, ["registry"])


async def test_a_broken_file_stops_no_broker_and_is_made_again_from_the_records(server: NatsServer):
    await _provisioned(server)
    async with holding(server, SECRETS):
        gateway = await client_of(server.url, "gateway", [], SECRETS)
        made = await asked(gateway, Action.MAKE, "lasting")
        await gateway.close()
        written = server.readers_file.read_bytes()
        server.stop()
        server.readers_file.write_bytes(written[:200])
        server.start()
        await wait_for(ReaderOfApi(server.url, made).is_known, 30)
        assert server.readers_file.read_bytes() == written


async def _durables(jetstream: JetStreamContext) -> set[str]:
    return {info.name for info in await jetstream.consumers_info("UP") if info.name.startswith("reader-")}


async def test_what_a_making_left_that_was_broken_off_is_taken_away(server: NatsServer):
    """The process died behind file and consumers, and before the record."""
    await _provisioned(server)
    half = recorded("unfinished")
    admin = await nats.connect(server.url, user=ADMIN, password=SECRETS[ADMIN])
    known = await _durables(admin.jetstream())
    before = server.readers_file.read_bytes()
    accounts_file.write(server.readers_file, before + accounts_file.content_of([half]))
    await admin.jetstream().add_consumer("UP", durable_name=half.durable)
    async with holding(server, SECRETS):
        assert server.readers_file.read_bytes() == before
        assert await _durables(admin.jetstream()) == known
    await admin.close()


async def test_nobody_is_told_that_a_reader_is_revoked_whom_the_broker_still_takes(server: NatsServer):
    await _provisioned(server)
    async with holding(server, SECRETS) as process:
        gateway = await client_of(server.url, "gateway", [], SECRETS)
        made = await asked(gateway, Action.MAKE, "stubborn")
        config = server.readers_file.with_name("nats.conf")
        sound = config.read_text()
        config.write_text(sound.replace('"port', '"prot').replace('"jetstream": {', '"jetstream": ['))
        assert (await asked(gateway, Action.MAKE, "another"))["refused"] is Refusal.BROKER
        assert (await asked(gateway, Action.REVOKE, "stubborn"))["refused"] is Refusal.BROKER
        assert await ReaderOfApi(server.url, made).is_known()
        config.write_text(sound)
        assert (await asked(gateway, Action.REVOKE, "stubborn"))["refused"] is None
        assert not await ReaderOfApi(server.url, made).is_known()
        assert (await asked(gateway, Action.REVOKE, "another"))["refused"] is Refusal.UNKNOWN
        assert process.ready
        await gateway.close()
