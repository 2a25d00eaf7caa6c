"""A master facility list as a ministry hands it over: its columns found, its values read.

Values are kept as written; only numbers, yes/no and surrounding space are interpreted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.errors import FieldError, Invalid

# Field -> headers seen in published lists, normalised; the first one that is there is taken.
HEADERS: dict[str, tuple[str, ...]] = {
    "code": ("facility code", "code", "facility id", "mfl code", "unit code", "code formation sanitaire"),
    "name": (
        "facility name",
        "name",
        "facility",
        "health facility",
        "nom",
        "formation sanitaire",
        "facility n",
    ),
    "type": ("facility type", "type", "facility t", "type of facility", "type de formation"),
    "ownership": ("ownership", "owner", "managing authority", "propriete", "statut"),
    "latitude": ("lat", "latitude", "y", "gps latitude"),
    "longitude": ("long", "lon", "lng", "longitude", "x", "gps longitude"),
    "country": ("country", "pays", "admin0"),
    "region": ("admin1", "region", "province", "state", "admin 1"),
    "district": ("admin2", "district", "county", "admin 2"),
    "rural": ("rural", "rural urban", "urban rural", "milieu"),
}
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


@dataclass(slots=True)
class FacilityRow:
    """One line of the list."""

    line: int
    code: str | None
    name: str
    type: str
    ownership: str | None
    latitude: float | None
    longitude: float | None
    country: str | None
    region: str | None
    district: str | None
    rural: bool | None


def header_key(header: str) -> str:
    """A header as `HEADERS` spells it."""
    return re.sub(r"[^a-z0-9]+", " ", header.casefold()).strip()


def find_columns(headers: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    """Field -> column number, from the caller's mapping first and from usual headers otherwise.

    Raises Invalid `mapping-wrong` for a field or header that is not there and `column-missing`
    when no column has names.
    """
    errors = []
    found: dict[str, int] = {}
    for field, header in mapping.items():
        if field not in HEADERS:
            errors.append(
                FieldError(f"/query/mapping/{field}", "field-unknown", f"Fields are {', '.join(HEADERS)}.")
            )
        elif header not in headers:
            errors.append(
                FieldError(f"/query/mapping/{field}", "header-unknown", "The list has no such header.")
            )
        else:
            found[field] = headers.index(header)
    if errors:
        raise Invalid("mapping-wrong", "The column mapping does not fit the list.", errors)
    keys = [header_key(header) for header in headers]
    for field, usual in HEADERS.items():
        match = next((keys.index(header) for header in usual if header in keys), None)
        if field not in found and match is not None and match not in found.values():
            found[field] = match
    if "name" not in found:
        error = FieldError(
            "/query/mapping/name", "column-missing", f"The headers are {', '.join(headers)[:300]}."
        )
        raise Invalid(
            "column-missing", "No column with facility names was found; name it in `mapping`.", [error]
        )
    return found


def read_row(line: int, cells: Sequence[str], columns: Mapping[str, int]) -> FacilityRow:
    """One line as a row. Raises Invalid with the wrong cells."""
    errors: list[FieldError] = []

    def cell(field: str) -> str | None:
        place = columns.get(field)
        return (cells[place].strip() or None) if place is not None and place < len(cells) else None

    def degrees(field: str, limit: int) -> float | None:
        text = cell(field)
        if text is None:
            return None
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            value = float("nan")
        if not -limit <= value <= limit:
            errors.append(
                FieldError(f"/{field}", "position-wrong", f"Degrees from -{limit} to {limit} are expected.")
            )
            return None
        return value

    name = cell("name")
    if name is None:
        errors.append(FieldError("/name", "name-missing", "The line has no facility name."))
    elif len(name) > 200:
        errors.append(FieldError("/name", "too-long", "A name has up to 200 characters."))
    rural = cell("rural")
    if rural is not None and rural.casefold() not in _RURAL:
        errors.append(FieldError("/rural", "rural-unknown", "Rural or urban, yes or no."))
    row = FacilityRow(
        line=line, code=cell("code"), name=name or "", type=cell("type") or "unknown", ownership=cell("ownership"),
        latitude=degrees("latitude", 90), longitude=degrees("longitude", 180), country=cell("country"),
        region=cell("region"), district=cell("district"), rural=_RURAL.get((rural or "").casefold()),
    )  # fmt: skip
    if (row.latitude is None) != (row.longitude is None) and not errors:
        errors.append(FieldError("/latitude", "position-half", "Latitude and longitude come together."))
    if errors:
        raise Invalid("line-wrong", "The line cannot be used.", errors)
    return row
