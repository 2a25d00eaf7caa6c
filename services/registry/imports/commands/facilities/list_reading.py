"""The text of a facility list as rows; wrong lines go to the report."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from services.registry.imports.commands.facilities.list_table import ListTable
from services.registry.imports.commands.facilities.report import FacilityReport
from services.registry.imports.commands.report import LISTED
from services.registry.imports.facility_columns import Columns, find_columns
from services.registry.imports.facility_list import Called, FacilityRow, called, read_row
from shared.errors import FieldError, Invalid, TooLarge
from shared.fields import Wrong

MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 50_000  # rows are compared with one another in memory; larger countries load by region
ABOVE_HEADER = 20  # rows in which the header is looked for: titles and blank rows may stand above it
SHEET_ROWS = 1_048_576  # that a spreadsheet has, blank ones counted
MAX_COLUMNS = 2000
MAX_BROKEN = 100  # lines whose quotes are not in pairs; a text with more is not CSV
REPEATED = "header-repeated"  # a line that is about no facility
_DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(r'"?sep=([^\r\n"])"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)  # Excel's own first line


async def read_whole(body: AsyncIterator[bytes]) -> bytes:
    """The whole list. Raises TooLarge beyond 32 MB."""
    content = bytearray()
    async for chunk in body:
        content += chunk
        if len(content) > MAX_BYTES:
            raise TooLarge("body-too-large", "A list has up to 32 MB; send it in parts.")
    return bytes(content)


def read_rows(
    content: bytes,
    report: FacilityReport,
    mapping: Mapping[str, str | None],
    wrong: list[Called | None] | None = None,
) -> list[FacilityRow]:
    """The readable rows of a list in CSV; wrong ones go to the report.

    What these call their facility goes to `wrong`: None where the cells of a line cannot be separated.
    Raises Invalid `not-utf-8`, `column-missing`, `mapping-wrong` or `csv-malformed`, TooLarge `too-many-lines`.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("not-utf-8", "The list is not in UTF-8; save it as CSV UTF-8.") from None
    separator = _SEPARATOR.match(text)
    start = separator.end() if separator else 0
    found = _find_header(text, start, separator[1] if separator else _DELIMITERS, mapping)
    report.header_line, report.columns = found.line, found.columns.named()
    report.unused_headers = [header[:200] for header in found.columns.unused()[:LISTED]]
    return list(_read(ListTable(text, start, found.delimiter), found, report, [] if wrong is None else wrong))


def count_row(report: FacilityReport) -> None:
    """One line more that is not blank. Raises TooLarge `too-many-lines`."""
    report.received += 1
    if report.received > MAX_ROWS:
        raise TooLarge("too-many-lines", f"A list has up to {MAX_ROWS} lines; send it by region.")


class _Header(NamedTuple):
    line: int
    delimiter: str
    columns: Columns


def _find_header(text: str, start: int, delimiters: str, mapping: Mapping[str, str | None]) -> _Header:
    """The first row that has the columns wanted, under the delimiter that finds most of them.

    Raises as `find_columns` does of the first row that is not blank.
    """
    found: list[_Header] = []
    failed: list[tuple[int, Invalid]] = []
    for delimiter in delimiters:
        try:
            found.append(_header_row(ListTable(text, start, delimiter), delimiter, mapping))
        except Invalid as wrong:
            failed.append((text[start : start + 2000].split("\n", 1)[0].count(delimiter), wrong))
    if not found:
        raise max(failed, key=lambda each: each[0])[1]
    return max(found, key=lambda header: (len(header.columns.places), len(header.columns.headers)))


def _header_row(table: ListTable, delimiter: str, mapping: Mapping[str, str | None]) -> _Header:
    """The first row that is not blank, else one below titles, which fill fewer cells than the header does."""
    first: Invalid | None = None
    widest = 0
    for line, cells in enumerate(islice(table, ABOVE_HEADER), 1):
        filled = len(cells) - [cell.strip() for cell in cells].count("") if cells is not None else 0
        if cells is not None and filled == 0:
            continue
        try:
            if cells is None:
                raise _malformed(f"The quotes of line {line} are not in pairs.")
            columns = find_columns(cells[:MAX_COLUMNS], mapping)
            if first is None or (filled > widest and len(columns.places) > 1):
                return _Header(line, delimiter, columns)
        except Invalid as wrong:
            first = first or wrong
        widest = max(widest, filled)
    raise first or _malformed("There is no line of headers.")


def _read(
    table: ListTable, header: _Header, report: FacilityReport, wrong: list[Called | None]
) -> Iterator[FacilityRow]:
    for line, cells in enumerate(table, 1):
        if line > SHEET_ROWS:
            raise TooLarge("too-many-lines", f"A list has up to {SHEET_ROWS} rows, blank ones counted.")
        if line <= header.line or (cells is not None and not any(map(str.strip, cells))):
            continue
        count_row(report)
        if table.broken > MAX_BROKEN:
            raise _malformed(f"Quotes are not in pairs in line {line} and {MAX_BROKEN} lines above it.")
        if refused := _misshapen(cells, header):
            report.reject(line, *refused)
            wrong += [None] if refused[0] != REPEATED else []
            continue
        try:
            yield read_row(line, cells or (), header.columns)
        except Wrong as refusal:
            report.reject(line, refusal.code, refusal.pointer, refusal.detail)
            wrong.append(called(cells or (), header.columns))


def _misshapen(cells: Sequence[str] | None, header: _Header) -> tuple[str, str, str] | None:
    """Code, pointer and explanation of a line whose cells cannot be separated, or that is no facility."""
    if cells is None:
        return "quote-malformed", "", "A quote is not closed, or stands inside a cell without being doubled."
    columns, width = header.columns, len(header.columns.headers)
    if len(cells) not in (width, columns.filled):
        few = len(cells) < width
        code, most = ("cells-too-few", "fewer") if few else ("cells-too-many", "more")
        hint = "" if few else f" A cell with {header.delimiter!r} in it needs quotes."
        return code, "", f"The line has {len(cells)} cells, {most} than the {width} headers.{hint}"
    if width > 2 and any(_holds_lines(cell, header.delimiter, width) for cell in cells):
        return "quote-unclosed", "", "A cell holds what looks like lines of the list: is its quote closed?"
    if columns.repeats_header(cells):
        return REPEATED, "", "The line is a header."
    return None


def _holds_lines(cell: str, delimiter: str, width: int) -> bool:
    """Whether a cell with line breaks has lines with as many columns as the list."""
    if "\n" not in cell and "\r" not in cell:
        return False
    return any(part.count(delimiter) == width - 1 for part in cell.splitlines()[1:])


def _malformed(detail: str) -> Invalid:
    return Invalid("csv-malformed", "The list is not CSV.", [FieldError("", "csv-malformed", detail)])
