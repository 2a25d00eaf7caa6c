"""A lookup by id, externalId or userName goes by an index, so that it costs the same among a million."""

import json
from typing import Any

import pytest
import pytest_asyncio
from scim2_models import SearchRequest
from sqlalchemy import event

from services.registry.scim.api.resources import Person
from services.registry.scim.queries.users import Asker, find_users
from shared.auth.caller import Caller
from shared.database.engine import Database
from tests.registry.builders import source_client

pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE = 3000
_SEED = (
    """insert into person (person_id, version, source, external_id, family_name, recorded_at, recorded_by)
    select lpad(to_hex(g), 32, '0')::uuid, 1, $1, 'hr-' || g, 'Kamara', now(), 'test'
    from generate_series(1, $2) g""",
    """insert into scim_account (user_key, system_id, person_id, user_name, recorded_at, recorded_by)
    select 'user' || g, $1, lpad(to_hex(g), 32, '0')::uuid, 'user' || g, now(), 'test'
    from generate_series(1, $2) g""",
)


def nodes(plan: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Kind and table of every step of a plan."""
    below = [node for each in plan.get("Plans", ()) for node in nodes(each)]
    return [(plan["Node Type"], plan.get("Relation Name")), *below]


@pytest.mark.parametrize(
    "query", ['externalId eq "hr-77"', 'userName eq "USER77"', 'id eq "00000000-0000-0000-0000-00000000004d"']
)
async def test_one_is_found_without_looking_at_the_others(client, database, query):
    system, connection = client
    statements: list[tuple[str, Any]] = []
    event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda _, __, statement, parameters, *___: statements.append((statement, parameters)),
    )
    search = SearchRequest[Person](filter=query, start_index=1, count=100)
    caller = Caller(frozenset({"hris"}), ("SL",), "0" * 32)
    async with database.reading() as session:
        total, rows = await find_users(session, Asker(caller, system), search, Person, "")
    assert (total, rows[0]["user_name"]) == (1, "user77")
    for statement, parameters in statements:
        plan = json.loads(await connection.fetchval(f"explain (format json) {statement}", *parameters))
        scanned = {table for kind, table in nodes(plan[0]["Plan"]) if kind == "Seq Scan"}
        assert not scanned & {"person", "scim_account"}, statement


@pytest.fixture(scope="module")
def database(settings):
    return Database(settings("registry"))


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="client")
async def seeded(registry, token, database):
    """The id of a system that knows many people, and a connection."""
    await source_client(registry, token, "large")
    connection = await database.connect()
    system = await connection.fetchval("select system_id from source_system where code = 'large'")
    for statement in _SEED:
        await connection.execute(statement, system, PEOPLE)
    await connection.execute("analyze person")
    await connection.execute("analyze scim_account")
    yield system, connection
    await connection.close()
    await database.close()
