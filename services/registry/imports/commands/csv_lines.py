"""CSV files as lines of JSON, as they come in: what loads NDJSON loads them too.

Lines are numbered as a spreadsheet shows them: a cell with line breaks is part of one row, and `sep=` is none.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from services.registry.imports.commands.report import LISTED, MAX_LINES, Report
from services.registry.imports.csv_cells import MARKS, SURROUNDING, Convert, converter, text
from services.registry.imports.encodings import Encoding, TextDecoder
from services.registry.imports.line_columns import LineColumns, find_line_columns
from services.registry.imports.line_headers import Fields
from shared.errors import FieldError, Invalid, TooLarge
from shared.fields import Wrong
from shared.http.ndjson import MAX_LINE

ABOVE_HEADER = 20  # rows in which the header is looked for
MAX_BROKEN = 1000  # lines whose quotes are not in pairs; a file with more is not CSV
MAX_COLUMNS = 500
_DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(r'"?sep=([^\r\n"])"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)
_BROKEN = ("quote-malformed", "", "A quote is not closed, or stands inside a cell without being doubled.")


class CsvForm(msgspec.Struct, forbid_unknown_fields=True):
    """How a system writes its CSV: columns as field -> header, the form of its days, delimiter and encoding."""

    columns: dict[str, str | None] = {}
    dates: str | None = None
    delimiter: str | None = None
    encoding: Encoding | None = None


async def csv_batches(
    source: AsyncIterator[bytes], form: CsvForm, fields: Fields, report: Report
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Rows below the header as JSON, in lists with the first one's number. Refused ones are empty, and reported.

    `fields` are those of a line, with their usual headers. Raises Invalid `column-missing`, `mapping-wrong`,
    `dates-unknown`, `encoding-wrong` or `csv-malformed`, TooLarge `line-too-long` or `too-many-lines`.
    """
    decoder = TextDecoder(form.encoding)
    table: _Table | None = None
    first = ""
    async for piece in source:
        content = decoder.feed(piece)
        if table is None:
            first += content
            if len(first) < 2 * MAX_LINE:
                continue
            table, content = _begin(first, form, fields, report), first
        report.encoding = decoder.found
        yield table.rows(content)
    content = decoder.feed(b"", final=True)
    if table is None:
        content = first + content
        table = _begin(content, form, fields, report)
    report.encoding = decoder.found
    yield table.rows(content, final=True)


class _Table:
    """The rows of a text that comes in pieces."""

    def __init__(
        self, delimiter: str, header: int, columns: LineColumns, form: CsvForm, report: Report
    ) -> None:
        """Rows below the row number `header`."""
        self._delimiter, self._header, self._report = delimiter, header, report
        self._fields: list[tuple[str, int, Convert | None]] = [
            (field, place, converter(field, form.dates)) for field, place in columns.places.items()
        ]
        self._width = columns.width
        self._row = 0
        self._broken = 0
        self._rest = ""

    def rows(self, content: str, *, final: bool = False) -> tuple[int, list[bytes]]:
        """The rows that are complete, and the number of the first one."""
        if self._row == 0 and (separator := _SEPARATOR.match(content)):
            content = content[separator.end() :]
        first = self._row + 1
        found = []
        for cells in self._records(self._rest + content, final=final):
            self._row += 1
            found.append(self._line(cells) if self._row > self._header else b"")
        return first, found

    def _records(self, content: str, *, final: bool) -> Iterator[list[str] | None]:
        lines = list(io.StringIO(content, newline=""))
        # Also where the last line ends in a carriage return: its line feed may be to come.
        last = lines.pop() if lines and not final and not lines[-1].endswith("\n") else ""
        done = 0
        while done < len(lines):
            began, reader = (
                done,
                csv.reader(islice(lines, done, None), delimiter=self._delimiter, strict=True),
            )
            try:
                for cells in reader:
                    read = began + reader.line_num
                    if read > done + 1 and self._holds_lines(cells):
                        raise csv.Error("a quote is not closed")
                    done = read
                    yield cells
            except csv.Error:
                if not final and self._unfinished(lines, done, began + reader.line_num):
                    break
                done += 1
                self._count_broken()
                yield None
        self._rest = "".join(lines[done:]) + last
        if len(self._rest) > 2 * MAX_LINE:
            raise TooLarge("line-too-long", f"Row {self._row + 1} is longer than {MAX_LINE} characters.")

    def _unfinished(self, lines: Sequence[str], start: int, read: int) -> bool:
        """Whether a record that cannot be read may only want what is still to come."""
        return read >= len(lines) and sum(map(len, lines[start:])) < MAX_LINE

    def _holds_lines(self, cells: Sequence[str]) -> bool:
        """Whether a cell with line breaks has lines with as many columns as the file: its quote was not closed."""
        if self._width < 3:
            return False
        return any(
            part.count(self._delimiter) == self._width - 1
            for cell in cells
            if "\n" in cell
            for part in cell.split("\n")[1:]
        )

    def _count_broken(self) -> None:
        self._broken += 1
        if self._broken > MAX_BROKEN:
            raise _malformed(f"Quotes are not in pairs in {MAX_BROKEN} lines.")

    def _line(self, cells: Sequence[str] | None) -> bytes:
        """A row as JSON; empty where it is blank or refused."""
        try:
            if cells is None:
                raise Wrong(*_BROKEN[::2], _BROKEN[1])
            if len(cells) != self._width:
                if not any(map(str.strip, cells)):
                    return b""
                self._check_width(cells)
            values = self._values(cells)
            return msgspec.json.encode(values) if values or any(map(str.strip, cells)) else b""
        except Wrong as wrong:
            self._refuse(wrong.code, wrong.pointer, wrong.detail)
        except UnicodeEncodeError:
            detail = f"A cell has characters that are not of the encoding: {self._report.encoding}."
            self._refuse("encoding-wrong", "", detail)
        return b""

    def _values(self, cells: Sequence[str]) -> dict[str, object]:
        values: dict[str, object] = {}
        for field, place, convert in self._fields:
            value = cells[place].strip(SURROUNDING)
            if value and value[0] in MARKS:
                value = _unmarked(field, value)
            if value:
                values[field] = value if convert is None else convert(value)
        return values

    def _check_width(self, cells: Sequence[str]) -> None:
        filled = len(cells)
        while filled > self._width and not cells[filled - 1].strip():
            filled -= 1
        if filled > self._width:
            detail = f"The row has {filled} cells, more than the {self._width} headers: one may need quotes."
            raise Wrong("cells-too-many", detail)
        if len(cells) < self._width:
            detail = f"The row has {len(cells)} cells, fewer than the {self._width} headers."
            raise Wrong("cells-too-few", detail)

    def _refuse(self, code: str, pointer: str, detail: str) -> None:
        self._report.received += 1
        if self._report.received > MAX_LINES:
            raise TooLarge("too-many-lines", f"An import has up to {MAX_LINES} lines; send it in parts.")
        self._report.reject(self._row, code, pointer, detail)


def _unmarked(field: str, cell: str) -> str:
    """What a cell says that begins as one of a spreadsheet's own. Raises Wrong with the field's pointer."""
    try:
        return text(cell)
    except Wrong as wrong:
        raise Wrong(wrong.code, wrong.detail, f"/{field}") from None


def _begin(content: str, form: CsvForm, fields: Fields, report: Report) -> _Table:
    """The table whose header is found under the delimiter that finds most fields."""
    separator = _SEPARATOR.match(content)
    start = separator.end() if separator else 0
    delimiters = form.delimiter or (separator[1] if separator else _DELIMITERS)
    found: list[tuple[int, int, str, LineColumns]] = []
    failed: list[tuple[int, Invalid]] = []
    for delimiter in delimiters:
        try:
            row, columns = _header(content[start : start + 2 * MAX_LINE], delimiter, fields, form.columns)
            found.append((len(columns.places), row, delimiter, columns))
        except Invalid as wrong:
            failed.append((content[start : start + 2000].count(delimiter), wrong))
    if not found:
        raise max(failed, key=lambda each: each[0])[1]
    _, row, delimiter, columns = max(found, key=lambda each: each[0])
    report.header_line, report.columns = row, columns.headers
    report.unused_headers = [header[:200] for header in columns.unused[:LISTED]]
    return _Table(delimiter, row, columns, form, report)


def _header(
    content: str, delimiter: str, fields: Fields, mapping: Mapping[str, str | None]
) -> tuple[int, LineColumns]:
    """Number and columns of the first row that has those wanted. Raises as of the first row that is not blank."""
    first: Invalid | None = None
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    try:
        for row, cells in enumerate(islice(reader, ABOVE_HEADER), 1):
            if not any(map(str.strip, cells)):
                continue
            try:
                return row, find_line_columns(cells[:MAX_COLUMNS], fields, mapping)
            except Invalid as wrong:
                first = first or wrong
    except csv.Error:
        pass
    raise first or _malformed("There is no line of headers.")


def _malformed(detail: str) -> Invalid:
    return Invalid("csv-malformed", "The file is not CSV.", [FieldError("", "csv-malformed", detail)])
