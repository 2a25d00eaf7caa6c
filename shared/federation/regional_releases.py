"""Releases of regions, as their hub takes them: whole documents with a number and a digest.

Parts wait until all of a document are there, and until then nothing of it is seen. It is stored as it was sent,
and shown in `national_figure`: of each place of a figure the newest release counts that shows it, in
whatever order releases arrive. So a repeat and an old one change nothing.

A region of an earlier version sends single figures. What came so is forgotten with the first document of a
region, and single figures that it sends beside its documents are not taken (`regional_figures.take`).
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.database.arrays import literal
from shared.database.engine import raw
from shared.disclosure.document import NotThisRelease, Release, read
from shared.events.release_parts import ReleasePublished
from shared.federation import epochs
from shared.federation.document_parts import MOST, opened
from shared.federation.regional_figures import Figure, one_way_at_a_time
from shared.federation.regional_tables import figure, part, release
from shared.federation.replication import trace_of
from shared.messaging.batches import Unreadable
from shared.messaging.subscriptions import Received

Published = Received[Any]  # a ReleasePublished
Figures = Callable[[Release], Iterable[Figure]]
ROWS = 5_000  # that are written together

_FORGET = """
with parts as (delete from national_release_part where region = $1 and epoch < $2),
    figures as (delete from national_figure where region = $1 and released is not null and epoch < $2)
delete from national_release where region = $1 and epoch < $2
"""
_NEWER = "(excluded.as_of, excluded.version) >= (f.as_of, f.version)"
_NEWEST = ", ".join(
    f"{column} = case when {_NEWER} then excluded.{column} else f.{column} end"
    for column in ("epoch", "version", "as_of", "received_at", "trace_id")
)
_SHOW = f"""
insert into national_figure as f (kind, period, slice, region, unit_code, figures, released, epoch, version,
    as_of, received_at, trace_id)
select $1, period, slice, $2, unit_code, figures::bigint[], released::bigint[], $3, $4, $5, $6, $7
from unnest($8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
    as n(period, slice, unit_code, figures, released)
on conflict (kind, period, slice, region, unit_code) do update set
    (figures, released) = (
        select array_agg(case when fresh >= coalesce(known, 0) then of_fresh else of_known end order by place),
            array_agg(greatest(fresh, known) order by place)
        from unnest(excluded.figures, excluded.released, f.figures, f.released)
            with ordinality as p(of_fresh, fresh, of_known, known, place)),
    {_NEWEST}
"""


async def take(session: AsyncSession, kind: str, events: Sequence[Published], figures: Figures) -> None:
    """Store releases of which all parts are there, and show them; `figures` says what a document shows.

    Raises Unreadable for what is not the document that its number and digest name; nothing is stored then.
    """
    await one_way_at_a_time(session, kind)
    latest = await epochs.latest(session, f"{kind} release", events, _FORGET)
    for event in events:
        if event.epoch == latest[event.instance]:
            try:
                document = await _whole(session, event)
            except NotThisRelease as problem:
                raise Unreadable(str(problem)) from problem
            if document is not None:
                rows = await asyncio.to_thread(lambda of: list(figures(of)), document)
                await _show(session, kind, event, rows)


async def _whole(session: AsyncSession, event: Published) -> Release | None:
    """The document, if this was the last part that was missing; it is stored then."""
    sent = event.data
    if not 1 <= sent.part <= sent.parts <= MOST:
        raise NotThisRelease("There is no such part.")
    stored = await session.scalar(sa.select(release.c.digest).where(_named(release, event)))
    if stored is not None:
        if stored != sent.digest:
            raise NotThisRelease("There is another document with this number.")
        return None
    await _keep(session, event)
    mine = _named(part, event) & (part.c.digest == sent.digest)
    if await session.scalar(sa.select(sa.func.count()).where(mine)) != sent.parts:
        return None
    pieces = (await session.scalars(sa.select(part.c.piece).where(mine).order_by(part.c.part))).all()
    document = b"".join(map(opened, pieces))
    # In a thread, as all that takes seconds for a country: others are served meanwhile.
    found = await asyncio.to_thread(read, document, sent.digest)
    if _of(found) != _of(sent):
        raise NotThisRelease("The document has another name than its parts.")
    await _store(session, event, document)
    return found


async def _keep(session: AsyncSession, event: Published) -> None:
    """As it came: what a region sends takes no more room than that."""
    opened(event.data.piece)
    row = insert(part).values(
        region=event.instance, cube=event.data.cube, period=event.data.period, number=event.data.number,
        digest=event.data.digest, part=event.data.part, epoch=event.epoch, piece=event.data.piece,
    )  # fmt: skip
    await session.execute(row.on_conflict_do_nothing())


async def _store(session: AsyncSession, event: Published, document: bytes) -> None:
    sent, region = event.data, event.instance
    others = sa.select(sa.true()).where(release.c.region == region).limit(1)
    if not await session.scalar(others):
        single = (figure.c.region == region) & figure.c.released.is_(None)
        await session.execute(sa.delete(figure).where(single))
    await session.execute(
        release.insert().values(
            region=region, cube=sent.cube, period=sent.period, number=sent.number, epoch=event.epoch,
            as_of=sent.as_of, digest=sent.digest, document=document.decode(), received_at=clock.now(),
            trace_id=trace_of(event),
        )
    )  # fmt: skip
    await session.execute(sa.delete(part).where(_named(part, event)))


async def _show(session: AsyncSession, kind: str, event: Published, rows: Sequence[Figure]) -> None:
    sent = event.data
    of = (kind, event.instance, event.epoch, sent.number, sent.as_of, clock.now(), trace_of(event))
    connection, order = await raw(session), _order(sent.as_of, sent.number)
    for start in range(0, len(rows), ROWS):
        columns = zip(*_shown(rows[start : start + ROWS], order), strict=True)
        await connection.execute(_SHOW, *of, *map(list, columns))


def _shown(figures: Iterable[Figure], order: int) -> Iterator[tuple[str, str, str, str, str]]:
    for one in figures:
        places = one.figures or ()
        decided = one.decided or [place is not None for place in places]
        released = [order if mine else None for mine in decided]
        yield one.period, one.slice, one.unit_code, literal(places), literal(released)


def _order(as_of: date, number: int) -> int:
    """Rises from release to release, also of periods that follow each other."""
    return as_of.toordinal() * 10_000 + number


def _of(named: Release | ReleasePublished) -> tuple[str, str, int, date]:
    return named.cube, named.period, named.number, named.as_of


def _named(table: sa.Table, event: Published) -> sa.ColumnElement[bool]:
    """The rows of a release, by whom it was sent and what it is named."""
    sent, of = event.data, table.c
    return sa.and_(
        of.region == event.instance,
        of.cube == sent.cube,
        of.period == sent.period,
        of.number == sent.number,
    )
