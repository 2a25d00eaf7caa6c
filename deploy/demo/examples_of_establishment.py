"""Established posts, norms and staffing minimums for the API page, of units that this instance has."""

from datetime import date
from typing import Any

import orjson

ROLE = "facility-manager"
CADRE = "Nurse"


def figures(district: str, facility: str, today: date) -> dict[str, dict[str, Any]]:
    """Reads of a district, and figures to set at a facility in it from today on."""
    place = {"unit_code": facility, "valid_from": today.isoformat()}
    established = {**place, "role_code": ROLE, "posts": 1}
    minimum = {**place, "cadre": CADRE, "staff": 2}
    of_unit = {"parameters": {"unit": district}}
    paths = ("establishment", "established-posts", "staffing-minimums")
    return {f"GET /v1/{path}": of_unit for path in paths} | {
        "POST /v1/established-posts": {"body": established},
        "POST /v1/staffing-minimums": {"body": minimum},
        "POST /v1/imports/established-posts": {"body": _line(established)},
        "POST /v1/imports/staffing-minimums": {"body": _line(minimum)},
    }


def _line(values: dict[str, Any]) -> str:
    return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE).decode()
