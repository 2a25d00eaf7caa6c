"""What was recorded before there was a list of changes is on it as it is now, a thousand records a row.

Revision ID: 0028
Revises: 0027
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_RECORDED = """
do $$
declare
    last {type} := {least};
    highest {type};
begin
    loop
        with chosen as (select {key} as key, version from {table} where {key} > last order by {key} limit 1000),
            added as (
                insert into resource_change (kind, {column}, versions, deleted)
                select '{table}', array_agg(key order by key), array_agg(version order by key), false
                from chosen having count(*) > 0
            )
        select key into highest from chosen order by key desc limit 1;
        exit when highest is null;
        last := highest;
    end loop;
end
$$
"""
_NOBODY = "'00000000-0000-0000-0000-000000000000'"
_TABLES = (
    {"table": "unit", "key": "unit_code", "column": "codes", "type": "text", "least": "''"},
    {"table": "person", "key": "person_id", "column": "ids", "type": "uuid", "least": _NOBODY},
    {"table": "post", "key": "post_id", "column": "ids", "type": "uuid", "least": _NOBODY},
)


def upgrade() -> None:
    """Put them on the list."""
    for table in _TABLES:
        op.execute(_RECORDED.format(**table))


def downgrade() -> None:
    """Nothing to undo: the list goes with revision 0027."""
