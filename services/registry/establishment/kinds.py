"""The three kinds of figures of an establishment: what a line of each says, and of what it is the key.

A figure holds from its first day until a later one of the same key; 0 takes it away.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec

from shared import fields
from shared.fields import CODE, EXTERNAL_ID, NAME, Wrong

MOST = 100_000  # posts or staff in one figure
Amount = Annotated[int, msgspec.Meta(ge=0, le=MOST)]


class EstablishedLine(msgspec.Struct, forbid_unknown_fields=True):
    """So many posts in a role are established at a unit, from a day on.

    The unit is named by its code, or by what a source system calls it (`unit_external_id` of `unit_system`).
    """

    role_code: str
    posts: Amount
    valid_from: date
    unit_code: str | None = None
    unit_external_id: str | None = None
    unit_system: str | None = None


class NormLine(msgspec.Struct, forbid_unknown_fields=True):
    """Each unit of a type should have so many posts in a role, from a day on."""

    unit_type: str
    role_code: str
    posts: Amount
    valid_from: date


class MinimumLine(msgspec.Struct, forbid_unknown_fields=True):
    """A unit, named as for established posts, needs so many staff of a cadre at least, from a day on."""

    cadre: str
    staff: Amount
    valid_from: date
    unit_code: str | None = None
    unit_external_id: str | None = None
    unit_system: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its table, the two columns that with the first day are its key, and the one with the figure."""

    table: str
    line: type[msgspec.Struct]
    first: str
    second: str
    amount: str
    right: str

    @property
    def of_units(self) -> bool:
        """Whether each figure is of one unit, and so inside somebody's units or not."""
        return self.first == "unit_code"

    def row(self, line: Any) -> tuple[str | None, str | None, str | None, str, date, int]:
        """What a line says: unit or type, the unit's external id and system, role or cadre, first day, figure."""
        named = (getattr(line, "unit_external_id", None), getattr(line, "unit_system", None))
        key = (getattr(line, self.first), *named, getattr(line, self.second))
        return *key, line.valid_from, getattr(line, self.amount)


ESTABLISHED = Kind(
    "established_post", EstablishedLine, "unit_code", "role_code", "posts", "establishment.keep"
)
NORM = Kind("post_norm", NormLine, "unit_type", "role_code", "posts", "norm.keep")
MINIMUM = Kind("staffing_minimum", MinimumLine, "unit_code", "cadre", "staff", "establishment.keep")

_TEXTS = {
    "unit_code": CODE, "role_code": CODE, "unit_system": CODE, "unit_external_id": EXTERNAL_ID,
    "unit_type": NAME, "cadre": NAME,
}  # fmt: skip


def check(line: Any) -> None:
    """Put a line's values into the form that is stored. Raises Wrong with the field's pointer."""
    for name, text in _TEXTS.items():
        value = getattr(line, name, None)
        if value is not None:
            setattr(line, name, _read(f"/{name}", text.read, value))
    try:
        line.valid_from = fields.check_day(line.valid_from)
    except Wrong as wrong:
        raise Wrong("dates-wrong", wrong.detail, "/valid_from") from None
    if not hasattr(line, "unit_code"):
        return
    if (line.unit_code is None) == (line.unit_external_id is None):
        raise Wrong("unit-missing", "Name the unit by code or by external id, not both.", "/unit_code")
    if (line.unit_external_id is None) != (line.unit_system is None):
        raise Wrong("unit-missing", "Say which system calls the unit so.", "/unit_system")


def _read(pointer: str, read: Any, value: str) -> Any:
    try:
        return read(value)
    except Wrong as wrong:
        raise Wrong(wrong.code, wrong.detail, pointer) from None
