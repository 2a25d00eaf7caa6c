"""Assessment served, called by operators."""

import pytest_asyncio


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ops(serve, token):
    client = await serve("assessment")
    return client.using(token("ops"))
