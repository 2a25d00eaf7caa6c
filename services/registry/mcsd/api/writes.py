"""Feed in (ITI-130): create, update, conditional update, and bundles of them."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from services.registry.mcsd import terms
from services.registry.mcsd.api.edge import BASE, ReadRoute, WriteRoute, address
from services.registry.mcsd.api.reads import asker, recorded_here
from services.registry.mcsd.api.received import resource_of
from services.registry.mcsd.commands import submissions, transactions
from services.registry.mcsd.commands.references import Feed
from services.registry.mcsd.commands.submissions import Applied
from services.registry.mcsd.queries.boundaries import whole
from services.registry.mcsd.sent_people import wrong
from shared.auth import rights
from shared.errors import NotFound, Problem
from shared.fhir.formats import answer, asked
from shared.fhir.operation_outcome import outcome
from shared.http import Caller, Writes, problems

router = APIRouter(prefix=BASE, route_class=WriteRoute, include_in_schema=False)
rest = APIRouter(prefix=BASE, route_class=ReadRoute, include_in_schema=False)


@router.post("")
async def bundle(session: Writes, caller: Caller, request: Request) -> Response:
    """A transaction or batch."""
    for right in submissions.RIGHTS.values():
        rights.require(caller, right)
    sent = await resource_of(request, "Bundle")
    for entry in sent.get("entry", ()):
        recorded_here(entry.get("resource", {}).get("resourceType", ""), request)
    answered = await transactions.apply(session, asker(caller, request), sent, _outcome)
    return answer(answered, asked(request))


@router.post("/{kind}")
async def resource_create(kind: str, session: Writes, caller: Caller, request: Request) -> Response:
    """A new resource; with If-None-Exist only where the condition finds none."""
    feeding = _feeding(kind, caller, request)
    sent = await resource_of(request, kind)
    condition = request.headers.get("if-none-exist")
    return await _answered(
        request, session, kind, await submissions.create(session, feeding, sent, condition)
    )


@router.put("/{kind}")
async def resource_put(kind: str, session: Writes, caller: Caller, request: Request) -> Response:
    """The resource that a condition finds, `?identifier=system|value`, updated, or a new one."""
    feeding = _feeding(kind, caller, request)
    sent = await resource_of(request, kind)
    if_match, query = _condition(request), request.url.query
    return await _answered(
        request, session, kind, await submissions.update_matching(session, feeding, query, sent, if_match)
    )


@router.put("/{kind}/{id_}")
async def resource_update(kind: str, id_: str, session: Writes, caller: Caller, request: Request) -> Response:
    """A resource as it was sent; with If-Match only from that version."""
    feeding = _feeding(kind, caller, request)
    if not terms.is_id(id_):
        raise wrong(f"/{kind}/id", "malformed", "An id has letters, digits, hyphens and dots, 64 at most.")
    sent = await resource_of(request, kind)
    return await _answered(
        request, session, kind, await submissions.update(session, feeding, id_, sent, _condition(request))
    )


@rest.api_route("/{_:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def anything_else(request: Request) -> Response:
    """What no interaction is."""
    if request.method in ("PATCH", "DELETE"):
        raise HTTPException(405, headers={"Allow": "GET, POST, PUT"})
    raise NotFound("route-unknown", "There is no such interaction.")


def _feeding(kind: str, caller: Caller, request: Request) -> Feed:
    submissions.fed(kind)
    rights.require(caller, submissions.RIGHTS[kind])
    recorded_here(kind, request)
    return Feed(asker(caller, request), {})


def _condition(request: Request) -> str | None:
    request.state.if_match_checked = True  # by the command, which knows the version
    return request.headers.get("if-match")


async def _answered(request: Request, session: AsyncSession, kind: str, applied: Applied) -> Response:
    status = 201 if applied.created else 200
    if applied.resource is None:
        return Response(status_code=204)
    meta: dict[str, Any] = applied.resource["meta"]
    at = f"{address(request)}/{kind}/{applied.id}/_history/{meta['versionId']}"
    headers = {"ETag": f'W/"{meta["versionId"]}"', "Location": at}
    return answer(await whole(session, applied.resource), asked(request), status, headers)


def _outcome(problem: Problem) -> dict[str, Any]:
    return outcome(orjson.loads(bytes(problems.response(problem).body)))
