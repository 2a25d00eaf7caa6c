"""Results without one scored competency are none: their assessments were not measured.

Roll-ups that count them are put right by the next rebuild.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move them, some hundred at a time; there are few."""
    op.execute("""
        do $$
        begin
            loop
                with found as (
                    select assessment_id from result where array_remove(scores, null) = '{}' limit 500
                ), gone as (
                    delete from result using found where result.assessment_id = found.assessment_id
                    returning result.assessment_id
                )
                update assessment set state = 'not-measured', version = version + 1
                from gone where assessment.assessment_id = gone.assessment_id;
                exit when not found;
            end loop;
        end
        $$
    """)


def downgrade() -> None:
    """Nothing to undo: there were no figures in them."""
