"""As which source system a client writes: the one that it names, else the only one that it is bound to."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from shared.errors import Conflict, FieldError, Forbidden, Invalid, Problem

Records = Literal["people", "posts", "units"]
POINTER = "/query/system"


class System(NamedTuple):
    """A source system as a client meets it; `bound` says whether the client writes as it."""

    system_id: str
    code: str
    sends: frozenset[str]
    retired: bool
    bound: bool


def choose(systems: Sequence[System], named: str | None, records: Records, pointer: str = POINTER) -> System:
    """The system to write `records` as, of those that the client is bound to and the one `named` (at `pointer`).

    Raises Forbidden `source-system-not-bound` or `records-not-sent`, Invalid `source-system-unknown` or
    `source-system-required`, and Conflict `source-system-retired`.
    """
    found = _default(systems, pointer) if named is None else _named(systems, named, pointer)
    if found.retired:
        raise _problem(
            Conflict, pointer, "source-system-retired", f"The source system {found.code} is retired."
        )
    if records not in found.sends:
        detail = f"The source system {found.code} does not send {records}."
        raise _problem(Forbidden, pointer, "records-not-sent", detail)
    return found


def only(systems: Sequence[System], records: Records) -> System | None:
    """The system of a record without an external id, which needs none: None where it is not plain which."""
    usable = [system for system in systems if system.bound and not system.retired and records in system.sends]
    return usable[0] if len(usable) == 1 else None


def _named(systems: Sequence[System], named: str, pointer: str) -> System:
    found = next((system for system in systems if system.code == named), None)
    if found is None:
        raise _problem(Invalid, pointer, "source-system-unknown", "There is no such source system.")
    if not found.bound:
        detail = f"This client is not bound to the source system {found.code}."
        raise _problem(Forbidden, pointer, "source-system-not-bound", detail)
    return found


def _default(systems: Sequence[System], pointer: str) -> System:
    bound = [system for system in systems if system.bound]
    usable = [system for system in bound if not system.retired]
    if not bound:
        detail = "This client is not bound to a source system; an administrator binds it."
        raise _problem(Forbidden, pointer, "source-system-not-bound", detail)
    if len(usable) > 1:
        codes = ", ".join(system.code for system in usable)
        detail = f"This client writes as several systems: {codes}."
        raise _problem(Invalid, pointer, "source-system-required", detail)
    return (usable or bound)[0]


def _problem(kind: type[Problem], pointer: str, code: str, detail: str) -> Problem:
    return kind(code, detail, [FieldError(pointer, code, detail)])
