"""Lines of a load of posts: what they may say, and their rows of the temporary table."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from services.registry.imports.commands.report import Reader, read_texts
from services.registry.leavings.leaving import UNSAID, Destination, Leaving, Reason, check_leaving
from services.registry.record_fields import CODE, EXTERNAL_ID
from shared import fields
from shared.fields import Wrong

COLUMNS = (
    "line", "as_of", "external_id", "person_external_id", "person_id", "unit_code", "unit_external_id",
    "unit_system", "role_code", "valid_from", "valid_to", "end_reason", "end_destination", "acting",
    "primary_claim", "manager_external_id", "manager_post_id",
)  # fmt: skip
_TEXTS = {
    "external_id": EXTERNAL_ID, "unit_code": CODE, "role_code": CODE, "person_external_id": EXTERNAL_ID,
    "manager_external_id": EXTERNAL_ID, "unit_external_id": EXTERNAL_ID, "unit_system": CODE,
}  # fmt: skip


class PostLine(msgspec.Struct, forbid_unknown_fields=True):
    """One post as a line of NDJSON. Person and manager are named by external id or by Steward's own id.

    The unit is named by its code, or by what a source system calls it: `unit_system`, left out the one that
    the load is written as. `as_of` is the day from which a post that is there already becomes what the line says.
    """

    external_id: str
    role_code: str
    valid_from: date
    unit_code: str | None = None
    unit_external_id: str | None = None
    unit_system: str | None = None
    valid_to: date | None = None
    end_reason: Reason | None = None
    end_destination: Destination | None = None
    person_external_id: str | None = None
    person_id: UUID | None = None
    acting: bool = False
    primary: bool = False
    manager_external_id: str | None = None
    manager_post_id: UUID | None = None
    as_of: date | None = None


def records(lines: list[tuple[int, bytes]], reader: Reader[PostLine]) -> list[tuple[Any, ...]]:
    """The readable lines as rows of the temporary table."""
    rows = []
    for number, text in lines:
        line = reader.read(number, text)
        if line is None:
            continue
        rows.append(
            (
                number, line.as_of, line.external_id, line.person_external_id, line.person_id, line.unit_code,
                line.unit_external_id, line.unit_system, line.role_code, line.valid_from, line.valid_to,
                line.end_reason, line.end_destination, line.acting, line.primary, line.manager_external_id,
                line.manager_post_id,
            )
        )  # fmt: skip
    return rows


def check(line: PostLine) -> None:
    """Put a line's values into the form that is stored. Raises Wrong with the field's pointer."""
    read_texts(line, _TEXTS)
    line.valid_from = _read_day("/valid_from", fields.check_day, line.valid_from)
    line.valid_to = _read_day("/valid_to", fields.last_day, line.valid_to)
    line.as_of = _read_day("/as_of", fields.check_day, line.as_of) if line.as_of else None
    if line.valid_to is not None and line.valid_to < max(line.valid_from, line.as_of or line.valid_from):
        raise Wrong("dates-wrong", "A post ends on or after its first day.", "/valid_to")
    _check_end(line)
    if (line.person_external_id is None) == (line.person_id is None):
        detail = "Name the person by external id or by id, not both."
        raise Wrong("person-missing", detail, "/person_external_id")
    if (line.unit_external_id is None) == (line.unit_code is None):
        raise Wrong("unit-missing", "Name the unit by code or by external id, not both.", "/unit_code")
    if line.unit_system is not None and line.unit_external_id is None:
        raise Wrong("unit-missing", "Say what the system calls the unit.", "/unit_external_id")
    if line.manager_external_id is not None and line.manager_post_id is not None:
        detail = "Name the manager by external id or by id, not both."
        raise Wrong("manager-twice", detail, "/manager_external_id")


def _check_end(line: PostLine) -> None:
    leaving = Leaving(line.end_reason, line.end_destination)
    if leaving != UNSAID and line.valid_to is None:
        raise Wrong("leaving-wrong", "A post that does not end has no reason to.", "/end_reason")
    check_leaving(leaving, service=False, pointers=("/end_reason", "/end_destination"))


def _read_day(pointer: str, read: Callable[[Any], Any], day: date | None) -> Any:
    try:
        return read(day)
    except Wrong as wrong:
        raise Wrong("dates-wrong", wrong.detail, pointer) from None
