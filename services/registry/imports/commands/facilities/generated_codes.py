"""Codes for the lines of a facility list that have none: the known unit's, else one that nobody has."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from services.registry.imports.facility_codes import Known, Place, assign, facility_key
from services.registry.imports.facility_list import FacilityRow
from services.registry.tables.states import Connection

_KNOWN = """
select import_key, unit_code, latitude, longitude, name, type from unit where import_key = any($1::text[])
order by 1, 2
"""
_TAKEN = "select unit_code from unit where unit_code = any($1::text[])"


async def generated_codes(
    connection: Connection,
    root: str,
    keys: Mapping[str, Sequence[FacilityRow]],
    former: Mapping[str, Sequence[str]],
    taken: set[str],
) -> dict[int, str | None]:
    """Line -> code of the lines by key, none of them `taken` or a unit's that has another key.

    `former` has the keys of now by what earlier versions made of them. None for a line that repeats
    another one; a line is left out where all codes made for it are taken.
    """
    known = await _known(connection, keys, former)
    codes: dict[int, str | None] = {}
    waiting = list(keys)
    while waiting:
        made: dict[str, str] = {}
        for key in waiting:
            at = [Place(row.line, row.latitude, row.longitude) for row in keys[key]]
            assigned = assign(root, key, at, known[key], taken)
            own = {unit.code for unit in known[key]}
            made |= {code: key for code in assigned.values() if code is not None and code not in own}
            codes |= assigned
            for line in {row.line for row in keys[key]} - assigned.keys():
                codes.pop(line, None)
        strangers = {row[0] for row in await connection.fetch(_TAKEN, list(made))}
        taken |= strangers
        waiting = sorted({made[code] for code in strangers})
    return codes


async def _known(
    connection: Connection, keys: Mapping[str, Sequence[FacilityRow]], former: Mapping[str, Sequence[str]]
) -> dict[str, list[Known]]:
    """The units of earlier loads by key; one under a former key by the name and type that it has now."""
    known: dict[str, list[Known]] = defaultdict(list)
    for key, code, latitude, longitude, name, type_ in await connection.fetch(_KNOWN, [*keys, *former]):
        ending = f"|{facility_key((name, type_))}"
        now = {key} & keys.keys() | {each for each in former.get(key, ()) if each.endswith(ending)}
        for each in now:
            known[each].append(Known(code, latitude, longitude))
    return known
