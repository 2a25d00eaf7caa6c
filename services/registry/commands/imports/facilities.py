"""A master facility list as a ministry hands it over, loaded as units; twice the same list changes nothing."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

from services.registry.commands.imports.findings import find_duplicates
from services.registry.commands.imports.generated_codes import generated_codes
from services.registry.commands.imports.list_reading import read_rows, read_text
from services.registry.commands.imports.places import Places
from services.registry.commands.imports.report import Report, begin
from services.registry.commands.publishing import announce_units, keep_units
from services.registry.facility_codes import facility_key
from services.registry.facility_list import FacilityRow
from services.registry.tables.states import Connection
from services.registry.tree import check_code, may_stand_under
from shared import clock
from shared.auth.caller import Caller
from shared.errors import Invalid

UNKNOWN_OPENING = date(2000, 1, 1)

_LOCK = "select pg_advisory_xact_lock(hashtextextended('registry-tree', 0))"
_FACILITIES = """
select unit_code, name, type, ownership, latitude, longitude, rural, parent, level, path, closed_on
from unit where level = 'facility' or unit_code = any($1::text[])
"""
_INSERT = """
insert into unit (unit_code, version, name, level, type, ownership, latitude, longitude, rural, parent, path,
    open_from, import_key, recorded_at, recorded_by)
select l.code, 1, l.name, 'facility', l.type, l.ownership, l.latitude, l.longitude, l.rural, l.parent,
    parents.path || l.code, $10, l.key, $11, $12
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::boolean[],
    $8::text[], $9::text[]) as l(code, name, type, ownership, latitude, longitude, rural, parent, key)
join unit parents on parents.unit_code = l.parent
"""
_PLACE = """
insert into unit_placement (unit_code, valid_from, parent, applied)
select *, true from unnest($1::text[], $2::date[], $3::text[])
on conflict (unit_code, valid_from) do update set parent = excluded.parent, applied = true
"""
_DESCRIBE = """
update unit set name = l.name, type = l.type, ownership = l.ownership, latitude = l.latitude,
    longitude = l.longitude, rural = l.rural, parent = l.parent, path = parents.path || l.code
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::boolean[],
    $8::text[], $9::text[]) as l(code, name, type, ownership, latitude, longitude, rural, parent, key)
join unit parents on parents.unit_code = l.parent where unit.unit_code = l.code
"""
Row = tuple[Any, ...]  # code, name, type, ownership, latitude, longitude, rural, parent, key


async def import_facilities(
    connection: Connection,
    body: AsyncIterator[bytes],
    caller: Caller,
    mapping: Mapping[str, str],
    country: str | None,
    open_from: date | None,
) -> Report:
    """Load a list. Raises Invalid when the list as a whole cannot be read, TooLarge beyond 32 MB."""
    report = Report()
    rows = await asyncio.to_thread(read_rows, await read_text(body), mapping, report)
    await begin(connection, caller.subject_key)
    await connection.execute(_LOCK)
    opening = open_from or UNKNOWN_OPENING
    given = {row.code for row in rows if row.code is not None}
    countries = [row.country for row in rows]
    places = await Places.open(connection, caller, country, opening, countries, given)
    found = [(row, parent) for row in rows if (parent := await _parent(places, row, report)) is not None]
    coded = await _codes(connection, places.root, found, report)
    stored = {
        row["unit_code"]: row
        for row in await connection.fetch(_FACILITIES, [code for _, _, code, _ in coded])
    }
    new, changed, moved = _differences(coded, stored, places, caller, columns=report.columns, report=report)
    await _write(connection, caller.subject_key, opening, new, changed, moved)
    await announce_units(connection, [*places.added, *(row[0] for row in (*new, *changed))])
    report.units_added = places.added
    report.created, report.updated = len(new), len(changed)
    await asyncio.to_thread(find_duplicates, coded, stored, report)
    return report.finish()


async def _parent(places: Places, row: FacilityRow, report: Report) -> str | None:
    """The unit that the facility stands under, made when it is not there yet."""
    try:
        return await places.above(row.region, row.district)
    except Invalid as wrong:
        report.reject(row.line, wrong.code, "/region", wrong.detail)
        return None


async def _codes(
    connection: Connection, root: str, found: list[tuple[FacilityRow, str]], report: Report
) -> list[tuple[FacilityRow, str, str, str | None]]:
    """(row, parent, code, key) of the lines that have a code of their own; repeats go to the report."""
    keys: dict[str, list[FacilityRow]] = defaultdict(list)
    given: dict[str, FacilityRow] = {}
    codes: dict[int, str | None] = {}
    key_of: dict[int, str] = {}
    for row, parent in found:
        if row.code is None:
            key_of[row.line] = facility_key((root, parent, row.name, row.type))
            keys[key_of[row.line]].append(row)
        elif row.code in given:
            report.reject(
                row.line, "code-repeated", "/code", f"Line {given[row.code].line} has the same code."
            )
        else:
            given[row.code] = row
            codes[row.line] = row.code
    codes |= await generated_codes(connection, root, keys, set(given))
    coded, used = [], set()
    for row, parent in found:
        code = codes.get(row.line)
        if code is None and row.line in codes:
            report.reject(
                row.line, "line-repeated", "", "Another line says the same facility at the same place."
            )
        elif code in used or (code is None and row.code is None):
            report.reject(row.line, "code-taken", "/code", "The codes made for it are taken; give it one.")
        elif code is not None and _usable(code, row.line, report):
            coded.append((row, parent, code, key_of.get(row.line)))
            used.add(code)
    return coded


def _usable(code: str, line: int, report: Report) -> bool:
    try:
        check_code(code, "/code")
    except Invalid as wrong:
        report.reject(line, wrong.code, "/code", wrong.errors[0].detail)
        return False
    return True


def _differences(
    coded: list[tuple[FacilityRow, str, str, str | None]],
    stored: Mapping[str, Any],
    places: Places,
    caller: Caller,
    *,
    columns: Mapping[str, str],
    report: Report,
) -> tuple[list[Row], list[Row], list[Row]]:
    """New rows, changed rows, and those of the changed that stand elsewhere now.

    A column that the list does not have leaves what is stored.
    """
    new, changed, moved = [], [], []
    for row, parent, code, key in coded:
        before = stored.get(code)
        values = (row.name, row.type, row.ownership, row.latitude, row.longitude, row.rural, parent)
        if before is None:
            new.append((code, *values, key))
            continue
        fields = ("name", "type", "ownership", "latitude", "longitude", "rural")
        kept = [
            value if name in columns else before[name] for name, value in zip(fields, values[:6], strict=True)
        ]
        where = parent if "region" in columns or "district" in columns else before["parent"]
        after = (code, *kept, where, key)
        if before["level"] != "facility" or not may_stand_under(
            "facility", places.levels.get(where, "facility")
        ):
            report.reject(row.line, "code-taken", "/code", "The code is that of a unit which is no facility.")
        elif before["closed_on"] is not None:
            report.reject(row.line, "unit-closed", "/code", f"The unit is closed from {before['closed_on']}.")
        elif set(caller.units).isdisjoint(before["path"]):
            report.reject(row.line, "unit-out-of-scope", "/code", "The unit lies outside your units.")
        elif tuple(before[name] for name in (*fields, "parent")) != after[1:8]:
            changed.append(after)
            if before["parent"] != where:
                moved.append(after)
    return new, changed, moved


async def _write(
    connection: Connection, by: str, opening: date, new: list[Row], changed: list[Row], moved: list[Row]
) -> None:
    if new:
        await connection.execute(_INSERT, *_columns(new), opening, clock.now(), by)
        await connection.execute(
            _PLACE, [row[0] for row in new], [opening] * len(new), [row[7] for row in new]
        )
    if changed:
        await keep_units(connection, [row[0] for row in changed], by)
        await connection.execute(_DESCRIBE, *_columns(changed))
    if moved:
        days = [clock.today()] * len(moved)
        await connection.execute(_PLACE, [row[0] for row in moved], days, [row[7] for row in moved])


def _columns(rows: list[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
