"""A client that signs who it is with a key of its own, and those who would pass for it (RFC 7523)."""

import json
import time
from typing import Any
from uuid import uuid4

import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.registry.clients.asks import AT, ISSUER, NONE, registered

pytestmark = pytest.mark.asyncio(loop_scope="module")
KEY = ec.generate_private_key(ec.SECP256R1())
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def public(key: Any, kid: str, **values: Any) -> dict[str, Any]:
    made = ECAlgorithm if isinstance(key, ec.EllipticCurvePublicKey) else RSAAlgorithm
    return {**json.loads(made.to_jwk(key)), "kid": kid, **values}


def assertion(client_id: str, key: Any = KEY, kid: str | None = "one", **claims: Any) -> str:
    now = int(time.time())
    known = {
        "iss": client_id,
        "sub": client_id,
        "aud": f"{ISSUER}/oauth/token",
        "exp": now + 60,
        "jti": uuid4().hex,
    }
    content = {name: value for name, value in (known | claims).items() if value is not None}
    return jwt.encode(content, key, algorithm="ES256", headers={"kid": kid} if kid else None)


async def ask(client, signed, **form):
    known = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": signed}
    return await client.using(None).post("/oauth/token", data=known | form)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(issuing):
    """The id of a client with a public key."""
    made = await registered(issuing, jwks={"keys": [public(KEY.public_key(), "one")]})
    return made["client_id"]


async def test_a_signature_gets_a_token_once(issuing, signer):
    signed = assertion(signer)
    first, again = await ask(issuing, signed), await ask(issuing, signed)
    assert (first.status, again.status) == (200, 401)
    assert (await issuing.get("/v1/me", token=first.json["access_token"])).json["roles"] == ["hris"]
    for other in (assertion(signer, aud=ISSUER), assertion(signer, kid=None)):
        assert (await ask(issuing, other, client_id=signer)).status == 200


async def test_what_is_not_signed_by_it_gets_none(issuing, signer):
    now, other = int(time.time()), (await registered(issuing))["client_id"]
    wrong = [
        assertion(signer, key=ec.generate_private_key(ec.SECP256R1())),
        assertion(signer, kid="two"),
        assertion(signer, aud="https://elsewhere.example.org/oauth/token"),
        assertion(signer, iss=other),
        assertion(signer, exp=now - 60),
        assertion(signer, exp=now + 3600),
        assertion(signer, exp=None),
        assertion(signer, exp=1e300),
        assertion(signer, jti=None),
        assertion(signer, jti=7),
        assertion(other),
        assertion(NONE),
        assertion("\0" * 32),
        jwt.encode({"iss": signer, "sub": signer}, None, algorithm="none"),
        "not.a.token",
        "[" * 5000,
    ]
    for signed in wrong:
        answer = await ask(issuing, signed)
        assert (answer.status, answer.json["error"]) == (401, "invalid_client"), signed
    assert (await ask(issuing, assertion(signer), client_id=other)).status == 401
    assert (await ask(issuing, assertion(signer), client_secret="x")).json["error"] == "invalid_request"
    assert (await ask(issuing, assertion(signer))).status == 200, "nobody was locked out"


async def test_keys_are_changed_over_and_only_public_ones_are_taken(issuing, signer):
    second = ec.generate_private_key(ec.SECP256R1())
    both = {"keys": [public(KEY.public_key(), "one"), public(second.public_key(), "two")]}
    assert (await issuing.patch(f"{AT}/{signer}", json={"jwks": both}, if_match="*")).status == 200
    for key, kid in ((KEY, "one"), (second, "two")):
        assert (await ask(issuing, assertion(signer, key, kid))).status == 200
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    one = public(KEY.public_key(), "one")
    for wrong in (
        [public(short, "three")], [{**one, "d": "AAAA"}], [one, one], [{"kty": "oct", "k": "AAAA"}], [{}],
    ):  # fmt: skip
        answer = await issuing.patch(f"{AT}/{signer}", json={"jwks": {"keys": wrong}}, if_match="*")
        assert (answer.status, answer.code) == (422, "client-keys-wrong"), wrong
    ended = await issuing.patch(f"{AT}/{signer}", json={"jwks": None}, if_match="*")
    assert ended.json["jwks"] is None
    assert (await ask(issuing, assertion(signer, second, "two"))).status == 401
