"""How source systems write their CSV, over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from msgspec.structs import asdict
from pydantic import Field, StringConstraints, field_validator

from services.registry.field_types import Body, CodePath, strict_example
from services.registry.imports.commands.csv_forms import lock_form, read_form, store_form
from services.registry.imports.commands.csv_lines import CsvForm
from services.registry.imports.csv_cells import check_dates
from services.registry.imports.encodings import Encoding
from shared.auth import rights
from shared.directory.authorization import require_country
from shared.errors import Invalid
from shared.http import Caller, CommandRoute, Reads, Writes, check_if_match, etag

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["source systems"])
READ, KEEP = "source-system.read", "source-system.keep"

Kind = Annotated[Literal["people", "posts", "leavers"], Path()]
Header = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_FORM: dict[str, Any] = {
    "columns": {"external_id": "No. Matricule", "cadre": None}, "dates": "DD/MM/YYYY", "delimiter": ";",
    "encoding": "cp1252",
}  # fmt: skip


class ImportForm(Body):
    """Headers by field (null leaves it out), form of days, delimiter and encoding; what is null is found out."""

    model_config = strict_example(_FORM)
    columns: Annotated[dict[Header, Header | None], Field(max_length=50, default_factory=dict)]
    dates: Annotated[str, StringConstraints(max_length=20)] | None = None
    delimiter: Annotated[str, StringConstraints(pattern="^[,;|:\t]$")] | None = None
    encoding: Encoding | None = None

    @field_validator("dates")
    @classmethod
    def _readable(cls, dates: str | None) -> str | None:
        if dates is not None:
            try:
                check_dates(dates)
            except Invalid:
                raise ValueError("name year, month and day once each, as DD/MM/YYYY") from None
        return dates


@router.get(
    "/source-systems/{code}/forms/{kind}", summary="How a system writes its CSV", response_model=ImportForm
)
async def form_read(code: CodePath, kind: Kind, session: Reads, caller: Caller, response: Response) -> Any:
    """How the system's lists of a kind are written, as far as anybody has said so."""
    rights.require(caller, READ)
    return await _answer(session, code, kind, response)


@router.put(
    "/source-systems/{code}/forms/{kind}",
    summary="Say how a system writes its CSV",
    response_model=ImportForm,
)
async def form_store(
    code: CodePath,
    kind: Kind,
    body: ImportForm,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
) -> Any:
    """Store how the system's lists of a kind are written: what an import leaves out is read so. If-Match."""
    await require_country(session, caller, KEEP)
    check_if_match(request, await lock_form(session, code, kind))
    await store_form(session, code, kind, CsvForm(**body.model_dump()), caller.subject_key)
    return await _answer(session, code, kind, response)


async def _answer(session: Reads, code: str, kind: str, response: Response) -> Any:
    version, form = await read_form(session, code, kind)
    response.headers["ETag"] = etag(version)
    return asdict(form)
