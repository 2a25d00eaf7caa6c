"""Versions of units, people and posts as they are listed.

A row, live or superseded, has the last version number under which things stood so: what is published beside the
record, such as the posts of a person, raises the number and leaves the record as it is. Listed is the number with
which a state began, as its `recorded_at` is, so that an entry never changes once it was read.
"""

import sqlalchemy as sa


def from_their_first(every: sa.Subquery, of_one: sa.ColumnElement[bool]) -> sa.Subquery:
    """The rows of `every` that are `of_one` unit, person or post, each with the version that it began with."""
    before = sa.func.lag(every.c.version).over(order_by=every.c.version)
    first = (sa.func.coalesce(before, 0) + 1).label("version")
    others = [column for column in every.c if column.name != "version"]
    return sa.select(first, *others).where(of_one).subquery()
