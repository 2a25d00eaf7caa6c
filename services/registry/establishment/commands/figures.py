"""Figures of an establishment set by lines, one or many, as sets."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from services.registry.establishment.kinds import Kind, check
from services.registry.imports.commands.report import TIMEOUT, Report, filled, reject_all, unreadable
from services.registry.tables.states import Connection
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.errors import FieldError, Invalid
from shared.fields import Wrong
from shared.http.decoding import UNREADABLE

_LINES = """
create temp table figure_line (line int, first text, unit_external_id text, unit_system text, second text,
    valid_from date, amount int) on commit drop
"""
_COLUMNS = ("line", "first", "unit_external_id", "unit_system", "second", "valid_from", "amount")
# $1 the caller's units.
_OF_UNITS = """
create temp table figure on commit drop as
select l.line, u.unit_code as first, l.second, l.valid_from, l.amount, case
    when l.first is null and n.unit_code is null then 'unit-identifier-unknown'
    when u.unit_code is null then 'unit-unknown'
    when not u.path && $1::text[] then 'unit-out-of-scope'
end as problem
from figure_line l
left join source_system s on s.code = l.unit_system
left join unit_identifier n on n.value = l.unit_external_id and n.system_id = s.system_id
left join unit u on u.unit_code = coalesce(l.first, n.unit_code)
"""
_OF_TYPES = """
create temp table figure on commit drop as
select line, first, second, valid_from, amount, null::text as problem from figure_line
"""
_ROLES = """
update figure f set problem = 'role-unknown'
where problem is null and not exists (select from role r where r.role_code = f.second)
"""
_TWICE = """
update figure f set problem = 'figure-repeated' from (
    select line, row_number() over (partition by first, second, valid_from order by line) as nth
    from figure where problem is null
) n where n.line = f.line and n.nth > 1
"""
_REJECTED = "select line, problem from figure where problem is not null order by line"
_NAMED = "select distinct first from figure where problem is null"
_STORE = """
with stored as (
    insert into {table} ({first}, {second}, valid_from, {amount}, recorded_at, recorded_by)
    select first, second, valid_from, amount, $1, $2 from figure where problem is null
    order by first, second, valid_from
    on conflict ({first}, {second}, valid_from) do update set {amount} = excluded.{amount},
        recorded_at = excluded.recorded_at, recorded_by = excluded.recorded_by
    where {table}.{amount} <> excluded.{amount}
    returning xmax = 0 as added
)
select count(*) filter (where added), count(*) filter (where not added) from stored
"""
# What the figures of a load replace.
_BEFORE = """
select f.first, f.second, f.valid_from, t.{amount} from figure f
join {table} t on t.{first} = f.first and t.{second} = f.second and t.valid_from = f.valid_from
where f.problem is null
"""
_DETAILS = {
    "unit-unknown": ("/unit_code", "There is no such unit."),
    "unit-identifier-unknown": ("/unit_external_id", "The source system calls no unit so."),
    "unit-out-of-scope": ("/unit_code", "The unit lies outside your units."),
    "role-unknown": ("/role_code", "There is no such role."),
    "figure-repeated": ("/valid_from", "An earlier line says what holds from this day."),
}


async def load_figures(
    connection: Connection,
    batches: AsyncIterator[tuple[int, list[bytes]]],
    caller: Caller,
    kind: Kind,
    report: Report,
) -> Report:
    """Set figures, a JSON object a line. Good lines stand; a line says nothing about figures of other days."""
    await connection.execute(TIMEOUT)
    await connection.execute(_LINES)
    decode = msgspec.json.Decoder(kind.line).decode
    async for first, lines in batches:
        rows = []
        for number, text in filled(first, lines, report):
            line = _read(number, text, decode, report)
            if line is not None:
                rows.append((number, *kind.row(line)))
        await connection.copy_records_to_table("figure_line", records=rows, columns=_COLUMNS)
    await _store(connection, caller, kind, report)
    return report.finish()


async def set_figure(connection: Connection, line: Any, caller: Caller, kind: Kind) -> None:
    """Set one figure, as a load of one line would. Raises Invalid with the code of a rejected line."""
    try:
        check(line)
    except Wrong as wrong:
        raise _refused(wrong.code, wrong.pointer, wrong.detail) from None
    report = Report(received=1)
    await connection.execute(_LINES)
    await connection.copy_records_to_table("figure_line", records=[(1, *kind.row(line))], columns=_COLUMNS)
    await _store(connection, caller, kind, report)
    for rejected in report.rejected:
        raise _refused(rejected.code, rejected.pointer, rejected.detail)


async def _store(connection: Connection, caller: Caller, kind: Kind, report: Report) -> None:
    await connection.execute("analyze figure_line")
    if kind.of_units:
        await connection.execute(_OF_UNITS, list(caller.units))
    else:
        await connection.execute(_OF_TYPES)
    if kind.second == "role_code":
        await connection.execute(_ROLES)
    await connection.execute(_TWICE)
    reject_all(report, await connection.fetch(_REJECTED), _DETAILS)
    if caller.decisions is not None and kind.of_units:
        units = [row[0] for row in await connection.fetch(_NAMED)]
        rights.note_load(caller, kind.right, units=units)
    columns = {"table": kind.table, "first": kind.first, "second": kind.second, "amount": kind.amount}
    if report.digest is not None:
        for row in await connection.fetch(_BEFORE.format(**columns)):
            report.note(*row)
    (counts,) = await connection.fetch(_STORE.format(**columns), clock.now(), caller.subject_key)
    report.created, report.updated = counts


def _read(number: int, text: bytes, decode: Any, report: Report) -> Any:
    try:
        line = decode(text)
        check(line)
    except Wrong as wrong:
        report.reject(number, wrong.code, wrong.pointer, wrong.detail)
    except UNREADABLE as error:
        report.reject(number, *unreadable(error))
    else:
        return line
    return None


def _refused(code: str, pointer: str, detail: str) -> Invalid:
    return Invalid(code, detail, [FieldError(pointer, code, detail)])
