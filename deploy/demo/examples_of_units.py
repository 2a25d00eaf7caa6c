"""Units, people and posts that the API page's examples can close, move, merge, split and end."""

from datetime import date, timedelta
from typing import Any

import orjson

from deploy.demo.api import Api, Json
from steward_client import models

MARK = "TRY-"  # codes of what is there to be tried on
HRIS = "hris"
ROLE = "facility-manager"


async def prepare(api: Api, root: str, district: str, today: date) -> dict[str, dict[str, Any]]:
    """Make them in a district, and give what each operation is to be filled in with."""
    codes = {name: f"{MARK}{name.upper()}" for name in ("close", "move", "split", "merge", "into")}
    hris = api.acting(HRIS)
    for name, code in codes.items():
        await hris.post_units(_unit(code, f"To try out: {name}", district, today))
    day = (today + timedelta(days=30)).isoformat()
    other = await _other_district(api, root, district)
    person = await hris.post_people({"external_id": f"{MARK}1", "family_name": "Example", "cadre": "Nurse"})
    held = await hris.post_posts(_post(f"{MARK}P1", person["person_id"], codes["into"], today))
    halves = [
        {"unit_code": f"{MARK}{side}", "name": f"Half {side}", "type": "Health Centre"} for side in "AB"
    ]
    lines = [
        {"external_id": f"{MARK}{n}", "family_name": name} for n, name in ((11, "Kamara"), (12, "Sesay"))
    ]
    place = {"unit_code": codes["into"], "role_code": ROLE, "valid_from": today.isoformat()}
    posts = [{"external_id": f"{MARK}P11", "person_external_id": f"{MARK}1", **place}]
    return {
        "GET /v1/units/{code}": _code(district),
        "GET /v1/units/{code}/versions": _code(district),
        "GET /v1/roles/{code}": _code(ROLE),
        "POST /v1/units": {"body": _unit(f"{MARK}NEW", "A new health centre", district, today)},
        "POST /v1/units/{code}/close": _code(codes["close"])
        | {"body": {"on": day, "successors": [codes["into"]]}},
        "POST /v1/units/{code}/move": _code(codes["move"]) | {"body": {"on": day, "parent": other}},
        "POST /v1/units/{code}/split": _code(codes["split"]) | {"body": {"on": day, "into": halves}},
        "POST /v1/unit-merges": {"body": {"units": [codes["merge"]], "into": codes["into"], "on": day}},
        "POST /v1/posts": {"body": _post(f"{MARK}P2", person["person_id"], codes["into"], today)},
        "POST /v1/posts/{post_id}/end": {
            "parameters": {"post_id": held["post_id"]},
            "body": {"last_day": day},
        },
        "POST /v1/imports/people": {"body": _lines(lines)},
        "POST /v1/imports/posts": {"body": _lines(posts)},
        "POST /v1/imports/facilities": {"body": await _list(api, root, district)},
    }


def _code(code: str) -> dict[str, Any]:
    return {"parameters": {"code": code}}


def _unit(code: str, name: str, parent: str, today: date) -> models.UnitToCreate:
    return {
        "unit_code": code, "name": name, "level": "facility", "type": "Health Centre", "ownership": "MoH",
        "parent": parent, "open_from": today.isoformat(),
    }  # fmt: skip


def _post(key: str, person_id: str, unit: str, today: date) -> models.PostToCreate:
    return {
        "external_id": key, "person_id": person_id, "unit_code": unit, "role_code": ROLE,
        "valid_from": today.isoformat(),
    }  # fmt: skip


def _lines(rows: list[Json]) -> str:
    return "".join(orjson.dumps(row).decode() + "\n" for row in rows)


async def _list(api: Api, root: str, district: str) -> str:
    """A facility list with one new facility in the district."""
    reader = api.acting()
    below = await reader.get_units_by_code(district)
    region = await reader.get_units_by_code(str(below["parent"]))
    country = await reader.get_units_by_code(root)
    row = ("A Listed Centre", "Health Centre", "MoH", country["name"], region["name"], below["name"])
    return "name,type,ownership,country,region,district\n" + ",".join(row) + "\n"


async def _other_district(api: Api, root: str, district: str) -> str:
    """Another unit of the same level, to move something to."""
    found = [item async for item in api.acting().all_units(under=root, level="district")]
    return next(item["unit_code"] for item in found if item["unit_code"] != district)
