"""What source systems call people, posts and units.

A value of a system is of one person, and a person has one value in each system; so with posts and units. What
a person or post was first recorded by is in `person` and `post`, further ones are here; the views
`identified_person` and `identified_post` have both. Triggers keep a value from being in both places.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from services.registry.tables import metadata

person_identifier = sa.Table(
    "person_identifier",
    metadata,
    sa.Column("value", sa.Text, primary_key=True),  # first, so that comparisons end early: ids are long
    sa.Column("system_id", sa.Text, sa.ForeignKey("source_system.system_id"), primary_key=True),
    sa.Column("person_id", UUID, sa.ForeignKey("person.person_id"), nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.UniqueConstraint("person_id", "system_id"),
)

# What a system called a person before it gave them another number. Posts of the old number are theirs too.
former_identifier = sa.Table(
    "former_identifier",
    metadata,
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("system_id", sa.Text, sa.ForeignKey("source_system.system_id"), primary_key=True),
    sa.Column("person_id", UUID, sa.ForeignKey("person.person_id"), nullable=False, index=True),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)

identified_person = sa.table(
    "identified_person",
    sa.column("system_id", sa.Text),
    sa.column("value", sa.Text),
    sa.column("person_id", UUID),
)

post_identifier = sa.Table(
    "post_identifier",
    metadata,
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("system_id", sa.Text, sa.ForeignKey("source_system.system_id"), primary_key=True),
    # A withdrawn post leaves `post`, and its identifiers are free again.
    sa.Column("post_id", UUID, sa.ForeignKey("post.post_id", ondelete="CASCADE"), nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.UniqueConstraint("post_id", "system_id"),
)

identified_post = sa.table(
    "identified_post",
    sa.column("system_id", sa.Text),
    sa.column("value", sa.Text),
    sa.column("post_id", UUID),
)

unit_identifier = sa.Table(
    "unit_identifier",
    metadata,
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("system_id", sa.Text, sa.ForeignKey("source_system.system_id"), primary_key=True),
    sa.Column("unit_code", sa.Text, sa.ForeignKey("unit.unit_code"), nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.UniqueConstraint("unit_code", "system_id"),
)
