"""Frozen prevalence becomes a band, also of assessments that are open: an exact share told of few people.

Of people who were scored in a competency only the number of those assessed is known here, which is the same
or larger. Results are written once and stay.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Each share to the middle of its band, then what open assessments took over of them."""
    op.execute("""
        update prevalence p set shares = (
            select array_agg(
                case when p.assessed < 5 then 0
                else round(50.0 * (2 * (below * bands / (p.assessed + 1)) + 1) / bands) end::smallint
                order by place)
            from unnest(p.shares) with ordinality as s(share, place),
                lateral (select least(3, (p.assessed + 1) / 5) as bands) b,
                lateral (select round(share * p.assessed / 100.0)::int as below) c)
    """)
    op.execute("""
        update assessment a set prevalence = n.shares
        from (
            select distinct on (o.assessment_id) o.assessment_id, v.shares
            from assessment o join cycle c using (cycle_id) join unit u on u.unit_code = o.unit_code
            join prevalence v on v.cycle_id = c.previous_cycle_id and v.unit_code = any(u.path)
            where o.state = 'open'
            order by o.assessment_id, array_position(u.path, v.unit_code) desc
        ) n where n.assessment_id = a.assessment_id
    """)


def downgrade() -> None:
    """Nothing to undo: the exact shares are gone."""
