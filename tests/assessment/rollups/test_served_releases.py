"""Releases over HTTP: pages of what there is, documents byte for byte, and who would find out too much."""

from typing import Any

import msgspec
import pytest
import pytest_asyncio
import sqlalchemy as sa

from shared import clock
from shared.database.engine import Database
from shared.directory.projection import take_people, take_units
from shared.disclosure.document import Release
from shared.federation import regional_tables
from tests.assessment import world
from tests.assessment.rollups import releasing
from tests.assessment.rollups.test_rollups import NOW, crowd, empty
from tests.federated import TRACE
from tests.released import PERIOD, checked, document, refused
from tests.rights_matrix import as_hub
from tests.served import Client, application

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "/v1/releases/rollups"
OF_REGION = [document("roll-ups", "NORTH", 640, number) for number in (1, 2)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(settings, database: Database) -> Any:
    """A hub's assessment with two releases of its own, of seven people and then of twelve, and two of a region.

    The manager of six of them reads these.
    """
    hub = as_hub(application(settings("assessment")))
    await empty(database)
    await crowd(database, "a", "F1", 7)
    await releasing.publish(database)
    await crowd(database, "b", "F1", 5)
    await releasing.publish(database)
    async with database.session() as session:
        await take_people(session, world.team("a", "F1", 6))
        for release in OF_REGION:
            await session.execute(regional_tables.release.insert().values(of_region("north", release)))
    return hub


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ops(app, serve, token) -> Client:
    """Somebody whose sign-in is nobody's."""
    return (await serve(app)).using(token("ops", units=("N",), subject="operator"))


def of_region(region: str, release: Release) -> dict[str, Any]:
    return {
        "region": region, "cube": release.cube, "period": release.period, "number": release.number, "epoch": 3,
        "as_of": release.as_of, "digest": release.digest, "document": release.canonical().decode(),
        "received_at": clock.now(), "trace_id": TRACE,
    }  # fmt: skip


async def listed(client: Client, **params: str) -> list[dict[str, Any]]:
    answer = await client.get(URL, params=params)
    assert answer.status == 200, answer.body
    return list(answer.json["items"])


async def test_pages_have_the_newest_last(ops: Client):
    both = await listed(ops)
    assert [(each["cube"], each["period"], each["number"], each["corrects"]) for each in both] == [
        ("roll-ups", NOW, 1, None),
        ("roll-ups", NOW, 2, 1),
    ]
    assert both[0].keys() == {"cube", "period", "number", "as_of", "corrects", "digest", "made_at"}
    first = (await ops.get(URL, params={"limit": "1"})).json
    second = (await ops.get(URL, params={"limit": "1", "cursor": first["next"]})).json
    assert ([*first["items"], *second["items"]], second["next"]) == (both, None)
    assert await listed(ops, cube="roll-ups", period=NOW) == both
    assert await listed(ops, cube="headcounts") == await listed(ops, period="2020Q1") == []


async def test_a_document_is_what_was_stored_byte_for_byte(ops: Client, database: Database):
    for item in await listed(ops):
        answer = await ops.get(f"{URL}/roll-ups/{NOW}/{item['number']}")
        found = checked(answer)
        assert (found.number, str(found.as_of), found.digest) == (
            item["number"], item["as_of"], item["digest"]
        )  # fmt: skip
        async with database.reading() as session:
            one = sa.text("select document from release where number = :number")
            assert answer.body.decode() == await session.scalar(one, {"number": found.number})
    again = await ops.get(f"{URL}/roll-ups/{NOW}/2", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("roles", [("leader", "ops"), ("ops",), ("leader", "ops", "service")])
async def test_who_reads_a_team_does_not_learn_of_the_one_beside_it(ops: Client, token, roles):
    """Seven people of F1 are in the first release, six of whom the manager reads one by one, by whatever role."""
    shown = checked(await ops.get(f"{URL}/roll-ups/{NOW}/1"))
    assert {cell.people for cell in shown.cells if (cell.unit, cell.measure) == ("F1", "VS")} == {7}
    boss = ops.using(token(*roles, units=("N",), subject="aboss"))
    await refused(boss, "rollups", shown)


async def test_whose_sign_in_is_tied_to_a_person_reads_oneself(ops: Client, token):
    ward = ops.using(token("ops", units=("N",), subject="a0-ward0"))
    await refused(ward, "rollups", checked(await ops.get(f"{URL}/roll-ups/{NOW}/1")))


async def test_who_reads_everybody_by_role_reads_the_documents(ops: Client, token, database: Database):
    """Also as a manager; not where a tree beside theirs is left out."""
    manager = ops.using(token("programme-manager", "leader", units=("N",), subject="aboss"))
    assert checked(await manager.get(f"{URL}/roll-ups/{NOW}/2")).number == 2
    async with database.session() as session:
        await take_units(session, [msgspec.structs.replace(world.unit("N", None), unit_code="M")])
    await refused(manager, "rollups", checked(await ops.get(f"{URL}/roll-ups/{NOW}/1")))
    both = ops.using(token("programme-manager", units=("N", "M"), subject="aboss"))
    assert len(await listed(both)) == 2
    async with database.session() as session:
        await session.execute(sa.text("delete from unit where unit_code = 'M'"))


@pytest.mark.parametrize(
    ("roles", "units", "code"),
    [
        (("ops",), (), "unit-out-of-scope"),
        (("programme-manager",), ("N1",), "unit-out-of-scope"),
        (("hris",), ("N",), "role-missing"),
        (("leader",), ("N",), "role-missing"),
    ],
)
async def test_only_the_country_reads_them(ops: Client, token, roles, units, code):
    client = ops.using(token(*roles, units=units, subject="x"))
    for path in (URL, f"{URL}/roll-ups/{NOW}/1"):
        answer = await client.get(path)
        assert (answer.status, answer.code) == (403, code)


async def test_a_hub_has_the_documents_of_its_regions(ops: Client, token):
    """Of whom nobody at the hub reads anybody, so that whoever has the right may."""
    found = await listed(ops, region="north")
    assert [(each["number"], each["digest"]) for each in found] == [
        (one.number, one.digest) for one in OF_REGION
    ]
    assert found[0].keys() == {
        "region", "cube", "period", "number", "epoch", "as_of", "digest", "received_at", "trace_id"
    }  # fmt: skip
    assert (found[0]["region"], found[0]["epoch"], found[0]["trace_id"]) == ("north", 3, TRACE)
    assert await listed(ops, region="south") == []
    boss = ops.using(token("leader", "ops", units=("N",), subject="aboss"))
    assert checked(await boss.get(f"{URL}/roll-ups/{PERIOD}/2?region=north")) == OF_REGION[1]
    assert (await boss.get(f"{URL}/roll-ups/{PERIOD}/2?region=south")).code == "release-unknown"


async def test_a_region_is_of_a_hub_alone(ops: Client, app):
    hub = app.state.settings
    app.state.settings = hub.model_copy(update={"federation": "region"})
    try:
        for path in (URL, f"{URL}/roll-ups/{NOW}/1"):
            answer = await ops.get(path, params={"region": "north"})
            assert (answer.status, answer.code) == (404, "not-a-hub")
            assert (await ops.get(path)).status == 200
    finally:
        app.state.settings = hub


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        (f"headcounts/{NOW}/1", "/path/cube"),
        ("roll-ups/2020Q1/1", "/path/period"),
        (f"roll-ups/{NOW}/3", "/path/number"),
        (f"roll-ups/{NOW}/1?region=north", "/path/period"),
    ],
)
async def test_an_unknown_release_says_what_is_unknown_of_it(ops: Client, path, pointer):
    answer = await ops.get(f"{URL}/{path}")
    assert (answer.status, answer.code) == (404, "release-unknown")
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("path", "code", "pointer"),
    [
        ("/roll-ups/2026/1", "period-malformed", "/path/period"),
        (f"/roll-ups/{NOW}/0", "input-invalid", "/path/number"),
        (f"/roll-ups/{NOW}/1e3", "input-invalid", "/path/number"),
        (f"/roll-ups/{NOW}/999999999999", "input-invalid", "/path/number"),
        (f"/roll%0Aups/{NOW}/1", "input-invalid", "/path/cube"),
        (f"/roll-ups/{NOW}/1?region=", "input-invalid", "/query/region"),
        (f"/roll-ups/{NOW}/1?cube=x", "input-invalid", "/query/cube"),
        ("?period=2026Q5", "period-malformed", "/query/period"),
        ("?cube=%00", "input-invalid", "/query/cube"),
        ("?limit=0", "input-invalid", "/query/limit"),
        ("?cursor=WzEsMl0=", "cursor-malformed", "/query/cursor"),
        ("?cursor=WyJ4IiwieCIsIngiLDFd", "cursor-malformed", "/query/cursor"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(ops: Client, path, code, pointer):
    answer = await ops.get(URL + path)
    assert (answer.status, answer.code) == (422, code)
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
