"""Plans, their activities and follow-ups."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.planning.tables import metadata

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("plan_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("assessment_id", UUID(as_uuid=True), nullable=False, unique=True),
    sa.Column("person_id", UUID(as_uuid=True), nullable=False, index=True),
    sa.Column("post_id", UUID(as_uuid=True), nullable=False),
    sa.Column("unit_code", sa.Text, nullable=False, index=True),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("competencies", ARRAY(sa.Text), nullable=False),
    sa.Column("gaps", JSONB, nullable=False),  # as assessed, what another proposal starts from
    sa.Column(
        "not_measured", ARRAY(sa.Text), nullable=False, server_default="{}"
    ),  # competencies without a score
    sa.Column("left_out", JSONB, nullable=False),
    sa.Column("limits", JSONB, nullable=False),
    sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("agreed_at", sa.DateTime(timezone=True)),
    sa.Column("closed_at", sa.DateTime(timezone=True)),
    sa.CheckConstraint("state in ('proposed', 'agreed', 'active', 'closed')", name="state"),
    sa.CheckConstraint("(state = 'closed') = (outcome is not null)", name="outcome"),
    sa.Index("ix_plan_proposed", "person_id", postgresql_where=sa.text("state = 'proposed'")),
)

activity = sa.Table(
    "activity",
    metadata,
    sa.Column("activity_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("plan_id", sa.ForeignKey("plan.plan_id"), nullable=False, index=True),
    sa.Column("position", sa.SmallInteger, nullable=False),
    sa.Column("intervention_code", sa.ForeignKey("intervention.code"), nullable=False),
    sa.Column("approach", sa.Text, nullable=False),
    sa.Column("delivery", sa.Text, nullable=False),
    sa.Column("competencies", ARRAY(sa.Text), nullable=False),
    sa.Column("hours", sa.Integer, nullable=False),  # as planned
    sa.Column("days_away", sa.Integer, nullable=False),
    sa.Column("cost", sa.Integer, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="planned"),
    sa.Column("reason", JSONB),  # None: added by hand
    sa.Column("started_at", sa.DateTime(timezone=True)),
    sa.Column("completed_at", sa.DateTime(timezone=True)),
    sa.Column("hours_spent", sa.Integer),
    sa.Column("end_reason", sa.Text),  # why it was cancelled, `person-left`; null: by hand, or not at all
    sa.CheckConstraint("state in ('planned', 'started', 'completed', 'cancelled')", name="state"),
)

# pending: its day has not come; due: published; answered: the 30-day check-in was given; ended: the person left.
follow_up = sa.Table(
    "follow_up",
    metadata,
    sa.Column("follow_up_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("plan_id", sa.ForeignKey("plan.plan_id"), nullable=False),
    sa.Column("days", sa.SmallInteger, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="pending"),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("applied", sa.SmallInteger),  # 1 not at all .. 5 every day
    sa.Column("obstacle", sa.Text),
    sa.Column("answered_at", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("plan_id", "days"),
    sa.CheckConstraint("state in ('pending', 'due', 'answered', 'ended')", name="state"),
    sa.Index("ix_follow_up_pending", "due_on", postgresql_where=sa.text("state = 'pending'")),
)
