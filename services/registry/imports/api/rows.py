"""Rows of a list as they come: NDJSON, or CSV by a mapping of its own, its source system's, or usual headers."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from fastapi import Depends, Query, Request
from msgspec.structs import astuple

from services.registry.imports.commands.csv_forms import stored_form
from services.registry.imports.commands.csv_lines import CsvForm, csv_batches
from services.registry.imports.commands.report import Report
from services.registry.imports.csv_cells import check_dates
from services.registry.imports.encodings import Encoding
from services.registry.imports.line_headers import FIELDS
from shared.errors import FieldError, Invalid
from shared.http import Raw
from shared.http.body_schemas import LINES
from shared.http.decoding import UNREADABLE
from shared.http.ndjson import batches

CSV = "text/csv"
Rows = AsyncIterator[tuple[int, list[bytes]]]
MappingQuery = Annotated[
    str | None,
    Query(max_length=2000, description="Of CSV: JSON object of fields and headers, null leaves out."),
]


def written(
    mapping: MappingQuery = None,
    dates: Annotated[
        str | None, Query(max_length=20, description="Of CSV: the form of its days, such as DD/MM/YYYY.")
    ] = None,
    delimiter: Annotated[
        str | None,
        Query(min_length=1, max_length=1, description="Of CSV; else the one that finds most columns."),
    ] = None,
    encoding: Annotated[
        Encoding | None,
        Query(description="Of CSV; else by its mark, else UTF-8 or, where it is none, cp1252."),
    ] = None,
) -> CsvForm:
    """How a CSV file is written. Raises Invalid `mapping-malformed`, `dates-unknown` or `delimiter-wrong`."""
    if dates is not None:
        check_dates(dates)
    if delimiter is not None and delimiter in '"\r\n\0 ':
        error = FieldError("/query/delimiter", "delimiter-wrong", "For example a semicolon.")
        raise Invalid("delimiter-wrong", "The delimiter cannot separate cells.", [error])
    return CsvForm(read_mapping(mapping), dates, delimiter, encoding)


HowWritten = Annotated[CsvForm, Depends(written)]


async def rows_of(
    request: Request, connection: Raw, kind: str, system_id: str | None, form: CsvForm, report: Report
) -> Rows:
    """The body's rows as lines of JSON, empty ones too, in lists with the first one's number.

    What a request does not say about its CSV is as it is stored for the source system, if the list is of one.
    """
    if not is_csv(request, otherwise=False):
        return batches(request)
    stored = CsvForm() if system_id is None else await stored_form(connection, system_id, kind)
    form = CsvForm(*(sent or known for sent, known in zip(astuple(form), astuple(stored), strict=True)))
    return csv_batches(request.stream(), form, FIELDS[kind], report)


def is_csv(request: Request, *, otherwise: bool) -> bool:
    """Whether a body is CSV, else NDJSON; `otherwise` where its type is neither of both."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media == CSV or (otherwise and media != LINES)


def read_mapping(text: str | None) -> dict[str, str | None]:
    """Fields and headers. Raises Invalid `mapping-malformed`."""
    if text is None:
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, str | None])
    except (*UNREADABLE, UnicodeError):
        error = FieldError("/query/mapping", "mapping-malformed", 'For example {"name": "Facility name"}.')
        raise Invalid(
            "mapping-malformed", "The mapping is not a JSON object of strings and nulls.", [error]
        ) from None
