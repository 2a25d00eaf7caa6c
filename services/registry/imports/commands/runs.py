"""Imports as resources: a row each, whose progress can be read while the load itself is one transaction.

The row is written beside that transaction, by sessions of their own, until the load is done; what the load made of
it is written in it. So a load that is not committed is never shown as done.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.registry.imports.commands.report import Report
from services.registry.tables.imports import import_run
from services.registry.tables.states import Connection
from shared import clock
from shared.database.engine import Database
from shared.errors import Conflict, Problem
from shared.tasks import end

log = logging.getLogger("steward.registry.imports")

PROGRESS_SECONDS = 1.0
LISTED_FOR = timedelta(days=90)
FORGOTTEN_AT_ONCE = 100
_DONE = """
update import_run set state = 'done', seen_at = $2, ended_at = $2, received = $3, report = $4::text::jsonb,
    absence = $5, absent_digest = $6
where import_id = $1
"""


class Sent(NamedTuple):
    """What an import is: its kind, who sent it as which system (its id) and with which units, and how."""

    import_id: UUID
    kind: str
    system_id: str | None
    units: list[str]
    recorded_by: str
    dry_run: bool
    full_list: bool


class Absence(NamedTuple):
    """What became of those whom a full list does not name, and the digest of exactly those who wait."""

    state: str | None = None
    digest: str | None = None


class Run:
    """One import while it is under way; `report` is looked at for its progress."""

    def __init__(self, database: Database, sent: Sent, report: Report) -> None:
        self._database, self._sent, self._report = database, sent, report
        self._watching: asyncio.Task[None] | None = None
        self._done = False

    async def __aenter__(self) -> Self:
        """List the import. Raises Conflict `import-exists`."""
        now = clock.now()
        row = {**self._sent._asdict(), "state": "running", "started_at": now, "seen_at": now, "received": 0}
        async with self._database.session() as session:
            await session.execute(_forget(now))
            added = insert(import_run).values(row).on_conflict_do_nothing()
            if await session.scalar(added.returning(import_run.c.import_id)) is None:
                raise Conflict("import-exists", "There is an import of this id already.")
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """An import that was refused or failed is listed as such."""
        await self._unwatched()
        if not isinstance(error, Exception) or self._done:
            return  # what ends the process leaves the import as interrupted
        problem = error.code if isinstance(error, Problem) else None
        await self._write(
            state="failed" if problem is None else "refused", problem=problem, ended_at=clock.now()
        )

    async def done(self, connection: Connection, absence: Absence) -> None:
        """Say in the load's own transaction what it did."""
        await self._unwatched()  # its row is locked from here on
        self._done = True
        await connection.execute(
            _DONE,
            self._sent.import_id,
            clock.now(),
            self._report.received,
            msgspec.json.encode(self._report).decode(),
            absence.state,
            absence.digest,
        )

    async def _unwatched(self) -> None:
        if self._watching is not None:
            await end([self._watching])
            self._watching = None

    async def _watch(self) -> None:
        """Write the progress, over and over."""
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            await self._write()

    async def _write(self, **values: Any) -> None:
        """Progress is worth no load: where it cannot be written the load goes on."""
        change = sa.update(import_run).where(import_run.c.import_id == self._sent.import_id)
        try:
            async with self._database.session() as session:
                await session.execute(
                    change.values(received=self._report.received, seen_at=clock.now(), **values)
                )
        except Exception as error:
            log.warning("the progress of an import was not written (%s)", type(error).__name__)


def _forget(now: datetime) -> sa.Delete:
    """Drop a few of the imports that are long past."""
    past = sa.select(import_run.c.import_id).where(import_run.c.started_at < now - LISTED_FOR)
    few = past.order_by(import_run.c.started_at).limit(FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)
    return sa.delete(import_run).where(import_run.c.import_id.in_(few))
