"""Who keeps a resource of the directory: who keeps the unit that its references lead to today.

A ward that moves takes what is below it along. So rights are decided by the way as it is now, and never by
`unit_code`, which is what it led to when it was last looked at. Searches by name use that; `follow` brings it up
to date.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import everywhere
from services.registry.mcsd import terms
from services.registry.mcsd.directory_resource import BELONGS
from services.registry.mcsd.directory_terms import REFERENCES
from services.registry.tables.directory_resources import directory_resource as resource
from services.registry.tables.units import unit
from shared.auth.caller import Caller
from shared.directory.authorization import require_unit
from shared.errors import Forbidden

KEEP = "unit.keep"
FURTHEST = 20  # resources between one and the unit that it belongs to
AT_ONCE = 500  # resources that are looked at together

# By kind, the search parameters of what it belongs to, in order: a term is `partof=Location/E1A`.
_PARAMETERS: Mapping[str, Sequence[str]] = {
    kind: [each.parameter for element in elements for each in REFERENCES[kind] if each.element == element]
    for kind, elements in BELONGS.items()
}
_NAMES = sorted({name for names in _PARAMETERS.values() for name in names})
Key = tuple[str, str]  # kind and id


async def may_keep(session: AsyncSession, caller: Caller, code: str | None) -> None:
    """Pass for who keeps the unit; what belongs to none is kept by who keeps the whole country."""
    if code is not None:
        await require_unit(session, caller, KEEP, code)
    elif not await session.scalar(sa.select(everywhere(caller))):
        raise Forbidden("unit-out-of-scope", "What belongs to no unit needs the whole tree in your units.")


async def unit_of(session: AsyncSession, kind: str, id_: str) -> str | None:
    """The unit that a resource of the directory belongs to today; None where it is none or belongs to none."""
    return await _Ways(session).unit_of((kind, id_))


async def follow(session: AsyncSession, written: Iterable[Key]) -> None:
    """Write down again where everything leads that belongs to these resources, however far below."""
    ways, waiting, seen = _Ways(session), list(written), set[Key]()
    while waiting:
        piece, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
        seen.update(piece)
        wanted = [f"{name}={kind}/{id_}" for kind, id_ in piece for name in _NAMES]
        last = ("", "")
        while rows := await _below(session, wanted, last):
            last = rows[-1]["kind"], rows[-1]["resource_id"]
            moved = await _moved(ways, rows)
            await _write(session, moved)
            waiting += [key for key in moved if key not in seen]


async def _below(session: AsyncSession, wanted: list[str], after: Key) -> Sequence[Any]:
    key = sa.tuple_(resource.c.kind, resource.c.resource_id)
    names = resource.c.kind, resource.c.resource_id, resource.c.terms, resource.c.unit_code
    select = sa.select(*names).where(resource.c.terms.overlap(sa.cast(wanted, ARRAY(sa.Text))))
    select = select.where(key > sa.tuple_(*map(sa.literal, after))).order_by(*key.clauses).limit(AT_ONCE)
    return (await session.execute(select)).mappings().all()


async def _moved(ways: "_Ways", rows: Sequence[Any]) -> dict[Key, str | None]:
    """Those of the rows that lead to another unit than is written, by key."""
    await ways.look_up([text for row in rows for text in _above(row["kind"], row["terms"])])
    found: dict[Key, str | None] = {}
    for row in rows:
        key = row["kind"], row["resource_id"]
        code = await ways.unit_of(key, row["terms"])
        if code != row["unit_code"]:
            found[key] = code
    return found


async def _write(session: AsyncSession, moved: Mapping[Key, str | None]) -> None:
    for code in set(moved.values()):
        keys = [key for key, to in moved.items() if to == code]
        mine = sa.tuple_(resource.c.kind, resource.c.resource_id).in_(keys)
        await session.execute(sa.update(resource).where(mine).values(unit_code=code))


def _above(kind: str, found_by: Sequence[str]) -> list[str]:
    """What a resource belongs to, nearest first: texts such as `Location/E1A`."""
    pairs = [term.partition("=") for term in found_by]
    return [text for name in _PARAMETERS[kind] for parameter, _, text in pairs if parameter == name]


class _Ways:
    """The ways from resources to units, each step looked up once."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._units: dict[str, bool] = {}
        self._terms: dict[str, Sequence[str] | None] = {}

    async def unit_of(self, key: Key, found_by: Sequence[str] | None = None) -> str | None:
        """The first unit that a resource leads to by what it belongs to; `found_by`: its terms, where at hand."""
        kind, id_ = key
        if found_by is None:
            await self.look_up([f"{kind}/{id_}"])
            found_by = self._terms[f"{kind}/{id_}"]
        waiting, seen = [(kind, found_by or ())], set[str]()
        while waiting and len(seen) <= FURTHEST:
            above = _above(*waiting.pop(0))
            await self.look_up(above)
            for text in above:
                further, _, rest = text.partition("/")
                if self._units[text]:
                    return terms.unit_of_id(rest)
                if text not in seen and (known := self._terms[text]) is not None:
                    seen.add(text)
                    waiting.append((further, known))
        return None

    async def look_up(self, texts: Sequence[str]) -> None:
        """What is a unit, and the terms of what is none: in two statements for all that is not known yet."""
        new = sorted({text for text in texts if text not in self._units})
        if not new:
            return
        keys = [(kind, id_) for kind, _, id_ in (text.partition("/") for text in new)]
        codes = {id_: terms.unit_of_id(id_) for kind, id_ in keys if kind in terms.OF_UNITS}
        units = sa.select(unit.c.unit_code).where(unit.c.unit_code.in_(list(codes.values())))
        there = set(await self._session.scalars(units))
        mine = sa.tuple_(resource.c.kind, resource.c.resource_id).in_(keys)
        select = sa.select(resource.c.kind, resource.c.resource_id, resource.c.terms).where(mine)
        rows = {f"{row.kind}/{row.resource_id}": row.terms for row in await self._session.execute(select)}
        for text, (kind, id_) in zip(new, keys, strict=True):
            self._units[text] = kind in terms.OF_UNITS and codes[id_] in there
            self._terms[text] = rows.get(text)
