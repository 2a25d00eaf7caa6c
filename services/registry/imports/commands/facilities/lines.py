"""A facility list in NDJSON: each line is read as the row of a CSV file whose columns are the fields."""

from codecs import BOM_UTF8
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from services.registry.imports.commands.facilities.list_reading import count_row
from services.registry.imports.commands.facilities.report import FacilityReport
from services.registry.imports.commands.report import unreadable
from services.registry.imports.facility_columns import Columns
from services.registry.imports.facility_list import Called, FacilityRow, called, read_row
from shared.errors import TooLarge
from shared.fields import Wrong
from shared.http.decoding import UNREADABLE
from shared.http.ndjson import MAX_LINE

Optional = str | UnsetType | None
_NAMES = Columns(("external_id", "code"), {"external_id": (0,), "code": (1,)})
_UNIDENTIFIED = "Say in `system` as which source system you write."


class FacilityLine(msgspec.Struct, forbid_unknown_fields=True):
    """One facility as a line of NDJSON, with the fields of a facility list.

    A field that no line of the list has leaves what is stored. Left out of one line alone, or null, it is an
    empty cell.
    """

    name: str
    code: Optional = UNSET
    type: Optional = UNSET
    ownership: Optional = UNSET
    latitude: float | UnsetType | None = UNSET
    longitude: float | UnsetType | None = UNSET
    country: Optional = UNSET
    region: Optional = UNSET
    district: Optional = UNSET
    rural: bool | UnsetType | None = UNSET
    status: Optional = UNSET
    external_id: Optional = UNSET


_FIELDS = tuple(FacilityLine.__struct_fields__)
_COLUMNS = Columns(_FIELDS, {field: (place,) for place, field in enumerate(_FIELDS)})


def read_lines(
    content: bytes,
    report: FacilityReport,
    *,
    identified: bool,
    wrong: list[Called | None] | None = None,
) -> list[FacilityRow]:
    """The readable lines of a list; wrong ones go to the report.

    What these call their facility goes to `wrong`: None where a line is no object of JSON, or calls it by no text.

    External ids are taken where the source system is `identified` whose they are. Raises TooLarge `line-too-long`
    and `too-many-lines`.
    """
    rows, fields = [], {"name"}
    wrong = [] if wrong is None else wrong
    decode = msgspec.json.Decoder(FacilityLine).decode
    for number, text in enumerate(content.removeprefix(BOM_UTF8).split(b"\n"), 1):
        if not text or text.isspace():
            continue
        if len(text) > MAX_LINE:
            raise TooLarge("line-too-long", f"Line {number} is longer than {MAX_LINE} bytes.")
        count_row(report)
        try:
            values = msgspec.structs.asdict(decode(text))
            fields |= {field for field, value in values.items() if value is not UNSET}
            row = read_row(number, [_cell(value) for value in values.values()], _COLUMNS)
            if row.external_id is not None and not identified:
                raise Wrong("source-system-required", _UNIDENTIFIED, "/external_id")
            rows.append(row)
        except UNREADABLE as error:
            report.reject(number, *unreadable(error))
            wrong.append(_called(text))
        except Wrong as refusal:
            report.reject(number, refusal.code, refusal.pointer, refusal.detail)
            wrong.append(_called(text))
    report.columns = {field: field for field in _FIELDS if field in fields}
    return rows


class _Called(msgspec.Struct):
    external_id: str | None = None
    code: str | None = None


_decode_called = msgspec.json.Decoder(_Called).decode


def _called(text: bytes) -> Called | None:
    """What a line calls its facility, whatever else is wrong about it."""
    try:
        found = _decode_called(text)
    except UNREADABLE:
        return None
    return called([found.external_id or "", found.code or ""], _NAMES)


def _cell(value: Any) -> str:
    """A value as a cell says it."""
    if value is None or value is UNSET:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
