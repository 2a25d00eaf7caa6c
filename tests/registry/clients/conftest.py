"""Registry and a gateway before it, of an instance that issues tokens to its own clients."""

from typing import Any

import pytest_asyncio

from tests.registry.builders import plant
from tests.registry.clients.asks import ISSUER
from tests.served import Client, application


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def issuing(settings, serve, token) -> Client:
    """Programme manager of the country SL, over registry itself."""
    served = await serve(application(settings("registry", client_issuer=ISSUER)))
    await plant(served.using(token("hris", units=("SL",))))
    return served.using(token("programme-manager", units=("SL",)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(settings, serve, issuing) -> Client:
    """The same over the gateway."""
    known: dict[str, Any] = {
        "client_issuer": ISSUER,
        "client_keys_url": f"{issuing.url}/internal/client-keys",
    }
    known |= {"services": {"registry": issuing.url}, "nats_url": "nats://127.0.0.1:9"}
    return (await serve(application(settings("gateway", **known)))).using(issuing.token)
