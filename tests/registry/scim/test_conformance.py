"""A public conformance client finds nothing to object to."""

import asyncio
from typing import Any

import pytest
from httpx2 import Client as Http
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from tests.registry.builders import source_client

pytestmark = pytest.mark.asyncio(loop_scope="module")


def checked(url: str, token: str) -> list[Any]:
    """Every check of scim2-tester, of everything that the server announces."""
    headers = {"Authorization": f"Bearer {token}"}
    with Http(base_url=f"{url}/scim/v2", headers=headers) as http:
        client = SyncSCIMClient(http)
        return check_server(client)


async def test_scim2_tester_objects_to_nothing(registry, token):
    client = await source_client(registry, token, "hris-of-scim")
    results = await asyncio.to_thread(checked, client.url, client.token)
    good = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}
    bad = [result for result in results if result.status not in good]
    assert len(results) > 100
    assert bad == []
