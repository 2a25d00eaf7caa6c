"""What the doors of imports answer."""

from typing import Any

from pydantic import BaseModel

from services.registry.field_types import example

_REPORT: dict[str, Any] = {
    "import_id": "0192f0c1-30aa-7b02-8d11-6a7c9e4f2b55", "digest": None, "held": 0, "held_lines": [],
    "received": 3, "created": 1, "updated": 0, "unchanged": 1, "rejected_count": 1,
    "rejected": [{"line": 3, "code": "field-wrong", "pointer": "/sex", "detail": "Not one of the known values."}],
    "duplicates_count": 0, "duplicates": [], "crowds_count": 0, "crowds": [], "absent_count": 0,
    "deactivated": 0, "units_added": [], "columns": {}, "encoding": None,
    "header_line": 0, "unused_headers": [],
}  # fmt: skip


class RejectedLine(BaseModel):
    """A line that was not taken, rejected or held."""

    line: int
    code: str
    pointer: str
    detail: str


class LikelyDuplicate(BaseModel):
    """Two facilities that may be one; a line is null for a unit that the list does not mention."""

    codes: tuple[str, str]
    lines: tuple[int | None, int | None]
    reasons: list[str]
    metres: int | None


class Crowd(BaseModel):
    """More than 20 facilities that are alike for one reason, `same-name` or `near-position`; ten are named."""

    reason: str
    size: int
    codes: list[str]
    lines: list[int | None]


class ImportReport(BaseModel):
    """received = created + updated + unchanged + held + rejected_count; the first 1,000 findings are listed.

    A line is held where it would make somebody else of a person: nothing of it is stored until somebody decides.

    `digest` is of a dry run, or of the one that was applied. Of CSV, `encoding` is what it was read as,
    `columns` which header each field was read from. A full list does not name `absent_count` people.
    """

    model_config = example(_REPORT)
    import_id: str
    digest: str | None
    received: int
    created: int
    updated: int
    unchanged: int
    held: int
    held_lines: list[RejectedLine]
    rejected_count: int
    rejected: list[RejectedLine]
    duplicates_count: int
    duplicates: list[LikelyDuplicate]
    crowds_count: int
    crowds: list[Crowd]
    absent_count: int
    deactivated: int
    units_added: list[str]
    columns: dict[str, str]
    encoding: str | None
    header_line: int
    unused_headers: list[str]


_FACILITY_REPORT = _REPORT | {
    "rejected": [{"line": 3, "code": "position-wrong", "pointer": "/latitude", "detail": "Degrees are expected."}],
    "columns": {"name": "Facility name", "region": "Admin1", "latitude": "Lat", "longitude": "Long"},
    "encoding": "utf-8", "header_line": 1, "unused_headers": ["LL source"], "remarks": [],
    "accepted": [{"line": 2, "unit_code": "SL-F-K7Q2M9X4AB", "outcome": "created"}],
}  # fmt: skip


class AcceptedLine(BaseModel):
    """A line that was taken, and the unit that it is about."""

    line: int
    unit_code: str
    outcome: str


class Remark(BaseModel):
    """What somebody should know of lines that were taken: how many, and the first of them."""

    code: str
    pointer: str
    detail: str
    lines_count: int
    first_line: int


class FacilityReport(ImportReport):
    """As other loads. Lines are numbered as a spreadsheet shows them; each that was taken has its unit's code."""

    model_config = example(_FACILITY_REPORT)
    remarks: list[Remark]
    accepted: list[AcceptedLine]
