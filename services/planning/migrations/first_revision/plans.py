"""Plans, activities and follow-ups, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("plan", "activity", "follow_up")


def create() -> None:
    """Create them, those that others refer to first."""
    _plan()
    _activity()
    _follow_up()


def _plan() -> None:
    op.create_table(
        "plan",
        sa.Column("plan_id", sa.UUID, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("assessment_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("post_id", sa.UUID, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("competencies", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("gaps", postgresql.JSONB(), nullable=False),
        sa.Column("left_out", postgresql.JSONB(), nullable=False),
        sa.Column("limits", postgresql.JSONB(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("(state = 'closed') = (outcome is not null)", name=op.f("ck_plan_outcome")),
        sa.CheckConstraint("state in ('proposed', 'agreed', 'active', 'closed')", name=op.f("ck_plan_state")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan")),
        sa.UniqueConstraint("assessment_id", name=op.f("uq_plan_assessment_id")),
    )
    op.create_index(op.f("ix_plan_person_id"), "plan", ["person_id"])
    op.create_index("ix_plan_proposed", "plan", ["person_id"], postgresql_where=sa.text("state = 'proposed'"))
    op.create_index(op.f("ix_plan_unit_code"), "plan", ["unit_code"])


def _activity() -> None:
    op.create_table(
        "activity",
        sa.Column("activity_id", sa.UUID, nullable=False),
        sa.Column("plan_id", sa.UUID, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        sa.Column("intervention_code", sa.Text, nullable=False),
        sa.Column("approach", sa.Text, nullable=False),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("competencies", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("hours", sa.Integer, nullable=False),
        sa.Column("days_away", sa.Integer, nullable=False),
        sa.Column("cost", sa.Integer, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("state", sa.Text, server_default="planned", nullable=False),
        sa.Column("reason", postgresql.JSONB()),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("hours_spent", sa.Integer),
        sa.CheckConstraint(
            "state in ('planned', 'started', 'completed', 'cancelled')", name=op.f("ck_activity_state")
        ),
        sa.ForeignKeyConstraint(
            ["intervention_code"], ["intervention.code"], name=op.f("fk_activity_intervention_code")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.plan_id"], name=op.f("fk_activity_plan_id")),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_activity")),
    )
    op.create_index(op.f("ix_activity_plan_id"), "activity", ["plan_id"])


def _follow_up() -> None:
    op.create_table(
        "follow_up",
        sa.Column("follow_up_id", sa.UUID, nullable=False),
        sa.Column("plan_id", sa.UUID, nullable=False),
        sa.Column("days", sa.SmallInteger, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("state", sa.Text, server_default="pending", nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Column("applied", sa.SmallInteger),
        sa.Column("obstacle", sa.Text),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state in ('pending', 'due', 'answered')", name=op.f("ck_follow_up_state")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.plan_id"], name=op.f("fk_follow_up_plan_id")),
        sa.PrimaryKeyConstraint("follow_up_id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("plan_id", "days", name=op.f("uq_follow_up_plan_id_days")),
    )
    op.create_index(
        "ix_follow_up_pending", "follow_up", ["due_on"], postgresql_where=sa.text("state = 'pending'")
    )
