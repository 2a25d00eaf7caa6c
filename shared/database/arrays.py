"""Arrays on their way to PostgreSQL."""

from collections.abc import Iterable
from typing import overload


@overload
def literal(values: None) -> None: ...
@overload
def literal(values: Iterable[object]) -> str: ...
@overload
def literal(values: Iterable[object] | None) -> str | None: ...
def literal(values: Iterable[object] | None) -> str | None:
    """A sequence as PostgreSQL's array literal, None as null: several arrays then pass through one unnest()."""
    if values is None:
        return None
    return "{" + ",".join("null" if value is None else str(value) for value in values) + "}"
