"""Who may what in planning: every operation, pair of roles, scope and relation; and the plan of somebody else."""

from datetime import date

import pytest
import pytest_asyncio

from services.planning.follow_ups import commands as follow_ups
from services.planning.plans.commands import proposing
from shared import clock
from shared.directory.projection import take_people, take_units
from shared.events.registry import UnitState
from tests.conftest import PEPPER
from tests.evaluation.builders import received
from tests.planning.builders import assessed, ident, person
from tests.planning.test_region import OWN
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
    unaudited,
)
from tests.served import application
from tests.servers import INSTANCE

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow(40)]

PLACE = Place(self="own", manager="boss", peer="peer", inside="A", elsewhere="B", country="C")
LIMITS = {"days_away": 0, "cost": 150, "activities": 1, "horizon_days": 30}
ENTRY = f"/v1/interventions/{INSTANCE.upper()}-01"


def units() -> list[UnitState]:
    tree = {"C": None, "A": "C", "A1": "A", "B": "C"}
    return [
        UnitState(
            unit_code=code, version=1, level="district", type="x", open_from=date(2000, 1, 1), parent=above
        )
        for code, above in tree.items()
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(settings, serve, token, key):
    """A hub's planning with a proposed plan of one person, and the operations asked about it."""
    app = as_hub(application(settings("planning")))
    client = await serve(app)
    async with app.state.database.session() as session:
        await take_units(session, units())
        people = [person("boss", key("boss"), unit="A"), person("far", key("far"), unit="B")]
        people += [person(name, key(name), "boss", unit="A1") for name in ("own", "peer")]
        await take_people(session, people)
        await proposing.propose_all(session, [received(assessed("a", "own", unit_code="A1"))])
    root = client.using(token("programme-manager", units=("C",)))
    (plan,) = (await root.get(f"/v1/plans?person={ident('own')}")).json["items"]
    async with app.state.database.session() as session:
        await follow_ups.schedule(session, plan["plan_id"], clock.today())
    assert (await root.put("/v1/plan-limits/A1", json=LIMITS)).status == 200
    assert (await root.put(ENTRY, json=OWN)).status == 200
    return app, client, plan


def asks(plan: dict, follow_up: str) -> dict[str, list[Ask]]:
    at, stale = f"/v1/plans/{plan['plan_id']}", {"if_match": STALE}
    step = f"{at}/activities/{plan['activities'][0]['activity_id']}"
    this = "{plan_id}/activities/{activity_id}"
    national = {"params": {"period": "2026Q4"}}
    return {
        "GET /v1/interventions": [Ask("/v1/interventions")],
        "GET /v1/interventions/{code}": [Ask(ENTRY)],
        "PUT /v1/interventions/{code}": [Ask(ENTRY, {"json": OWN, **stale})],
        "GET /v1/plan-limits/{unit_code}": [Ask("/v1/plan-limits/A1")],
        "PUT /v1/plan-limits/{unit_code}": [Ask("/v1/plan-limits/A1", {"json": LIMITS, **stale})],
        "GET /v1/plans": [Ask("/v1/plans", listed=has("plan_id", plan["plan_id"]))],
        "GET /v1/plans/counts": [Ask("/v1/plans/counts?unit=A1")],
        "GET /v1/plans/carried/{person_id}": [Ask(f"/v1/plans/carried/{ident('own')}")],
        "GET /v1/plans/{plan_id}": [Ask(at)],
        "PATCH /v1/plans/{plan_id}": [Ask(at, {"json": {"activities": []}, **stale})],
        "POST /v1/plans/{plan_id}/propose-again": [Ask(f"{at}/propose-again", {"json": LIMITS, **stale})],
        "POST /v1/plans/{plan_id}/agree": [Ask(f"{at}/agree", stale)],
        "POST /v1/plans/{plan_id}/close": [Ask(f"{at}/close", {"json": {"outcome": "abandoned"}, **stale})],
        f"POST /v1/plans/{this}/start": [Ask(f"{step}/start")],
        f"POST /v1/plans/{this}/complete": [Ask(f"{step}/complete", {"json": {"hours": 1}})],
        f"POST /v1/plans/{this}/cancel": [Ask(f"{step}/cancel")],
        "GET /v1/follow-ups": [Ask("/v1/follow-ups", listed=has("follow_up_id", follow_up))],
        "GET /v1/follow-ups/{follow_up_id}": [Ask(f"/v1/follow-ups/{follow_up}")],
        "POST /v1/follow-ups/{follow_up_id}/answer": [
            Ask(f"/v1/follow-ups/{follow_up}/answer", {"json": {"applied": 4}})
        ],
        **of_releases("plans"),
        **of_audit("planning"),
        "GET /v1/national/interventions": [Ask("/v1/national/interventions")],
        "GET /v1/national/plans": [Ask("/v1/national/plans", national)],
        "GET /v1/national/plans/units": [
            Ask("/v1/national/plans/units", {"params": {"period": "2026Q4", "region": "nowhere"}})
        ],
    }


@pytest.mark.timeout(400)  # some thousand requests
async def test_everybody_may_what_the_table_says_and_no_more(served, token):
    app, client, plan = served
    root = client.using(token("programme-manager", units=("C",)))
    waiting = (await root.get(f"/v1/follow-ups?plan={plan['plan_id']}")).json["items"]
    every = asks(plan, next(each["follow_up_id"] for each in waiting if each["days"] == 30))
    assert every.keys() == documented(app.openapi())
    callers = [token("programme-manager", units=("C",))]
    assert await unaudited(app, every, callers, str(ident("own")), PEPPER) == set()
    assert await crossed(app, token, PLACE, every) == []
    assert (await root.get(f"/v1/plans/{plan['plan_id']}")).json == plan


async def test_seeing_by_one_role_and_acting_by_another_is_not_acting(served, token):
    """HRIS sees the plans of its units and leaders agree their own; both in one token agree nobody else's."""
    _, client, plan = served
    both = client.using(token("hris", "leader", units=("A",), subject="far"))
    at = f"/v1/plans/{plan['plan_id']}"
    assert (await both.get(at)).status == 200
    refused = await both.post(f"{at}/agree", if_match=f'"{plan["version"]}"')
    assert (refused.status, refused.code) == (403, "role-missing")


@pytest.mark.parametrize("role", ["ops", "service", "hris"])
async def test_a_team_is_seen_by_its_leader_alone(served, token, role):
    _, client, plan = served
    boss = client.using(token(role, subject="boss"))
    answer = await boss.get("/v1/plans")
    assert answer.status == 403 or answer.json["items"] == []
    assert (await boss.get(f"/v1/plans/{plan['plan_id']}")).status in (403, 404)
