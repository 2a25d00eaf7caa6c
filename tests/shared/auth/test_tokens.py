import asyncio
import base64
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from shared.auth import tokens as module
from shared.auth.caller import Caller, subject_key
from shared.auth.tokens import Misconfigured, Tokens
from shared.errors import Forbidden, Problem, Unauthorized
from tests.shared.auth.issuers import NAME, issuer, published

KEY = issuer()
NOW = int(time.time())


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(KEY.jwks()))
    return path


@pytest.fixture
async def verifying(keys):
    tokens = Tokens(NAME, keys.as_uri(), "steward", "pepper", "production")
    await tokens.start()
    yield tokens
    await tokens.close()


async def refusal(tokens, token) -> Problem:
    with pytest.raises(Problem) as refused:
        await tokens.verify(token)
    return refused.value


async def test_a_token_names_its_caller(verifying):
    caller = await verifying.verify(KEY.token("leader", "astronaut", units=("N01", "N02"), subject="ama"))
    assert caller == Caller(frozenset({"leader"}), ("N01", "N02"), subject_key("pepper", NAME, "ama"))
    assert len(caller.subject_key) == 32
    assert "ama" not in repr(caller)


@pytest.mark.parametrize(
    ("claims", "mark", "program"),
    [
        pytest.param({"client_id": "ama"}, "", True, id="a program of RFC 9068"),
        pytest.param({"client_id": "portal"}, "", False, id="a person who signed in at a portal (RFC 9068)"),
        pytest.param({}, "", False, id="a person"),
        pytest.param({"client_id": 7}, "", False, id="no text"),
        pytest.param({"client_id": ""}, "", False, id="nothing"),
        pytest.param(
            {"client_id": "hr", "preferred_username": "service-account-hr"}, "", True, id="Keycloak"
        ),
        pytest.param(
            {"client_id": "hr", "preferred_username": "service-account-x"}, "", False, id="another's"
        ),
        pytest.param({"preferred_username": "service-account-"}, "", False, id="a name alone"),
        pytest.param({"gty": "client-credentials"}, "gty=client-credentials", True, id="as is set"),
        pytest.param({"gty": "password"}, "gty=client-credentials", False, id="another value"),
        pytest.param({"client_id": "ama"}, "gty=client-credentials", True, id="both ways count"),
        pytest.param({"clientHost": "10.0.0.1"}, "clientHost", True, id="whatever its value"),
    ],
)
async def test_a_program_is_told_from_a_person(keys, claims, mark, program):
    tokens = Tokens(NAME, keys.as_uri(), "steward", "pepper", "production", mark)
    caller = await tokens.verify(KEY.token("hris", subject="ama", client=False, **claims))
    assert caller.client is program
    await tokens.close()


async def test_client_credentials_have_no_person(verifying):
    caller = await verifying.verify(KEY.token("hris"))
    assert caller.client


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": NOW - 31}, "token-expired"),
        ({"nbf": NOW + 3600}, "token-invalid"),
        ({"aud": "another"}, "token-audience"),
        ({"aud": None}, "token-audience"),
        ({"aud": ["another", "third"]}, "token-audience"),
        ({"iss": "https://elsewhere.example"}, "token-invalid"),
        ({"sub": 7}, "token-invalid"),
        ({"roles": "hris"}, "token-invalid"),
        ({"roles": [1]}, "token-invalid"),
        ({"sub": ""}, "token-invalid"),
    ],
)
async def test_wrong_claims_are_refused(verifying, claims, code):
    refused = await refusal(verifying, KEY.token("hris", **claims))
    assert isinstance(refused, Unauthorized)
    assert refused.code == code
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


@pytest.mark.parametrize("claim", ["exp", "iss", "aud", "sub"])
async def test_required_claims_must_be_there(verifying, claim):
    claims = jwt.decode(KEY.token("hris"), options={"verify_signature": False})
    del claims[claim]
    token = jwt.encode(claims, KEY.key, "RS256", {"kid": KEY.key_id})
    assert (await refusal(verifying, token)).code == ("token-audience" if claim == "aud" else "token-invalid")


@pytest.mark.parametrize("roles", [(), ("astronaut",)])
async def test_without_a_known_role_nothing_is_allowed(verifying, roles):
    refused = await refusal(verifying, KEY.token(*roles, subject="ama"))
    assert isinstance(refused, Forbidden)
    assert refused.code == "role-missing"


def part(content) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def forgeries() -> dict[str, str]:
    token = KEY.token("leader", subject="ama")
    header, body, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    pem = KEY.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    start = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'one'})}.{body}"
    mac = base64.urlsafe_b64encode(hmac.digest(pem, start.encode(), "sha256")).decode().rstrip("=")
    return {
        "unsigned": f"{part({'alg': 'none', 'typ': 'JWT', 'kid': 'one'})}.{body}.",
        "unsigned in other letters": f"{part({'alg': 'nOnE', 'typ': 'JWT', 'kid': 'one'})}.{body}.",
        "public key as a shared secret": f"{start}.{mac}",
        "more roles": f"{header}.{part(claims | {'roles': ['ops']})}.{signature}",
        "signature cut off": f"{header}.{body}.",
        "another issuer's key": issuer("one").token("hris"),
        "unknown key": issuer("two").token("hris"),
        "another algorithm of the same key": jwt.encode(claims, KEY.key, "PS256", {"kid": "one"}),
        "key brought along": jwt.encode(claims, issuer().key, "RS256", {"jwk": issuer().jwks()["keys"][0]}),
        "no token": "abc",
        "empty": "",
        "not ascii": "é.é.é",
        "too long": f"{header}.{body * 100}.{signature}",
    }


@pytest.mark.parametrize(("kind", "token"), forgeries().items())
async def test_forged_tokens_are_refused(verifying, kind, token):
    assert (await refusal(verifying, token)).code == "token-invalid", kind


async def test_a_remembered_token_ends_with_its_time(verifying, monkeypatch):
    monkeypatch.setattr(module, "LEEWAY", 0.0)
    token = KEY.token("hris", seconds=2)
    await verifying.verify(token)
    async with asyncio.timeout(5):
        while time.time() < NOW + 2 or verifying._verified:
            await asyncio.gather(verifying.verify(token), return_exceptions=True)
            await asyncio.sleep(0.05)
    assert (await refusal(verifying, token)).code == "token-expired"


async def test_verified_tokens_are_remembered_within_bounds(verifying, monkeypatch):
    monkeypatch.setattr(module, "REMEMBERED", 3)
    for number in range(5):
        await verifying.verify(KEY.token("hris", jti=str(number)))
    assert len(verifying._verified) == 3


@pytest.mark.parametrize("kind", ["ES256", "EdDSA"])
async def test_elliptic_keys_are_known(tmp_path, kind):
    key: Any
    if kind == "ES256":
        key = ec.generate_private_key(ec.SECP256R1())
        jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        key = ed25519.Ed25519PrivateKey.generate()
        jwk = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [{**jwk, "kid": "curve"}]}))
    tokens = Tokens(NAME, path.as_uri(), "steward", "pepper", "production")
    claims = {
        "iss": NAME,
        "aud": ["steward"],
        "sub": "ama",
        "exp": int(time.time()) + 600,
        "roles": ["leader"],
    }
    assert (await tokens.verify(jwt.encode(claims, key, kind, {"kid": "curve"}))).roles == {"leader"}


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": ""},
        {"pepper": ""},
        {"audience": ""},
        {"issuer": "urn:steward:development-issuer"},
    ],
)
async def test_production_refuses_to_start(keys, changes):
    settings = {"issuer": NAME, "jwks_url": keys.as_uri(), "audience": "steward", "pepper": "p"} | changes
    with pytest.raises(Misconfigured):
        await Tokens(**settings, mode="production").start()
    await Tokens(**settings, mode="local").start()


@pytest.mark.parametrize("changes", [{"kid": "dev-1"}, {"kid": "development"}, {"steward_dev": True}])
async def test_production_refuses_a_development_key(tmp_path, changes):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [{**KEY.jwks()["keys"][0], **changes}]}))
    production = Tokens(NAME, path.as_uri(), "steward", "pepper", "production")
    with pytest.raises(Misconfigured):
        await production.start()
    token = KEY.token("hris")
    if "kid" in changes:
        claims = jwt.decode(token, options={"verify_signature": False})
        token = jwt.encode(claims, KEY.key, "RS256", {"kid": changes["kid"]})
    assert (await refusal(production, token)).code == "token-invalid"


async def test_production_refuses_a_development_claim(verifying):
    assert (await refusal(verifying, KEY.token("hris", steward_dev=True))).code == "token-invalid"


@pytest.mark.parametrize(
    "address", ["http://id.example/keys", "HTTP://127.0.0.1/keys", "ftp://id.example/keys", ""]
)
async def test_production_takes_keys_over_no_open_line(address):
    settings = {"issuer": NAME, "jwks_url": address, "audience": "steward", "pepper": "p"}
    with pytest.raises(Misconfigured, match="https"):
        await Tokens(**settings, mode="production").start()


async def test_keys_are_not_looked_for_where_a_redirect_leads():
    async with published(KEY) as keys:
        tokens = Tokens(NAME, keys.url.replace("/jwks", "/moved"), "steward", "pepper", "local")
        await tokens.start()
        assert (await refusal(tokens, KEY.token("hris"))).code == "issuer-away"
        await tokens.close()
