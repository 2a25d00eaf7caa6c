"""What the lines of a facility list change of units, and which lines are refused for it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from services.registry.imports.commands.facilities.findings import find_duplicates
from services.registry.imports.commands.facilities.places import Places
from services.registry.imports.commands.facilities.report import FacilityReport
from services.registry.imports.commands.facilities.writing import Change, unclosable, write_changes
from services.registry.imports.facility_list import FacilityRow
from services.registry.tables.states import Connection
from shared import clock
from shared.auth.caller import Caller
from shared.fields import Wrong

UNKNOWN_TYPE = "unknown"  # of a new facility whose line has none

_FACILITIES = """
select unit_code, name, type, ownership, latitude, longitude, rural, parent, level, path, open_from, closed_on
from unit where level = 'facility' or unit_code = any($1::text[])
"""
_DESCRIBED = ("name", "type", "ownership", "latitude", "longitude", "rural")
_REMARKS = {
    "place-missing": ("/region", "The line has no region or district: the facility stands under the root."),
    "status-unknown": ("/status", "The words are not known; the unit counts as open."),
    "not-operating": (
        "/status",
        "Not closed for good: the unit stays open. Close it yourself if it should not.",
    ),
}


class Line(NamedTuple):
    """A line of the list with its unit's code, the unit above and, without a code of its own, its key."""

    row: FacilityRow
    parent: str
    code: str
    key: str | None


async def change_facilities(
    connection: Connection,
    caller: Caller,
    opening: date,
    lines: Sequence[Line],
    places: Places,
    report: FacilityReport,
) -> list[str]:
    """Make, describe, move and close units as the lines say. Returns the codes of those that changed."""
    stored: dict[str, Any] = {
        unit["unit_code"]: unit for unit in await connection.fetch(_FACILITIES, [line.code for line in lines])
    }
    rules = _Rules(caller, opening, places, report.columns)
    taken: list[tuple[Line, Change]] = []
    for line in lines:
        try:
            before = stored.get(line.code)
            taken.append((line, rules.new(line) if before is None else rules.known(line, before)))
        except Wrong as wrong:
            report.reject(line.row.line, wrong.code, wrong.pointer, wrong.detail)
    refused = await unclosable(connection, [change for _, change in taken if change.closes])
    for line, change in taken:
        if change.code in refused:
            report.reject(
                line.row.line, refused[change.code], "/status", "It goes on in the unit; close it yourself."
            )
    taken = [each for each in taken if each[1].code not in refused]
    changes = [change for _, change in taken if change.outcome != "unchanged"]
    for change in changes:
        report.note(change, dict(stored.get(change.code, {})))
    await write_changes(connection, caller.subject_key, opening, changes)
    _say(taken, report)
    open_lines = [line for line, change in taken if change.closed_on is None]
    await asyncio.to_thread(find_duplicates, open_lines, stored, clock.today(), report)
    return [change.code for change in changes]


def _say(taken: Sequence[tuple[Line, Change]], report: FacilityReport) -> None:
    """What became of the lines, and what somebody should know of them."""
    for line, change in taken:
        row = line.row
        report.accept(row.line, change.code, change.outcome)
        if change.outcome == "created" and row.region is None and row.district is None:
            report.remark(row.line, "place-missing", *_REMARKS["place-missing"])
        remark = "status-unknown" if row.status_unknown else row.status
        if remark in _REMARKS:
            report.remark(row.line, remark, *_REMARKS[remark])


class _Rules:
    """What a line makes of its unit. Raises Wrong with the column's field for a line that is refused."""

    def __init__(self, caller: Caller, opening: date, places: Places, columns: Mapping[str, str]) -> None:
        self._caller, self._opening, self._places = caller, opening, places
        self._today = clock.today()
        present = set(columns) | ({"latitude", "longitude"} if "position" in columns else set())
        self._present = [name in present for name in _DESCRIBED]

    def new(self, line: Line) -> Change:
        """The unit of a line that has none yet."""
        row = line.row
        if row.status == "not-yet-open" and self._opening <= self._today:
            raise Wrong(
                "not-yet-open",
                "It is loaded once it is open; for an opening to come say `open_from`.",
                "/status",
            )
        self._refuse_closed_parent(line, max(self._opening, self._today))
        closed_on = self._closing(self._opening) if row.status == "closed" else None
        values = (row.name, row.type or UNKNOWN_TYPE, row.ownership, row.latitude, row.longitude, row.rural)
        return Change("created", line.code, values, line.parent, line.key, closed_on, None, closes=False)

    def known(self, line: Line, before: Mapping[str, Any]) -> Change:
        """What becomes of a unit that is there.

        A column that the list does not have leaves what is stored, and so does an empty type. A unit that
        stands below the place named already stays where it is.
        """
        row, closed_on, opens = line.row, before["closed_on"], before["open_from"]
        if before["level"] != "facility":
            raise Wrong("code-taken", "The code is that of a unit which is no facility.", "/code")
        if set(self._caller.units).isdisjoint(before["path"]):
            raise Wrong("unit-out-of-scope", "The unit lies outside your units.", "/code")
        stored = tuple(before[name] for name in _DESCRIBED)
        if closed_on is not None and closed_on <= self._today:
            if row.status != "closed":
                raise Wrong("unit-closed", f"The unit is closed from {closed_on}.", "/code")
            return Change(
                "unchanged", line.code, stored, before["parent"], line.key, closed_on, None, closes=False
            )
        if row.status == "not-yet-open" and opens <= self._today:
            raise Wrong("not-yet-open", f"The unit is open from {opens}.", "/status")
        given = (row.name, row.type or before["type"], row.ownership, row.latitude, row.longitude, row.rural)
        values = tuple(
            value if present else old
            for value, old, present in zip(given, stored, self._present, strict=True)
        )
        parent = before["parent"] if line.parent in before["path"][:-1] else line.parent
        day = max(self._today, opens)
        if parent != before["parent"]:
            self._refuse_closed_parent(line, day)
        closing = self._closing(opens) if row.status == "closed" else closed_on
        same = (values, parent, closing) == (stored, before["parent"], closed_on)
        return Change(
            "unchanged" if same else "updated", line.code, values, parent, line.key, closing,
            day if parent != before["parent"] else None, closes=closing != closed_on,
        )  # fmt: skip

    def _closing(self, opens: date) -> date:
        """The first day on which a unit is closed that the list says is: today, and not before it opened."""
        return max(self._today, opens + timedelta(days=1))

    def _refuse_closed_parent(self, line: Line, day: date) -> None:
        if self._places.closed(line.parent, day):
            pointer = "/district" if line.row.district else "/region"
            raise Wrong("parent-closed", f"The unit above is closed by {day}.", pointer)
