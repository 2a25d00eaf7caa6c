"""Readers over NATS by the API, from the request to the broker: what they may, and how they end."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import pytest
import pytest_asyncio
from aiohttp import web

from deploy.broker import provision
from deploy.broker.server_settings import ADMIN
from deploy.local.nats import NatsServer
from services.gateway.main import create
from shared.messaging.reader_requests import PROCESS, PROCESS_SYSTEM
from shared.settings import Settings
from tests.deploy.clients import client_of
from tests.deploy.readers_of_api import ReaderOfApi, holding
from tests.gateway.events.test_guide import commands, run
from tests.gateway.services import Service, running
from tests.served import Client, serving
from tests.servers import INSTANCE, PASSWORDS, wait_for

SECRETS = PASSWORDS | {PROCESS: "readers-secret", PROCESS_SYSTEM: "readers-secret"}
UNITS = f"steward.{INSTANCE}.up.registry.units-changed.v1"
PERSON = f"steward.{INSTANCE}.local.registry.people-changed.v1"
READERS = "/v1/readers"


@pytest.fixture(scope="module")
def passwords() -> Mapping[str, str]:
    """Of a server that has the process's users."""
    return {name: secret for name, secret in SECRETS.items() if name != PROCESS_SYSTEM}


@dataclass
class Ministry:
    """The gateway called by an administrator, the broker, and registry, which a test answers for."""

    client: Client
    server: NatsServer
    registry: Service
    token: Any

    async def made(self, name: str, sees: str = "aggregates", **options: Any) -> dict[str, Any]:
        """A new reader."""
        answer = await self.client.post(READERS, json={"name": name, "sees": sees}, **options)
        assert answer.status == 201, answer.body
        found: dict[str, Any] = answer.json
        return found

    def connected(self, made: Mapping[str, Any]) -> ReaderOfApi:
        """A connection of a reader."""
        return ReaderOfApi(self.server.url, made)

    async def published(self, subject: str, said: str) -> None:
        """An event of registry."""
        registry = await client_of(self.server.url, "registry", [], SECRETS)
        await registry.jetstream().publish(subject, orjson.dumps({"type": said}))
        await registry.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ministry(server: NatsServer, issuer, jwks_path, token) -> AsyncIterator[Ministry]:
    await provision.provision(server.url, ADMIN, SECRETS[ADMIN], INSTANCE, ["registry"])
    async with running("registry") as services, holding(server, SECRETS):
        services["registry"].answer("/internal/event-scope", _judged)
        settings = Settings(
            service="gateway",
            instance=INSTANCE,
            mode="local",
            nats_url=server.url,
            nats_user="gateway",
            nats_password=SECRETS["gateway"],
            oidc_issuer=issuer.name,
            oidc_jwks_url=jwks_path.as_uri(),
            subject_pepper="pepper",
            clock_file=server.folder / "clock",
            issuer_file=jwks_path,
            services={"registry": services["registry"].url},
        )
        async with serving(create(settings)) as client:
            admin = client.using(token("programme-manager", units=("SL",), subject="ama"))
            found = Ministry(admin, server, services["registry"], token)
            await wait_for(partial(_connected, admin))
            yield found


async def _judged(request: web.Request) -> web.Response:
    """Registry, for which SL is the root of all units."""
    question = orjson.loads(await request.read())
    return web.json_response({"items": ["SL" in question["reader"]["units"] for _ in question["items"]]})


async def _connected(client: Client) -> bool:
    return (await client.get(READERS)).status == 200


async def test_a_reader_reads_what_it_was_made_for_from_the_oldest_on(ministry: Ministry):
    await ministry.published(UNITS, "units")
    await ministry.published(PERSON, "person")
    figures, learning = await ministry.made("dashboard"), await ministry.made("learning", "people")
    assert (figures["streams"], learning["streams"]) == (["UP", "DOWN"], ["LOCAL", "UP", "DOWN"])
    async with ministry.connected(figures) as one, ministry.connected(learning) as other:
        assert await one.next("UP") == "units"
        assert await other.next("UP") == "units"
        assert await other.next("LOCAL") == "person"
        assert one.refused == other.refused == []


async def test_who_does_not_keep_the_whole_country_is_refused(ministry: Ministry):
    for roles, units, options, code in (
        (("leader", "hris", "ops"), ("SL",), {}, "role-missing"),
        (("programme-manager",), ("SL-E",), {}, "unit-out-of-scope"),
        (("programme-manager",), ("SL",), {"client": True}, "reader-no-keeper"),
    ):
        somebody = ministry.client.using(ministry.token(*roles, units=units, subject="ben", **options))
        for method, path, body in (
            ("POST", READERS, {"name": "x1"}),
            ("POST", READERS, {"name": "?"}),  # the right is asked for first
            ("DELETE", f"{READERS}/x1", None),
            ("POST", f"{READERS}/x1/credentials", None),
        ):
            answer = await somebody.call(method, path, json=body)
            assert (answer.status, answer.code) == (403, code)
        assert (await somebody.get(READERS)).status == (200 if options else 403)
    ministry.registry.problem("/internal/event-scope", 500, "internal")
    try:
        answer = await ministry.client.post(READERS, json={"name": "x1"})
        assert (answer.status, answer.code) == (503, "service-away")
    finally:
        ministry.registry.answer("/internal/event-scope", _judged)
    assert (await ministry.client.get(f"{READERS}/x1")).code == "reader-unknown"


async def test_there_is_one_reader_of_a_name_and_its_credential_is_shown_once(ministry: Ministry):
    body = {"name": "once"}
    first = await ministry.made("once", key="k-1")
    assert first["credential"].startswith("SU")
    again = await ministry.client.post(READERS, json=body, key="k-1")
    assert (again.status, again.json) == (200, first)
    for options in ({}, {"key": "k-2"}):
        other = await ministry.client.post(READERS, json=body, **options)
        assert (other.status, other.json) == (200, {**first, "credential": None})
    refused = await ministry.client.post(READERS, json={**body, "sees": "people"})
    assert (refused.status, refused.code) == (409, "reader-exists")
    listed = (await ministry.client.get(READERS)).json["items"]
    assert [each["durable"] for each in listed if each["name"] == "once"] == [first["durable"]]
    assert all("credential" not in each for each in listed)
    for name in ("Once", "o", "on.ce", "on*", "once-", "a" * 33, "on\n", ""):
        assert (await ministry.client.post(READERS, json={"name": name})).status == 422


async def test_of_many_requests_at_once_one_makes_the_reader(ministry: Ministry):
    posts = (ministry.client.post(READERS, json={"name": "at-once"}) for _ in range(5))
    answers = await asyncio.gather(*posts)
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.json["durable"] for answer in answers}) == 1
    assert sum(answer.json["credential"] is not None for answer in answers) == 1


async def test_another_credential_ends_the_one_before_and_keeps_the_position(ministry: Ministry):
    made = await ministry.made("rotated")
    await ministry.published(UNITS, "before")
    async with ministry.connected(made) as old:
        while await old.next("UP") != "before":
            pass
        renewed = await ministry.client.post(f"{READERS}/rotated/credentials", key="r-1")
        assert renewed.status == 201
        await asyncio.wait_for(old.ended.wait(), 30)
    again = await ministry.client.post(f"{READERS}/rotated/credentials", key="r-1")
    assert again.json == renewed.json
    assert renewed.json["durable"] == made["durable"]
    assert renewed.json["renewed_by"] == made["made_by"]
    await ministry.published(UNITS, "after")
    assert not await ministry.connected(made).is_known()
    async with ministry.connected(renewed.json) as new:
        assert await new.next("UP") == "after"


async def test_a_late_repeat_brings_no_credential_and_no_reader_back(ministry: Ministry):
    """A credential leaked and was replaced, then a client sends the renewal before once more."""
    at, _ = f"{READERS}/late/credentials", await ministry.made("late", key="l-1")
    leaked, replaced = [(await ministry.client.post(at, key=key)).json for key in ("l-2", "l-3")]
    for key in ("l-1", "l-2"):
        assert (await ministry.client.post(at, key=key)).json == {**replaced, "credential": None}
    assert await ministry.connected(replaced).is_known()
    assert not await ministry.connected(leaked).is_known()
    assert (await ministry.client.delete(f"{READERS}/late")).status == 204
    for key in ("l-1", "l-2", "l-3"):
        late = (await ministry.client.post(READERS, json={"name": "late"}, key=key)).json
        assert (late["state"], late["credential"]) == ("revoked", None)


async def test_a_revoked_reader_is_gone_and_all_others_read_on(ministry: Ministry):
    """A pull that waits while the server takes over the accounts is answered all the same."""
    ended, stays = await ministry.made("ended"), await ministry.made("stays")
    async with ministry.connected(ended) as one, ministry.connected(stays) as other:
        await ministry.published(UNITS, "last of old")
        while await other.next("UP") != "last of old":
            pass
        waiting = asyncio.create_task(other.next("UP"))
        answer = await ministry.client.delete(f"{READERS}/ended")
        assert answer.status == 204
        await asyncio.wait_for(one.ended.wait(), 30)
        assert not await ministry.connected(ended).is_known()
        await ministry.published(UNITS, "new")
        assert await waiting == "new"
        assert not other.ended.is_set()
    assert (await ministry.client.delete(f"{READERS}/ended")).status == 204
    shown = (await ministry.client.get(f"{READERS}/ended")).json
    assert shown["state"] == "revoked"
    assert shown["revoked_by"] == shown["made_by"]
    again = await ministry.made("ended")
    assert again["durable"] != ended["durable"]
    assert (await ministry.client.get(f"{READERS}/ended")).json["state"] == "active"
    async with ministry.connected(again) as fresh:  # a position of its own, from the oldest event on
        while await fresh.next("UP") != "last of old":
            pass
    assert (await ministry.client.delete(f"{READERS}/never")).code == "reader-unknown"


async def test_it_is_listed_when_a_reader_was_last_there(ministry: Ministry):
    made = await ministry.made("seen")
    assert (await ministry.client.get(f"{READERS}/seen")).json["last_seen_at"] is None

    async def seen() -> Any:
        return (await ministry.client.get(f"{READERS}/seen")).json["last_seen_at"]

    async with ministry.connected(made) as reader:
        await ministry.published(UNITS, "one")
        await reader.next("UP")
        assert await wait_for(seen) >= made["made_at"]


async def test_the_guide_holds_for_who_has_an_address_and_a_token(ministry: Ministry, tmp_path):
    make, follow, end = commands()[5:]
    await ministry.published(UNITS, "of the guide")
    known = {
        "URL": ministry.client.url,
        "ADMIN": str(ministry.client.token),
        "NATS": ministry.server.url,
    }
    assert "reader-warehouse-" in await run(make, tmp_path, **known)
    assert "of the guide" in await run(follow, tmp_path, **known)
    assert "warehouse active last seen" in await run(end, tmp_path, **known)
    assert (await ministry.client.get(f"{READERS}/warehouse")).json["state"] == "revoked"
