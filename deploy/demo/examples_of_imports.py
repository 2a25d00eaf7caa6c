"""Imports for the API page: one to look at, and a full list whose missing person waits for a second one's word."""

from typing import Any

from deploy.demo.api import Api, Json
from deploy.demo.examples_of_units import HRIS, MARK, ROLE
from shared.auth.caller import DEVELOPMENT_ISSUER

AT = "/v1/imports"
SYSTEM, SUBJECT = "trial-lists", "trial-lists"
OPS = "ops"


async def prepare(api: Api) -> dict[str, dict[str, Any]]:
    """Load somebody, and of another source system two people of whom its full list names one."""
    sent = await api.lines(f"{AT}/people", [_person(31)], who=HRIS)
    other = await _waiting(api)
    waits = await api.get(f"{AT}/{other['import_id']}")
    one = {"parameters": {"import_id": sent["import_id"]}}
    places = ("", "/report", "/absent")
    forms = {"GET /v1/source-systems/{code}/forms/{kind}": {"parameters": {"code": SYSTEM, "kind": "people"}}}
    return forms | {f"GET {AT}/{{import_id}}{place}": one for place in places} | {
        f"POST {AT}/{{import_id}}/approve": {
            "parameters": {"import_id": other["import_id"]}, "body": {"digest": waits["absent_digest"]}
        }
    }  # fmt: skip


def _person(number: int) -> Json:
    return {"external_id": f"{MARK}{number}", "family_name": "Example", "cadre": "Nurse"}


async def _waiting(api: Api) -> Json:
    """The report of a full list with a line that is rejected, so that nobody is deactivated by it."""
    who = f"{HRIS}:{SUBJECT}"
    system = {"code": SYSTEM, "name": "Lists to try out", "kind": "hris", "sends": ["people", "posts"]}
    await api.post("/v1/source-systems", system, who=OPS)
    client = {"iss": DEVELOPMENT_ISSUER, "sub": SUBJECT}
    await api.post(f"/v1/source-systems/{SYSTEM}/clients", client, who=OPS)
    people = [_person(number) for number in (41, 42)]
    await api.lines(f"{AT}/people", people, who=who)
    place = await api.get(f"/v1/units/{MARK}INTO")
    post = {"unit_code": place["unit_code"], "role_code": ROLE, "valid_from": place["open_from"]}
    posts = [
        {"external_id": f"{MARK}P{n}", "person_external_id": f"{MARK}{n}", "primary": False, **post}
        for n in (41, 42)
    ]
    await api.lines(f"{AT}/posts", posts, who=who)
    rejected = _person(43) | {"birth_year": 1900, "sex": "unknown"}
    return await api.lines(f"{AT}/people?full=true&lines=2", [people[0], rejected], who=who)
