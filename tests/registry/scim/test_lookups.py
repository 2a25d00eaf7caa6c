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
from tests.registry.scim.builders import HEALTH, USERS, held, made, refused
from tests.served import Client

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
        found = await find_users(session, Asker(caller, system), search, Person, "", None)
    assert (found.total, found.rows[0]["user_name"]) == (1, "user77")
    for statement, parameters in statements:
        plan = json.loads(await connection.fetchval(f"explain (format json) {statement}", *parameters))
        scanned = {table for kind, table in nodes(plan[0]["Plan"]) if kind == "Seq Scan"}
        assert not scanned & {"person", "scim_account"}, statement


async def pages(reader: Client, path: str, **params: str) -> list[dict[str, Any]]:
    """All resources of a search, page by page by cursor."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await reader.get(path, params={**params, "cursor": cursor})
        assert answer.status == 200, answer.json
        assert "startIndex" not in answer.json
        found += answer.json["Resources"]
        cursor = answer.json.get("nextCursor")
    return found


@pytest.mark.usefixtures("client")
async def test_pages_by_cursor_lose_nobody_and_double_nobody_while_others_write(registry, token):
    reader = await source_client(registry, token, "large")
    limits = (await reader.get("/scim/v2/ServiceProviderConfig")).json["pagination"]
    assert (limits["cursor"], limits["index"]) == (True, True)
    first = (await reader.get(USERS, params={"count": "200", "cursor": ""})).json
    seen = [each["id"] for each in first["Resources"]]
    cursor = first["nextCursor"]
    while cursor is not None:
        await made(
            reader, name={"familyName": "Between"}
        )  # behind the page, and before what is sorted by name
        answer = (await reader.get(USERS, params={"count": "200", "cursor": cursor})).json
        seen += [each["id"] for each in answer["Resources"]]
        cursor = answer.get("nextCursor")
    assert len(seen) == len(set(seen)) >= PEOPLE
    for order in ("ascending", "descending"):
        wanted = {"filter": 'userName sw "user1"', "sortBy": "externalId", "sortOrder": order, "count": "150"}
        names = [each["externalId"] for each in await pages(reader, USERS, **wanted)]
        assert names == sorted(names, reverse=order == "descending")
        assert len(names) == len(set(names)) == 1111
    by_title = {"filter": 'userName sw "user20"', "sortBy": "title", "count": "7"}  # nobody has one
    assert len(await pages(reader, USERS, **by_title)) == 111
    by_day = {"filter": 'userName sw "user20"', "sortBy": "meta.created", "count": "50"}
    assert len(await pages(reader, USERS, **by_day)) == 111


@pytest.mark.usefixtures("client")
async def test_a_cursor_is_of_its_own_search(registry, token):
    reader = await source_client(registry, token, "large")
    cursor = (await reader.get(USERS, params={"count": "5", "cursor": ""})).json["nextCursor"]
    for params, kind in (
        ({"cursor": cursor, "count": "6"}, "invalidCount"),
        ({"cursor": cursor, "count": "5", "filter": "title pr"}, "invalidCursor"),
        ({"cursor": cursor[:-2], "count": "5"}, "invalidCursor"),
        ({"cursor": "x", "count": "5"}, "invalidCursor"),
        ({"cursor": cursor, "count": "5", "startIndex": "1"}, "invalidValue"),
    ):
        answer = await reader.get(USERS, params=params)
        assert (answer.status, answer.json["scimType"]) == (400, kind), answer.json
    assert (await reader.get(USERS, params={"cursor": "", "count": "0"})).json["Resources"] == []


@pytest.mark.usefixtures("client")
async def test_a_search_at_the_root_is_one_of_users_and_groups(registry, token):
    reader = await source_client(registry, token, "large")
    known = await made(reader, displayName="E1A of root", **{HEALTH: {"posts": [held("E1A")]}})
    group = "E1A:facility-manager"
    query = {"filter": f'displayName sw "E1A" or id eq "{known["id"]}"'}
    for answer in (
        await reader.get("/scim/v2/", params=query),
        await reader.get("/scim/v2", params=query),
        await reader.post("/scim/v2/.search", json=query),
    ):
        assert [each["id"] for each in answer.json["Resources"]] == [known["id"], group]
        assert answer.json["totalResults"] == 2
        assert [each["meta"]["resourceType"] for each in answer.json["Resources"]] == ["User", "Group"]
    ordered = {**query, "sortBy": "displayName", "sortOrder": "descending"}
    for params in (
        {**ordered, "startIndex": "2", "count": "1"},
        {**query, "sortBy": "userName", "count": "1"},
    ):
        page = (await reader.get("/scim/v2/", params=params)).json
        assert (page["totalResults"], page["itemsPerPage"]) == (2, 1)
    one_by_one = await pages(reader, "/scim/v2/", **ordered, count="1")
    assert [each["id"] for each in one_by_one] == [group, known["id"]]
    only = {"filter": f'userName eq "{known["userName"]}"'}
    assert [each["id"] for each in (await reader.get("/scim/v2/", params=only)).json["Resources"]] == [
        known["id"]
    ]
    members = {"filter": f'members[value eq "{known["id"]}"]'}
    assert [each["id"] for each in (await reader.get("/scim/v2/", params=members)).json["Resources"]] == [
        group
    ]
    unfiltered = (await reader.get("/scim/v2/", params={"attributes": "id"})).json["Resources"]
    assert group not in [each["id"] for each in unfiltered], "who reads ResourceTypes knows no groups"
    north = registry.using(token("hris", units=("SL-N",), subject="north-of-root"))
    assert (await north.get("/scim/v2/", params=query)).json["totalResults"] == 0
    refused(await registry.using(token("ops")).get("/scim/v2/"), 403, None, "role-missing")


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
