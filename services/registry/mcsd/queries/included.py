"""What comes with the matches of a search: what they refer to, and what refers to them."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import terms
from services.registry.mcsd.directory_terms import REFERENCES, referred
from services.registry.mcsd.queries import directory_resources as directory
from services.registry.mcsd.queries import units_of_regions as regional
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.conditions import sent_references
from services.registry.mcsd.queries.search import keys_of, read_several
from services.registry.mcsd.queries.visible import KINDS, Resource, shown
from services.registry.mcsd.search_request import Reference, Search
from services.registry.tables.people import post
from services.registry.tables.units import unit
from shared.errors import BadRequest

MOST = 1000  # resources that come with those of a page

# The column that a reference is in, of records.
_COLUMNS: dict[tuple[str, str], sa.ColumnElement[Any]] = {
    (terms.LOCATION, "organization"): unit.c.unit_code,
    (terms.LOCATION, "partof"): unit.c.parent,
    (terms.ORGANIZATION, "partof"): unit.c.parent,
    (terms.AFFILIATED, "primary-organization"): unit.c.parent,
    (terms.AFFILIATED, "participating-organization"): unit.c.unit_code,
    (terms.ROLE_OF, "practitioner"): post.c.person_id,
    (terms.ROLE_OF, "organization"): post.c.unit_code,
    (terms.ROLE_OF, "location"): post.c.unit_code,
}


async def included(
    session: AsyncSession, search: Search, asked: Asked, matches: Sequence[Resource]
) -> list[Resource]:
    """What `_include` and `_revinclude` bring, each once and none that matched.

    Raises BadRequest `search-too-costly`.
    """
    seen = {_name(each) for each in matches}
    found: list[Resource] = []
    for reference in search.include:
        wanted = _ids(matches, reference) - {name.partition("/")[2] for name in seen if _is(name, reference)}
        found += _new(await read_several(session, reference.target, sorted(wanted), asked), seen)
        _few(found)
    for reference in search.revinclude:
        found += _new(await _referring(session, reference, [each["id"] for each in matches], asked), seen)
        _few(found)
    return found


def _is(name: str, reference: Reference) -> bool:
    return name.startswith(f"{reference.target}/")


def _ids(matches: Iterable[Resource], reference: Reference) -> set[str]:
    """The ids of the target that the matches refer to."""
    element = next(
        each.element for each in REFERENCES[reference.source] if each.parameter == reference.parameter
    )
    texts = [text for each in matches for text in referred(each, element)]
    return {text.partition("/")[2] for text in texts if _is(text, reference)}


def _new(resources: Iterable[Resource], seen: set[str]) -> list[Resource]:
    new = [each for each in resources if _name(each) not in seen]
    seen.update(map(_name, new))
    return new


def _name(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


async def _referring(
    session: AsyncSession, reference: Reference, ids: Sequence[str], asked: Asked
) -> list[Resource]:
    """Resources of the source that refer to the ids, records first."""
    if not ids:
        return []
    source, names = reference.source, [f"{reference.target}/{id_}" for id_ in ids]
    found: list[Resource] = []
    if source in KINDS:
        kind, column = KINDS[source], _COLUMNS.get((source, reference.parameter))
        by_key = sent_references(source, [f"{reference.parameter}={each}" for each in names])
        choices = [sa.cast(kind.key, sa.Text).in_(by_key)]
        if column is not None:
            choices.append(column.in_(keys_of(reference.target, ids)))
        select = (await kind.rows(session, asked.caller)).where(sa.or_(*choices)).order_by(kind.key)
        rows = (await session.execute(select.limit(MOST + 1))).mappings().all()
        found += [shown(source, row) for row in rows]
    if source in terms.OF_DIRECTORY:
        select = directory.referring(source, reference.parameter, names).limit(MOST + 1)
        found += [directory.shown(row) for row in (await session.execute(select)).mappings()]
    if regional.are_shown(source, asked):
        select = regional.referring(source, reference.parameter, ids).limit(MOST + 1)
        found += [regional.shown(source, row) for row in (await session.execute(select)).mappings()]
    _few(found)
    return found


def _few(found: Sequence[Resource]) -> None:
    if len(found) > MOST:
        detail = f"More than {MOST} resources would come with the page; ask for fewer matches."
        raise BadRequest("search-too-costly", detail)
