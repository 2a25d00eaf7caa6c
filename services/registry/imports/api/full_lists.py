"""How a list says that it names all records of its system."""

from typing import Annotated

from fastapi import Query

from services.registry.imports.commands.full_lists import FullList
from shared.errors import FieldError, Invalid

FullQuery = Annotated[bool, Query(description="The list names all: what it does not name is deactivated.")]
LinesQuery = Annotated[
    int | None, Query(ge=0, description="Lines of a full list, as its system counts them itself.")
]


def full_list(full: bool, lines: int | None) -> FullList | None:
    """How a list is read that names all; None where it need not. Raises Invalid `lines-required`."""
    if not full:
        return None
    if lines is None:
        error = FieldError("/query/lines", "lines-required", "Say how many lines the system says there are.")
        raise Invalid("lines-required", "A full list comes with its number of lines.", [error])
    return FullList(lines)
