"""Everything that assessment owns, its directory and its messaging tables.

Revision ID: 0001
Revises:
"""

from alembic import op

from services.assessment.migrations.first_revision import cycles, frameworks, ratings, rollups
from shared.database.first_revision import directory, federation, messaging

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PARTS = (messaging, federation, directory, cycles, frameworks, ratings, rollups)

# Element by element, so that a roll-up takes a difference in one upsert.
_ADD_ARRAYS = """
create function add_arrays(left_values int[], right_values int[]) returns int[]
language sql immutable parallel safe strict as $$
    select array_agg(l + r order by place)
    from unnest(left_values, right_values) with ordinality as pairs(l, r, place)
$$
"""
# For each place of `moved` an equal share of the elements: fresh ones where it is above 0.
_MOVED_ARRAYS = """
create function moved_arrays(fresh int[], kept int[], moved int[]) returns int[]
language sql immutable parallel safe strict as $$
    select case when 0 <> all(moved) then fresh else (
        select array_agg(case when moved[(place - 1) * cardinality(moved) / cardinality(fresh) + 1] > 0
            then f else k end order by place)
        from unnest(fresh, kept) with ordinality as pairs(f, k, place)) end
$$
"""


def upgrade() -> None:
    """Create the schema's tables and the functions the roll-ups use."""
    for part in _PARTS:
        part.create()
    op.execute(_ADD_ARRAYS)
    op.execute(_MOVED_ARRAYS)


def downgrade() -> None:
    """Drop them again; only a development database ever does."""
    op.execute("drop function add_arrays(int[], int[])")
    op.execute("drop function moved_arrays(int[], int[], int[])")
    for part in reversed(_PARTS):
        for table in reversed(part.TABLES):
            op.drop_table(table)
