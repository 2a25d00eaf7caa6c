"""Of assessments that are open now: who was asked at opening counts, what was typed in for them does not yet.

When those placements were written, and by whom, is not known. A request that was never accepted, as only a
bulk load leaves it, holds an answer that somebody typed in; the subject's own starts accepted.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark them, some thousand at a time."""
    op.execute("""
        do $$
        begin
            loop
                with chosen as (
                    select r.request_id from assessment a join rater_request r using (assessment_id)
                    where a.state = 'open' and a.kind = 'cycle' and r.category in ('peer', 'report')
                        and r.invited_at = a.opened_at and not r.independent
                    limit 5000
                )
                update rater_request r set independent = true
                from chosen where r.request_id = chosen.request_id;
                exit when not found;
            end loop;
            loop
                with chosen as (
                    select s.assessment_id, s.request_id
                    from assessment a join rater_request r using (assessment_id)
                    join response s using (assessment_id, request_id)
                    where a.state = 'open' and a.kind = 'cycle' and r.category <> 'self' and r.version <= 2
                        and s.confirmed
                    limit 5000
                )
                update response s set confirmed = false
                from chosen where (s.assessment_id, s.request_id) = (chosen.assessment_id, chosen.request_id);
                exit when not found;
            end loop;
        end
        $$
    """)


def downgrade() -> None:
    """Nothing to undo: the columns go with the revision before."""
