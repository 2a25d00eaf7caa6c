"""Which columns of a CSV file hold which fields of its lines."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.registry.imports.facility_columns import header_key
from services.registry.imports.line_headers import Fields
from shared.errors import FieldError, Invalid

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_SHOWN = 100  # characters of a header that an error repeats


class LineColumns(NamedTuple):
    """Field -> number of its column and header as written; `unused` headers hold no field."""

    places: dict[str, int]
    headers: dict[str, str]
    width: int
    unused: list[str]


def find_line_columns(cells: Sequence[str], fields: Fields, mapping: Mapping[str, str | None]) -> LineColumns:
    """The columns of a header. A field that is mapped to None is left out.

    Raises Invalid `mapping-wrong` for a field or header that is not there, and `column-missing`.
    """
    written = [_shown(cell.strip(" \t\ufeff\u00a0")) for cell in cells]
    keys = [header_key(header) for header in written]
    places = _mapped(written, keys, fields.headers, mapping)
    for field, headers in fields.headers.items():
        if field in mapping:
            continue
        wanted = (header_key(field), *headers)
        found = next((keys.index(key) for key in wanted if key in keys), None)
        if found is not None and found not in places.values():
            places[field] = found
    if missing := [field for field in fields.needed if field not in places]:
        shown = ", ".join(header[:_SHOWN] for header in written[:20])[:300]
        errors = [
            FieldError(f"/query/mapping/{field}", "column-missing", f"The headers are {shown}.")
            for field in missing
        ]
        detail = f"No column was found for {', '.join(missing)}; name it in `mapping`."
        raise Invalid("column-missing", detail, errors)
    named = {field: written[place] for field, place in places.items()}
    unused = [header for place, header in enumerate(written) if header and place not in places.values()]
    return LineColumns(places, named, len(written), unused)


def _shown(header: str) -> str:
    """A header as a report can repeat it: what no text may hold is a replacement character."""
    return _NO_TEXT.sub("\ufffd", header)


def _mapped(
    written: Sequence[str],
    keys: Sequence[str],
    usual: Mapping[str, tuple[str, ...]],
    mapping: Mapping[str, str | None],
) -> dict[str, int]:
    places: dict[str, int] = {}
    errors = []
    for field, header in mapping.items():
        pointer = f"/query/mapping/{field[:_SHOWN]}"
        if field not in usual:
            errors.append(FieldError(pointer, "field-unknown", f"Fields are {', '.join(usual)}."))
        elif header is not None and header in written:
            places[field] = written.index(header)
        elif header is not None and header_key(header) in keys:
            places[field] = keys.index(header_key(header))
        elif header is not None:
            errors.append(FieldError(pointer, "header-unknown", "The file has no such header."))
    if errors:
        raise Invalid("mapping-wrong", "The column mapping does not fit the file.", errors)
    return places
