"""The order of org units: which level may stand under which, and what a unit code looks like."""

from services.registry.record_fields import CODE
from shared.errors import Conflict, FieldError, Invalid
from shared.fields import Wrong

LEVELS = ("country", "region", "district", "facility")


def check_code(code: str, pointer: str) -> str:
    """The code itself. Raises Invalid `code-malformed`: codes stand in addresses and subjects."""
    try:
        return CODE.read(code)
    except Wrong:
        error = FieldError(pointer, "code-malformed", CODE.meant)
        raise Invalid("code-malformed", "The code cannot be used.", [error]) from None


def may_stand_under(level: str, parent_level: str) -> bool:
    """Whether a unit may stand under one of `parent_level`: levels descend, and may skip one.

    Facilities alone may stand under their like (a health post under its health centre).
    """
    if level == parent_level:
        return level == "facility"
    return LEVELS.index(parent_level) < LEVELS.index(level)


def check_order(level: str, parent_level: str, pointer: str) -> None:
    """Raises Conflict `level-order` unless a unit of `level` may stand under `parent_level`."""
    if not may_stand_under(level, parent_level):
        detail = f"A {level} cannot stand under a {parent_level}."
        raise Conflict("level-order", detail, [FieldError(pointer, "level-order", detail)])
