"""Tokens that are signed by the issuer and say what no issuer should: refused or read, never an error."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from shared.auth import tokens as module
from shared.auth.caller import Caller
from shared.auth.tokens import Tokens
from shared.errors import Forbidden, Unauthorized
from tests.shared.auth.issuers import NAME, issuer

KEY = issuer()


@pytest.fixture
async def verifying(tmp_path):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(KEY.jwks()))
    tokens = Tokens(NAME, path.as_uri(), "steward", "pepper", "production")
    await tokens.start()
    yield tokens
    await tokens.close()


LONE = "\ud83d"
DEEP = '{"a":' * 900 + "1" + "}" * 900
ODD = [
    None, True, False, 0, -1, 1.5, 1e308, 10**400, -(10**400), "", "1", "9" * 400, LONE, "a\0b", [], [[]], {},
    {"a": 1}, [LONE], [None], ["N", 1], ["a\0"],
]  # fmt: skip


def signed(payload: bytes, header: bytes | None = None) -> str:
    """A token of exactly these bytes, signed by the issuer's key."""
    parts = [header or b'{"alg":"RS256","typ":"JWT","kid":"one"}', payload]
    signing = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = KEY.key.sign(signing, padding.PKCS1v15(), hashes.SHA256())
    return (signing + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


async def answered(tokens, token) -> Caller | Unauthorized | Forbidden:
    """The caller or a refusal; anything else fails the test."""
    try:
        return await tokens.verify(token)
    except (Unauthorized, Forbidden) as refused:
        return refused


def payload(**changes: Any) -> dict[str, Any]:
    claims = jwt.decode(KEY.token("hris", units=("N",), subject="ama"), options={"verify_signature": False})
    return claims | changes


@pytest.mark.parametrize(
    "claim",
    ["exp", "nbf", "iat", "iss", "sub", "aud", "jti", "roles", "units", "client_id", "steward_dev", "other"],
)
async def test_odd_claims_are_refused_or_read_and_never_an_error(verifying, claim):
    for value in ODD:
        caller = await answered(verifying, signed(json.dumps(payload(**{claim: value})).encode()))
        if isinstance(caller, Caller):
            " ".join([*caller.units, caller.subject_key]).encode()


@pytest.mark.parametrize(
    "text", ["1e400", "-1e400", "NaN", "Infinity", "1" * 5000, '"\\ud800"', DEEP, "[" * 5000]
)
async def test_odd_json_in_a_claim_is_refused_or_read_and_never_an_error(verifying, text):
    for claim in ("exp", "nbf", "iat", "sub", "roles", "other"):
        claims = json.dumps(payload(**{claim: "@"})).replace('"@"', text)
        token = signed(claims.encode())
        if len(token) <= module.MAX_LENGTH:
            await answered(verifying, token)


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 5000, b'{"alg":' + b"[" * 2000 + b"]" * 2000 + b"}", b"[]", b"null", b"\xff", b"{}",
        b'{"alg":null}', b'{"alg":[]}', b'{"alg":"none"}', b'{"alg":"RS256","kid":[]}',
        b'{"alg":"RS256","kid":{}}',
        b'{"alg":"RS256","kid":"\\ud800"}', b'{"alg":"RS256","kid":"one","crit":["exp"]}',
        b'{"alg":"RS256","kid":"one","b64":false}', b'{"alg":"RS256","kid":"one","crit":["b64"],"b64":false}',
        b'{"alg":"RS256","kid":"one","typ":[]}', b'{"alg":"RS256","n":' + b"1" * 5000 + b"}",
    ],
)  # fmt: skip
async def test_an_odd_header_is_refused_and_never_an_error(verifying, header):
    body = json.dumps(payload()).encode()
    for token in (signed(body, header), signed(body, header).rpartition(".")[0], "." + signed(body, header)):
        await answered(verifying, token)


async def test_a_token_of_a_thousand_years_is_verified_again_every_day(verifying):
    await verifying.verify(KEY.token("hris", exp=10**400))
    ((until, _),) = verifying._verified.values()
    assert until < time.time() + module.LONGEST + 60
