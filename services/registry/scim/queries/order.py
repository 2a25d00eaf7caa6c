"""In which order a search answers, and where its next page begins (RFC 7644 section 3.4.2.3, RFC 9865)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from scim2_models import InvalidCursorException, SearchRequest

from services.registry.scim.queries.attributes import Attributes, Column
from services.registry.scim.queries.filters import Condition, folded

VALUE = "sort_value"
Position = list[Any]  # value and ids of the last resource of a page


@dataclass(frozen=True, slots=True)
class Order:
    """By a column, or none; missing values are last, or first when descending. Then by ids.

    `ids` are columns that tell resources apart.
    """

    column: Column | None
    descending: bool
    ids: tuple[Column, ...]

    def selected(self) -> Column:
        """What a page needs of its last row to go on, beside the ids."""
        return (sa.null() if self.column is None else self.column).label(VALUE)

    def by(self) -> list[sa.ColumnElement[Any]]:
        """What rows are ordered by."""
        if self.column is None:
            return list(self.ids)
        first = self.column.desc().nulls_first() if self.descending else self.column.asc().nulls_last()
        return [first, *self.ids]

    def position(self, value: Any, *ids: Any) -> Position:
        """Where the page after a row begins: its value, and its ids."""
        written = value.isoformat() if isinstance(value, datetime) else value
        return [written, *(each if isinstance(each, int) else str(each) for each in ids)]

    def after(self, position: Any) -> Condition:
        """Whether a row comes after a position. Raises InvalidCursorException."""
        if not isinstance(position, list) or len(position) != 1 + len(self.ids):
            raise InvalidCursorException
        value, *ids = position
        try:
            known = [
                sa.literal(column.type.python_type(each), column.type)
                for column, each in zip(self.ids, ids, strict=True)
            ]
            further = sa.tuple_(*self.ids) > sa.tuple_(*known)
            return further if self.column is None else self._beyond(self.column, value, further)
        except (TypeError, ValueError):
            raise InvalidCursorException from None

    def _beyond(self, column: Column, value: Any, further: Condition) -> Condition:
        if value is None:
            rest = sa.and_(column.is_(None), further)
            return sa.or_(rest, column.is_not(None)) if self.descending else rest
        if isinstance(column.type, sa.DateTime):
            value = datetime.fromisoformat(value)
        stated = sa.literal(value, column.type)
        same = sa.and_(column == stated, further)
        if self.descending:
            return sa.or_(column < stated, same)
        return sa.or_(column > stated, same, column.is_(None))


def ordering(search: SearchRequest[Any], model: Any, known: Attributes, *ids: Column) -> Order:
    """How a search is sorted among resources of a model."""
    descending = search.sort_order == SearchRequest.SortOrder.descending
    return Order(sorted_by(search, model, known), descending, ids)


def sorted_by(search: SearchRequest[Any], model: Any, known: Attributes) -> Column | None:
    """The column that a search is sorted by, None where the model has no such attribute."""
    found = search.sort_binding(model)
    if found is None:
        return None
    if found.is_multivalued:
        column = _first_value(known.several[found.field_name], found.sub_field_name or "value")
    else:
        column = known.single.get((found.field_name, found.sub_field_name), sa.null())
    if isinstance(column.type, sa.Text | sa.String):
        column = folded(column, found).collate("C")
    return column


def _first_value(rows: sa.FromClause, name: str) -> Column:
    select = sa.select(rows.c[name]).select_from(rows).limit(1)
    if "primary" in rows.c:
        select = select.order_by(rows.c.primary.is_(True).desc())
    return select.scalar_subquery()
