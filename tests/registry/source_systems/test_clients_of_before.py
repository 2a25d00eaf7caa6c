"""A database from before there were source systems: its clients go on, and are named."""

import asyncpg
import pytest_asyncio

from deploy import database
from shared.auth.caller import subject_key
from tests.conftest import PEPPER
from tests.registry.builders import person, source_client
from tests.registry.imports.test_people import NDJSON, counts, load
from tests.served import application
from tests.servers import PASSWORDS

ABOUT = person(external_id="hr-before")
LINE = {
    "external_id": "p-before", "person_external_id": "hr-before", "unit_code": "SL",
    "role_code": "ministry-official", "valid_from": "2025-01-01",
}  # fmt: skip
UNIT = """
insert into unit (unit_code, version, name, level, type, path, open_from, recorded_at, recorded_by)
values ('SL', 1, 'Sierra Leone', 'country', 'Country', '{SL}', '2000-01-01', now(), $1)
"""
PERSON = """
insert into person (version, source, external_id, family_name, given_name, sex, birth_year, cadre, recorded_at,
    recorded_by) values (1, $1, $2, $3, $4, $5, $6, $7, now(), $1) returning person_id
"""
POST = """
insert into post (version, source, external_id, person_id, unit_code, role_code, valid_from, acting, primary_claim,
    recorded_at, recorded_by)
values (1, $1, 'p-before', $2, 'SL', 'ministry-official', '2025-01-01', false, false, now(), $1)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(databases, issuer):
    """A database in which two clients gave external ids and a clerk recorded somebody without one."""
    admin, name = databases.server.url(), "before_source_systems"
    await database.create_database(admin, name)
    await database.create_schemas(admin, name, ["registry"])
    url = database.service_url(admin, name, "registry", PASSWORDS["registry"])
    await database.migrate("registry", url, "0012")
    clients = [subject_key(PEPPER, issuer.name, name) for name in ("hris", "other", "clerk")]
    values = [ABOUT[field] for field in ("family_name", "given_name", "sex", "birth_year", "cadre")]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(UNIT, clients[0])
        for client, external_id in zip(clients, ("hr-before", "hr-before", None), strict=True):
            person_id = await connection.fetchval(PERSON, client, external_id, *values)
            if client == clients[0]:
                await connection.execute(POST, client, person_id)
        await database.migrate("registry", url)
        yield url
    finally:
        await connection.close()
    databases.drop(url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def before(url, settings, serve, token):
    """HRIS as it was."""
    client = await serve(application(settings("registry", database_url=url)))
    return client.using(token("hris", units=("SL",)))


async def test_each_client_that_gave_external_ids_is_a_system_and_bound_to_it(before, token, issuer):
    keys = {name: subject_key(PEPPER, issuer.name, name) for name in ("hris", "other")}
    administrator = before.using(token("ops"))
    systems = (await administrator.get("/v1/source-systems")).json["items"]
    assert {each["code"] for each in systems} == {f"client-{key}" for key in keys.values()}
    for each in systems:
        bound = (await administrator.get(f"/v1/source-systems/{each['code']}/clients")).json["items"]
        assert [(f"client-{client['client_key']}", client["sub"]) for client in bound] == [
            (each["code"], None)
        ]


async def test_running_integrations_and_their_successors_go_on_unchanged(before, token, issuer):
    report = counts(await load(before, ABOUT))
    assert (report["received"], report["unchanged"]) == (1, 1)
    assert (await load(before, LINE, kind="posts"))["unchanged"] == 1
    code = f"client-{subject_key(PEPPER, issuer.name, 'hris')}"
    successor = await source_client(before, token, "hris-new", code)
    assert (await load(successor, ABOUT))["unchanged"] == 1
    assert (await load(successor, LINE, kind="posts"))["unchanged"] == 1
    (found,) = (await successor.get("/v1/people?external_id=hr-before")).json["items"]
    assert found["identifiers"] == [{"system": code, "value": "hr-before"}]


async def test_who_gave_no_external_id_is_bound_to_nothing(before, token):
    clerk = before.using(token("hris", units=("SL",), subject="clerk"))
    refused = await clerk.post("/v1/imports/people", data=b"", headers=NDJSON)
    assert (refused.status, refused.code) == (403, "source-system-not-bound")
    found = (await clerk.get("/v1/people?limit=200")).json["items"]
    assert [each["external_id"] for each in found] == [None] * 3
