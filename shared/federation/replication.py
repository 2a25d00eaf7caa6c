"""Things that instances publish for one another: how their own go out, and how others' are stored.

`Own` declares one kind of an instance's own: the events in which they go up to a hub or down to its regions.
`Replicated` declares one kind of others': its table, what identifies a thing, and which rows are another's.
What is the same for every kind follows from it::

    ENTRIES = Replicated("entry", national_entry, key=("region", "code"))
    await ENTRIES.take(session, [(event, rows of its items), ...])

Of each thing the newest is stored, by epoch and version: a repeat or an older one changes nothing. With the
first event of a kind in a new epoch, what its instance published in earlier ones is deleted, or withdrawn where
something refers to it: the instance was restored from a backup, and publishes again what it has.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.database.arrays import literal
from shared.database.engine import raw
from shared.events.event import Event
from shared.federation import epochs
from shared.messaging import outbox
from shared.messaging.subscriptions import Received
from shared.settings import Settings

Row = Mapping[str, Any]  # of a thing, by column; where it came from is added
Published = tuple[Received[Any], Iterable[Row]]
ONE_HUB = "$1 <> ''"  # `theirs` of what comes down: a region has one hub, whatever its name
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class _Versioned(Protocol):
    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=_Versioned)


@dataclass(frozen=True)
class Replicated:
    """One kind of thing that others publish.

    Its table has the two columns of `order`, epoch and version. Of the columns `region`, `received_at` and
    `trace_id` it may have any: `take` fills them. Each row that is taken fills the rest, but for `ours`.

    Conditions are SQL about a row that is `stored`: `theirs`, that instance $1 published it, in a table that
    holds other rows too; `unless`, that it is this instance's own, which no event changes. Where other tables
    refer to the rows, `withdrawn` is what an instance's are set to instead of being deleted.
    """

    kind: str
    table: sa.Table
    key: tuple[str, ...]
    theirs: str = "stored.region = $1"
    order: tuple[str, str] = ("epoch", "version")
    ours: tuple[str, ...] = ()
    unless: str = "false"
    withdrawn: str = ""

    async def take(self, session: AsyncSession, published: Iterable[Published]) -> None:
        """Store the newest of a batch of events, each with the rows of its items."""
        batch = list(published)
        events = [event for event, _ in batch]
        latest = await epochs.latest(session, self.kind, events, self._forget)
        rows = [
            {**self._origin(event), **row}
            for event, items in batch
            if event.epoch == latest[event.instance]
            for row in items
        ]
        if rows:
            values = (self._values(column, rows) for column in self._columns)
            await (await raw(session)).execute(self._merge, *values)

    async def take_of_hub(self, session: AsyncSession, event: Received[Any], rows: Iterable[Row]) -> bool:
        """The same in a region, of what its hub publishes; False in a hub, which hears its own words."""
        if not await epochs.in_region(session):
            return False
        await self.take(session, [(event, rows)])
        return True

    def _origin(self, event: Received[Any]) -> Row:
        known = {
            "region": event.instance,
            self.order[0]: event.epoch,
            "received_at": clock.now(),
            "trace_id": trace_of(event),
        }
        return {name: value for name, value in known.items() if name in self.table.columns}

    def _values(self, column: sa.Column[Any], rows: Sequence[Row]) -> list[Any]:
        """One column's values, as they pass through unnest()."""
        values = (row[column.name] for row in rows)
        if isinstance(column.type, ARRAY):
            return [literal(value) for value in values]
        if isinstance(column.type, JSONB):
            return [json.dumps(value) for value in values]
        return list(values)

    @cached_property
    def _columns(self) -> list[sa.Column[Any]]:
        return [column for column in self.table.columns if column.name not in self.ours]

    @cached_property
    def _forget(self) -> str:
        epoch = self.order[0]
        of_earlier = f"where {self.theirs} and not ({self.unless}) and stored.{epoch} < $2"
        if self.withdrawn:
            return f"update {self.table.name} as stored set {self.withdrawn}, {epoch} = $2 {of_earlier}"
        return f"delete from {self.table.name} as stored {of_earlier}"

    @cached_property
    def _merge(self) -> str:
        """A batch may hold several versions of one thing; `on conflict` takes one row of a key only."""
        columns, key = self._columns, ", ".join(self.key)
        names = ", ".join(column.name for column in columns)
        given = ", ".join(f"${place}::{_passed(column)}[]" for place, column in enumerate(columns, 1))
        read = ", ".join(f"{column.name}::{_type(column)}" for column in columns)
        taken = ", ".join(f"{c.name} = excluded.{c.name}" for c in columns if c.name not in self.key)
        newest = ", ".join(f"{name} desc" for name in self.order)
        # A row that no instance published, such as a delivered one, has no epoch: it is older than any.
        stored = ", ".join(f"coalesce(stored.{name}, 0)" for name in self.order)
        excluded = ", ".join(f"excluded.{name}" for name in self.order)
        return f"""
            insert into {self.table.name} as stored ({names})
            select distinct on ({key}) {read} from unnest({given}) as n({names})
            order by {key}, {newest}
            on conflict ({key}) do update set {taken}
            where not ({self.unless}) and ({stored}) < ({excluded})
        """


@dataclass(frozen=True)
class Own(Generic[T]):
    """One kind of thing of this instance's own: a region publishes them for its hub, a hub for its regions.

    `up` is None where regions have none of their own. `down` is also given a version of all together, by the
    statement `together`: it rises with each change.
    """

    up: Callable[[list[T]], Event] | None
    down: Callable[[list[T], int], Event]
    together: sa.Select[Any]
    pieces: Callable[..., Iterator[Sequence[T]]] = outbox.chunks

    async def publish(
        self,
        session: AsyncSession,
        settings: Settings,
        things: Sequence[T],
        aggregate_id: str,
        least: int = 0,
    ) -> None:
        """Put things into the outbox, with the versions they have; `least` is 1 when all are published again."""
        up = self.up if settings.federation == "region" else None
        if settings.federation != "hub" and up is None:
            return
        parts = [list(part) for part in self.pieces(things, least=least)]
        if up is not None:
            events = [up(part) for part in parts]
        else:
            together = int(await session.scalar(self.together) or 0)
            events = [self.down(part, together) for part in parts]
        versions = (max((thing.version for thing in part), default=0) for part in parts)
        await outbox.add_many(session, list(zip(events, repeat(aggregate_id), versions, strict=False)))


def trace_of(event: Received[Any]) -> str | None:
    """The trace in which an event was handled."""
    return f"{event.span.trace_id:032x}" if event.span is not None and event.span.is_valid else None


def _type(column: sa.Column[Any]) -> str:
    return str(column.type.compile(dialect=_DIALECT))


def _passed(column: sa.Column[Any]) -> str:
    """Arrays and JSON pass as texts: unnest() would take an array of arrays apart."""
    return "text" if isinstance(column.type, ARRAY | JSONB) else _type(column)
