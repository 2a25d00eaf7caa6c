"""People in bulk: upsert by the external id of the source system that the caller writes as.

Three ways, by what a line is to the people of its system: the line taken last time is known by its
digest and goes no further; a new person without sign-ins goes straight into `person`; whatever else
goes through a temporary table and one merge. Row by row the same load took ten times as long.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

from services.registry.field_precedence.order import mark
from services.registry.field_precedence.queries import read_precedence
from services.registry.imports.commands.full_lists import FullList, Scope, supersede, waits
from services.registry.imports.commands.people.absent import PEOPLE
from services.registry.imports.commands.people.classify import ERASED, FORMER, Batch, Sorter
from services.registry.imports.commands.people.lines import COLUMNS, Marked, Marker
from services.registry.imports.commands.people.merge import merge_people
from services.registry.imports.commands.people.scope import IS_OUTSIDE, ROOT_INSIDE
from services.registry.imports.commands.pipeline import Pipeline
from services.registry.imports.commands.report import Report, begin, filled
from services.registry.imports.commands.runs import Absence
from services.registry.matching.commands.candidates import compare_later
from services.registry.publication.commands import publish_states
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.erasure.pseudonyms import identifier_digest
from shared.events.registry import PersonState
from shared.messaging import outbox

Batches = AsyncIterator[tuple[int, list[bytes]]]

_STORED = ("person_id", "version", "source", *COLUMNS, "recorded_at", "recorded_by", "line_digest")
_EXTERNAL_ID = _STORED.index("external_id")
_LINE = ("line", *COLUMNS, "line_digest", "former_external_id")
_TABLE = """
create temp table person_line (line int, external_id text, family_name text, given_name text, phone text,
    email text, sex text, birth_year smallint, cadre text, line_digest bytea, former_external_id text)
    on commit drop
"""
_ANY = "select exists (select from identified_person where system_id = $1)"
_ANY_FORMER = "select exists (select from former_identifier where system_id = $1)"
_FORMER = "select value from former_identifier where system_id = $1 and value = any($2::text[])"
_ANY_ERASED = "select exists (select from erased_identifier where system_id = $1)"
_ERASED = "select digest from erased_identifier where digest = any($1::bytea[])"
# By the index alone: without statistics a plan may scan the table for each batch.
_BY_INDEX = "set local enable_seqscan = off"
_BY_CHOICE = "set local enable_seqscan = on"
_KNOWN = """
select i.value, p.line_digest from identified_person i join person p using (person_id)
where i.system_id = $1 and i.value = any($2::text[])
"""
# A person out of scope has no digest here, and so is looked at closely.
_KNOWN_INSIDE = f"""
select i.value, case when not ({IS_OUTSIDE}) then p.line_digest end
from identified_person i join person p using (person_id) where i.system_id = $1 and i.value = any($4::text[])
"""
# Whom a load names, as far as they are the caller's. $4 whether its units include the root.
_NAMED = f"""
select p.person_id from identified_person i join person p using (person_id)
where i.system_id = $1 and i.value = any($5::text[]) and ($4::boolean or not ({IS_OUTSIDE}))
"""


async def import_people(
    connection: Connection,
    batches: Batches,
    caller: Caller,
    writer: Writer,
    key_of: Callable[[str, str], str],
    report: Report,
    full: FullList | None = None,
) -> Absence:
    """Load people; `key_of` makes the opaque key of a sign-in from issuer and subject.

    A `full` list names everybody of the system within the caller's units. Raises Invalid `list-incomplete`.
    """
    await begin(connection, writer.source)
    await connection.execute(_TABLE)
    scope = None if await connection.fetchval(ROOT_INSIDE, list(caller.units)) else list(caller.units)
    precedence = await read_precedence(connection)
    waiting = await waits(connection, PEOPLE, writer.source)
    sorter = Sorter(writer, report, key_of, named=waiting or caller.decisions is not None)
    marker = Marker(key_of("", "") + mark(precedence, writer.source))
    known = _Known(connection, writer.source, scope, marker, report, named=full is not None)
    new = _New(connection, report)
    await _read(connection, batches, known, sorter, new, full)
    report.created = new.count
    if sorter.others:
        await connection.execute(_BY_CHOICE)
        await merge_people(connection, writer, scope, report, sorter.sign_ins, precedence)
    if caller.decisions is not None:
        await _note(connection, caller, writer, sorter, everywhere=scope is None)
    report.finish()
    if waiting:
        units = list(caller.units) if full else []
        await supersede(connection, PEOPLE, writer.source, report, sorter.names(), units)
    if full is None:
        return Absence()
    about = Scope(writer.source, list(caller.units), scope is None)
    return await full.settle(connection, PEOPLE, about, writer.by, report)


async def _read(
    connection: Connection,
    batches: Batches,
    known: "_Known",
    sorter: Sorter,
    new: "_New",
    full: FullList | None,
) -> None:
    """Read all lines: new people are written as they come, the others wait in `person_line`."""
    await known.prepare()
    async with Pipeline() as pipeline:
        writing: asyncio.Task[None] | None = None
        async for marked, digests in known.batches(batches, pipeline):
            batch = sorter.sort(marked, digests)
            if full is not None:
                named = [external_id for *_, external_id in marked]
                await pipeline.start(full.name, connection, named, len(digests))
            if writing is not None:
                await writing
            writing = pipeline.start(new.write, batch)
    await new.finish()


async def _note(
    connection: Connection, caller: Caller, writer: Writer, sorter: Sorter, *, everywhere: bool
) -> None:
    """Note whom the report names, since it will be stored."""
    asked = (writer.source, list(caller.units), clock.today(), everywhere, sorter.names())
    rows = await connection.fetch(_NAMED, *asked)
    rights.note_load(caller, "person.record", ids=[row[0] for row in rows])


class _Known:
    """What is stored of the people whom lines name."""

    def __init__(
        self,
        connection: Connection,
        source: str,
        scope: list[str] | None,
        marker: Marker,
        report: Report,
        *,
        named: bool,
    ) -> None:
        """Of one system; `scope` has the caller's units unless they include the root.

        Lines are `named` where it matters whom they name though the system knows nobody yet.
        """
        self._connection, self._source, self._scope = connection, source, scope
        self._marker, self._report = marker, report
        self._any = self._former = self._erased = False
        self._named = named

    async def prepare(self) -> None:
        """Look whether the system has people at all: without any nothing has to be looked up."""
        self._former = await self._connection.fetchval(_ANY_FORMER, self._source)
        self._erased = await self._connection.fetchval(_ANY_ERASED, self._source)
        self._any = self._former or self._erased or await self._connection.fetchval(_ANY, self._source)
        await self._connection.execute(_BY_INDEX)

    async def batches(
        self, batches: Batches, pipeline: Pipeline
    ) -> AsyncIterator[tuple[list[Marked], dict[str, bytes | None]]]:
        """Lines with the digests of the people that they name, looked up while the next are read."""
        before: tuple[list[Marked], asyncio.Task[dict[str, bytes | None]]] | None = None
        async for first, lines in batches:
            marked = self._marker.mark(filled(first, lines, self._report), named=self._any or self._named)
            if not self._any:
                yield marked, {}
                continue
            looking = pipeline.start(self._digests, marked)
            if before is not None:
                yield before[0], await before[1]
            before = marked, looking
        if before is not None:
            yield before[0], await before[1]

    async def _digests(self, marked: list[Marked]) -> dict[str, bytes | None]:
        names = [external_id for *_, external_id in marked if external_id is not None]
        if self._scope is None:
            rows = await self._connection.fetch(_KNOWN, self._source, names)
        else:
            rows = await self._connection.fetch(
                _KNOWN_INSIDE, self._source, self._scope, clock.today(), names
            )
        digests = {row[0]: row[1] for row in rows}
        if self._former:
            former = await self._connection.fetch(_FORMER, self._source, names)
            digests |= {row[0]: FORMER for row in former}
        if self._erased:
            called = {identifier_digest(self._source, name): name for name in names}
            gone = await self._connection.fetch(_ERASED, list(called))
            digests |= {called[row[0]]: ERASED for row in gone}
        return digests


class _New:
    """New people written as they come; those who wait for a full message are published at the end."""

    def __init__(self, connection: Connection, report: Report) -> None:
        self._connection, self._report = connection, report
        self._waiting: list[PersonState] = []
        self.count = 0

    async def write(self, batch: Batch) -> None:
        """Store a batch: rows of `person`, its full messages, and the lines for the merge."""
        copy = self._connection.copy_records_to_table
        if batch.others:
            await copy("person_line", records=batch.others, columns=_LINE)
        if batch.new:
            await copy("person", records=batch.new, columns=_STORED)
            await compare_later(self._connection, [batch.new[0][0], batch.new[-1][0]], between=True)
            self.count += len(batch.new)
            if self._report.digest is not None:
                for row in batch.new:
                    self._report.note("created", row[_EXTERNAL_ID])
            self._waiting += batch.states
            full = len(self._waiting) // outbox.MAX_ITEMS * outbox.MAX_ITEMS
            await publish_states(self._connection, self._waiting[:full])
            del self._waiting[:full]

    async def finish(self) -> None:
        """Publish the rest."""
        await publish_states(self._connection, self._waiting)
