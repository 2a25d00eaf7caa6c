"""Scores that rest on the self score alone, of people who were counted before that was marked.

Whom an earlier version counts meanwhile is put right by the next rebuild.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark them, some hundred at a time, and add each to the live roll-ups that they count in."""
    op.execute("""
        do $$
        begin
            perform pg_advisory_xact_lock(hashtextextended('assessment-rollups', 0));
            loop
                with found as (
                    select c.person_id, c.period, r.unverified
                    from counted c join result r using (assessment_id)
                    where c.unverified <> r.unverified limit 500
                ), marked as (
                    update counted c set unverified = f.unverified from found f
                    where (c.person_id, c.period) = (f.person_id, f.period)
                    returning c.path, c.period, c.level, c.scores, c.unverified
                ), own as (
                    select m.path, m.period, m.level, k.place, count(*) filter (
                        where k.mark and m.scores[k.place] is not null) as people
                    from marked m cross join lateral unnest(m.unverified) with ordinality as k(mark, place)
                    group by 1, 2, 3, 4
                ), summed as (
                    select a.code, o.period, o.level, o.place, sum(o.people)::int as people
                    from own o cross join lateral unnest(o.path) as a(code) group by 1, 2, 3, 4
                ), changed as (
                    select code, period, level, array_agg(people order by place) as people
                    from summed group by 1, 2, 3
                )
                update rollup r set unverified = add_arrays(r.unverified, n.people) from changed n
                where (r.unit_code, r.period, r.level) = (n.code, n.period, n.level);
                exit when not found;
            end loop;
        end
        $$
    """)


def downgrade() -> None:
    """Nothing to undo: the columns go with the revision before."""
