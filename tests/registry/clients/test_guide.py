"""Every line of the guide does what it says, in its order, over the gateway."""

import asyncio

import pytest

from tests.docs.pages import DOCS, shell
from tests.registry.scim.test_guide import run

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_lines_of_the_guide_work(gateway):
    environment = {"URL": gateway.url, "ADMIN": str(gateway.token)}
    done = await asyncio.to_thread(run, shell(DOCS / "integrate" / "README.md"), environment)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-500:])
    assert '"source_systems":["payroll"]' in done.stdout
    assert '"revoked_at":"2' in done.stdout
