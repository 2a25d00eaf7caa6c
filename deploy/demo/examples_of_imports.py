"""Imports for the API page: one to look at, and a full list whose missing person waits for a second one's word."""

from typing import Any

import orjson

from deploy.demo.api import Api
from deploy.demo.examples_of_units import HRIS, MARK, ROLE
from shared.auth.caller import DEVELOPMENT_ISSUER
from steward_client import models

AT = "/v1/imports"
SYSTEM, SUBJECT = "trial-lists", "trial-lists"
OPS = "ops"


async def prepare(api: Api) -> dict[str, dict[str, Any]]:
    """Load somebody, and of another source system two people of whom its full list names one."""
    sent = await api.acting(HRIS).post_imports_people([_person(31)])
    other = await _waiting(api)
    waits = await api.acting().get_imports_by_import_id(other["import_id"])
    one = {"parameters": {"import_id": sent["import_id"]}}
    places = ("", "/report", "/absent")
    forms = {"GET /v1/source-systems/{code}/forms/{kind}": {"parameters": {"code": SYSTEM, "kind": "people"}}}
    return forms | {f"GET {AT}/{{import_id}}{place}": one for place in places} | {
        f"POST {AT}/{{import_id}}/approve": {
            "parameters": {"import_id": other["import_id"]}, "body": {"digest": waits["absent_digest"]}
        }
    }  # fmt: skip


def _person(number: int) -> models.PersonLine:
    return {"external_id": f"{MARK}{number}", "family_name": "Example", "cadre": "Nurse"}


async def _waiting(api: Api) -> models.ImportReport:
    """The report of a full list with a line that is rejected, so that nobody is deactivated by it."""
    ops, sender = api.acting(OPS), api.acting(f"{HRIS}:{SUBJECT}")
    await ops.post_source_systems(
        {"code": SYSTEM, "name": "Lists to try out", "kind": "hris", "sends": ["people", "posts"]}
    )
    await ops.post_source_systems_by_code_clients(SYSTEM, {"iss": DEVELOPMENT_ISSUER, "sub": SUBJECT})
    people = [_person(number) for number in (41, 42)]
    await sender.post_imports_people(people)
    place = await api.acting().get_units_by_code(f"{MARK}INTO")
    await sender.post_imports_posts([_post(number, place) for number in (41, 42)])
    rejected = orjson.dumps({**_person(43), "birth_year": 1900, "sex": "unknown"}) + b"\n"
    return await sender.post_imports_people([people[0], rejected], full=True, lines_=2)


def _post(number: int, place: models.UnitInFull) -> models.PostLine:
    return {
        "external_id": f"{MARK}P{number}", "person_external_id": f"{MARK}{number}", "primary": False,
        "unit_code": place["unit_code"], "role_code": ROLE, "valid_from": place["open_from"],
    }  # fmt: skip
