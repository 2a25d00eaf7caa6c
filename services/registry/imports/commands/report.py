"""What an import says of itself, and the reading of its lines."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from services.registry.imports.effects import with_step
from services.registry.imports.seen import Seen
from services.registry.source_systems.commands import hold_imports
from services.registry.tables.states import Connection
from shared.errors import TooLarge
from shared.fields import EXTERNAL_ID, Text, Wrong
from shared.http.decoding import UNREADABLE, explain

MAX_LINES = 1_000_000
LISTED = 1000  # rejected lines, duplicates and crowds that are spelt out; all are counted
SHOWN = 10  # facilities of a crowd that are named
TIMEOUT = "set local statement_timeout = '300s'"
# For the temporary tables: a sample of 3,000 lines tells a plan as much as one of 30,000, for a tenth.
SAMPLE = "set local default_statistics_target = 10"

S = TypeVar("S", bound=msgspec.Struct)


class Rejected(msgspec.Struct, frozen=True):
    """One line that was not taken, rejected or held."""

    line: int
    code: str
    pointer: str
    detail: str


class Duplicate(msgspec.Struct, frozen=True):
    """Two facilities that may be one; a line is null for a unit that the list does not mention."""

    codes: tuple[str, str]
    lines: tuple[int | None, int | None]
    reasons: tuple[str, ...]
    metres: int | None


class Crowd(msgspec.Struct, frozen=True):
    """Many facilities that are alike for one reason: how many, and the first of them."""

    reason: str
    size: int
    codes: list[str]
    lines: list[int | None]


class Report(msgspec.Struct):
    """Counts of lines, and the lines that somebody should look at.

    `digest` is null where nobody asked for one; while the load runs it is the sum of its effects.
    """

    import_id: str = ""
    digest: str | None = None
    received: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    held: int = 0
    held_lines: list[Rejected] = msgspec.field(default_factory=list)
    rejected_count: int = 0
    rejected: list[Rejected] = msgspec.field(default_factory=list)
    duplicates_count: int = 0
    duplicates: list[Duplicate] = msgspec.field(default_factory=list)
    crowds_count: int = 0
    crowds: list[Crowd] = msgspec.field(default_factory=list)
    absent_count: int = 0
    deactivated: int = 0
    units_added: list[str] = msgspec.field(default_factory=list)
    columns: dict[str, str] = msgspec.field(default_factory=dict)
    encoding: str | None = None
    header_line: int = 0
    unused_headers: list[str] = msgspec.field(default_factory=list)

    def reject(self, line: int, code: str, pointer: str, detail: str) -> None:
        """Count a line that is not taken, and list it while there is room."""
        self.rejected_count += 1
        self.note("rejected", line, code, pointer)
        if len(self.rejected) < LISTED:
            self.rejected.append(Rejected(line, code, pointer, detail))

    def hold(self, line: int, code: str, pointer: str, detail: str) -> None:
        """Count a line that waits until somebody has decided about it, and list it while there is room."""
        self.held += 1
        self.note("held", line, code, pointer)
        if len(self.held_lines) < LISTED:
            self.held_lines.append(Rejected(line, code, pointer, detail))

    def note(self, *step: object) -> None:
        """One thing that the load does, for its digest, with the version of what it changes."""
        if self.digest is not None:
            self.digest = with_step(self.digest, *step)

    def finish(self) -> "Report":
        """Lines in order; what was neither taken, held nor rejected was there already."""
        for listed in (self.rejected, self.held_lines):
            listed.sort(key=lambda each: each.line)
        self.unchanged = self.received - self.created - self.updated - self.held - self.rejected_count
        return self


async def begin(connection: Connection, source: str) -> None:
    """One import of a source system at a time, with time enough for a large one."""
    await connection.execute(TIMEOUT)
    await connection.execute(SAMPLE)
    await hold_imports(connection, source)


class Reader(Generic[S]):
    """Lines that are what they should be; the others go to the report."""

    def __init__(
        self, line_type: type[S], report: Report, check: Callable[[S], None], *, named: bool = False
    ) -> None:
        """Read lines of one type, each with an `external_id` of its own; `named` if these are asked for later.

        `check` puts each value into the form that is stored. It raises Wrong with the field's pointer.
        """
        self._check = check
        self._decode = msgspec.json.Decoder(line_type).decode
        self._report = report
        self._taken = Seen()
        self.external_ids: list[str] | None = [] if named else None

    def read(self, number: int, line: bytes) -> S | None:
        """The line's value; None when it was rejected."""
        try:
            value = self._decode(line)
        except UNREADABLE as error:
            self._report.reject(number, *unreadable(error))
            return None
        try:
            self._check(value)
        except Wrong as wrong:
            self._report.reject(number, wrong.code, wrong.pointer, wrong.detail)
            return None
        external_id: str = value.external_id  # type: ignore[attr-defined]
        return value if self.take(number, external_id) else None

    def take(self, number: int, external_id: str) -> bool:
        """Whether no earlier line has the external id; the line is rejected when one has."""
        if not self._taken.add(external_id):
            detail = "An earlier line has the same external id."
            self._report.reject(number, "external-id-repeated", "/external_id", detail)
            return False
        if self.external_ids is not None:
            self.external_ids.append(external_id)
        return True


def filled(first: int, lines: Sequence[bytes], report: Report) -> list[tuple[int, bytes]]:
    """The lines that are not empty, counted, with their numbers. Raises TooLarge `too-many-lines`."""
    found = [(number, line) for number, line in enumerate(lines, first) if line and not line.isspace()]
    report.received += len(found)
    if report.digest is not None:
        for number, line in found:
            report.note(number, line.hex())
    if report.received > MAX_LINES:
        raise TooLarge("too-many-lines", f"An import has up to {MAX_LINES} lines; send it in parts.")
    return found


class _Named(msgspec.Struct):
    external_id: str


_named = msgspec.json.Decoder(_Named).decode


def name_of(line: bytes) -> str | None:
    """The external id of a line, also where nothing else of it can be read."""
    try:
        return EXTERNAL_ID.read(_named(line).external_id)
    except (*UNREADABLE, Wrong):
        return None


def read_texts(line: Any, texts: Mapping[str, Text]) -> None:
    """Put the texts of a line, by field, into the form that is stored. Raises Wrong with the pointer."""
    for name, text in texts.items():
        value = getattr(line, name)
        if value is None:
            continue
        try:
            read = text.read(value)
        except Wrong as wrong:
            raise Wrong(wrong.code, wrong.detail, f"/{name}") from None
        if read is not value:
            setattr(line, name, read)


def reject_all(report: Report, rows: Iterable[Any], details: dict[str, tuple[str, str]]) -> None:
    """Reject (line, code) rows; `details` says pointer and explanation of each code."""
    for line, code in rows:
        report.reject(line, code, *details[code])


def unreadable(error: Exception) -> tuple[str, str, str]:
    """Code, pointer and explanation of a line that cannot be read; never the value itself."""
    if not isinstance(error, msgspec.ValidationError):
        return "json-invalid", "", "The line is not a JSON object in UTF-8."
    return "field-wrong", *explain(error)
