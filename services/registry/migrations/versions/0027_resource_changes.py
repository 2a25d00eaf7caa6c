"""What changed of units, people and posts is on a list, in an order that later readers go on in.

Triggers write it, so that every door and every replica does, old code during an upgrade too: a row for up to
a thousand records that one statement changed. A change is one of the record's version.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_TRANSACTION = "(pg_current_xact_id()::text)::bigint"
_KEYS = {"unit": ("unit_code", "codes"), "person": ("person_id", "ids"), "post": ("post_id", "ids")}
_NOTE = """
create or replace function note_{name}() returns trigger language plpgsql as $$
begin
    insert into resource_change (kind, {column}, versions, deleted)
    select '{table}', array_agg(key order by key), array_agg(version order by key), {deleted}
    from (select {key} as key, {version} as version, (row_number() over (order by {key}) - 1) / 1000 as piece
          from {source}) numbered
    group by piece;
    return null;
end
$$
"""
_TRIGGER = """
create or replace trigger note_{name} after {event} on {table} referencing {tables}
for each statement execute function note_{name}()
"""
# Of an update those whose version was raised: a command may write a row more than once for one version.
_RAISED = "(select after.* from after join before using ({key}) where after.version <> before.version) raised"
_EVENTS = {
    "insert": ("new table as after", "after", "version", "false"),
    "update": ("old table as before new table as after", _RAISED, "version", "false"),
    "delete": ("old table as before", "before", "version + 1", "true"),
}


def _names() -> list[tuple[str, str]]:
    events = [(table, event) for table in _KEYS for event in ("insert", "update")]
    return [*events, ("post", "delete")]  # the only records that are ever taken away


def upgrade() -> None:
    """Make the list, and the triggers that write it."""
    op.create_table(
        "resource_change",
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("codes", ARRAY(sa.Text)),
        sa.Column("ids", ARRAY(sa.UUID)),
        sa.Column("versions", ARRAY(sa.BigInteger), nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("transaction", sa.BigInteger, nullable=False, server_default=sa.text(_TRANSACTION)),
        sa.Column("position", sa.BigInteger),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_resource_change")),
        sa.UniqueConstraint("position", name=op.f("uq_resource_change_position")),
        if_not_exists=True,
    )
    op.create_index(
        "ix_resource_change_unsettled",
        "resource_change",
        ["number"],
        postgresql_where=sa.text("position is null"),
        if_not_exists=True,
    )
    op.create_index(
        "ix_resource_change_settled", "resource_change", ["settled_at", "position"], if_not_exists=True
    )
    for table, event in _names():
        key, column = _KEYS[table]
        tables, source, version, deleted = _EVENTS[event]
        parts = {"name": f"{table}_{event}", "table": table, "event": event, "key": key, "column": column}
        source = source.format(key=key)
        op.execute(_NOTE.format(**parts, source=source, version=version, deleted=deleted))
        op.execute(_TRIGGER.format(**parts, tables=tables))


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    for table, event in _names():
        op.execute(f"drop trigger note_{table}_{event} on {table}")
        op.execute(f"drop function note_{table}_{event}()")
    op.drop_table("resource_change")
