"""Documents of indicators are read by those who read nobody's evaluation, or everybody's."""

import pytest
import pytest_asyncio

from shared.auth.caller import subject_key
from shared.directory.projection import take_people, take_units
from shared.settings import Settings
from tests.evaluation import builders as b
from tests.evaluation.world import PEPPER, TREE
from tests.released import document, refused, served, store
from tests.served import Client, application

pytestmark = pytest.mark.asyncio(loop_scope="module")
RELEASE = document("OP-01", "C", 12)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evaluation(settings, serve, issuer) -> Client:
    """With a person at F1 who signs in, and one release."""
    configured: Settings = settings("evaluation")
    app = application(configured)
    client: Client = await serve(app)
    async with app.state.database.session() as session:
        await take_units(session, TREE.items)
        own = b.person("own", subject_keys=[subject_key(PEPPER, issuer.name, "own")])
        await take_people(session, [own])
    await store(app.state.database, RELEASE)
    return client


async def test_only_who_reads_nobody_or_everybody_reads_the_documents(evaluation: Client, token):
    for role in ("ops", "programme-manager"):
        await served(evaluation.using(token(role, units=("C",), subject="nobody")), "indicators", RELEASE)
    await refused(evaluation.using(token("ops", units=("C",), subject="own")), "indicators", RELEASE)


async def test_a_place_below_the_country_is_not_enough(evaluation: Client, token):
    answer = await evaluation.using(token("ops", units=("D1",))).get("/v1/releases/indicators")
    assert (answer.status, answer.code) == (403, "unit-out-of-scope")
