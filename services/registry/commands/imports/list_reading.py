"""The text of a facility list as rows; wrong lines go to the report."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from services.registry.commands.imports.report import Report
from services.registry.facility_list import FacilityRow, find_columns, read_row
from shared.errors import FieldError, Invalid, TooLarge

MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 50_000  # rows are compared with one another in memory; larger countries load by region


async def read_text(body: AsyncIterator[bytes]) -> str:
    """The whole list as text. Raises TooLarge beyond 32 MB and Invalid `not-utf-8`."""
    content = bytearray()
    async for chunk in body:
        content += chunk
        if len(content) > MAX_BYTES:
            raise TooLarge("body-too-large", "A list has up to 32 MB; send it in parts.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("not-utf-8", "The list is not in UTF-8; save it as CSV UTF-8.") from None


def read_rows(text: str, mapping: Mapping[str, str], report: Report) -> list[FacilityRow]:
    """The readable lines of the list; wrong ones go to the report."""
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        headers = [header.strip() for header in next(reader, [])]
        columns = find_columns(headers, mapping)
        report.columns = {field: headers[place] for field, place in columns.items()}
        return list(_read(reader, columns, report))
    except csv.Error:
        error = FieldError("", "csv-malformed", f"Line {reader.line_num} cannot be read.")
        raise Invalid("csv-malformed", "The list is not CSV.", [error]) from None


def _read(reader: Any, columns: Mapping[str, int], report: Report) -> Iterator[FacilityRow]:
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        report.received += 1
        if report.received > MAX_ROWS:
            raise TooLarge("too-many-lines", f"A list has up to {MAX_ROWS} lines; send it by region.")
        if any(ord(sign) < 32 for cell in cells for sign in cell):
            report.reject(reader.line_num, "control-character", "", "Control characters are not taken.")
            continue
        try:
            yield read_row(reader.line_num, cells, columns)
        except Invalid as wrong:
            first = wrong.errors[0]
            report.reject(reader.line_num, first.code, first.pointer, first.detail)
