"""Who changed since published values were last told, and how each share was before."""

from collections.abc import Sequence
from uuid import UUID

from services.evaluation.facts.paths import Path
from shared.database.engine import Connection

# The share as it was: indicator, period, person, path, numerator, denominator; nothing where there was none.
Earlier = tuple[str, str, UUID, Path | None, int | None, int | None]

_NOTE = """
insert into share_change (indicator, period, person_id, path, numerator, denominator)
select indicator, period, person_id, string_to_array(path, chr(31)), numerator, denominator
from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[])
    as n(indicator, period, person_id, path, numerator, denominator)
"""
_NOTE_MOVED = """
insert into share_change (indicator, period, person_id, path, numerator, denominator)
select n.indicator, n.period, c.person_id, string_to_array(n.path, chr(31)), c.numerator, c.denominator
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n(indicator, period, unit_code, path)
join contribution c using (indicator, period, unit_code)
"""


async def note_changes(connection: Connection, shares: Sequence[Earlier]) -> None:
    """Keep how these shares were, in the transaction that changes them."""
    if shares:
        rows = [(*share[:3], _text(share[3]), *share[4:]) for share in shares]
        await connection.execute(_NOTE, *(list(column) for column in zip(*rows, strict=True)))


async def note_moved(connection: Connection, units: Sequence[tuple[str, str, str, Path]]) -> None:
    """Everybody's share at a unit (indicator, period, unit, path) counted there before it moved."""
    if units:
        rows = [(*unit[:3], _text(unit[3])) for unit in units]
        await connection.execute(_NOTE_MOVED, *(list(column) for column in zip(*rows, strict=True)))


def _text(path: Path | None) -> str | None:
    return None if path is None else "\x1f".join(path)
