"""Lines of people that make somebody else of a person: held, since their number may have been given away again.

By its external id the line is about one person, by name, year of birth and sex about another. Taking it would give
one person's history to another.
"""

from collections.abc import Sequence
from typing import Any

from services.registry.imports.commands.report import Report
from services.registry.matching.score import Record, contradicts
from services.registry.tables.states import Connection

_AT_ONCE = 5000
_COMPARED = ("family_name", "given_name", "sex", "birth_year", "cadre", "phone", "email")
# Lines that may be doubtful. One that names the person's former number says itself whom it is about.
_DIFFERENT = f"""
select l.line, p.version, {", ".join(f"{state}.{name}" for state in "pl" for name in _COMPARED)}
from person_line l join identified_person i on i.system_id = $1 and i.value = l.external_id
    join person p using (person_id)
where lower(p.family_name) <> lower(l.family_name) and (p.birth_year <> l.birth_year or p.sex <> l.sex)
    and l.former_external_id is null
order by l.line
"""
_TAKE_OUT = "delete from person_line where line = any($1::int[])"
_DETAIL = (
    "The person with this number has another name, year of birth or sex. Change the person yourself if it is still"
    " the same one; if the number is somebody else's now, take it off the person who had it."
)


async def hold_doubtful(connection: Connection, source: str, report: Report) -> None:
    """Take doubtful lines out of the merge; the report has them as held."""
    held: list[int] = []
    cursor = await connection.cursor(_DIFFERENT, source)
    while rows := await cursor.fetch(_AT_ONCE):
        held += [_hold(row, report) for row in rows if _is_doubtful(row[2:])]
    await connection.execute(_TAKE_OUT, held)


def _is_doubtful(values: Sequence[Any]) -> bool:
    """Of what is stored and what the line says, one after the other."""
    count = len(_COMPARED)
    return contradicts(Record("", *values[:count]), Record("", *values[count:]))


def _hold(row: Any, report: Report) -> int:
    line: int = row[0]
    report.hold(line, "identity-doubtful", "/external_id", _DETAIL)
    report.note("met", line, row[1])
    return line
