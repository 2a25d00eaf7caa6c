"""Who may what in assessment: every operation, pair of roles, scope and relation; and what insiders tried."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import text

from services.assessment.frameworks.commands import instruments
from shared import clock
from shared.audit.audited_operations import AUDITED, RaterAct
from shared.directory.projection import take_people, take_units
from tests.assessment import world
from tests.assessment.rated import THREES, answered, as_person, opened
from tests.assessment.world import identity
from tests.conftest import PEPPER
from tests.in_process import InProcess
from tests.rights_matrix import (
    STALE,
    Ask,
    Place,
    as_hub,
    crossed,
    documented,
    has,
    of_audit,
    of_releases,
    same,
    unaudited,
)
from tests.served import Client, application

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow(80)]

NDJSON = {"headers": {"Content-Type": "application/x-ndjson"}}
PLACE = Place(self="a0", manager="aboss", peer="a1", inside="N1", elsewhere="N2", country="N")


@dataclass
class World:
    """A hub's assessment: a cycle in which one person is scored, another one closed."""

    app: FastAPI
    root: Client
    open: dict[str, Any]
    closed: dict[str, Any]
    assessment: str
    request: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rated(settings, serve, token) -> World:
    instruments._known.clear()
    app = as_hub(application(settings("assessment")))
    client = await serve(app)
    async with app.state.database.session() as session:
        await take_units(session, [world.unit(code, parent) for code, parent in world.TREE.items()])
        await take_people(session, world.team("a", "F1", 6) + world.team("c", "F3", 4))
    root = client.using(token("programme-manager", units=("N",), subject="programme"))
    closed = await opened(root)
    assert (await root.post(f"/v1/cycles/{closed['cycle_id']}/close")).status == 200
    cycle = await opened(root)
    assessment = await answered(root, token, cycle, "a0")
    mine = (await as_person(root, token, "a0").get("/v1/rater-requests?state=answered")).json["items"]
    (request,) = (each["request_id"] for each in mine if each["assessment_id"] == assessment)
    return World(app, root, cycle, closed, assessment, request)


def asks(rated: World) -> dict[str, list[Ask]]:
    at, cycle = f"/v1/assessments/{rated.assessment}", f"/v1/cycles/{rated.closed['cycle_id']}"
    request, framework = f"/v1/rater-requests/{rated.request}", "/v1/frameworks/steward-core/versions/1"
    today = clock.today()
    draft = {
        "unit_code": "F1", "role_codes": ["facility-manager"], "framework_code": "steward-core",
        "framework_version": 1, "starts_on": str(today), "ends_on": str(today - timedelta(days=9)),
    }  # fmt: skip
    figures, nation = {"params": {"unit": "F1", "period": "2026Q3"}}, {"period": "2026Q3", "level": "I"}
    profile = {
        "level": "B", "setting": "facility", "name": {"en": "x"},
        "profile": {code: {"target": 4, "weight": 1} for code in instruments.COMPETENCIES},
    }  # fmt: skip

    def rater(category: str) -> dict[str, Any]:
        return {"json": {"raters": [{"person_id": str(identity("a2")), "category": category}]}}

    line = json.dumps(
        {
            "assessment_id": rated.assessment,
            "rater_person_id": str(identity("a1")),
            "category": "peer",
            **THREES,
        }
    )

    def taken(body: Any) -> bool:
        return not {each["code"] for each in body["rejected"]} & {"assessment-unknown", "assessment-own"}

    def live(body: Any) -> bool:
        return bool(body["live"])

    return {
        "GET /v1/frameworks": [Ask("/v1/frameworks")],
        "GET /v1/frameworks/{code}/versions/{number}": [Ask(framework)],
        "PUT /v1/frameworks/{code}/versions/{number}": [Ask(framework, {"json": {"languages": 1}})],
        "POST /v1/frameworks/{code}/versions/{number}/publish": [Ask(f"{framework}/publish")],
        "GET /v1/instruments/{level}": [Ask("/v1/instruments/B")],
        "GET /v1/role-profiles": [Ask("/v1/role-profiles")],
        "GET /v1/role-profiles/{role}": [Ask("/v1/role-profiles/ward-manager")],
        "PUT /v1/role-profiles/{role}": [
            Ask("/v1/role-profiles/ward-manager", {"json": profile, "if_match": STALE})
        ],
        "GET /v1/cycles": [Ask("/v1/cycles", listed=has("cycle_id", rated.closed["cycle_id"]))],
        "GET /v1/cycles/{cycle_id}": [Ask(cycle)],
        "GET /v1/cycles/{cycle_id}/reliability": [Ask(f"{cycle}/reliability?level=I")],
        "POST /v1/cycles": [Ask("/v1/cycles", {"json": draft})],
        "PATCH /v1/cycles/{cycle_id}": [Ask(cycle, {"json": {}, "if_match": STALE})],
        "POST /v1/cycles/{cycle_id}/open": [Ask(f"{cycle}/open")],
        "POST /v1/cycles/{cycle_id}/close": [Ask(f"{cycle}/close")],
        "GET /v1/assessments": [
            Ask(f"/v1/assessments?person={identity('a0')}", listed=has("assessment_id", rated.assessment))
        ],
        "GET /v1/assessments/{assessment_id}": [Ask(at)],
        "GET /v1/assessments/{assessment_id}/raters": [
            Ask(f"{at}/raters", shown=lambda body: body["requests"] is not None)
        ],
        "POST /v1/assessments/{assessment_id}/raters": [
            Ask(f"{at}/raters", rater("peer")),
            Ask(f"{at}/raters", rater("manager"), right=1),
        ],
        "GET /v1/assessments/{assessment_id}/result": [Ask(f"{at}/result")],
        "GET /v1/people-scores/{person_id}": [Ask(f"/v1/people-scores/{identity('a0')}")],
        "GET /v1/people-scores/{person_id}/carried": [Ask(f"/v1/people-scores/{identity('a0')}/carried")],
        "GET /v1/rater-requests": [
            Ask("/v1/rater-requests?limit=200", listed=has("request_id", rated.request))
        ],
        "GET /v1/rater-requests/{request_id}": [Ask(request)],
        "POST /v1/rater-requests/{request_id}/accept": [Ask(f"{request}/accept")],
        "POST /v1/rater-requests/{request_id}/decline": [Ask(f"{request}/decline")],
        "POST /v1/rater-requests/{request_id}/response": [Ask(f"{request}/response", {"json": THREES})],
        "POST /v1/responses/bulk": [Ask("/v1/responses/bulk", {"data": line, **NDJSON}, listed=taken)],
        "GET /v1/rollups": [Ask("/v1/rollups", figures, shown=live)],
        "GET /v1/rollups/children": [Ask("/v1/rollups/children", figures, shown=live)],
        **of_releases("rollups"),
        **of_audit("assessment"),
        "GET /v1/national/overlays": [Ask("/v1/national/overlays")],
        "GET /v1/national/rollups": [Ask("/v1/national/rollups", {"params": nation})],
        "GET /v1/national/rollups/units": [
            Ask("/v1/national/rollups/units", {"params": {**nation, "region": "nowhere"}})
        ],
    }


async def test_every_read_of_a_person_is_audited_and_no_act_of_a_rater(rated, token):
    """An overseer who sees the raters is in the audit with the subject alone."""
    callers = [token("programme-manager", units=("N",), subject="programme"), token("leader", subject="a0")]
    assert await unaudited(rated.app, asks(rated), callers, str(identity("a0")), PEPPER) == set()
    async with rated.app.state.database.reading() as session:
        rows = (await session.execute(text("select operation, caller, at, people from audit_entry"))).all()
        named = set(await session.scalars(text("select distinct person_id from audit_people")))
        acts = set(await session.scalars(text("select operation from audit_rater_act")))
    rating = {name for name, about in AUDITED.items() if isinstance(about, RaterAct)}
    # Where midnight came some are sealed; else none is yet.
    of_raters = [row for row in rows if row.operation in rating]
    assert {(row.caller, row.at, row.people) for row in of_raters} <= {(None, None, 0)}
    acts |= {row.operation for row in of_raters}
    assert rating >= acts >= {"GET /v1/rater-requests", "POST /v1/rater-requests/{request_id}/response"}
    assert identity("a0") in named
    opening = [row for row in rows if row.operation == "POST /v1/cycles/{cycle_id}/open"]
    assert len(opening) >= 2
    assert all(row.caller and row.at and row.people == 6 for row in opening), opening
    # Whom the lists show are subjects of the cycles; the raters' ids are in no entry of the read that shows them.
    assert {row.people for row in rows if row.operation.endswith("/raters")} == {1}


async def test_who_reads_their_own_answers_for_an_archive_is_audited_though_there_are_none(rated, token):
    client, who = InProcess(rated.app), token("leader", subject="a0")
    assert (await client.call("GET", "/internal/own-answers", token=who)).status == 200
    select = (
        "select caller, person_id from audit_entry join audit_people using (entry_id) where operation = :name"
    )
    async with rated.app.state.database.reading() as session:
        found = (await session.execute(text(select), {"name": "GET /internal/own-answers"})).all()
    assert [row.person_id for row in found] == [identity("a0")]
    assert all(row.caller for row in found)


@pytest.mark.timeout(400)  # some thousand requests
async def test_everybody_may_what_the_table_says_and_no_more(rated, token):
    every = asks(rated)
    assert every.keys() == documented(rated.app.openapi())
    before = (await rated.root.get(f"/v1/cycles/{rated.closed['cycle_id']}")).json
    assert await crossed(rated.app, token, PLACE, every) == []
    assert (await rated.root.get(f"/v1/cycles/{rated.closed['cycle_id']}")).json["state"] == before["state"]


@pytest.mark.parametrize("name", ["a0", "aboss"])
@pytest.mark.parametrize("role", ["hris", "programme-manager"])
@pytest.mark.parametrize("units", [(), ("N",), ("F1",)])
async def test_the_subject_and_their_manager_never_see_who_answered(rated, token, name, role, units):
    """A role beside `leader`, with units or without, made each request and its state visible."""
    client = rated.root.using(token("leader", role, units=units, subject=name))
    seen = await client.get(f"/v1/assessments/{rated.assessment}/raters")
    assert (seen.status, seen.json["requests"]) == (200, None)


async def test_naming_a_rater_tells_nobody_who_is_there_or_was_asked(rated, token):
    """People elsewhere are answered like nobody; who was asked already, like who was not."""
    items = (await rated.root.get(f"/v1/assessments?cycle={rated.open['cycle_id']}&limit=200")).json["items"]
    (key,) = (each["assessment_id"] for each in items if each["person_id"] == str(identity("a1")))
    own = as_person(rated.root, token, "a1")

    async def name(person: str, category: str = "peer"):
        body = {"raters": [{"person_id": str(identity(person)), "category": category}]}
        return await own.post(f"/v1/assessments/{key}/raters", json=body)

    elsewhere, nobody = await name("c0"), await name("not there")
    assert (elsewhere.status, elsewhere.code) == (nobody.status, nobody.code) == (422, "raters-invalid")
    assert elsewhere.json["errors"] == nobody.json["errors"]
    same_answer = [await name("a2"), await name("a2", "report"), await name("a3-ward0")]
    same_answer += [await name("c0", "partner"), await name("not there", "partner")]
    assert {(each.status, each.body) for each in same_answer} == {(201, b'{"invited":1}')}


async def test_cycles_elsewhere_are_answered_like_none(rated, token):
    south = rated.root.using(token("programme-manager", units=("N2",), subject="south"))
    there, none = f"/v1/cycles/{rated.closed['cycle_id']}", f"/v1/cycles/{identity('not there')}"
    calls = [("GET", ""), ("GET", "/reliability?level=I"), ("POST", "/open"), ("POST", "/close")]
    for method, step in calls:
        found, missing = await south.call(method, there + step), await south.call(method, none + step)
        assert same(found, missing)
        assert (found.status, found.code) == (404, "cycle-unknown")
    change = {"json": {"max_peers": 1}, "if_match": STALE}
    assert same(await south.patch(there, **change), await south.patch(none, **change))


async def test_somebody_elses_request_is_answered_like_none(rated, token):
    other = as_person(rated.root, token, "a1")
    by_code = {"ratings": {"not-a-code": 3}}
    for body in (THREES, by_code):
        for step in ("accept", "decline", "response"):
            sent = {"json": body} if step == "response" else {}
            there = await other.post(f"/v1/rater-requests/{rated.request}/{step}", **sent)
            none = await other.post(f"/v1/rater-requests/{identity('not there')}/{step}", **sent)
            assert (there.code, same(there, none)) == ("rater-request-unknown", True)
