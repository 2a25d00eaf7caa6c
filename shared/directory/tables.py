"""Who works where: the projection of registry that each service keeps for its own scope checks.

Filled by registry's events alone. Every row carries the version it came with; older news and
repeats change nothing, so order and redelivery do not matter.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

# Of the post `p`: when each sign-in that ever wrote it did so last, by its key; only the newest where registry
# has not yet published the ones before.
WRITERS = """coalesce(p.writers, case when p.recorded_by is null then '{}'
    else jsonb_build_object(p.recorded_by, p.recorded_at) end)"""


@dataclass(frozen=True, slots=True)
class Directory:
    """The tables of the projection, on the service's own metadata."""

    unit: sa.Table
    person: sa.Table
    post: sa.Table
    subject: sa.Table
    alias: sa.Table
    rekeyed: sa.Table


def held_on(post: sa.FromClause, day: date) -> sa.ColumnElement[bool]:
    """Whether a row of `post`, or of an alias of it, is held on a day."""
    return sa.and_(post.c.valid_from <= day, sa.or_(post.c.valid_to.is_(None), post.c.valid_to >= day))


def erased_people() -> sa.Select[Any]:
    """The pseudonyms of those who were erased: what lists leave out."""
    person = sa.table("person", sa.column("person_id", UUID), sa.column("erased", sa.Boolean))
    return sa.select(person.c.person_id).where(person.c.erased)


def directory_tables(metadata: sa.MetaData) -> Directory:
    """Declare the projection's tables.

    `unit.path` holds the codes from the root to the unit itself, so that "inside X" is "path
    contains X" (GIN) and the ancestors of a unit need no walk. A unit known only as somebody's
    parent has version 0 until its own state arrives.
    """
    tables = (_unit, _person, _post, _subject, _alias, _rekeyed)
    return Directory(*(table(metadata) for table in tables))


def _unit(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "unit",
        metadata,
        sa.Column("unit_code", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("level", sa.Text),
        sa.Column("type", sa.Text),
        sa.Column("ownership", sa.Text),
        sa.Column("rural", sa.Boolean),
        sa.Column("parent", sa.Text, index=True),
        sa.Column("path", ARRAY(sa.Text), nullable=False),
        sa.Column("open_from", sa.Date),
        sa.Column("closed_on", sa.Date),
        sa.Column("successors", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Index("ix_unit_path", "path", postgresql_using="gin"),
    )


def _person(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "person",
        metadata,
        sa.Column("person_id", UUID, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sex", sa.Text),
        sa.Column("birth_year", sa.SmallInteger),
        sa.Column("cadre", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        # Rows about somebody who was erased: nobody reads them, and they count as ever.
        sa.Column("erased", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Index("ix_person_erased", "person_id", postgresql_where=sa.text("erased")),
    )


def _post(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "post",
        metadata,
        sa.Column("post_id", UUID, primary_key=True),
        sa.Column("person_id", UUID, nullable=False, index=True),
        sa.Column("unit_code", sa.Text, nullable=False, index=True),
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("acting", sa.Boolean, nullable=False),
        sa.Column("is_primary", sa.Boolean, nullable=False),
        sa.Column("manager_post_id", UUID, index=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True)),  # when and by whom it was last written;
        sa.Column("recorded_by", sa.Text),  # null: registry has not published it yet
        sa.Column("writers", JSONB),  # by the key of each sign-in that ever wrote it, when it did so last
    )


def _subject(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "subject",
        metadata,
        sa.Column("subject_key", sa.Text, primary_key=True),
        sa.Column("person_id", UUID, nullable=False, index=True),
    )


def _alias(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "person_alias",
        metadata,
        sa.Column("person_id", UUID, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("merged_into", UUID),  # null: was part of another record, and is none any more
    )


def _rekeyed(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "rekeyed_row",
        metadata,
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("row_id", UUID, primary_key=True),
        sa.Column("person_id", UUID, nullable=False, index=True),  # whom the row was made for
        sa.Column("state", sa.Text),  # before, where it changed because of that
    )
