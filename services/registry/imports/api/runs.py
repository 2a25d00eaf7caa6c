"""Imports as resources: how far each has come, what it did, and what would be deactivated by one that waits."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from services.registry.field_types import Body, example, strict_example
from services.registry.imports.api.models import ImportReport
from services.registry.imports.commands.decisions import approve
from services.registry.imports.queries import get_import, get_report, list_absent, list_imports
from services.registry.imports.report_csv import as_csv
from shared.http import Caller, CommandRoute, Paging, Reads, Writes

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["imports"])

_IMPORT: dict[str, Any] = {
    "import_id": "0192f0c1-30aa-7b02-8d11-6a7c9e4f2b55", "kind": "people", "system": "hris", "state": "done",
    "dry_run": False, "full_list": True, "started_at": "2026-10-01T08:00:00Z", "seen_at": "2026-10-01T08:00:09Z",
    "ended_at": "2026-10-01T08:00:09Z", "received": 4120, "created": 31, "updated": 102, "unchanged": 3985,
    "held": 0, "rejected_count": 2, "digest": None, "problem": None, "absent_count": 96, "deactivated": 0,
    "absence": "waiting", "absent_digest": "5c1f0c0e7f0f4f0b8f6a6f3b1b9f7a5d5c1f0c0e7f0f4f0b8f6a6f3b1b9f7a5d",
    "decided_at": None,
}  # fmt: skip
_ABSENT = {
    "person_id": "01890f3e-7c1a-7c54-a9d4-2f5d2f0c9b11", "post_id": None, "unit_code": None, "version": 3,
    "region": "SL-E",
}  # fmt: skip

AbsenceState = Literal["none", "deactivated", "waiting", "approved", "superseded"]
WRITTEN = "text/csv; charset=utf-8"


class Import(BaseModel):
    """One import. While it is `running`, `received` says how far it has come; counts come when it is `done`.

    `refused` and `failed` stored nothing, `problem` has the code; `interrupted` has not written its progress for a
    minute, and stored nothing either. `absence` says what became of those whom a full list does not name.
    """

    model_config = example(_IMPORT)
    import_id: UUID
    kind: str
    system: str | None
    state: str
    dry_run: bool
    full_list: bool
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    received: int
    created: int | None
    updated: int | None
    unchanged: int | None
    held: int | None
    rejected_count: int | None
    digest: str | None
    problem: str | None
    absent_count: int | None
    deactivated: int | None
    absence: str | None
    absent_digest: str | None
    decided_at: datetime | None


class Imports(BaseModel):
    """One page of imports."""

    model_config = example({"items": [_IMPORT], "next": None})
    items: list[Import]
    next: str | None


class AbsentRecord(BaseModel):
    """What a full list does not name, by the id of its kind, with the region that it is in."""

    person_id: UUID | None
    post_id: UUID | None
    unit_code: str | None
    version: int
    region: str | None


class AbsentRecords(BaseModel):
    """One page of them."""

    model_config = example({"items": [_ABSENT], "next": None})
    items: list[AbsentRecord]
    next: str | None


class Approval(Body):
    """`absent_digest` of the import, as the set was that you have looked at."""

    model_config = strict_example({"digest": _IMPORT["absent_digest"]})
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@router.get("/imports", summary="Imports", response_model=Imports)
async def imports_list(
    session: Reads, caller: Caller, paging: Paging, absence: Annotated[AbsenceState | None, Query()] = None
) -> Any:
    """Imports of yours and of the systems that you write as, and with `absence=waiting` those that you may decide.

    An import that was sent with units that your token does not have is not shown. They are listed for 90 days.
    """
    return await list_imports(session, caller, paging, absence)


@router.get("/imports/{import_id}", summary="One import", response_model=Import)
async def import_read(import_id: UUID, session: Reads, caller: Caller) -> Any:
    """How far an import has come, and what it did."""
    return await get_import(session, caller, import_id)


@router.get("/imports/{import_id}/report", summary="The report of an import", response_model=ImportReport)
async def import_report(import_id: UUID, session: Reads, caller: Caller, request: Request) -> Response:
    """What the import was answered: as JSON, or as a table with `Accept: text/csv`.

    The table has the counts first, then line, column, code and what to do. A cell that a spreadsheet would
    take for a formula begins with an apostrophe.
    """
    report = await get_report(session, caller, import_id)
    if "text/csv" in request.headers.get("accept", ""):
        return Response(as_csv(report), media_type=WRITTEN)
    return Response(msgspec.json.encode(report), media_type="application/json")


@router.get(
    "/imports/{import_id}/absent", summary="What a full list does not name", response_model=AbsentRecords
)
async def import_absent_people(import_id: UUID, session: Reads, caller: Caller, paging: Paging) -> Any:
    """What would be deactivated by an import that waits for a decision; nothing where not all of it is yours."""
    return await list_absent(session, caller, import_id, paging)


@router.post("/imports/{import_id}/approve", summary="Approve what is deactivated", response_model=Import)
async def import_approve(import_id: UUID, body: Approval, session: Writes, caller: Caller) -> Any:
    """Deactivate, from today, exactly what a full list does not name: you have looked at it.

    Somebody decides who did not send the list and is no client of its system, and whose units cover all of it.
    Another set than the one that waits is refused (409 `absence-differs`), as is one in which something changed.
    """
    await approve(session, caller, import_id, body.digest)
    return await get_import(session, caller, import_id)
