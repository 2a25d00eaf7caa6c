"""A served registry with a small country, called by a client of the whole of it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio

from tests.registry.builders import plant
from tests.registry.region import region
from tests.served import Client

__all__ = ["empty", "region", "registry"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def registry(
    serve: Callable[[str], Awaitable[Client]], token: Callable[..., str]
) -> AsyncIterator[Client]:
    """HRIS of the whole country SL."""
    client = (await serve("registry")).using(token("hris", units=("SL",)))
    await plant(client)
    yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def empty(
    serve: Callable[[str], Awaitable[Client]], token: Callable[..., str]
) -> AsyncIterator[Client]:
    """HRIS of a country SL that has no unit yet."""
    yield (await serve("registry")).using(token("hris", units=("SL",)))
