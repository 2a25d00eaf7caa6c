"""People, their sign-ins and their posts.

`post` has no foreign keys: people, units and roles are never deleted, every writing statement
checks the references itself, and three trigger calls a row would cost a bulk load more than its
merge. A withdrawn post leaves `post` and stays readable in `post_version`.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from services.registry.tables import metadata

_moment = sa.DateTime(timezone=True)
_own_id = sa.text("uuidv7()")  # close together in the index, unlike random ones

person = sa.Table(
    "person",
    metadata,
    sa.Column("person_id", UUID, primary_key=True, server_default=_own_id),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("given_name", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("sex", sa.Text),
    sa.Column("birth_year", sa.SmallInteger),
    sa.Column("cadre", sa.Text),
    sa.Column("deactivated_on", sa.Date),
    sa.Column("leaving_reason", sa.Text),
    sa.Column("leaving_destination", sa.Text),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("merged_into", UUID, comment="the record that this one is part of now"),
    sa.Column(
        "line_digest",
        sa.LargeBinary,
        comment="of the line that said exactly this; null after any other change",
    ),
    sa.Column(
        "erased",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="what is left of somebody who was erased: counted, and shown to nobody",
    ),
    sa.Index("ix_person_erased", "person_id", postgresql_where=sa.text("erased")),
    sa.CheckConstraint("sex in ('female', 'male', 'other')", "sex"),
    sa.UniqueConstraint("external_id", "source"),  # in this order comparisons end early: sources are long
    postgresql_with={"fillfactor": 85},  # a new post bumps the version of its person in place
)

person_version = sa.Table(
    "person_version",
    metadata,
    sa.Column("person_id", UUID, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("given_name", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("sex", sa.Text),
    sa.Column("birth_year", sa.SmallInteger),
    sa.Column("cadre", sa.Text),
    sa.Column("deactivated_on", sa.Date),
    sa.Column("leaving_reason", sa.Text),
    sa.Column("leaving_destination", sa.Text),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)

subject = sa.Table(
    "subject",
    metadata,
    sa.Column("subject_key", sa.Text, primary_key=True),
    sa.Column("person_id", UUID, sa.ForeignKey("person.person_id"), nullable=False, index=True),
    sa.Column("iss", sa.Text, nullable=False),
    sa.Column("sub", sa.Text, nullable=False),
)

# A sign-in that somebody else has whom the client may not see: shown as if it were tied, and of no effect.
claimed_subject = sa.Table(
    "claimed_subject",
    metadata,
    sa.Column("person_id", UUID, sa.ForeignKey("person.person_id"), primary_key=True),
    sa.Column("subject_key", sa.Text, primary_key=True),
    sa.Column("iss", sa.Text, nullable=False),
    sa.Column("sub", sa.Text, nullable=False),
)

post = sa.Table(
    "post",
    metadata,
    sa.Column("post_id", UUID, primary_key=True, server_default=_own_id),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text),
    sa.Column("person_id", UUID, nullable=False, index=True),
    sa.Column("unit_code", sa.Text, nullable=False, index=True),
    sa.Column("role_code", sa.Text, nullable=False, index=True),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("end_reason", sa.Text),
    sa.Column("end_destination", sa.Text),
    sa.Column("acting", sa.Boolean, nullable=False),
    sa.Column("primary_claim", sa.Boolean, nullable=False),
    sa.Column("manager_post_id", UUID, index=True),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.CheckConstraint("valid_to is null or valid_to >= valid_from", "ends_after_start"),
    sa.UniqueConstraint("external_id", "source"),
)

post_version = sa.Table(
    "post_version",
    metadata,
    sa.Column("post_id", UUID, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("person_id", UUID, nullable=False),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("role_code", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("end_reason", sa.Text),
    sa.Column("end_destination", sa.Text),
    sa.Column("acting", sa.Boolean, nullable=False),
    sa.Column("primary_claim", sa.Boolean, nullable=False),
    sa.Column("manager_post_id", UUID),
    sa.Column("withdrawn", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)

agenda = sa.Table(
    "agenda",
    metadata,
    sa.Column("person_id", UUID, primary_key=True),
    sa.Column("due_on", sa.Date, primary_key=True, index=True),
    comment="days still to come on which a person's published state changes by itself",
)
