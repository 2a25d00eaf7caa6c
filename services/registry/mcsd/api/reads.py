"""Read, version read and search of the directory's resources (ITI-90)."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request, Response

from services.registry.mcsd import bundles, terms
from services.registry.mcsd.api.audited import entries_of, note_people
from services.registry.mcsd.api.edge import BASE, ReadRoute, address
from services.registry.mcsd.capability import statement
from services.registry.mcsd.history_request import history
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.boundaries import whole
from services.registry.mcsd.queries.conditions import PARAMETERS
from services.registry.mcsd.queries.history import Page, changes
from services.registry.mcsd.queries.included import included
from services.registry.mcsd.queries.resource_history import changes_of, gone, version, was_deleted
from services.registry.mcsd.queries.search import find, read
from services.registry.mcsd.queries.visible import RIGHTS
from services.registry.mcsd.search_request import cursor, search
from shared import clock
from shared.auth import rights
from shared.errors import BadRequest, NotFound, UnsupportedMedia
from shared.fhir.formats import answer, asked
from shared.http import Caller, Reads

router = APIRouter(prefix=BASE, route_class=ReadRoute, include_in_schema=False)
FORM = "application/x-www-form-urlencoded"
Pairs = list[tuple[str, str]]


@router.get("/metadata")
async def metadata(caller: Caller, request: Request) -> Response:
    """What this server can do."""
    rights.require(caller, "sign-in.read")
    people = request.app.state.settings.federation != "hub"
    return answer(statement(address(request), clock.today().isoformat(), people=people), asked(request))


@router.get("/{kind}/_history")
async def kind_history(kind: str, session: Reads, caller: Caller, request: Request) -> Response:
    """A page of what changed of a kind of resource (ITI-91)."""
    served(kind, caller, request)
    pairs = request.query_params.multi_items()
    page = await changes(session, kind, history(pairs), asker(caller, request))
    return _of_history(request, f"{kind}/_history", pairs, page)


@router.get("/{kind}/{id_}/_history")
async def resource_history(kind: str, id_: str, session: Reads, caller: Caller, request: Request) -> Response:
    """The versions of one resource."""
    served(kind, caller, request)
    pairs = request.query_params.multi_items()
    page = await changes_of(session, kind, id_, history(pairs), asker(caller, request))
    return _of_history(request, f"{kind}/{id_}/_history", pairs, page)


@router.get("/{kind}/{id_}/_history/{number}")
async def resource_version(
    kind: str, id_: str, number: str, session: Reads, caller: Caller, request: Request
) -> Response:
    """One version of a resource."""
    served(kind, caller, request)
    found = await version(session, kind, id_, number, asker(caller, request))
    return answered(request, await whole(session, found))


@router.get("/{kind}/{id_}")
async def resource_read(kind: str, id_: str, session: Reads, caller: Caller, request: Request) -> Response:
    """One resource as it is now."""
    served(kind, caller, request)
    asking = asker(caller, request)
    try:
        return answered(request, await whole(session, await read(session, kind, id_, asking)))
    except NotFound:
        if await was_deleted(session, kind, id_, asking):
            raise gone() from None
        raise


@router.get("/{kind}")
async def resource_search(kind: str, session: Reads, caller: Caller, request: Request) -> Response:
    """A page of the resources that match."""
    return await _search(kind, session, caller, request, request.query_params.multi_items())


@router.post("/{kind}/_search")
async def resource_search_by_form(kind: str, session: Reads, caller: Caller, request: Request) -> Response:
    """The same, with parameters in the body, or in both."""
    return await _search(kind, session, caller, request, await form_of(request))


async def form_of(request: Request) -> Pairs:
    """The parameters of a search by POST, in its address and its body. Raises UnsupportedMedia, BadRequest."""
    media = request.headers.get("content-type", FORM).partition(";")[0].strip().lower()
    body = await request.body()
    if body and media != FORM:
        raise UnsupportedMedia("media-type-unsupported", f"A search by POST is {FORM}.")
    try:
        form = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=100)
    except ValueError:
        raise BadRequest("search-invalid", "The parameters in the body cannot be read.") from None
    return [*request.query_params.multi_items(), *form]


def _of_history(request: Request, path: str, pairs: Pairs, page: Page) -> Response:
    base = address(request)
    links = [("self", linked(base, path, pairs))]
    if (after := page.after) is not None:
        rest = [pair for pair in pairs if pair[0] != "_cursor"]
        following = cursor([after.until, after.position, after.ordinal])
        links.append(("next", linked(base, path, [*rest, ("_cursor", following)])))
    bundle = bundles.history(base, links, page.entries, page.until)
    note_people(request, path.partition("/")[0], entries_of(bundle))
    return answer(bundle, asked(request))


async def _search(kind: str, session: Reads, caller: Caller, request: Request, pairs: Pairs) -> Response:
    served(kind, caller, request)
    wanted = search(kind, pairs, PARAMETERS[kind])
    asking = asker(caller, request)
    found = await find(session, wanted, asking)
    base = address(request)
    links = [("self", linked(base, kind, pairs))]
    if found.after is not None:
        rest = [pair for pair in pairs if pair[0] not in ("_cursor", "_total")]
        links.append(("next", linked(base, kind, [*rest, ("_cursor", found.after)])))
    others = await included(session, wanted, asking, found.matches)
    bundle = bundles.searchset(base, links, found.matches, others, found.total)
    note_people(request, kind, [*found.matches, *others])
    return answer(bundle, asked(request))


def served(kind: str, caller: Caller, request: Request) -> None:
    """Pass for a resource that the caller may read at all, before anything else is looked at.

    Raises NotFound `resource-type-unknown` for what the directory does not have, Forbidden `role-missing`, and as
    `recorded_here`.
    """
    if kind not in terms.SERVED:
        raise NotFound("resource-type-unknown", f"The resources here are {', '.join(terms.SERVED)}.")
    rights.require(caller, RIGHTS[kind])
    recorded_here(kind, request)


def recorded_here(kind: str, request: Request) -> None:
    """Pass for a kind that this instance records. Raises NotFound `not-at-hub` for people and posts at a hub."""
    if kind in terms.OF_PEOPLE and request.app.state.settings.federation == "hub":
        raise NotFound("not-at-hub", "A hub records no people: ask the region that they work in.")


def asker(caller: Caller, request: Request) -> Asked:
    """Who asks, and how they address this server."""
    hub = request.app.state.settings.federation == "hub"
    return Asked(caller, (address(request), BASE), of_regions=hub)


def answered(request: Request, resource: dict[str, Any], status: int = 200, **headers: str) -> Response:
    """One resource with its version and time."""
    meta = resource["meta"]
    note_people(request, resource["resourceType"], [resource])
    return answer(resource, asked(request), status, {"ETag": f'W/"{meta["versionId"]}"', **headers})


def linked(base: str, path: str, pairs: Pairs) -> str:
    """An address with parameters."""
    return f"{base}/{path}?{urlencode(pairs)}" if pairs else f"{base}/{path}"
