"""The door of master facility lists, CSV or NDJSON."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request

from services.registry.field_types import CodeQuery, DayQuery, SystemQuery
from services.registry.imports.api import models
from services.registry.imports.api.full_lists import FullQuery, LinesQuery, full_list
from services.registry.imports.api.load_run import HowAsked, ImportRoute, Load, run_load
from services.registry.imports.api.rows import MappingQuery, is_csv, read_mapping
from services.registry.imports.commands.facilities.facilities import Reading, import_facilities
from services.registry.imports.commands.facilities.lines import FacilityLine, read_lines
from services.registry.imports.commands.facilities.list_reading import read_rows
from services.registry.imports.commands.facilities.report import FacilityReport
from services.registry.imports.commands.runs import Absence
from services.registry.source_systems.queries import writer_of
from shared.auth import rights
from shared.errors import Forbidden
from shared.http import Caller, Raw
from shared.http.body_schemas import rows_body

router = APIRouter(prefix="/v1/imports", route_class=ImportRoute, tags=["imports"])

_FACILITIES = (
    "Country,Admin1,Facility name,Facility type,Ownership,Lat,Long\n"
    "Sierra Leone,Eastern,Baama Community Health Centre,Community Health Centre,MoH,8.3588,-11.3329\n"
)
_LINES = (
    '{"name": "Baama Community Health Centre", "type": "Community Health Centre", "region": "Eastern",'
    ' "ownership": "MoH", "latitude": 8.3588, "longitude": -11.3329}\n'
)


@router.post(
    "/facilities",
    summary="Load a master facility list",
    response_model=models.FacilityReport,
    openapi_extra=rows_body(FacilityLine, _LINES, _FACILITIES),
)
async def facilities_import(
    request: Request,
    connection: Raw,
    caller: Caller,
    how: HowAsked,
    mapping: MappingQuery = None,
    country: CodeQuery = None,
    open_from: DayQuery = None,
    system: SystemQuery = None,
    full: FullQuery = False,
    lines: LinesQuery = None,
) -> Any:
    """Load a master facility list, CSV or one JSON object a line. `mapping`, of CSV, names unusual headers.

    A field that is mapped to null is left out, though the list has a usual header for it.

    `country` is the code of the root, which is made when there is none; `open_from` the opening day
    of new units (2000-01-01: not known). A column that `mapping` calls `external_id` has what your source
    system, `system`, calls each facility: it is met by that, and called so from then on. In lines of JSON it is
    the field `external_id`, for which `system` is said.

    A `full` list names all facilities that your system calls by an `external_id` in your units, in as many `lines`
    as the system counts itself. What is not named closes today, unless posts or units go on in it; beyond the
    bound it waits for approval, as with people.
    """
    rights.note_load(caller, "unit.keep")
    if not caller.units:  # a new root is named there before it exists
        raise Forbidden("unit-out-of-scope", "This needs a token that is valid for a unit.")
    fields = read_mapping(mapping)
    everything = full_list(full, lines)
    identified = full or system is not None or fields.get("external_id") is not None
    writer = await writer_of(connection, caller, system, "units") if identified else None
    report = FacilityReport()
    if is_csv(request, otherwise=True):
        read: Reading = partial(read_rows, mapping=fields)
    else:
        read = partial(read_lines, identified=identified)

    async def work() -> Absence:
        text = request.stream()
        return await import_facilities(
            connection, text, caller, read, country, open_from, writer, report, everything
        )

    load = Load("facilities", writer.source if writer else None, how, full)
    return await run_load(request, connection, caller, load, report, work)
