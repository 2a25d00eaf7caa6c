"""Assessments, rater requests, responses and results.

Arrays over items follow the instrument (33 places in the core framework), arrays over
competencies have eleven in framework order. One smallint[] takes 158 bytes an assessment with its
key, against 335 as jsonb and 1,142 as eleven rows.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.assessment.tables import metadata

ELEVEN = ARRAY(sa.SmallInteger)

# not-measured: everyone answered or the cycle closed with enough responses, but no competency could be
# scored; expired: it ended with less. Only a completed assessment has a result.
# `awaited` counts the requests that are invited or accepted, and the answers that await confirmation. It
# is updated by every statement that changes their state, under this row's lock: who brings it to 0 completes
# the assessment.
assessment = sa.Table(
    "assessment",
    metadata,
    sa.Column("assessment_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # cycle, follow-up
    sa.Column("cycle_id", sa.ForeignKey("cycle.cycle_id")),
    sa.Column("plan_id", UUID(as_uuid=True)),
    sa.Column("follow_up_id", UUID(as_uuid=True), unique=True),
    sa.Column("follow_up_days", sa.SmallInteger),
    sa.Column("person_id", UUID(as_uuid=True), nullable=False),
    sa.Column("post_id", UUID(as_uuid=True), nullable=False),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("role_code", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("framework_code", sa.Text, nullable=False),
    sa.Column("framework_version", sa.Integer, nullable=False),
    sa.Column("targets", ELEVEN, nullable=False),  # hundredths
    sa.Column("weights", ELEVEN, nullable=False),
    sa.Column("prevalence", ELEVEN, nullable=False),  # hundredths of a share
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("awaited", sa.SmallInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True)),  # when it was not open any more
    sa.CheckConstraint(
        "state in ('open', 'completed', 'not-measured', 'expired', 'withdrawn')", name="state"
    ),
    sa.CheckConstraint("awaited >= 0", name="awaited"),
    sa.UniqueConstraint("cycle_id", "post_id"),
    sa.Index("ix_assessment_person_id", "person_id"),
    sa.Index("ix_assessment_unit_code", "unit_code"),
    sa.Index(
        "ix_assessment_ready", "assessment_id", postgresql_where=sa.text("state = 'open' and awaited = 0")
    ),
    sa.Index("ix_assessment_open", "cycle_id", "assessment_id", postgresql_where=sa.text("state = 'open'")),
    postgresql_with={"fillfactor": 80},
)

rater_request = sa.Table(
    "rater_request",
    metadata,
    sa.Column("request_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("assessment_id", sa.ForeignKey("assessment.assessment_id"), nullable=False),
    sa.Column("person_id", UUID(as_uuid=True), nullable=False),  # the rater
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
    # Whether the rater counts towards the minimum of a group: derived from placements that are older than
    # the cycle and written neither by the subject nor by their manager. Who is named by hand never counts.
    sa.Column("independent", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("category in ('self', 'manager', 'peer', 'report', 'partner')", name="category"),
    sa.CheckConstraint(
        "state in ('invited', 'accepted', 'declined', 'answered', 'withdrawn', 'expired')", name="state"
    ),
    sa.UniqueConstraint("assessment_id", "person_id"),
    sa.Index("ix_rater_request_person_id", "person_id"),
    postgresql_with={"fillfactor": 80},
)

# 0 stands for N/A in ratings and relevance: a smallint[] without nulls has no null bitmap. No foreign
# keys: both statements that insert here take the ids from rows they hold locked, and with two checks a
# row the merge of 16,000 responses took 0.80 s instead of 0.27.
response = sa.Table(
    "response",
    metadata,
    sa.Column("assessment_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("request_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("ratings", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("relevance", ELEVEN),  # of self and manager
    sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("entered_by", sa.Text),  # opaque key of the sign-in; null: from before this was stored
    sa.Column("typed_by", sa.Text),  # who once entered an answer on the rater's behalf, if anyone did
    sa.Column("typed_by_client", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("checked_by", sa.Text),  # who entered it a second time
    # The rater's own, or typed in and confirmed by the rater or by a second entry that was equal.
    sa.Column("confirmed", sa.Boolean, nullable=False, server_default=sa.true()),
    # Whether the assessment waits until it is: it is then still counted in `awaited`.
    sa.Column("awaiting_confirmation", sa.Boolean, nullable=False, server_default=sa.false()),
)

# What was computed once, at completion, in hundredths. `counts` and `variances` (others, raters'
# means) serve the test for change and are never shown; `groups` is what may be shown per group.
result = sa.Table(
    "result",
    metadata,
    sa.Column("assessment_id", sa.ForeignKey("assessment.assessment_id"), primary_key=True),
    sa.Column("person_id", UUID(as_uuid=True), nullable=False),
    sa.Column("cycle_id", UUID(as_uuid=True)),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("scores", ELEVEN, nullable=False),
    sa.Column("others", ELEVEN, nullable=False),
    sa.Column("self_scores", ELEVEN, nullable=False),
    sa.Column("targets", ELEVEN, nullable=False),
    sa.Column("gaps", ELEVEN, nullable=False),
    sa.Column("unverified", ARRAY(sa.Boolean), nullable=False),
    sa.Column("counts", ELEVEN, nullable=False),
    sa.Column("variances", ARRAY(sa.Integer), nullable=False),
    sa.Column("priorities", JSONB, nullable=False),
    sa.Column("groups", JSONB, nullable=False),
    sa.Column("quality", JSONB, nullable=False),
    sa.Index("ix_result_person_id", "person_id", "completed_at"),
    sa.Index("ix_result_cycle_id", "cycle_id"),
)
