"""What source systems call people and units.

A value of a system is of one person, and a person has one value in each system; so with units. What a person
was first recorded by is in `person`, what a system calls a post in `post`; `identified_person`, a view, has all
identifiers of people. Triggers keep `person` and `person_identifier` from giving a value to two people.
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

identified_person = sa.table(
    "identified_person",
    sa.column("system_id", sa.Text),
    sa.column("value", sa.Text),
    sa.column("person_id", UUID),
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
