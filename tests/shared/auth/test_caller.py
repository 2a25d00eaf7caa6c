import hashlib
import hmac

import pytest
from starlette.requests import Request

from shared.auth.caller import Caller, subject_key
from shared.auth.tokens import bearer
from shared.errors import Forbidden, Unauthorized


def test_one_of_the_roles_is_enough():
    caller = Caller(frozenset({"leader"}), (), "0" * 32)
    caller.require("hris", "leader")
    with pytest.raises(Forbidden) as refused:
        caller.require("hris", "ops")
    assert refused.value.code == "role-missing"


def test_subject_keys_are_the_documented_hash():
    expected = hmac.new(b"pepper", b"https://issuer.example\nama", hashlib.sha256).hexdigest()[:32]
    assert subject_key("pepper", "https://issuer.example", "ama") == expected
    assert subject_key("other", "https://issuer.example", "ama") != expected


def request(value: str | None) -> Request:
    headers = [] if value is None else [(b"authorization", value.encode("latin-1"))]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize("value", ["Bearer abc", "bearer abc", "Bearer  abc "])
def test_the_bearer_token_is_read(value):
    assert bearer(request(value)) == "abc"


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Basic YTpi", "abc"])
def test_without_a_bearer_token_the_challenge_says_so(value):
    with pytest.raises(Unauthorized) as refused:
        bearer(request(value))
    assert refused.value.code == "token-missing"
    assert refused.value.headers["WWW-Authenticate"] == 'Bearer realm="steward"'
