"""A client from its registration to its end, over a gateway before registry and another service."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import jwt
import msgspec
import pytest
import pytest_asyncio
import sqlalchemy as sa
from typer.testing import CliRunner

from deploy.cli import app
from services.registry.clients.commands.signing_keys import sign
from services.registry.tables.clients import client_signing_key
from shared.auth import client_tokens, key_set
from shared.auth.caller import subject_key
from shared.auth.event_readers import HEADER, Asked, Question, Reader, seal
from shared.clock import today
from shared.database.engine import Database
from tests.conftest import PEPPER
from tests.registry.builders import hired, person, source_system
from tests.registry.clients.asks import AT, ISSUER, ask, new_secret, registered, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_client_gets_a_token_and_does_its_work_over_the_gateway(gateway):
    assert (await gateway.post("/v1/source-systems", json=source_system("own"))).status == 201
    made = await registered(gateway, systems=["own"])
    assert (made["systems"], made["secrets"], made["last_used_at"]) == (["own"], [], None)
    secret = await new_secret(gateway, made["client_id"])
    answer = await ask(gateway, made["client_id"], secret["client_secret"])
    assert (answer.status, answer.json["token_type"], answer.json["expires_in"]) == (200, "Bearer", 300)
    assert answer.headers["Cache-Control"] == "no-store"
    client = gateway.using(answer.json["access_token"])
    assert (await client.get("/v1/me")).json["source_systems"] == ["own"]
    assert (await client.post("/v1/people", json=person(external_id="own-1"))).status == 201
    assert (await client.get("/v1/webhooks")).status != 401, "the gateway's own routes know it too"
    read = (await gateway.get(f"{AT}/{made['client_id']}")).json
    assert read["last_used_at"]
    assert [each["secret_id"] for each in read["secrets"]] == [secret["secret_id"]]
    assert secret["client_secret"] not in (await gateway.get(AT)).body.decode()


async def test_two_secrets_rotate_without_a_refused_request(gateway):
    about = (await registered(gateway))["client_id"]
    old = await new_secret(gateway, about)
    asked = asyncio.Event()
    refused = []

    async def keeps_asking() -> None:
        secret = old
        while not asked.is_set():
            if (await ask(gateway, about, secret["client_secret"])).status != 200:
                refused.append(secret)
            secret = current[0]

    current = [old]
    work = asyncio.create_task(keeps_asking())
    new = await new_secret(gateway, about)
    third = await gateway.post(f"{AT}/{about}/secrets", json={})
    assert (third.status, third.code) == (409, "client-secrets-two")
    current[0] = new
    assert (await ask(gateway, about, new["client_secret"])).status == 200
    asked.set()
    await work
    assert refused == []
    assert (await gateway.delete(f"{AT}/{about}/secrets/{old['secret_id']}")).status == 204
    assert (await ask(gateway, about, old["client_secret"])).status == 401
    assert (await ask(gateway, about, new["client_secret"])).status == 200


async def test_a_secret_is_shown_once_even_under_an_idempotency_key(gateway):
    about = (await registered(gateway))["client_id"]
    first = await gateway.post(f"{AT}/{about}/secrets", json={}, key=f"secret-{about}")
    again = await gateway.post(f"{AT}/{about}/secrets", json={}, key=f"secret-{about}")
    assert (first.status, again.status) == (201, 201)
    assert first.json["client_secret"]
    assert again.json == {**first.json, "client_secret": None}
    assert len((await gateway.get(f"{AT}/{about}")).json["secrets"]) == 1


async def test_a_revoked_client_gets_no_token_and_writes_as_no_system(gateway):
    about = (await registered(gateway, systems=["own"]))["client_id"]
    secret = (await new_secret(gateway, about))["client_secret"]
    client = await signed_in(gateway, about, secret)
    revoked = await gateway.delete(f"{AT}/{about}")
    assert (revoked.status, revoked.json["secrets"], revoked.json["systems"]) == (200, [], [])
    assert (await ask(gateway, about, secret)).status == 401
    refused = await client.post("/v1/people", json=person(external_id="late"))
    assert refused.code == "source-system-not-bound"
    assert (await gateway.post(f"{AT}/{about}/secrets", json={})).code == "client-revoked"
    assert (await gateway.delete(f"{AT}/{about}")).code == "client-revoked"


async def test_a_client_is_narrowed_to_other_units_and_keeps_what_it_is(gateway):
    made = await registered(gateway, systems=["own"], units=["SL-E"])
    at, tag = f"{AT}/{made['client_id']}", '"1"'
    assert (await gateway.patch(at, json={"units": ["NOWHERE"]}, if_match=tag)).code == "unit-unknown"
    changed = await gateway.patch(at, json={"units": ["SL-N"], "systems": []}, if_match=tag)
    assert (changed.json["version"], changed.json["units"], changed.json["systems"]) == (2, ["SL-N"], [])
    assert (await gateway.patch(at, json={"units": ["SL-N"]}, if_match='"2"')).json["version"] == 2
    assert (await gateway.patch(at, json={"name": "x"}, if_match=tag)).code == "stale-etag"


async def test_clients_keep_no_clients(gateway):
    about = (await registered(gateway, roles=["hris", "programme-manager"]))["client_id"]
    client = await signed_in(gateway, about, (await new_secret(gateway, about))["client_secret"])
    assert (await client.get(AT)).status == 200
    for answer in (
        await client.post(AT, json={"name": "x", "roles": ["hris"], "units": ["SL"]}),
        await client.post(f"{AT}/{about}/secrets", json={}),
        await client.delete(f"{AT}/{about}"),
    ):
        assert (answer.status, answer.code) == (403, "client-no-keeper")


async def test_the_metadata_names_the_endpoints(gateway):
    found = (await gateway.using(None).get("/.well-known/oauth-authorization-server")).json
    assert found["issuer"] == ISSUER
    assert found["token_endpoint"] == f"{ISSUER}/oauth/token"
    keys = (await gateway.using(None).get("/oauth/jwks.json")).json["keys"]
    assert {key["alg"] for key in keys} == {"ES256"}
    assert not any("d" in key for key in keys)


async def test_events_are_shown_to_a_client_as_far_as_it_is_registered_now(issuing, token):
    """Its webhooks stay, with what a token said long ago, and bring what it may still see."""
    made = await registered(issuing)
    key = subject_key(PEPPER, client_tokens.ISSUER, made["client_id"])
    person, _ = await hired(issuing.using(token("hris", units=("SL",))), "E1A")
    at = {"units": ["E1A"], "keeping": ["E1A"]}
    item = Asked(right="person.read", day=today(), person=UUID(person), **at)

    async def shown(*units: str) -> bool:
        reader = Reader(roles=["hris"], units=list(units), subject_key=key, client=True)
        question = Question(reader=reader, until=int(time.time() + 60), items=[item])
        body = msgspec.json.encode(question)
        sent = {HEADER: seal(PEPPER, body)}
        answer = await issuing.using(None).post("/internal/event-scope", data=body, headers=sent)
        return answer.json["items"] == [True]

    async def given(**values: Any) -> None:
        at = f"{AT}/{made['client_id']}"
        assert (await issuing.patch(at, json=values, if_match="*")).status == 200

    assert await shown("SL")
    await given(units=["SL-N"])
    assert not await shown("SL"), "it was given other units"
    await given(units=["SL-E"])
    assert await shown("SL"), "it was given a part of them"
    assert not await shown("SL-N"), "no more than its token says either"
    await given(roles=["programme-manager"])
    assert not await shown("SL"), "it was given another role"
    await given(roles=["hris"])
    assert await shown("SL-E")
    assert (await issuing.delete(f"{AT}/{made['client_id']}")).status == 200
    assert not await shown("SL-E")


@pytest_asyncio.fixture(loop_scope="module")
async def database(issuing, settings) -> AsyncIterator[Database]:
    opened = Database(settings("registry"))
    yield opened
    await opened.close()


async def test_tokens_of_a_withdrawn_key_are_refused_by_every_service(
    issuing, gateway, settings, monkeypatch
):
    made = await registered(issuing)
    secret = (await new_secret(issuing, made["client_id"]))["client_secret"]
    before = await signed_in(issuing, made["client_id"], secret)
    assert (await gateway.using(before.token).get("/v1/me")).status == 200
    known = settings("registry", client_issuer=ISSUER)
    for name in ("mode", "database_url", "client_issuer", "subject_pepper"):
        monkeypatch.setenv(f"STEWARD_{name.upper()}", getattr(known, name))
    done = await asyncio.to_thread(CliRunner().invoke, app, ["clients", "withdraw-keys"])
    assert done.exit_code == 0, done.output
    monkeypatch.setattr(key_set, "OWN_MAX_AGE", 0.0)  # as if its time were over
    monkeypatch.setattr(key_set, "FLOOR", 0.0)
    for service in (issuing, gateway):
        assert (await service.using(before.token).get("/v1/me")).code == "token-invalid"
    after = await signed_in(issuing, made["client_id"], secret)
    assert jwt.get_unverified_header(after.token)["kid"] in done.output
    for service in (issuing, gateway):
        assert (await service.using(after.token).get("/v1/me")).status == 200


async def test_of_many_that_sign_at_once_one_makes_the_key_that_is_missing(issuing, database):
    """The last one here: services take up to ten seconds to look for the new key."""
    async with database.session() as session:
        await session.execute(sa.delete(client_signing_key))

    async def signed() -> str:
        async with database.session() as session:
            await session.execute(sa.select(sa.true()))  # connected before any of them has signed
            await ready.wait()
            return await sign(session, PEPPER, {})

    ready = asyncio.Barrier(4)
    tokens = await asyncio.gather(*(signed() for _ in range(4)))
    assert len({jwt.get_unverified_header(token)["kid"] for token in tokens}) == 1
    assert len((await issuing.using(None).get("/oauth/jwks.json")).json["keys"]) == 1
