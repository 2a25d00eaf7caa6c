"""Who changed since published values were last told, and how each share was before."""

from collections.abc import Sequence
from uuid import UUID

from services.evaluation.paths import Path
from shared.database import Connection

# The share as it was: indicator, period, person, path, numerator, denominator; nothing where there was none.
Earlier = tuple[str, str, UUID, Path | None, int | None, int | None]

# Of several changes before one edition the first says how the share was. The tree lock that writers
# share keeps editions as they are meanwhile; the row's number says that there is something to look at.
_NOTE = """
insert into share_change as h (indicator, period, person_id, edition, path, numerator, denominator)
select n.indicator, n.period, n.person_id, coalesce(t.edition, 0) + 1, string_to_array(n.path, chr(31)),
    n.numerator, n.denominator
from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[])
    as n(indicator, period, person_id, path, numerator, denominator)
left join published_tree t using (indicator, period)
on conflict (indicator, period, person_id, edition) do update set change = default
"""
_NOTE_MOVED = """
insert into share_change as h (indicator, period, person_id, edition, path, numerator, denominator)
select n.indicator, n.period, c.person_id, coalesce(t.edition, 0) + 1, string_to_array(n.path, chr(31)),
    c.numerator, c.denominator
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n(indicator, period, unit_code, path)
join contribution c using (indicator, period, unit_code)
left join published_tree t using (indicator, period)
on conflict (indicator, period, person_id, edition) do update set change = default
"""


async def note_changes(connection: Connection, shares: Sequence[Earlier]) -> None:
    """Keep how these shares were, in the transaction that changes them."""
    if shares:
        rows = sorted((*share[:3], _text(share[3]), *share[4:]) for share in shares)
        await connection.execute(_NOTE, *(list(column) for column in zip(*rows, strict=True)))


async def note_moved(connection: Connection, units: Sequence[tuple[str, str, str, Path]]) -> None:
    """Everybody's share at a unit (indicator, period, unit, path) counted there before it moved."""
    if units:
        rows = [(*unit[:3], _text(unit[3])) for unit in units]
        await connection.execute(_NOTE_MOVED, *(list(column) for column in zip(*rows, strict=True)))


def _text(path: Path | None) -> str | None:
    return None if path is None else "\x1f".join(path)
