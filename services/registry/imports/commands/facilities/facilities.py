"""A master facility list as a ministry hands it over, loaded as units; twice the same list changes nothing."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Protocol

from services.registry.imports.commands.facilities.absent import meet, settle
from services.registry.imports.commands.facilities.changes import UNKNOWN_TYPE, Line, change_facilities
from services.registry.imports.commands.facilities.generated_codes import generated_codes
from services.registry.imports.commands.facilities.identified import met, name_units
from services.registry.imports.commands.facilities.list_reading import read_whole
from services.registry.imports.commands.facilities.places import Places
from services.registry.imports.commands.facilities.report import FacilityReport
from services.registry.imports.commands.full_lists import FullList
from services.registry.imports.commands.report import begin
from services.registry.imports.commands.runs import Absence
from services.registry.imports.facility_codes import facility_key, former_key
from services.registry.imports.facility_list import Called, FacilityRow
from services.registry.imports.repeated_lines import one_of_each
from services.registry.publication.commands import announce_units
from services.registry.source_systems.commands import hold_imports
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from services.registry.units.hierarchy import check_code
from shared.auth import rights
from shared.auth.caller import Caller
from shared.errors import Invalid
from shared.fields import Wrong


class Reading(Protocol):
    """Reads the rows of a list; of lines that are wrong, `wrong` has what they call their facility."""

    def __call__(
        self, content: bytes, report: FacilityReport, *, wrong: list[Called | None]
    ) -> list[FacilityRow]:
        """As `read_rows` and `read_lines`."""
        ...


UNKNOWN_OPENING = date(2000, 1, 1)

_LOCK = "select pg_advisory_xact_lock(hashtextextended('registry-tree', 0))"


async def import_facilities(
    connection: Connection,
    body: AsyncIterator[bytes],
    caller: Caller,
    read: Reading,
    country: str | None,
    open_from: date | None,
    writer: Writer | None,
    report: FacilityReport,
    full: FullList | None = None,
) -> Absence:
    """Load a list; `read` makes rows of its content, `writer` is of the system whose external ids it has, if any.

    A `full` list, for which there is a writer, names all facilities of the system within the caller's units.
    Raises Invalid when the list as a whole cannot be read, and `list-incomplete`; TooLarge beyond 32 MB.
    """
    content = await read_whole(body)
    report.note("content", sha256(content).hexdigest())
    wrong: list[Called | None] = []
    rows = await asyncio.to_thread(_readable, content, read, report, wrong)
    await begin(connection, caller.subject_key)
    if writer is not None:
        await hold_imports(connection, writer.source)
    await connection.execute(_LOCK)
    listed = [*wrong, *(Called(row.external_id, row.code) for row in rows)]
    rows = await met(connection, rows, writer, report)
    opening = open_from or UNKNOWN_OPENING
    if writer is not None and full is not None:
        await meet(connection, writer, rows, full)
    places = await Places.open(connection, caller, country, opening, rows)
    found = [(row, parent) for row in rows if (parent := _parent(places, row, report)) is not None]
    if any(places.named_by_code(row) for row, _ in found):
        found = await asyncio.to_thread(_once_more, found, report)
    lines = await _coded(connection, places.root, found, report)
    changed = await change_facilities(connection, caller, opening, lines, places, report)
    report.units_added = places.added
    named = await name_units(connection, rows, writer, report)
    await announce_units(connection, [*places.added, *changed, *named])
    rights.note_load(
        caller, "unit.keep", units=[*places.added, *(line.unit_code for line in report.accepted)]
    )
    report.finish()
    if writer is None:
        return Absence()
    return await settle(connection, caller, writer, listed, report, full)


def _readable(
    content: bytes, read: Reading, report: FacilityReport, wrong: list[Called | None]
) -> list[FacilityRow]:
    """The lines that stand for a facility each, with codes that can be used; the others go to the report.

    What these call their facility goes to `wrong`.
    """
    rows = []
    for row in read(content, report, wrong=wrong):
        try:
            if row.code is not None:
                check_code(row.code, "/code")
            rows.append(row)
        except Invalid as refusal:
            report.reject(row.line, refusal.code, "/code", refusal.errors[0].detail)
            wrong.append(Called(row.external_id, None))
    taken, refused = one_of_each(rows)
    lines = {row.line for row in taken}
    wrong += [Called(row.external_id, row.code) for row in rows if row.line not in lines]
    for line in refused:
        report.reject(*line)
    return taken


def _parent(places: Places, row: FacilityRow, report: FacilityReport) -> str | None:
    """The unit that the facility is under."""
    try:
        return places.above(row)
    except Wrong as wrong:
        report.reject(row.line, wrong.code, wrong.pointer, wrong.detail)
        return None


def _once_more(
    found: Sequence[tuple[FacilityRow, str]], report: FacilityReport
) -> list[tuple[FacilityRow, str]]:
    """Without lines that turned out to repeat others, which name the same unit above another way."""
    taken, refused = one_of_each([replace(row, region=parent, district=None) for row, parent in found])
    for line in refused:
        report.reject(*line)
    lines = {row.line for row in taken}
    return [(row, parent) for row, parent in found if row.line in lines]


async def _coded(
    connection: Connection, root: str, found: Sequence[tuple[FacilityRow, str]], report: FacilityReport
) -> list[Line]:
    """The lines with their codes: their own, else the known unit's, else a new one."""
    keys: dict[str, list[FacilityRow]] = defaultdict(list)
    former: dict[str, list[str]] = defaultdict(list)
    key_of: dict[int, str] = {}
    for row, parent in found:
        if row.code is None:
            parts = (root, parent, row.name, row.type or UNKNOWN_TYPE)
            key = key_of[row.line] = facility_key(parts)
            if not key.isascii():
                former[former_key(parts)].append(key)
            keys[key].append(row)
    given = {row.code for row, _ in found if row.code is not None}
    codes = await generated_codes(connection, root, keys, former, given)
    lines, used = [], set()
    for row, parent in found:
        code = row.code or codes.get(row.line)
        if code is None and row.line in codes:
            detail = "Another line says the same facility at the same place."
            report.reject(row.line, "line-repeated", "", detail)
        elif code is None or code in used:
            report.reject(row.line, "code-taken", "/code", "The codes made for it are taken; give it one.")
        else:
            lines.append(Line(row, parent, code, key_of.get(row.line)))
            used.add(code)
    return lines
