import hashlib
import hmac
from uuid import UUID

import pytest
from starlette.requests import Request

from shared.auth import rights
from shared.auth.caller import Caller, subject_key
from shared.auth.rights import Decision, Reach
from shared.auth.tokens import bearer
from shared.errors import Forbidden, Unauthorized


def test_one_role_that_gives_the_right_is_enough():
    caller = Caller(frozenset({"leader", "service"}), (), "0" * 32)
    rights.require(caller, "plan.change")
    with pytest.raises(Forbidden) as refused:
        rights.require(caller, "plan.propose")
    assert refused.value.code == "role-missing"


def test_a_decision_names_role_reach_and_whom_it_is_about():
    caller = Caller(frozenset({"leader", "hris"}), ("N",), "0" * 32)
    person = UUID(int=7)
    own = rights.decide(caller, "plan.change", {Reach.SELF, Reach.UNITS}, person=person)
    assert own == Decision("plan.change", "leader", Reach.SELF, person)
    assert rights.decide(caller, "plan.change", {Reach.UNITS}, person=person) is None  # hris may see, not act
    assert rights.decide(caller, "raters.see", {Reach.UNITS}, person=person) is not None
    assert rights.decide(caller, "raters.see", {Reach.UNITS, Reach.TEAM}, person=person) is None


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
