"""Each figure of plans becomes a population of its own; those of one population become that of people.

What was told of people stays told, and is moved on from there: a share of it was seven figures and is a
person. Then everybody is counted again, which makes the slices of the figures; it takes no batches, as a
region's totals wait for it. A database without a federation has nothing to change.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make shares of people, and note everybody."""
    op.execute("update total_share set figures = '{1}' where slice = ''")
    op.execute("update total_change set figures = '{1}' where slice = '' and figures is not null")
    op.execute("""
        update total_cell set own_figures = case when own_people > 0 then array[own_people::bigint] else '{}' end,
            figures = case when people is null then null else array[people::bigint] end
        where slice = ''
    """)
    op.execute("""
        insert into total_due (person_id)
        select distinct person_id from plan where exists (select from total_watch)
    """)


def downgrade() -> None:
    """Nothing to take away: whoever is counted again gets the shares of that version."""
