"""The token endpoint as OAuth libraries, careless programs and guessers meet it (RFC 6749)."""

import asyncio

import aiohttp
import jwt
import orjson
import pytest
import pytest_asyncio

from shared.auth import client_tokens
from shared.auth.key_set import KeySet
from tests.conftest import PEPPER
from tests.registry.clients.asks import AT, ISSUER, NONE, ask, new_secret, registered, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRANT = "grant_type=client_credentials"


@pytest_asyncio.fixture(loop_scope="module")
async def pair(issuing):
    """Id and secret of a client that may be both."""
    made = await registered(issuing, roles=["hris", "programme-manager"])
    return made["client_id"], (await new_secret(issuing, made["client_id"]))["client_secret"]


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(client_id, secret)}


async def test_the_scope_is_what_was_asked_for_and_no_more(issuing, pair):
    every = await ask(issuing, *pair)
    assert every.json["scope"] == "hris programme-manager"
    one = await ask(issuing, *pair, scope="programme-manager")
    assert one.json["scope"] == "programme-manager"
    narrow = issuing.using(one.json["access_token"])
    assert (await narrow.get("/v1/me")).json["roles"] == ["programme-manager"]
    for scope in ("leader", "hris ops", "hris  hris"):
        refused = await ask(issuing, *pair, scope=scope)
        assert (refused.status, refused.json["error"]) == (400, "invalid_scope")


async def test_the_token_is_an_access_token_of_rfc_9068(issuing, pair):
    token = (await ask(issuing, *pair)).json["access_token"]
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    assert (claims["iss"], claims["aud"], claims["sub"], claims["client_id"]) == (
        ISSUER,
        "steward",
        pair[0],
        pair[0],
    )
    assert claims["exp"] - claims["iat"] == client_tokens.LIFETIME
    assert claims["units"] == ["SL"]


@pytest.mark.parametrize(
    ("headers", "body", "status", "error"),
    [
        (FORM, "", 400, "invalid_request"),
        (FORM, "grant_type=password&username=a&password=b", 400, "unsupported_grant_type"),
        (FORM, f"{GRANT}&{GRANT}", 400, "invalid_request"),
        (FORM, f"{GRANT}&scope=%FF", 400, "invalid_request"),
        (FORM, f"{GRANT}&{'a=1&' * 40}b=1", 400, "invalid_request"),
        (FORM, f"{GRANT}&x={'y' * 20_000}", 413, "invalid_request"),
        (
            {"Content-Type": "application/json"},
            '{"grant_type": "client_credentials"}',
            400,
            "invalid_request",
        ),
        (FORM, GRANT, 401, "invalid_client"),
        (FORM | {"Authorization": "Bearer abc"}, GRANT, 401, "invalid_client"),
        (FORM | {"Authorization": "Basic \u00e9"}, GRANT, 401, "invalid_client"),
        (FORM | {"Authorization": "Basic bm9jb2xvbg=="}, GRANT, 401, "invalid_client"),
        (FORM | basic("a" * 600, "b"), GRANT, 401, "invalid_client"),
        (FORM | basic("%00", "%00"), GRANT, 401, "invalid_client"),
        (FORM | basic(NONE, "b"), GRANT, 401, "invalid_client"),
        (FORM | basic(NONE, "b"), f"{GRANT}&client_id=other", 400, "invalid_request"),
        (FORM | basic(NONE, "b"), f"{GRANT}&client_secret=b", 400, "invalid_request"),
    ],
)
async def test_what_is_no_request_gets_its_error(issuing, headers, body, status, error):
    answer = await issuing.using(None).post("/oauth/token", data=body, headers=headers)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


async def test_unknown_revoked_and_wrong_are_answered_alike(issuing, pair):
    revoked = (await registered(issuing))["client_id"]
    secret = (await new_secret(issuing, revoked))["client_secret"]
    assert (await issuing.delete(f"{AT}/{revoked}")).status == 200
    answers = [
        await ask(issuing, about, guess)
        for about, guess in ((pair[0], "wrong"), (NONE, "wrong"), (revoked, secret), (pair[0], pair[1] + "x"))
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(401, answers[0].body)}


async def test_guessing_is_bounded_and_locks_nobody_out(issuing, pair):
    """Nobody knows yet that the client's own secret is right: so it is after a restart."""
    unknown = "f" * 32
    for about in (pair[0], unknown):
        found = [(await ask(issuing, about, f"guess-{number}")) for number in range(11)]
        assert [answer.status for answer in found[:10]] == [401] * 10
        assert (found[10].status, found[10].json["error"]) == (429, "slow_down")
        assert 1 <= int(found[10].headers["Retry-After"]) <= 6
    guesses = [asyncio.create_task(ask(issuing, pair[0], f"guess-{number}")) for number in range(300)]
    assert (await ask(issuing, *pair)).status == 200
    later = (await new_secret(issuing, pair[0]))["client_secret"]
    assert (await ask(issuing, pair[0], later)).status == 200
    assert {answer.status for answer in await asyncio.gather(*guesses)} <= {401, 429}


async def test_services_take_keys_from_registry_alone(issuing):
    """A key set that somebody on the way changed has no seal for what it says now."""
    answer = await issuing.using(None).get("/internal/client-keys")
    assert orjson.loads(answer.body)["keys"]
    url = f"{issuing.url}/internal/client-keys"
    for pepper, known in ((PEPPER, 1), ("another", 0)):
        keys = KeySet(url, pepper=pepper)
        await keys.refresh()
        assert len(keys) == known
    unsealed = KeySet(f"{issuing.url}/oauth/jwks.json", pepper=PEPPER)
    await unsealed.refresh()
    assert len(unsealed) == 0


async def test_neither_issuer_passes_for_the_other(issuing, issuer, pair):
    """The ministry's issuer cannot make a token of a client, nor anybody a token by the name of the other."""
    forged = issuer.token("hris", units=("SL",), iss=ISSUER)
    assert (await issuing.get("/v1/me", token=forged)).code == "token-invalid"
    genuine = await signed_in(issuing, *pair)
    key = genuine.token.split(".")
    assert (await issuing.get("/v1/me", token=".".join([*key[:2], "AAAA"]))).code == "token-invalid"
    assert (await genuine.get("/v1/me")).status == 200
