"""A hub shows units of regions in FHIR, with versions of its own; what changed of them is on the list of changes.

Revision ID: 0048
Revises: 0047
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

# As the triggers of revision 0036.
_NOTE = """
create or replace function note_regional_unit_{event}() returns trigger language plpgsql as $$
begin
    insert into resource_change (kind, codes, versions, deleted)
    select 'regional_unit', array_agg(resource_id order by resource_id), array_agg(version order by resource_id),
        false
    from (select resource_id, version, (row_number() over (order by resource_id) - 1) / 1000 as piece
          from {source}) numbered
    group by piece;
    return null;
end
$$
"""
_TRIGGER = """
create or replace trigger note_regional_unit_{event} after {event} on regional_unit
referencing {tables} for each statement execute function note_regional_unit_{event}()
"""
_RAISED = """(select after.* from after join before using (resource_id)
          where after.version <> before.version) raised"""
_EVENTS = {
    "insert": ("new table as after", "after"),
    "update": ("old table as before new table as after", _RAISED),
}


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("resource_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Text),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("type", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("closed_on", sa.Date),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    ]


def upgrade() -> None:
    """Make the tables and the triggers; a hub fills them when it starts."""
    op.create_table(
        "regional_unit",
        *_columns(),
        sa.PrimaryKeyConstraint("resource_id", name=op.f("pk_regional_unit")),
        if_not_exists=True,
    )
    op.create_index("ix_regional_unit_region", "regional_unit", ["region", "unit_code"], if_not_exists=True)
    op.create_index("ix_regional_unit_parent_id", "regional_unit", ["parent_id"], if_not_exists=True)
    op.create_table(
        "regional_unit_version",
        *_columns(),
        sa.PrimaryKeyConstraint("resource_id", "version", name=op.f("pk_regional_unit_version")),
        if_not_exists=True,
    )
    for event, (tables, source) in _EVENTS.items():
        op.execute(_NOTE.format(event=event, source=source))
        op.execute(_TRIGGER.format(event=event, tables=tables))


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_table("regional_unit_version")
    op.drop_table("regional_unit")
    for event in _EVENTS:
        op.execute(f"drop function note_regional_unit_{event}()")
