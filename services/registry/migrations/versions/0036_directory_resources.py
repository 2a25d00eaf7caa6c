"""Resources of the FHIR directory that are none of Steward's records, and their changes; URIs of source systems.

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# As the triggers of revision 0027, with the kind of the resource in the place of a table's name.
_NOTE = """
create or replace function note_directory_resource_{event}() returns trigger language plpgsql as $$
begin
    insert into resource_change (kind, codes, versions, deleted)
    select kind, array_agg(resource_id order by resource_id), array_agg(version order by resource_id), false
    from (select kind, resource_id, version,
                 (row_number() over (partition by kind order by resource_id) - 1) / 1000 as piece
          from {source}) numbered
    group by kind, piece;
    return null;
end
$$
"""
_TRIGGER = """
create or replace trigger note_directory_resource_{event} after {event} on directory_resource
referencing {tables} for each statement execute function note_directory_resource_{event}()
"""
_RAISED = """(select after.* from after join before using (kind, resource_id)
          where after.version <> before.version) raised"""
_URI = "of its identifiers in FHIR; null: urn:steward:source-system: and the code"
_EVENTS = {
    "insert": ("new table as after", "after"),
    "update": ("old table as before new table as after", _RAISED),
}


def upgrade() -> None:
    """Make the tables, the triggers and the columns."""
    _resources()
    _versions()
    op.create_table(
        "shortened_history",
        sa.Column("only", sa.Boolean, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_shortened_history")),
        if_not_exists=True,
    )
    for event, (tables, source) in _EVENTS.items():
        op.execute(_NOTE.format(event=event, source=source))
        op.execute(_TRIGGER.format(event=event, tables=tables))
    op.add_column("source_system", sa.Column("uri", sa.Text, comment=_URI), if_not_exists=True)
    op.add_column("sent_resource", sa.Column("terms", ARRAY(sa.Text)), if_not_exists=True)
    op.add_column(
        "resource_change",
        sa.Column("shortened", sa.Boolean, nullable=False, server_default=sa.false()),
        if_not_exists=True,
    )


def _resources() -> None:
    op.create_table(
        "directory_resource",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("resource_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("unit_code", sa.Text),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("terms", ARRAY(sa.Text), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("begins", sa.Date),
        sa.Column("ends", sa.Date),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "resource_id", name=op.f("pk_directory_resource")),
        if_not_exists=True,
    )
    op.create_index(
        "ix_directory_resource_terms",
        "directory_resource",
        ["terms"],
        postgresql_using="gin",
        if_not_exists=True,
    )


def _versions() -> None:
    op.create_table(
        "directory_resource_version",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("resource_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "resource_id", "version", name=op.f("pk_directory_resource_version")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_column("resource_change", "shortened")
    op.drop_column("sent_resource", "terms")
    op.drop_column("source_system", "uri")
    op.drop_table("shortened_history")
    op.drop_table("directory_resource_version")
    op.drop_table("directory_resource")
    for event in _EVENTS:
        op.execute(f"drop function note_directory_resource_{event}()")
