"""Who may what in evaluation: every operation, pair of roles, scope and relation."""

import pytest
import pytest_asyncio
from sqlalchemy import text

from shared.auth.caller import subject_key
from shared.directory.projection import take_people, take_units
from tests.conftest import PEPPER
from tests.evaluation import builders as b
from tests.evaluation.catalogue.defining import BODY
from tests.evaluation.conftest import HANDLERS
from tests.rights_matrix import (
    STALE,
    Ask,
    Place,
    as_hub,
    crossed,
    documented,
    of_audit,
    of_releases,
    same,
    unaudited,
)
from tests.served import application

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow(40)]

PLACE = Place(self="own", manager="boss", peer="peer", inside="D1", elsewhere="D2", country="C")
TREE = b.units(("C", None), ("D1", "C"), ("D2", "C"), ("F1", "D1"))
PERIOD = "2026Q3"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(august, settings, serve, token, issuer):
    """A hub's evaluation with a plan of one person, one of its activities completed."""
    app = as_hub(application(settings("evaluation")))
    client = await serve(app)

    def person(name: str, unit: str, **changes):
        return b.person(name, unit, subject_keys=[subject_key(PEPPER, issuer.name, name)], **changes)

    boss = {"manager_post_id": b.ident("post-boss")}
    activities = (b.planned("done", "2026-08-15"), b.planned("open", "2026-09-15"))
    events = (
        b.agreed("plan", "a", "own", "2026-08-01", *activities),
        b.completed("done", "plan", "own", "2026-08-10"),
        b.assessed("a", "own", "2026-07-20"),
    )
    async with app.state.database.session() as session:
        await take_units(session, TREE.items)
        people = [person("boss", "D1"), person("own", "F1", **boss), person("peer", "F1", **boss)]
        await take_people(session, people)
        for event in events:
            await HANDLERS[type(event)](session, [b.received(event)])
    root = client.using(token("programme-manager", units=("C",)))
    for place in ("levels/facility", "units/F1"):
        assert (await root.put(f"/v1/targets/OP-01/{PERIOD}/{place}", json={"value": 80})).status == 200
    given = {"activity_id": b.ident("done"), "relevance": 5, "usefulness": 4}
    mine = token("leader", subject="own")
    reaction = await client.post("/v1/reactions", json=given, token=mine)
    test = {"activity_id": b.ident("done"), "pre_percent": 50}
    result = await root.post("/v1/learning-results", json=test)
    assert (reaction.status, result.status) == (201, 201)
    return app, client, reaction.headers["Location"], result.headers["Location"]


def asks(reaction: str, result: str) -> dict[str, list[Ask]]:
    person, plan = {"params": {"person": b.ident("own")}}, {"params": {"plan": b.ident("plan")}}
    values = "/v1/indicator-values"
    cell = {"unit": "F1", "indicator": "OP-01", "period": PERIOD}
    at = f"/v1/targets/OP-01/{PERIOD}"
    goal = {"json": {"value": 70}, "if_match": STALE}
    key = {"params": {"indicator": "OP-01", "period": PERIOD}}
    early = {"activity_id": b.ident("open"), "relevance": 5, "usefulness": 4}

    def live(body) -> bool:
        return bool(body["live"])

    return {
        "GET /v1/behaviour-results": [Ask("/v1/behaviour-results", each) for each in (person, plan)],
        "GET /v1/evaluations": [Ask("/v1/evaluations", each) for each in (person, plan)],
        "POST /v1/reactions": [Ask("/v1/reactions", {"json": early})],
        "GET /v1/reactions/{reaction_id}": [Ask(reaction)],
        "POST /v1/learning-results": [
            Ask("/v1/learning-results", {"json": {"activity_id": b.ident("open")}})
        ],
        "GET /v1/learning-results/{learning_result_id}": [Ask(result)],
        "PATCH /v1/learning-results/{learning_result_id}": [
            Ask(result, {"json": {"post_percent": 60}, "if_match": STALE})
        ],
        "GET /v1/indicators": [Ask("/v1/indicators")],
        "GET /v1/indicators/{code}": [Ask("/v1/indicators/OP-01")],
        "PUT /v1/indicators/{code}": [Ask("/v1/indicators/OP-01", {"json": BODY, "if_match": STALE})],
        "GET /v1/indicator-values": [Ask(values, {"params": {"unit": "F1"}}, shown=live)],
        "GET /v1/indicator-values/children": [Ask(f"{values}/children", {"params": cell}, shown=live)],
        "GET /v1/targets": [Ask("/v1/targets")],
        "GET /v1/targets/{indicator}/{period}/levels/{level}": [Ask(f"{at}/levels/facility")],
        "GET /v1/targets/{indicator}/{period}/units/{unit}": [Ask(f"{at}/units/F1")],
        "PUT /v1/targets/{indicator}/{period}/levels/{level}": [Ask(f"{at}/levels/facility", goal)],
        "PUT /v1/targets/{indicator}/{period}/units/{unit}": [Ask(f"{at}/units/F1", goal)],
        **of_releases("indicators"),
        **of_audit("evaluation"),
        "GET /v1/national/indicators": [Ask("/v1/national/indicators", key)],
        "GET /v1/national/indicators/units": [
            Ask("/v1/national/indicators/units", {"params": {**key["params"], "region": "nowhere"}})
        ],
        "GET /v1/national/targets": [Ask("/v1/national/targets")],
    }


@pytest.mark.timeout(400)  # some thousand requests
async def test_everybody_may_what_the_table_says_and_no_more(served, token):
    app, _, reaction, result = served
    every = asks(reaction, result)
    assert every.keys() == documented(app.openapi())
    callers = [token("programme-manager", units=("C",))]
    nothing_yet = {"GET /v1/behaviour-results"}  # there was no re-rating: its pages name nobody
    assert await unaudited(app, every, callers, b.ident("own"), PEPPER) == nothing_yet
    assert await crossed(app, token, PLACE, every) == []
    async with app.state.database.reading() as session:
        assert await session.scalar(text("select count(*) from reaction")) == 1
        assert await session.scalar(text("select max(version) from learning_result")) == 1


async def test_who_is_elsewhere_and_what_is_not_there_are_answered_alike(served, token):
    _, client, reaction, result = served
    for subject, units in (("peer", ()), ("nobody", ("D2",))):
        who = client.using(token("leader", "hris", subject=subject, units=units))
        for door in (reaction, result, f"/v1/evaluations?plan={b.ident('plan')}"):
            other = door.replace(door[-36:], b.ident("not there"))
            there, none = await who.get(door), await who.get(other)
            assert same(there, none)
