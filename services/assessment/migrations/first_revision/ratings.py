"""Assessments and ratings, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("assessment", "rater_request", "response", "result")


def create() -> None:
    """Create them, those that others refer to first."""
    _assessment()
    _assessment_indexes()
    _rater_request()
    _response()
    _result()


def _assessment() -> None:
    op.create_table(
        "assessment",
        sa.Column("assessment_id", sa.UUID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("cycle_id", sa.UUID),
        sa.Column("plan_id", sa.UUID),
        sa.Column("follow_up_id", sa.UUID),
        sa.Column("follow_up_days", sa.SmallInteger),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("post_id", sa.UUID, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("framework_code", sa.Text, nullable=False),
        sa.Column("framework_version", sa.Integer, nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("prevalence", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("awaited", sa.SmallInteger, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state in ('open', 'completed', 'expired', 'withdrawn')", name=op.f("ck_assessment_state")
        ),
        sa.CheckConstraint("awaited >= 0", name=op.f("ck_assessment_awaited")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.cycle_id"], name=op.f("fk_assessment_cycle_id")),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("cycle_id", "post_id", name=op.f("uq_assessment_cycle_id_post_id")),
        sa.UniqueConstraint("follow_up_id", name=op.f("uq_assessment_follow_up_id")),
        postgresql_with={"fillfactor": 80},
    )


def _assessment_indexes() -> None:
    op.create_index(
        "ix_assessment_open",
        "assessment",
        ["cycle_id", "assessment_id"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_assessment_person_id", "assessment", ["person_id"])
    op.create_index(
        "ix_assessment_ready",
        "assessment",
        ["assessment_id"],
        postgresql_where=sa.text("state = 'open' and awaited = 0"),
    )
    op.create_index("ix_assessment_unit_code", "assessment", ["unit_code"])


def _rater_request() -> None:
    op.create_table(
        "rater_request",
        sa.Column("request_id", sa.UUID, nullable=False),
        sa.Column("assessment_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "category in ('self', 'manager', 'peer', 'report', 'partner')",
            name=op.f("ck_rater_request_category"),
        ),
        sa.CheckConstraint(
            "state in ('invited', 'accepted', 'declined', 'answered', 'withdrawn', 'expired')",
            name=op.f("ck_rater_request_state"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.assessment_id"], name=op.f("fk_rater_request_assessment_id")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_rater_request")),
        sa.UniqueConstraint(
            "assessment_id", "person_id", name=op.f("uq_rater_request_assessment_id_person_id")
        ),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("ix_rater_request_person_id", "rater_request", ["person_id"])


def _response() -> None:
    op.create_table(
        "response",
        sa.Column("assessment_id", sa.UUID, nullable=False),
        sa.Column("request_id", sa.UUID, nullable=False),
        sa.Column("ratings", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("relevance", postgresql.ARRAY(sa.SmallInteger)),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("assessment_id", "request_id", name=op.f("pk_response")),
    )


def _result() -> None:
    op.create_table(
        "result",
        sa.Column("assessment_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("cycle_id", sa.UUID),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scores", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("others", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("self_scores", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("gaps", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("unverified", postgresql.ARRAY(sa.Boolean), nullable=False),
        sa.Column("counts", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("variances", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("priorities", postgresql.JSONB(), nullable=False),
        sa.Column("groups", postgresql.JSONB(), nullable=False),
        sa.Column("quality", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.assessment_id"], name=op.f("fk_result_assessment_id")
        ),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_result")),
    )
    op.create_index("ix_result_cycle_id", "result", ["cycle_id"])
    op.create_index("ix_result_person_id", "result", ["person_id", "completed_at"])
