"""The audit of what was done in FHIR, as AuditEvents (ITI-81): read by auditors alone, written by nobody."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.registry.mcsd import bundles, terms
from services.registry.mcsd.api.edge import BASE, ReadRoute, address
from services.registry.mcsd.api.reads import Pairs, form_of, linked
from services.registry.mcsd.audit_events import audit_event
from services.registry.mcsd.audit_request import audit_search
from services.registry.mcsd.queries.audit_events import find
from services.registry.mcsd.queries.search import unknown
from services.registry.mcsd.search_request import cursor
from shared.audit_reading.queries import READ
from shared.auth import rights
from shared.fhir.formats import answer, asked
from shared.http import Caller, Reads

router = APIRouter(prefix=f"{BASE}/{terms.AUDITED}", route_class=ReadRoute, include_in_schema=False)


@router.get("")
async def audit_events(session: Reads, caller: Caller, request: Request) -> Response:
    """A page of what was read and written, oldest first."""
    return await _search(session, caller, request, request.query_params.multi_items())


@router.post("/_search")
async def audit_events_by_form(session: Reads, caller: Caller, request: Request) -> Response:
    """The same, with parameters in the body, or in both."""
    rights.require(caller, READ)
    return await _search(session, caller, request, await form_of(request))


@router.get("/{id_}")
async def audit_event_read(id_: str, session: Reads, caller: Caller, request: Request) -> Response:
    """One entry. It has one version."""
    rights.require(caller, READ)
    found = await find(session, caller, audit_search([("_id", id_)], ()))
    if not found["items"]:
        raise unknown()
    resource = audit_event(found["items"][0], address(request))
    _note(request, found["items"])
    return answer(resource, asked(request), headers={"ETag": 'W/"1"'})


async def _search(session: Reads, caller: Caller, request: Request, pairs: Pairs) -> Response:
    rights.require(caller, READ)
    base = address(request)
    found = await find(session, caller, audit_search(pairs, (base, BASE)))
    items = found["items"]
    links = [("self", linked(base, terms.AUDITED, pairs))]
    if found["next"] is not None:
        rest = [pair for pair in pairs if pair[0] != "_cursor"]
        following = cursor([str(items[-1]["entry_id"])])
        links.append(("next", linked(base, terms.AUDITED, [*rest, ("_cursor", following)])))
    _note(request, items)
    bundle = bundles.searchset(base, links, [audit_event(each, base) for each in items], [], None)
    return answer(bundle, asked(request))


def _note(request: Request, items: list[dict[str, Any]]) -> None:
    """Say whom the answer names: reading the audit is audited too."""
    request.state.people = {UUID(str(each["person_id"])) for item in items for each in item["people"]}
