"""A master facility list as a ministry hands it over: one line of it read.

Values are stored as written; only numbers, yes/no, the operating status and surrounding space are interpreted.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.registry.imports.facility_columns import Columns
from services.registry.imports.operating_status import Status, read_status
from services.registry.imports.positions import LIMITS, Axis, read_degrees, read_position
from services.registry.record_fields import CODE
from shared.fields import EXTERNAL_ID, NAME, Wrong

_RURAL = {
    "rural": True,
    "yes": True,
    "true": True,
    "1": True,
    "urban": False,
    "no": False,
    "false": False,
    "0": False,
}
# What a spreadsheet writes where a formula failed or a column is too narrow, in several languages:
# #REF!, #NAME?, #¡VALOR!, #N/A, #NV, Err:502, ####.
_FORMULA_ERROR = re.compile(
    r"#[¡¿]?[\w/ ]{1,20}[!?]|#n/?[adv]|#n/a n/a|#getting_data|#{3,}|(err|fehler|erro|erreur):[0-9]{3}",
    re.IGNORECASE,
)
_NAMES = ("name", "type", "ownership", "country", "region", "district")  # kept as names are


@dataclass(slots=True)
class FacilityRow:
    """One line of the list; `status_unknown` where the list says a status in words that are not known.

    `external_id` is what the source system calls it that the list is loaded as.
    """

    line: int
    code: str | None
    name: str
    type: str | None
    ownership: str | None
    latitude: float | None
    longitude: float | None
    country: str | None
    region: str | None
    district: str | None
    rural: bool | None
    status: Status | None = None
    status_unknown: bool = False
    external_id: str | None = None


class Called(NamedTuple):
    """What a line that is wrong calls its facility, as far as it can be read."""

    external_id: str | None
    code: str | None


def called(cells: Sequence[str], columns: Columns) -> Called:
    """What a line calls its facility, whatever else is wrong about it."""
    used = _Cells(cells, columns)
    code = _if_readable(lambda: used.text("code"))
    return Called(_if_readable(used.external_id), code and _if_readable(lambda: CODE.read(code)))


def _if_readable(read: Callable[[], str | None]) -> str | None:
    try:
        return read()
    except Wrong:
        return None


def read_row(line: int, cells: Sequence[str], columns: Columns) -> FacilityRow:
    """One line as a row; only cells that are used are looked at. Raises Wrong with the column's field."""
    used = _Cells(cells, columns)
    names = {field: used.text(field) for field in _NAMES}
    if names["name"] is None:
        raise Wrong("name-missing", "The line has no facility name.", "/name")
    rural, status = used.text("rural"), used.text("status")
    if rural is not None and rural.casefold() not in _RURAL:
        raise Wrong("rural-unknown", "Rural or urban, yes or no.", "/rural")
    known = read_status(status) if status is not None else None
    latitude, longitude = used.position()
    return FacilityRow(
        line=line, code=used.text("code"), name=names["name"], type=names["type"], ownership=names["ownership"],
        latitude=latitude, longitude=longitude, country=names["country"], region=names["region"],
        district=names["district"], rural=_RURAL[rural.casefold()] if rural else None, status=known,
        status_unknown=status is not None and known is None, external_id=used.external_id(),
    )  # fmt: skip


class _Cells:
    """The cells of a line by field. What is wrong about one is raised as Wrong with its field."""

    def __init__(self, cells: Sequence[str], columns: Columns) -> None:
        self._cells, self._columns = cells, columns

    def text(self, field: str) -> str | None:
        """The cell of a field; None where it is empty or the list has no such column."""
        found = {self._cells[place].strip() for place in self._columns.places.get(field, ())} - {""}
        if not found:
            return None
        if len(found) > 1:
            raise Wrong(
                "cells-differ", "Several columns have this header, and their cells differ.", f"/{field}"
            )
        (cell,) = found
        if _FORMULA_ERROR.fullmatch(cell):
            raise Wrong("formula-error", "A spreadsheet's error stands in place of a value.", f"/{field}")
        try:
            return NAME.read(cell) if field in _NAMES else cell
        except Wrong as wrong:
            raise Wrong(wrong.code, wrong.detail, f"/{field}") from None

    def external_id(self) -> str | None:
        """What the source system calls the facility."""
        text = self.text("external_id")
        try:
            return None if text is None else EXTERNAL_ID.read(text)
        except Wrong as wrong:
            raise Wrong(wrong.code, wrong.detail, "/external_id") from None

    def position(self) -> tuple[float, float] | tuple[None, None]:
        """Latitude and longitude from their own columns or from one."""
        both = self.text("position")
        if both is not None:
            try:
                return read_position(both)
            except ValueError:
                detail = "Latitude and longitude are expected, such as 8.3588, -11.3329."
                raise Wrong("position-wrong", detail, "/position") from None
        latitude, longitude = self._degrees("latitude"), self._degrees("longitude")
        if latitude is None and longitude is None:
            return None, None
        if latitude is None or longitude is None:
            missing = "/latitude" if latitude is None else "/longitude"
            raise Wrong("position-half", "Latitude and longitude come together.", missing)
        return latitude, longitude

    def _degrees(self, axis: Axis) -> float | None:
        text = self.text(axis)
        if text is None:
            return None
        try:
            return read_degrees(text, axis)
        except ValueError:
            limit = LIMITS[axis]
            detail = f"Degrees from -{limit} to {limit} are expected."
            raise Wrong("position-wrong", detail, f"/{axis}") from None
