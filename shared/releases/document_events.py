"""Documents of releases on their way to the hub of a federation: whole, in parts, with number and digest."""

import asyncio
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared.disclosure.document import Release, digest_of
from shared.events.release_parts import ReleasePublished
from shared.federation.document_parts import parts
from shared.messaging import outbox
from shared.releases import tables

Of = tuple[str, str, int, date, str]  # cube, period, number, as of, digest


async def publish(
    session: AsyncSession, event: type[ReleasePublished], release: Release, document: bytes
) -> None:
    """Put a release with its document into the outbox of a region; elsewhere nobody reads it so."""
    if outbox.has_hub():
        of = (release.cube, release.period, release.number, release.as_of, digest_of(document))
        await _put(session, event, of, document)


async def resend(session: AsyncSession, event: type[ReleasePublished]) -> None:
    """Put every release into the outbox again, one after the other."""
    if not outbox.has_hub():
        return
    release = tables.release.c
    keys = sa.select(release.cube, release.period, release.number, release.as_of, release.digest)
    found = (await session.execute(keys.order_by(release.cube, release.period, release.number))).all()
    for cube, period, number, as_of, digest in found:
        one = (release.cube == cube) & (release.period == period) & (release.number == number)
        document: str = (await session.execute(sa.select(release.document).where(one))).scalar_one()
        await _put(session, event, (cube, period, number, as_of, digest), document.encode())


async def _put(session: AsyncSession, event: type[ReleasePublished], of: Of, document: bytes) -> None:
    # In a thread: a country's takes a second, in which nobody would be served.
    for row in await asyncio.to_thread(_rows, event, of, document):
        await outbox.put(session, [row])


def _rows(event: type[ReleasePublished], of: Of, document: bytes) -> list[outbox.Row]:
    cube, period, number, *_ = of
    return [outbox.row((one, f"{cube}/{period}", number)) for one in events(event, of, document)]


def events(event: type[ReleasePublished], of: Of, document: bytes) -> list[ReleasePublished]:
    """The events that carry a document in its canonical form."""
    cube, period, number, as_of, digest = of
    pieces = parts(document)
    return [
        event(
            cube=cube, period=period, number=number, as_of=as_of, digest=digest,
            part=place, parts=len(pieces), piece=piece,
        )
        for place, piece in enumerate(pieces, 1)
    ]  # fmt: skip
