"""Establishment in bulk: established posts, norms and minimums as lines."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.registry.establishment.commands.figures import load_figures
from services.registry.establishment.kinds import ESTABLISHED, MINIMUM, NORM, Kind
from services.registry.imports.api.load_run import Asked, HowAsked, Load, run_load
from services.registry.imports.api.models import ImportReport
from services.registry.imports.api.rows import HowWritten, rows_of
from services.registry.imports.commands.csv_lines import CsvForm
from services.registry.imports.commands.report import Report
from shared.auth.caller import Caller as VerifiedCaller
from shared.database.engine import raw
from shared.directory.authorization import require_country, require_some_unit
from shared.http import Caller, LoadRoute, Writes
from shared.http.body_schemas import rows_body

_ESTABLISHED = (
    '{"unit_code": "SL-F-K7Q2M9X4AB", "role_code": "ward-manager", "posts": 3, "valid_from": "2026-01-01"}\n'
    '{"unit_system": "mfl", "unit_external_id": "MFL-10482", "role_code": "facility-manager", "posts": 1,'
    ' "valid_from": "2026-01-01"}\n'
)
_NORMS = (
    '{"unit_type": "Community Health Centre", "role_code": "ward-manager", "posts": 2,'
    ' "valid_from": "2026-01-01"}\n'
)
_MINIMUMS = '{"unit_code": "SL-F-K7Q2M9X4AB", "cadre": "Nurse", "staff": 4, "valid_from": "2026-01-01"}\n'
_ESTABLISHED_CSV = "Facility code,Role,Posts,From\nSL-F-K7Q2M9X4AB,ward-manager,3,2026-01-01\n"
_NORMS_CSV = "Facility type,Role,Norm,From\nCommunity Health Centre,ward-manager,2,2026-01-01\n"
_MINIMUMS_CSV = "Facility code,Cadre,Minimum staff,From\nSL-F-K7Q2M9X4AB,Nurse,4,2026-01-01\n"


class FigureRoute(LoadRoute):
    """Lists of figures of an establishment."""

    rights = ("establishment.keep", "norm.keep")


router = APIRouter(prefix="/v1/imports", route_class=FigureRoute, tags=["imports"])


@router.post(
    "/established-posts",
    summary="Load established posts",
    response_model=ImportReport,
    openapi_extra=rows_body(ESTABLISHED.line, _ESTABLISHED, _ESTABLISHED_CSV),
)
async def established_import(
    request: Request, session: Writes, caller: Caller, how: HowAsked, written: HowWritten
) -> Response:
    """Load how many posts are established in each role at each unit, CSV or one JSON object a line."""
    await require_some_unit(session, caller, ESTABLISHED.right)
    return await _load(request, session, caller, how, written, ESTABLISHED)


@router.post(
    "/post-norms",
    summary="Load norms of posts",
    response_model=ImportReport,
    openapi_extra=rows_body(NORM.line, _NORMS, _NORMS_CSV),
)
async def norms_import(
    request: Request, session: Writes, caller: Caller, how: HowAsked, written: HowWritten
) -> Response:
    """Load how many posts in each role a unit of each type should have, CSV or one JSON object a line."""
    await require_country(session, caller, NORM.right)
    return await _load(request, session, caller, how, written, NORM)


@router.post(
    "/staffing-minimums",
    summary="Load staffing minimums",
    response_model=ImportReport,
    openapi_extra=rows_body(MINIMUM.line, _MINIMUMS, _MINIMUMS_CSV),
)
async def minimums_import(
    request: Request, session: Writes, caller: Caller, how: HowAsked, written: HowWritten
) -> Response:
    """Load how many staff of each cadre each unit needs at least, CSV or one JSON object a line."""
    await require_some_unit(session, caller, MINIMUM.right)
    return await _load(request, session, caller, how, written, MINIMUM)


async def _load(
    request: Request, session: Writes, caller: VerifiedCaller, how: Asked, written: CsvForm, kind: Kind
) -> Response:
    connection, report = await raw(session), Report()
    name = kind.table.replace("_", "-") + "s"
    rows = await rows_of(request, connection, name, None, written, report)

    async def work() -> None:
        await load_figures(connection, rows, caller, kind, report)

    load = Load(name, None, how)
    return await run_load(request, connection, caller, load, report, work)
