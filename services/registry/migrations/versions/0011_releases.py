"""Releases: documents that are never changed, and who counted in each.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, UUID

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_FINAL = """
create or replace function release_is_final() returns trigger language plpgsql as $$
begin
    raise exception 'A release is never changed: the next one corrects it.' using errcode = 'restrict_violation';
end
$$
"""
_TRIGGER = """
create or replace trigger release_is_final before update or delete or truncate on release
for each statement execute function release_is_final()
"""


def _key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in ("cube", "period", *names)]


def _documents() -> None:
    op.create_table(
        "release",
        *_key(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("corrects", sa.Integer),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("forest", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("cube", "period", "number", name=op.f("pk_release")),
        if_not_exists=True,
    )
    op.create_table(
        "release_forest",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("units", ARRAY(sa.Text), nullable=False),
        sa.Column("levels", ARRAY(sa.Text), nullable=False),
        sa.Column("parents", ARRAY(sa.Integer), nullable=False),
        sa.Column("staffed", ARRAY(sa.Boolean), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_release_forest")),
        if_not_exists=True,
    )
    op.create_table(
        "release_date",
        *_key(),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("cube", "period", name=op.f("pk_release_date")),
        if_not_exists=True,
    )


def _members() -> None:
    op.create_table(
        "release_share",
        *_key(),
        sa.Column("share", sa.Integer, nullable=False),
        sa.Column("person_id", UUID(as_uuid=True), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("amounts", ARRAY(sa.Integer), nullable=False),
        sa.PrimaryKeyConstraint("cube", "period", "share", name=op.f("pk_release_share")),
        if_not_exists=True,
    )
    op.create_index("ix_release_share_person_id", "release_share", ["person_id"], if_not_exists=True)
    op.create_table(
        "release_member",
        *_key(),
        sa.Column("share", sa.Integer, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("path", ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("cube", "period", "share", "first", name=op.f("pk_release_member")),
        if_not_exists=True,
    )


def upgrade() -> None:
    """Add the tables; nothing is released before the calendar's next date."""
    _documents()
    _members()
    op.execute(_FINAL)
    op.execute(_TRIGGER)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    for table in ("release_date", "release_member", "release_share", "release_forest", "release"):
        op.drop_table(table)
    op.execute("drop function release_is_final()")
