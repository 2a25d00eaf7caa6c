"""Who may ask how a federation is; the answers themselves are in tests/federation."""

import pytest

from services.gateway.main import create
from tests.gateway.services import running
from tests.served import serving

pytestmark = pytest.mark.asyncio(loop_scope="function")


async def test_an_instance_alone_belongs_to_none(world):
    answer = await world.client.get("/v1/federation")
    assert (answer.status, answer.code) == (404, "not-federated")
    assert b"steward_federation_lag_seconds{" not in (await world.client.metrics()).body


@pytest.mark.parametrize("role", ["hub", "region"])
async def test_operators_and_who_has_the_root_may_ask(gateway_settings, token, role):
    async with running("registry") as services:
        services["registry"].answer("/v1/units/NAT", {"unit_code": "NAT", "parent": None})
        services["registry"].answer("/v1/units/N", {"unit_code": "N", "parent": "NAT"})
        urls = {name: service.url for name, service in services.items()}
        settings = gateway_settings.model_copy(update={"federation": role, "services": urls})
        async with serving(create(settings)) as client:

            async def code(role: str, *units: str) -> str:
                return str((await client.get("/v1/federation", token=token(role, units=units))).code)

            assert await code("leader", "NAT") == "role-missing"
            assert await code("programme-manager", "N") == "unit-out-of-scope"
            assert await code("programme-manager", "N", "NAT") == "broker-away"
            assert await code("ops") == "broker-away"
            assert (await client.metrics()).status == 200  # what cannot be measured is left out
