"""Filters of RFC 7644 section 3.4.2.2 as conditions in SQL, which mean what `ScimFilter.match` does."""

from collections.abc import Callable
from typing import Any
from unicodedata import normalize
from uuid import UUID

import sqlalchemy as sa
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttributeBinding,
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)

from services.registry.scim.queries.attributes import Attributes, Column

Condition = sa.ColumnElement[bool]
Lookup = Callable[[str], Condition]  # an indexed condition for one value
MOST = 100  # comparisons of one filter

Operator = Callable[[Column, Any], Condition]
_ORDERS: dict[CompareOperator, Operator] = {
    CompareOperator.gt: lambda column, value: column > value,
    CompareOperator.ge: lambda column, value: column >= value,
    CompareOperator.lt: lambda column, value: column < value,
    CompareOperator.le: lambda column, value: column <= value,
}
_OPERATORS: dict[CompareOperator, Operator] = {
    **_ORDERS,
    CompareOperator.eq: lambda column, value: column == value,
    CompareOperator.ne: lambda column, value: column.is_distinct_from(value),
    CompareOperator.co: lambda column, value: sa.func.strpos(column, value) > 0,
    CompareOperator.sw: lambda column, value: sa.func.starts_with(column, value, type_=sa.Boolean),
    CompareOperator.ew: lambda column, value: sa.func.right(column, sa.func.length(value)) == value,
}


class Conditions(FilterVisitor[Condition]):
    """A visitor that writes one filter as SQL.

    `lookups` has, by name of field, what finds an equal value by an index.
    """

    def __init__(self, bound: ScimFilter[Any], known: Attributes, lookups: dict[str, Lookup]) -> None:
        self._filter, self._known, self._lookups = bound, known, lookups
        self._inside: tuple[AttrPath, sa.FromClause] | None = None
        self._seen = 0

    def visit(self, node: FilterNode) -> Condition:
        """As its parent. Raises InvalidFilterException for more than `MOST` comparisons."""
        self._seen += 1
        if self._seen > 2 * MOST:
            raise InvalidFilterException(detail=f"A filter has at most {MOST} comparisons.")
        return super().visit(node)

    def visit_comparison(self, node: Comparison) -> Condition:
        """An attribute compared with a value."""
        found = self._filter.resolve_comparison(self._whole(node.attr_path), strict=False)
        if found is None:
            return sa.false()
        value = coerce_value(found, node.value, node.op)
        if self._inside is not None:
            return _compared(self._inside[1].c[found.target_field_name], node.op, value, found)
        if found.is_multivalued:
            return self._any(found, node.op, value)
        lookup = self._lookups.get(found.field_name)
        if lookup is not None and node.op == CompareOperator.eq and isinstance(value, str):
            return lookup(value)
        return _compared(self._single(found), node.op, value, found)

    def visit_present(self, node: Present) -> Condition:
        """An attribute that has a value."""
        found = self._filter.resolve(self._whole(node.attr_path), strict=False)
        if found is None:
            return sa.false()
        if self._inside is not None:
            return _present(self._inside[1].c[found.target_field_name])
        if found.is_multivalued:
            rows = self._known.several[found.field_name]
            has = sa.true() if found.sub_field_name is None else _present(rows.c[found.sub_field_name])
            return sa.exists(sa.select(sa.literal(1)).select_from(rows).where(has))
        if (found.field_name, found.sub_field_name) in self._known.single:
            return _present(self._single(found))
        parts = [column for path, column in self._known.single.items() if path[0] == found.field_name]
        return sa.or_(*map(_present, parts))

    def visit_not(self, node: Not) -> Condition:
        """A negation; what SQL does not know is false in a filter."""
        return ~sa.func.coalesce(self.visit(node.expr), sa.false(), type_=sa.Boolean)

    def visit_logical_expr(self, node: LogicalExpr) -> Condition:
        """Terms joined by `and` or `or`."""
        terms = [self.visit(term) for term in node.terms]
        return sa.and_(*terms) if node.op == LogicalOperator.and_ else sa.or_(*terms)

    def visit_value_path(self, node: ValuePath) -> Condition:
        """A value, of several, that satisfies a filter of its own."""
        found = self._filter.resolve(node.attr_path, strict=False)
        if found is None or found.field_name not in self._known.several:
            return sa.false()
        rows = self._known.several[found.field_name]
        self._inside = (node.attr_path, rows)
        try:
            inner = self.visit(node.val_filter)
        finally:
            self._inside = None
        return sa.exists(sa.select(sa.literal(1)).select_from(rows).where(inner))

    def _whole(self, path: AttrPath) -> AttrPath:
        """The path from the resource on; inside a value selection only the sub-attribute is written."""
        if self._inside is None:
            return path
        outer = self._inside[0]
        return AttrPath(outer.attr, path.attr, outer.uri)

    def _single(self, found: AttributeBinding) -> Column:
        column = self._known.single.get((found.field_name, found.sub_field_name))
        return sa.null() if column is None else column

    def _any(self, found: AttributeBinding, op: CompareOperator, value: Any) -> Condition:
        """Whether one of several values compares so; `ne`: whether none is equal."""
        rows = self._known.several[found.field_name]
        column = rows.c[found.sub_field_name or "value"]
        tested = CompareOperator.eq if op == CompareOperator.ne else op
        some = sa.exists(
            sa.select(sa.literal(1)).select_from(rows).where(_compared(column, tested, value, found))
        )
        return ~some if op == CompareOperator.ne else some


def user_key(name: str) -> str:
    """A userName as it is compared: its case does not matter."""
    return normalize("NFC", normalize("NFC", name).lower())


def uuid_or_none(text: str) -> UUID | None:
    """The id that a text writes in its one form."""
    try:
        return UUID(text) if str(UUID(text)) == text else None
    except ValueError:
        return None


def _compared(column: Column, op: CompareOperator, value: Any, found: AttributeBinding) -> Condition:
    if value is None:
        return {CompareOperator.eq: column.is_(None), CompareOperator.ne: column.is_not(None)}.get(
            op, sa.false()
        )
    if isinstance(value, str) and isinstance(column.type, sa.Text | sa.String):
        column, value = folded(column, found), found.comparable(value)
    elif isinstance(value, str):
        return sa.false()
    if op in _ORDERS and isinstance(value, str):
        column = column.collate("C")
    return _OPERATORS[op](column, value)


def folded(column: Column, found: AttributeBinding) -> Column:
    """A text as it is compared: in one form, and where case does not matter without it."""
    normal = sa.func.normalize(column, type_=sa.Text)
    return normal if found.case_exact else sa.func.lower(normal, type_=sa.Text)


def _present(column: Column) -> Condition:
    has: Condition = column != "" if isinstance(column.type, sa.Text | sa.String) else column.is_not(None)
    return has
