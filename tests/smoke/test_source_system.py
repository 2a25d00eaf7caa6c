"""The smoke test's HRIS token writes as a source system: the one that it has, else one that is made for it."""

import pytest

from deploy.demo.api import Api
from deploy.smoke import place
from deploy.smoke.sign_in import SignIn
from shared.auth.caller import DEVELOPMENT_ISSUER
from tests.registry.conftest import empty

__all__ = ["empty"]


@pytest.mark.parametrize(("hris", "system"), [("hris", "local"), ("smoke-hris", "SMOKE")])
async def test_it_is_bound_once_and_what_is_bound_stays(empty, token, hris, system):
    def tokens(role: str, units: tuple[str, ...], _: str) -> str:
        return token(role, units=units, subject=hris if role == "hris" else "")

    sign_in = SignIn(tokens, DEVELOPMENT_ISSUER, (), hris)
    async with Api(empty.url, tokens, units=("SL",)) as api:
        for _ in range(2):
            await place.register_source(api, sign_in)
            assert (await api.get("/v1/me", who="hris"))["source_systems"] == [system]
        systems = (await api.get("/v1/source-systems", who="ops"))["items"]
        assert {"SMOKE"} & {each["code"] for each in systems} == {system} - {"local"}
