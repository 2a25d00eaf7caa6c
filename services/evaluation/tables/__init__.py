"""The evaluation schema.

Three layers: facts (what came in events and answers, one row a thing), contributions (one person's
share of an indicator in a period, derived from that person's facts) and indicator values (sums of
contributions, for the unit and each of its ancestors).
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from shared.audit.tables import audit_tables
from shared.database.tables import service_metadata
from shared.directory.tables import directory_tables
from shared.erasure.tables import erasure_tables
from shared.federation import epochs, regional_tables
from shared.releases.tables import reader_tables, release_tables

metadata = service_metadata()
audit_tables(metadata)
directory = directory_tables(metadata)
erasure_tables(metadata)
epochs.tables(metadata)
regional_tables.tables(metadata)
release_tables(metadata)
reader_tables(metadata)

_moment = sa.DateTime(timezone=True)
_codes = ARRAY(sa.Text)
_scores = ARRAY(sa.SmallInteger)  # eleven places in framework order, hundredths

assessment = sa.Table(
    "assessment",
    metadata,
    sa.Column("assessment_id", UUID, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("person_id", UUID, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("plan_id", UUID, index=True),
    sa.Column("follow_up_days", sa.SmallInteger),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("completed_at", _moment, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("measured_on", sa.Date),  # day of the last answer that counts; None: earlier events had none
    sa.Column("item_marks", _codes),  # eleven, equal where the same items were asked; None: as above
    sa.Column("scores", _scores, nullable=False),
    sa.Column("others", _scores, nullable=False),
    sa.Column("targets", _scores, nullable=False),
    sa.Column("weights", _scores, nullable=False),
    sa.Column("priorities", _codes, nullable=False),
)

# Days on which a role had a profile, both inclusive. `version` is of the last event about it.
profiled_role = sa.Table(
    "profiled_role",
    metadata,
    sa.Column("role_code", sa.Text, primary_key=True),
    sa.Column("valid_from", sa.Date, primary_key=True),
    sa.Column("valid_to", sa.Date),
    sa.Column("version", sa.BigInteger, nullable=False),
)

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("plan_id", UUID, primary_key=True),
    sa.Column("content_version", sa.BigInteger, nullable=False),  # of the newest proposal or agreement
    sa.Column("assessment_id", UUID),
    sa.Column("person_id", UUID, nullable=False, index=True),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("level", sa.Text),
    sa.Column("proposed_at", _moment),
    sa.Column("agreed_at", _moment),
    sa.Column("closed_at", _moment),
    sa.Column("outcome", sa.Text),
    sa.Column("competencies", _codes, nullable=False),
)

activity = sa.Table(
    "activity",
    metadata,
    sa.Column("activity_id", UUID, primary_key=True),
    sa.Column("plan_id", UUID, nullable=False, index=True),
    sa.Column("person_id", UUID, nullable=False, index=True),
    sa.Column("planned", sa.Boolean, nullable=False),
    sa.Column("intervention_code", sa.Text),
    sa.Column("approach", sa.Text),
    sa.Column("competencies", _codes, nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("hours", sa.Integer),
    sa.Column("unit_code", sa.Text),
    sa.Column("started_at", _moment),
    sa.Column("completed_at", _moment),
)

follow_up = sa.Table(
    "follow_up",
    metadata,
    sa.Column("follow_up_id", UUID, primary_key=True),
    sa.Column("plan_id", UUID, nullable=False, index=True),
    sa.Column("person_id", UUID, nullable=False, index=True),
    sa.Column("days", sa.SmallInteger, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
)

# Re-ratings that ended without a score, and how: not-measured or expired.
unscored_re_rating = sa.Table(
    "unscored_re_rating",
    metadata,
    sa.Column("assessment_id", UUID, primary_key=True),
    sa.Column("plan_id", UUID, nullable=False, index=True),
    sa.Column("person_id", UUID, nullable=False),
    sa.Column("days", sa.SmallInteger, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
)

reaction = sa.Table(
    "reaction",
    metadata,
    sa.Column("reaction_id", UUID, primary_key=True),
    sa.Column("activity_id", UUID, nullable=False, unique=True),
    sa.Column("plan_id", UUID, nullable=False, index=True),
    sa.Column("person_id", UUID, nullable=False, index=True),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("relevance", sa.SmallInteger, nullable=False),
    sa.Column("usefulness", sa.SmallInteger, nullable=False),
    sa.Column("given_at", _moment, nullable=False),
    sa.CheckConstraint("relevance between 1 and 5", name="relevance"),
    sa.CheckConstraint("usefulness between 1 and 5", name="usefulness"),
)

learning_result = sa.Table(
    "learning_result",
    metadata,
    sa.Column("learning_result_id", UUID, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("activity_id", UUID, nullable=False, unique=True),
    sa.Column("plan_id", UUID, nullable=False, index=True),
    sa.Column("person_id", UUID, nullable=False, index=True),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("pre_percent", sa.SmallInteger),  # hundredths of a percent
    sa.Column("post_percent", sa.SmallInteger),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.CheckConstraint("pre_percent between 0 and 10000", name="pre"),
    sa.CheckConstraint("post_percent between 0 and 10000", name="post"),
)

measured_person = sa.Table(
    "measured_person",
    metadata,
    sa.Column("person_id", UUID, primary_key=True),
    sa.Column("changes_on", sa.Date, nullable=False, index=True),  # when time alone may change the shares
)

period = sa.Table(
    "period",
    metadata,
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("measured", sa.Boolean, nullable=False),  # everybody was asked to be measured for it
    sa.Column("closed_as_of", sa.Date),
)

contribution = sa.Table(
    "contribution",
    metadata,
    sa.Column("person_id", UUID, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("indicator", sa.Text, primary_key=True),
    sa.Column("unit_code", sa.Text, nullable=False, index=True),
    sa.Column("numerator", sa.BigInteger, nullable=False),  # thousandths, as below
    sa.Column("denominator", sa.BigInteger, nullable=False),
    sa.Column("source", sa.Text),  # stands for what the share follows from; None: stored before sources were
)

earlier_path = sa.Table(
    "earlier_path",
    metadata,
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("through", sa.Text, primary_key=True),  # last period for which this was the unit's path
    sa.Column("path", _codes, nullable=False),
)

indicator_value = sa.Table(
    "indicator_value",
    metadata,
    sa.Column("indicator", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("parent_code", sa.Text, nullable=False),  # in the tree of the period, "" above its root
    sa.Column("numerator", sa.BigInteger, nullable=False),
    sa.Column("denominator", sa.BigInteger, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # What those see who may not read the individuals, as it was when it last moved; None: not yet.
    sa.Column("published_numerator", sa.BigInteger),
    sa.Column("published_denominator", sa.BigInteger),
    sa.Column("published_people", sa.Integer),
    sa.Column("published_as_of", sa.Date),
    sa.Column(
        "published_version", sa.Integer, nullable=False, server_default="0"
    ),  # of the event; 0: none yet
    sa.Column("moved", sa.BigInteger, nullable=False, server_default="0"),  # the release it is of; 0: none
    sa.Index("ix_indicator_value_children", "indicator", "period", "parent_code"),
    sa.Index("ix_indicator_value_unit", "unit_code", "period"),
    # No column that consumers change is in an index, so that their updates stay in the page.
    postgresql_with={"fillfactor": 60},
)

# This table and the next are of versions without releases: who changed since what these had told. They are read
# for first releases (`first_indicator_releases.py`) and written by nobody. Decision 41 says when they go.
published_tree = sa.Table(
    "published_tree",
    metadata,
    sa.Column("indicator", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("seen", sa.BigInteger, nullable=False),  # the last change that was looked at
)

share_change = sa.Table(
    "share_change",
    metadata,
    sa.Column("change", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("indicator", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("person_id", UUID, nullable=False),
    sa.Column("path", _codes),  # where the share counted before; None: there was none
    sa.Column("numerator", sa.BigInteger),
    sa.Column("denominator", sa.BigInteger),
    sa.Index("ix_share_change_tree", "indicator", "period", "person_id"),
)
