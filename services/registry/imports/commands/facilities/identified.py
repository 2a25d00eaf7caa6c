"""Facilities that a source system calls by values of its own: met by them, and called so from then on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from services.registry.imports.commands.facilities.report import FacilityReport
from services.registry.imports.facility_list import FacilityRow
from services.registry.publication.commands import keep_units
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from shared import clock

_KNOWN = "select value, unit_code from unit_identifier where system_id = $1 and value = any($2::text[])"
_STORED = "select unit_code, value from unit_identifier where system_id = $1 and unit_code = any($2::text[])"
_FORGET = "delete from unit_identifier where system_id = $1 and unit_code = any($2::text[])"
_STORE = """
insert into unit_identifier (value, system_id, unit_code, recorded_at, recorded_by)
select value, $1, unit_code, $2, $3 from unnest($4::text[], $5::text[]) as n(value, unit_code) order by value
"""
_REPEATED = "Several lines have this external id; each facility has its own."
_DIFFERS = "The source system calls another unit so than the one with this code."


async def met(
    connection: Connection, rows: Sequence[FacilityRow], writer: Writer | None, report: FacilityReport
) -> list[FacilityRow]:
    """The lines with the codes of the units that the system calls as they say; others as they are."""
    if writer is None:
        return list(rows)
    lines = Counter(row.external_id for row in rows)
    values = [value for value in lines if value is not None]
    known = {row[0]: row[1] for row in await connection.fetch(_KNOWN, writer.source, values)}
    taken = []
    for row in rows:
        code = known.get(row.external_id) if row.external_id is not None else None
        if row.external_id is not None and lines[row.external_id] > 1:
            report.reject(row.line, "external-id-repeated", "/external_id", _REPEATED)
        elif code is not None and row.code not in (None, code):
            report.reject(row.line, "identifier-differs", "/external_id", _DIFFERS)
        else:
            taken.append(row if code is None else replace(row, code=code))
    return taken


async def name_units(
    connection: Connection, rows: Sequence[FacilityRow], writer: Writer | None, report: FacilityReport
) -> list[str]:
    """Let the system call the units of lines that were taken as those say. Returns the codes of those named anew.

    A unit has one value in a system: the list's, whatever it was before.
    """
    if writer is None:
        return []
    value_of = {row.line: row.external_id for row in rows if row.external_id is not None}
    wanted = {one.unit_code: value_of[one.line] for one in report.accepted if one.line in value_of}
    stored = {row[0]: row[1] for row in await connection.fetch(_STORED, writer.source, list(wanted))}
    new = {code: value for code, value in wanted.items() if stored.get(code) != value}
    if not new:
        return []
    await connection.execute(_FORGET, writer.source, list(new))
    await connection.execute(_STORE, writer.source, clock.now(), writer.by, list(new.values()), list(new))
    only_named = []
    for place, one in enumerate(report.accepted):
        if one.unit_code in new and one.outcome == "unchanged":
            report.accepted[place] = msgspec.structs.replace(one, outcome="updated")
            only_named.append(one.unit_code)
    report.updated += len(only_named)
    await keep_units(connection, only_named, writer.by)
    return list(new)
