"""What of a facility list looks like something twice, for its report."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.registry.imports.commands.report import LISTED, SHOWN, Crowd, Duplicate, Report
from services.registry.imports.duplicates import Facility, likely_duplicates
from services.registry.imports.facility_codes import normalise


def find_duplicates(coded: Sequence[Any], stored: Mapping[str, Any], today: date, report: Report) -> None:
    """Compare the lines (row, parent, code, key) with one another and with the units open `today` of `stored`."""
    lines = {
        code: Facility(code, row.line, normalise(row.name), parent, row.latitude, row.longitude)
        for row, parent, code, _ in coded
    }
    others = (
        Facility(code, None, normalise(unit["name"]), unit["parent"], unit["latitude"], unit["longitude"])
        for code, unit in stored.items()
        if code not in lines and (unit["closed_on"] is None or unit["closed_on"] > today)
    )
    found = likely_duplicates([*lines.values(), *others], LISTED)
    report.duplicates_count, report.crowds_count = found.pairs_count, len(found.crowds)
    report.duplicates = [
        Duplicate((a.code, b.code), (a.line, b.line), reasons, metres)
        for a, b, reasons, metres in found.pairs
    ]
    report.crowds = [
        Crowd(
            crowd.reason,
            len(crowd.members),
            [member.code for member in crowd.members[:SHOWN]],
            [member.line for member in crowd.members[:SHOWN]],
        )
        for crowd in found.crowds[:LISTED]
    ]
