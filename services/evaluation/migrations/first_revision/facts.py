"""Facts and answers, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("assessment", "plan", "activity", "follow_up", "reaction", "learning_result", "measured_person")


def create() -> None:
    """Create them, those that others refer to first."""
    _assessment()
    _plan()
    _activity()
    _follow_up()
    _reaction()
    _learning_result()
    _measured_person()


def _assessment() -> None:
    op.create_table(
        "assessment",
        sa.Column("assessment_id", sa.UUID, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("plan_id", sa.UUID),
        sa.Column("follow_up_days", sa.SmallInteger),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("scores", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("others", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("priorities", postgresql.ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_assessment")),
    )
    op.create_index(op.f("ix_assessment_person_id"), "assessment", ["person_id"])
    op.create_index(op.f("ix_assessment_plan_id"), "assessment", ["plan_id"])


def _plan() -> None:
    op.create_table(
        "plan",
        sa.Column("plan_id", sa.UUID, nullable=False),
        sa.Column("content_version", sa.BigInteger, nullable=False),
        sa.Column("assessment_id", sa.UUID),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text),
        sa.Column("proposed_at", sa.DateTime(timezone=True)),
        sa.Column("agreed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text),
        sa.Column("competencies", postgresql.ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan")),
    )
    op.create_index(op.f("ix_plan_person_id"), "plan", ["person_id"])


def _activity() -> None:
    op.create_table(
        "activity",
        sa.Column("activity_id", sa.UUID, nullable=False),
        sa.Column("plan_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("planned", sa.Boolean, nullable=False),
        sa.Column("intervention_code", sa.Text),
        sa.Column("approach", sa.Text),
        sa.Column("competencies", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("hours", sa.Integer),
        sa.Column("unit_code", sa.Text),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_activity")),
    )
    op.create_index(op.f("ix_activity_person_id"), "activity", ["person_id"])
    op.create_index(op.f("ix_activity_plan_id"), "activity", ["plan_id"])


def _follow_up() -> None:
    op.create_table(
        "follow_up",
        sa.Column("follow_up_id", sa.UUID, nullable=False),
        sa.Column("plan_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("days", sa.SmallInteger, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("follow_up_id", name=op.f("pk_follow_up")),
    )
    op.create_index(op.f("ix_follow_up_person_id"), "follow_up", ["person_id"])
    op.create_index(op.f("ix_follow_up_plan_id"), "follow_up", ["plan_id"])


def _reaction() -> None:
    op.create_table(
        "reaction",
        sa.Column("reaction_id", sa.UUID, nullable=False),
        sa.Column("activity_id", sa.UUID, nullable=False),
        sa.Column("plan_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("relevance", sa.SmallInteger, nullable=False),
        sa.Column("usefulness", sa.SmallInteger, nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("relevance between 1 and 5", name=op.f("ck_reaction_relevance")),
        sa.CheckConstraint("usefulness between 1 and 5", name=op.f("ck_reaction_usefulness")),
        sa.PrimaryKeyConstraint("reaction_id", name=op.f("pk_reaction")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_reaction_activity_id")),
    )
    op.create_index(op.f("ix_reaction_person_id"), "reaction", ["person_id"])
    op.create_index(op.f("ix_reaction_plan_id"), "reaction", ["plan_id"])


def _learning_result() -> None:
    op.create_table(
        "learning_result",
        sa.Column("learning_result_id", sa.UUID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("activity_id", sa.UUID, nullable=False),
        sa.Column("plan_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("pre_percent", sa.SmallInteger),
        sa.Column("post_percent", sa.SmallInteger),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("post_percent between 0 and 10000", name=op.f("ck_learning_result_post")),
        sa.CheckConstraint("pre_percent between 0 and 10000", name=op.f("ck_learning_result_pre")),
        sa.PrimaryKeyConstraint("learning_result_id", name=op.f("pk_learning_result")),
        sa.UniqueConstraint("activity_id", name=op.f("uq_learning_result_activity_id")),
    )
    op.create_index(op.f("ix_learning_result_person_id"), "learning_result", ["person_id"])
    op.create_index(op.f("ix_learning_result_plan_id"), "learning_result", ["plan_id"])


def _measured_person() -> None:
    op.create_table(
        "measured_person",
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("changes_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_measured_person")),
    )
    op.create_index(op.f("ix_measured_person_changes_on"), "measured_person", ["changes_on"])
