"""Published roll-ups, told to whoever reads totals: the hub of a federation above all."""

import asyncio
from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import raw
from shared.events.assessment import Rollup, RollupsPublished
from shared.messaging import outbox
from shared.suppression import parted

Row = Any  # of `published_rollup`, by column name
COLUMNS = "unit_code, period, level, version, moved, people, counts, sums, below"
_ALL = f"select {COLUMNS} from published_rollup order by period, level, unit_code"


async def send(session: AsyncSession, rows: Iterable[Row], least: int = 0) -> None:
    """Put rows of `published_rollup` into the outbox, with the versions they have."""
    # In a thread: 30,000 rows take 0.2 s, in which nobody would be served.
    for part in await asyncio.to_thread(_outbox_rows, rows, least):
        await outbox.put(session, [part])


def _outbox_rows(rows: Iterable[Row], least: int) -> list[outbox.Row]:
    # Of people who never moved nothing is said, whatever competency did: it would tell that there are few.
    parts = outbox.chunks([item(row) for row in rows if row["moved"][0]], least=least)
    events = [RollupsPublished(items=list(part)) for part in parts]
    return [
        outbox.row((event, "rollups", max((one.version for one in event.items), default=0)))
        for event in events
    ]


async def resend(session: AsyncSession) -> None:
    """Everything as it was last published."""
    await send(session, await (await raw(session)).fetch(_ALL), least=1)


def item(row: Row) -> Rollup:
    """A row as others see it: a figure that no release showed is sent to nobody."""
    people, *competencies = row["moved"]
    shown = [bool(people and moved) for moved in competencies]
    below = (
        under if under is not None and parted(under, count - under) else None
        for count, under in zip(row["counts"], row["below"], strict=True)
    )
    return Rollup(
        unit_code=row["unit_code"],
        period=row["period"],
        level=row["level"],
        version=row["version"],
        people=row["people"] if people else None,
        counts=_told(row["counts"], shown),
        sums=_told(row["sums"], shown),
        below=_told(below, shown),
        suppressed=not people,
    )


def _told(figures: Iterable[int | None], shown: list[bool]) -> list[int | None]:
    return [figure if told else None for figure, told in zip(figures, shown, strict=True)]
