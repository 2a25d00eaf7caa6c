"""The audit of a service over HTTP: entries, seals, and the export. Reading it is audited too."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from shared.audit_reading import queries
from shared.directory.authorization import require_country, require_some_unit
from shared.http import Caller, CommandRoute, Paging, Reads
from shared.http.strict_types import Day

LINES = "application/x-ndjson"
_PERSON = "0192f0c1-2f6e-7a51-9c44-5d2b8f0e1a10"
_CALLER = "5f2a7f3c9d1e4b60a1c2d3e4f5061728"
_ENTRY: dict[str, Any] = {
    "entry_id": "0192f0c1-30aa-7b02-8d11-6a7c9e4f2b31",
    "day": "2026-10-01",
    "at": "2026-10-01T08:00:00.123456Z",
    "caller": _CALLER,
    "caller_person_id": None,
    "client": True,
    "roles": ["hris"],
    "operation": "GET /v1/people/{person_id}",
    "purpose": "HOPERAT",
    "about": 1,
    "people": [{"person_id": _PERSON}],
    "seal": 12,
    "position": 3,
}
_HEAD: dict[str, Any] = {
    "number": 12,
    "sealed_at": "2026-10-01T08:00:10.000000Z",
    "entries": 41,
    "hash": "99c70d4298d621271314bb0f0b750882b458f8bb54ccd440d63978eb42b61c74",
}
_LINE = (
    '{"kind":"seal","service":"registry","number":1,"sealed_at":"2026-10-01T08:00:10.000000+00:00","entries":1,'
    '"rows":"ea1c…","previous":"0000…","hash":"99c7…","signature":"5d0b…"}\n'
)
CallerKey = Annotated[
    str | None,
    Query(
        alias="caller",
        pattern="^[0-9a-f]{32}$",
        description="Key of the sign-in that asked.",
        examples=[_CALLER],
    ),
]
Person = Annotated[UUID | None, Query(description="Entries about this person.", examples=[_PERSON])]
By = Annotated[
    UUID | None,
    Query(description="Entries of the sign-ins that are tied to this person.", examples=[_PERSON]),
]
OnDay = Annotated[Day | None, Query(description="Entries of this day.", examples=["2026-10-01"])]
After = Annotated[
    int, Query(ge=0, le=2**53, description="Seals after this number; 0: from the first.", examples=[0])
]
Opened = Annotated[
    bool,
    Query(description="With ids and salts of the people, which no erasure takes back.", examples=[False]),
]


class AuditedPerson(BaseModel):
    """Somebody whom an entry is about."""

    person_id: UUID


class AuditEntry(BaseModel):
    """One operation on data of individuals: who asked, when, for what purpose, and about whom.

    `about` is how many people; `people` are up to 20 of them whom you may see and who are not erased. `caller` is
    the key of the sign-in, `caller_person_id` the person that it is tied to today. An act of a rater has a day
    alone: neither `at` nor `caller` nor people.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})
    entry_id: UUID
    day: date
    at: datetime | None
    caller: str | None
    caller_person_id: UUID | None
    client: bool
    roles: list[str]
    operation: str
    purpose: str | None = Field(description="Code of HL7's PurposeOfUse.")
    about: int
    people: list[AuditedPerson]
    seal: int
    position: int


class AuditEntries(BaseModel):
    """A page of entries, oldest first."""

    items: list[AuditEntry]
    next: str | None


class AuditHead(BaseModel):
    """A seal of the chain: note number and hash elsewhere, and a later export can be held against them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HEAD]})
    number: int
    sealed_at: datetime
    entries: int
    hash: str


class AuditHeads(BaseModel):
    """A page of seals, oldest first."""

    items: list[AuditHead]
    next: str | None


async def listed(
    session: Reads,
    caller: Caller,
    paging: Paging,
    person: Person = None,
    by: By = None,
    signed_in_as: CallerKey = None,
    day: OnDay = None,
) -> AuditEntries:
    """Entries about people with a post inside your units today; all of them with the root in your units.

    An entry is here once it is sealed, some seconds after the operation.
    """
    filters = {"person": person, "by": by, "caller": signed_in_as, "day": day}
    return AuditEntries.model_validate(await queries.entries(session, caller, paging, filters))


async def seals(session: Reads, caller: Caller, paging: Paging) -> AuditHeads:
    """The seals, each the head of the chain when it was made. They tell of nobody."""
    await require_some_unit(session, caller, queries.READ)
    return AuditHeads.model_validate(await queries.heads(session, paging))


class Export:
    """The export of one service."""

    def __init__(self, service: str) -> None:
        self._service = service

    async def exported(
        self, session: Reads, caller: Caller, request: Request, after: After = 0, people: Opened = False
    ) -> Response:
        """Whole seals with their entries, a line each, in order: what `steward audit verify` reads.

        Needs the root in your units. Ask again after the last seal, until nothing comes.
        """
        await require_country(session, caller, "audit.export")
        lines, named = await queries.exported(session, self._service, after, opened=people)
        request.state.people = named
        body = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        return Response(body, headers={"Cache-Control": "no-store"}, media_type=LINES)


def router(service: str) -> APIRouter:
    """`/v1/audit/<service>`."""
    found = APIRouter(prefix=f"/v1/audit/{service}", route_class=CommandRoute, tags=["audit"])
    found.add_api_route("", listed, summary=f"Who read and wrote data of individuals in {service}")
    found.add_api_route("/seals", seals, summary=f"Seals of the audit of {service}")
    found.add_api_route(
        "/export",
        Export(service).exported,
        response_class=Response,
        responses={200: {"content": {LINES: {"schema": {"type": "string"}, "example": _LINE}}}},
        summary=f"The audit of {service}, for verification",
    )
    return found
