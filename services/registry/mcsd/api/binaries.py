"""Boundaries that are stored apart, by the address that pages have of them (FHIR R4, Binary)."""

import base64

from fastapi import APIRouter, Request, Response

from services.registry.mcsd import terms
from services.registry.mcsd.api.edge import BASE, BinaryRoute
from services.registry.mcsd.boundaries import FORM
from services.registry.mcsd.queries import boundaries
from services.registry.mcsd.queries.visible import RIGHTS
from shared.auth import rights
from shared.errors import NotAcceptable
from shared.fhir.formats import answer, asked
from shared.http import Caller, Reads

router = APIRouter(prefix=f"{BASE}/{terms.BINARY}", route_class=BinaryRoute, include_in_schema=False)


@router.get("/{digest}")
async def binary_read(digest: str, session: Reads, caller: Caller, request: Request) -> Response:
    """The GeoJSON itself; as a resource where a form of FHIR is asked for by name."""
    rights.require(caller, RIGHTS[terms.LOCATION])
    content = await boundaries.content(session, digest)
    headers = {"Cache-Control": "private, max-age=86400, immutable", "Vary": "Accept"}
    if (form := _by_name(request)) is None:
        return Response(content, headers=headers, media_type=FORM)
    data = base64.b64encode(content).decode()
    resource = {"resourceType": terms.BINARY, "id": digest, "contentType": FORM, "data": data}
    return answer(resource, form, headers=headers)


def _by_name(request: Request) -> str | None:
    """The form of FHIR that is asked for, None where anything is taken."""
    named = "_format" in request.query_params or "fhir" in request.headers.get("accept", "")
    try:
        return asked(request) if named else None
    except NotAcceptable:
        return None
