"""Resources of the directory that are none of Steward's records: made, changed, and the references in them."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import terms
from services.registry.mcsd.boundaries import detached
from services.registry.mcsd.commands.keepers import KEEP, follow, may_keep, unit_of
from services.registry.mcsd.commands.references import Feed
from services.registry.mcsd.commands.stored_boundaries import store_boundary
from services.registry.mcsd.commands.versions import unless_stale
from services.registry.mcsd.directory_resource import columns
from services.registry.mcsd.queries.existing import unknown_references
from services.registry.mcsd.sent_people import Sent, wrong
from services.registry.tables.directory_resources import directory_resource as resource
from services.registry.tables.directory_resources import directory_resource_version as version
from services.registry.tables.units import unit
from shared import clock
from shared.auth import rights
from shared.database.engine import lock
from shared.errors import Conflict


async def is_stored(session: AsyncSession, kind: str, id_: str) -> bool:
    """Whether there is such a resource."""
    mine = sa.and_(resource.c.kind == kind, resource.c.resource_id == id_)
    return await session.scalar(sa.select(sa.true()).where(mine)) is not None


async def create_resource(session: AsyncSession, feed: Feed, sent: Sent) -> str:
    """A new resource. Returns its id. Raises as `put_resource`."""
    id_ = uuid4().hex
    await put_resource(session, feed, id_, sent, None)
    return id_


async def put_resource(session: AsyncSession, feed: Feed, id_: str, sent: Sent, if_match: str | None) -> bool:
    """The resource as it was sent, under this id. Returns whether it is new. Nothing new, no version.

    Raises Invalid for what is not taken, Conflict `resource-derived` for what follows from a unit, Forbidden, and
    PreconditionFailed `stale-etag`.
    """
    caller, kind = feed.asked.caller, sent["resourceType"]
    rights.require(caller, KEEP)
    await lock(session, "registry directory")  # of two who send the same, the second finds it
    if kind in terms.OF_UNITS and await _is_of_a_unit(session, id_):
        raise Conflict("resource-derived", "It follows from a unit: send the Location of that.")
    mine = sa.and_(resource.c.kind == kind, resource.c.resource_id == id_)
    row = (await session.execute(sa.select(resource).where(mine))).mappings().one_or_none()
    if row is not None:
        await may_keep(session, caller, await unit_of(session, kind, id_))
        unless_stale(if_match, row["version"])
    stored, boundary = detached(sent)
    values = columns(stored)
    recorded = {"recorded_at": clock.now(), "recorded_by": caller.subject_key}
    if row is None:
        new = {"kind": kind, "resource_id": id_, "version": 1, "unit_code": None}
        await session.execute(sa.insert(resource).values(**new, **values, **recorded))
    elif row["body"] != values["body"]:
        earlier = {name: row[name] for name in version.c.keys()}  # noqa: SIM118  # of columns, not of a dictionary
        await session.execute(sa.insert(version).values(**earlier))
        number = row["version"] + 1
        await session.execute(sa.update(resource).where(mine).values(version=number, **values, **recorded))
    await store_boundary(session, id_, boundary, of_unit=False)
    if feed.unsettled is None:
        await settle(session, feed, [(kind, id_)])
    else:
        feed.unsettled.append((kind, id_))
    return row is None


async def settle(session: AsyncSession, feed: Feed, written: list[tuple[str, str]]) -> None:
    """Look where the references of resources lead, and to which units they belong, once all are stored.

    Raises Invalid `reference-unresolved`, Forbidden `unit-out-of-scope` for units that the caller does not keep.
    """
    for kind, id_ in written:
        body = await _body(session, kind, id_)
        assert body is not None
        for each in await unknown_references(session, body, feed.asked):
            detail = f"There is no such {each.target} in this directory."
            raise wrong(f"/{kind}/{each.element}", "reference-unresolved", detail)
        code = await unit_of(session, kind, id_)
        await may_keep(session, feed.asked.caller, code)
        mine = sa.and_(resource.c.kind == kind, resource.c.resource_id == id_)
        await session.execute(sa.update(resource).where(mine).values(unit_code=code))
    await follow(session, written)


async def _body(session: AsyncSession, kind: str, id_: str) -> Mapping[str, Any] | None:
    mine = sa.and_(resource.c.kind == kind, resource.c.resource_id == id_)
    found: Mapping[str, Any] | None = await session.scalar(sa.select(resource.c.body).where(mine))
    return found


async def _is_of_a_unit(session: AsyncSession, id_: str) -> bool:
    same = unit.c.unit_code == terms.unit_of_id(id_)
    return await session.scalar(sa.select(sa.true()).where(same)) is not None
