"""Lines of a list about one facility: alike, one of them is taken; different, none is.

The order of lines never matters.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from services.registry.imports.facility_codes import facility_key
from services.registry.imports.facility_list import FacilityRow

_NAMED = 5  # other lines that a detail names


class Refused(NamedTuple):
    """A line that is not taken, and why."""

    line: int
    code: str
    pointer: str
    detail: str


def one_of_each(rows: Sequence[FacilityRow]) -> tuple[list[FacilityRow], list[Refused]]:
    """The rows that stand for a facility each, in their order, and those that are refused.

    Rows are about one facility when they have the same code or, without codes, the same names, places
    above and position. Spelling (case, accents) makes no difference; the first in the order of
    the alphabet is taken.
    """
    groups: dict[Hashable, list[FacilityRow]] = defaultdict(list)
    for row in rows:
        groups[_identity(row)].append(row)
    taken: set[int] = set()
    refused: list[Refused] = []
    for group in groups.values():
        if len(group) > 1 and len({_content(row) for row in group}) > 1:
            refused += _contradictory(group)
            continue
        first, *others = sorted(group, key=_written)
        taken.add(first.line)
        refused += (_repeated(row, first.line) for row in others)
    return [row for row in rows if row.line in taken], refused


def _identity(row: FacilityRow) -> Hashable:
    if row.code is not None:
        return row.code
    return facility_key((row.region, row.district, row.name, row.type)), _place(row)


def _place(row: FacilityRow) -> tuple[float, float] | None:
    """The position to a tenth of a metre."""
    if row.latitude is None or row.longitude is None:
        return None
    return round(row.latitude, 6), round(row.longitude, 6)


def _content(row: FacilityRow) -> Hashable:
    names = (row.name, row.type, row.ownership, row.region, row.district)
    return facility_key(names), _place(row), row.rural, row.status, row.external_id


def _written(row: FacilityRow) -> tuple[str | float, ...]:
    names = (row.name, row.type or "", row.ownership or "", row.region or "", row.district or "")
    return *names, row.latitude or 0.0, row.longitude or 0.0, row.line


def _repeated(row: FacilityRow, other: int) -> Refused:
    if row.code is not None:
        return Refused(
            row.line, "code-repeated", "/code", f"Line {other} has the same code and says the same."
        )
    return Refused(row.line, "line-repeated", "", f"Line {other} says the same facility at the same place.")


def _contradictory(group: Sequence[FacilityRow]) -> Iterator[Refused]:
    """Every line of the group, each with the others that it contradicts."""
    code, pointer, what = ("code-ambiguous", "/code", "the same code") if group[0].code is not None else (
        "line-ambiguous", "", "the same facility at the same place")  # fmt: skip
    first = [row.line for row in group[: _NAMED + 1]]
    for row in group:
        others = [str(line) for line in first if line != row.line][:_NAMED]
        more = " and others" if len(group) > _NAMED + 1 else ""
        lines = f"Line {others[0]} has" if len(group) == 2 else f"Lines {', '.join(others)}{more} have"
        detail = f"{lines} {what} and {'says' if len(group) == 2 else 'say'} something else; none is taken."
        yield Refused(row.line, code, pointer, detail)
