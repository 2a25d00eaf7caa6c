"""The report of a facility list, in addition to the counts of every import."""

from typing import Literal

import msgspec

from services.registry.imports.commands.report import Report

Outcome = Literal["created", "updated", "unchanged"]


class Accepted(msgspec.Struct, frozen=True):
    """A line that was taken, and the unit that it is about."""

    line: int
    unit_code: str
    outcome: Outcome


class Remark(msgspec.Struct):
    """What somebody should know of lines that were taken: how many, and the first of them."""

    code: str
    pointer: str
    detail: str
    lines_count: int
    first_line: int


class FacilityReport(Report):
    """As `Report`. `accepted` has every line that was taken, which is at most `MAX_ROWS` of a list."""

    remarks: list[Remark] = msgspec.field(default_factory=list)
    accepted: list[Accepted] = msgspec.field(default_factory=list)

    def accept(self, line: int, unit_code: str, outcome: Outcome) -> None:
        """Count a line that is taken."""
        self.accepted.append(Accepted(line, unit_code, outcome))
        if outcome == "created":
            self.created += 1
        elif outcome == "updated":
            self.updated += 1

    def remark(self, line: int, code: str, pointer: str, detail: str) -> None:
        """Say something about a line that is taken."""
        for known in self.remarks:
            if known.code == code:
                known.lines_count += 1
                known.first_line = min(known.first_line, line)
                return
        self.remarks.append(Remark(code, pointer, detail, 1, line))
