"""Documents of plans are read by those who read nobody's plan, or everybody's."""

import pytest

from tests.planning.world import World
from tests.released import document, refused, served, store

pytestmark = pytest.mark.asyncio(loop_scope="module")
RELEASE = document("plans agreed", "N", 12)


async def test_only_who_reads_nobodys_plan_or_everybodys_reads_the_documents(world: World, token):
    """A programme manager of one of two trees reads the plans of one alone."""
    await store(world.app.state.database, RELEASE)

    async def asking(*roles: str, units: tuple[str, ...] = ("N",), subject: str = "nobody") -> None:
        await served(world.client.using(token(*roles, units=units, subject=subject)), "plans", RELEASE)

    await asking("ops")
    await asking("programme-manager", units=("N", "S"))
    for roles, subject in ((("programme-manager",), "x"), (("leader", "ops"), "boss"), (("ops",), "p1")):
        await refused(world.client.using(token(*roles, units=("N",), subject=subject)), "plans", RELEASE)
