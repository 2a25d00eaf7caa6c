"""Calls that work as they stand on this very instance, for the API page: by operation, what to fill in.

They are for one sign-in that has every role and is a leader too: `leader` is asked to rate others, is rated, and
has a plan. What a call uses up, an open cycle or a unit that can be closed, is made for it, and used by no other.
"""

from datetime import date, timedelta
from typing import Any

import orjson

from deploy.demo import (
    examples_of_clients,
    examples_of_erasure,
    examples_of_establishment,
    examples_of_imports,
    examples_of_pairs,
    examples_of_plans,
    examples_of_readers,
    examples_of_sources,
    examples_of_transfers,
    examples_of_units,
    examples_of_webhooks,
    rounds,
    timeline,
)
from deploy.demo.api import Api, Refused
from deploy.demo.examples_of_releases import releases
from deploy.demo.staffing import LEVELS
from shared import periods
from steward_client import Client, models

Examples = dict[str, dict[str, Any]]
TRIAL = "trial"  # an overlay that is drafted, to be published


async def prepare(api: Api, root: str, leader: str) -> Examples:
    """Examples by `METHOD /path`, each `parameters` by name and, where the body names something, a `body`.

    `leader` is the sign-in name of a person who holds a post below `root`.
    """
    who = f"leader:{leader}"
    me = (await api.acting(who).get_me())["person"]
    assert me is not None
    held = await api.acting("hris").get_posts(person=me["person_id"])
    post = held["items"][0]
    unit = await api.acting().get_units_by_code(post["unit_code"])
    district = str(unit["parent"])
    today = await timeline.today(api)
    found: Examples = await examples_of_sources.prepare(api, leader)
    found |= await examples_of_clients.prepare(api, root, leader)
    found |= await releases(api) | await examples_of_units.prepare(api, root, district, today)
    found |= _people(me["person_id"], post["post_id"]) | _figures(root, district, today)
    found |= examples_of_establishment.figures(district, unit["unit_code"], today)
    found |= await examples_of_imports.prepare(api) | await examples_of_erasure.prepare(api, today)
    found |= await examples_of_pairs.prepare(api) | await examples_of_webhooks.prepare(api, leader)
    found |= await examples_of_readers.prepare(api, leader)
    found |= await examples_of_transfers.prepare(api, unit["unit_code"], me["person_id"], today)
    found |= await _cycles(api, unit, today)
    closed = found["POST /v1/cycles/{cycle_id}/close"]["parameters"]["cycle_id"]
    found |= await _ratings(api, who, me["person_id"], closed)
    found |= await _written(api, root, district, today)
    return found | await examples_of_plans.prepare(api, who, me["person_id"])


def _with(**parameters: Any) -> dict[str, Any]:
    return {"parameters": parameters}


def _people(person: str, post: str) -> Examples:
    paths = ("", "/versions", "/profile", "/archive", "/archive-to-hand-over")
    found = {f"GET /v1/people/{{person_id}}{path}": _with(person_id=person) for path in paths}
    found |= {f"GET /v1/posts/{{post_id}}{path}": _with(post_id=post) for path in ("", "/versions")}
    return found | {"GET /v1/people-scores/{person_id}": _with(person_id=person)}


def _figures(root: str, district: str, today: date) -> Examples:
    """Reads of published figures: of the whole, in the last quarter that is complete."""
    quarter = periods.previous(periods.of(today))
    of_root = {"unit": root, "period": quarter, "indicator": "OP-01"}
    paths = ("rollups", "rollups/children", "indicator-values", "indicator-values/children")
    found = {f"GET /v1/{path}": _with(**of_root) for path in paths}
    found["GET /v1/units/{code}/overview"] = _with(code=root, period=quarter)
    found["GET /v1/plans/counts"] = _with(unit=district)
    return found


async def _cycles(api: Api, unit: models.UnitInFull, today: date) -> Examples:
    """One cycle to look at, one to open, one to close, and one to draft, each in a unit of its own."""
    others = [
        item["unit_code"]
        async for item in api.acting().all_units(under=unit["parent"], level="facility")
        if item["unit_code"] != unit["unit_code"] and not item["unit_code"].startswith(examples_of_units.MARK)
    ]
    opened, closed = await _open(api, str(unit["parent"]), others[0], today)
    far = today + timedelta(days=120)
    drafted = (await api.acting().post_cycles({**_draft(others[1], far), "overlapping": True}))["cycle_id"]
    past = [item async for item in api.acting().all_cycles(state="closed")]
    found = {
        "GET /v1/cycles/{cycle_id}": _with(cycle_id=opened),
        "GET /v1/cycles/{cycle_id}/reliability": _with(cycle_id=past[-1]["cycle_id"], level="I"),
    }
    found["POST /v1/cycles"] = {"body": _draft(others[2], far)}
    found["POST /v1/cycles/{cycle_id}/open"] = _with(cycle_id=drafted)
    found["POST /v1/cycles/{cycle_id}/close"] = _with(cycle_id=closed)
    return found


def _draft(unit: str, first: date) -> models.CycleDraft:
    return {
        "unit_code": unit, "role_codes": sorted(LEVELS), "framework_code": rounds.FRAMEWORK,
        "framework_version": 1, "starts_on": first.isoformat(),
        "ends_on": (first + timedelta(days=28)).isoformat(),
    }  # fmt: skip


async def _open(api: Api, district: str, elsewhere: str, today: date) -> tuple[str, str]:
    """A cycle that is open in the leader's district, and one more in another unit of it, to be closed."""
    manager = api.acting()
    known = [item async for item in manager.all_cycles(state="open", unit=district)]
    if known:
        first = known[0]["cycle_id"]
    else:
        first = (await manager.post_cycles(_draft(district, today)))["cycle_id"]
        await _until_open(api, first)
    closed = (await manager.post_cycles({**_draft(elsewhere, today), "overlapping": True}))["cycle_id"]
    await _until_open(api, closed)
    return first, closed


async def _until_open(api: Api, cycle_id: str) -> None:
    """Open it, unless the timer was faster, since its first day has come."""
    manager = api.acting()
    try:
        await manager.post_cycles_by_cycle_id_open(cycle_id)
    except Refused as refused:
        if refused.code != "cycle-not-draft":
            raise
    await api.until(
        "a cycle to open",
        lambda: manager.get_cycles_by_cycle_id(cycle_id),
        lambda cycle: cycle["state"] == "open",
    )


async def _ratings(api: Api, who: str, person: str, closed: str) -> Examples:
    """Requests to the leader, one for each thing that can be done with them; answers that others still owe.

    None of the cycle that is `closed` by another call.
    """
    manager, rater = api.acting(), api.acting(who)
    opened = [item async for item in manager.all_assessments(state="open") if item["cycle_id"] != closed]
    going_on = {item["assessment_id"] for item in opened}
    invited = [item async for item in rater.all_rater_requests(state="invited")]
    asked = [item for item in invited if item["assessment_id"] in going_on]
    accept, decline, answer = (item["request_id"] for item in asked[:3])
    await rater.post_rater_requests_by_request_id_accept(answer)
    level = str((await rater.get_rater_requests_by_request_id(answer))["level"])
    items = len((await manager.get_instruments_by_level(level))["items"])
    ratings = {"ratings": [4] * items}
    path = "/v1/rater-requests/{request_id}"
    found = {
        f"GET {path}": _with(request_id=answer),
        f"POST {path}/accept": _with(request_id=accept),
        f"POST {path}/decline": _with(request_id=decline),
        f"POST {path}/response": _with(request_id=answer) | {"body": ratings},
    }
    done = [item async for item in manager.all_assessments(person=person, state="completed")]
    for part in ("", "/raters", "/result"):
        found[f"GET /v1/assessments/{{assessment_id}}{part}"] = _with(assessment_id=done[-1]["assessment_id"])
    entered, joined = [item for item in opened if item["person_id"] != person][:2]
    found["POST /v1/responses/bulk"] = {"body": await _line(manager, entered, person)}
    found["POST /v1/assessments/{assessment_id}/raters"] = _with(assessment_id=joined["assessment_id"]) | {
        "body": {"raters": [{"person_id": await _stranger(api, joined), "category": "partner"}]}
    }
    return found


async def _line(manager: Client, entered: models.Assessment, person: str) -> str:
    """An answer on paper by somebody who was asked and has not answered, as a line of NDJSON."""
    owed = (await manager.get_assessments_by_assessment_id_raters(entered["assessment_id"]))["requests"]
    rater = next(
        item
        for item in owed
        if item["person_id"] != person and item["state"] == "invited" and item["category"] != "self"
    )
    items = len((await manager.get_instruments_by_level(entered["level"]))["items"])
    line: models.Line = {
        "assessment_id": entered["assessment_id"],
        "rater_person_id": rater["person_id"],
        "category": rater["category"],
        "ratings": [3] * items,
    }
    text: bytes = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
    return text.decode()


async def _stranger(api: Api, invited: models.Assessment) -> str:
    """Somebody who was not asked about an assessment."""
    asked = await api.acting().get_assessments_by_assessment_id_raters(invited["assessment_id"])
    known = {item["person_id"] for item in asked["requests"]} | {invited["person_id"]}
    people = await api.acting("hris").get_people(limit=200, active=True)
    return next(item["person_id"] for item in people["items"] if item["person_id"] not in known)


async def _written(api: Api, root: str, district: str, today: date) -> Examples:
    """What is written as the page's own examples say it, so that it can be read, and a draft be published."""
    paths = (await api.get("/openapi.json"))["paths"]
    framework = "/v1/frameworks/{code}/versions/{number}"
    target = {"indicator": "OP-01", "period": periods.of(today)}
    places: dict[str, dict[str, Any]] = {
        framework: {"code": TRIAL, "number": 1},
        "/v1/plan-limits/{unit_code}": {"unit_code": district},
        "/v1/targets/{indicator}/{period}/units/{unit}": target | {"unit": root},
        "/v1/targets/{indicator}/{period}/levels/{level}": target | {"level": "district"},
    }
    found: Examples = {}
    for path, parameters in places.items():
        media = paths[path]["put"]["requestBody"]["content"]["application/json"]
        body = media["example"] if "example" in media else next(iter(media["examples"].values()))["value"]
        await api.call("PUT", path.format(**parameters), json=body)
        found[f"GET {path}"] = _with(**parameters)
    found[f"GET {framework}"] = _with(code=rounds.FRAMEWORK, number=1)
    return found | {f"POST {framework}/publish": _with(**places[framework])}
