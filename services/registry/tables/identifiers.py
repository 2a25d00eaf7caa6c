"""What source systems call units. A value of a system is of one unit, and a unit has one value in each system."""

import sqlalchemy as sa

from services.registry.tables import metadata

unit_identifier = sa.Table(
    "unit_identifier",
    metadata,
    sa.Column("value", sa.Text, primary_key=True),  # first, so that comparisons end early: ids are long
    sa.Column("system_id", sa.Text, sa.ForeignKey("source_system.system_id"), primary_key=True),
    sa.Column("unit_code", sa.Text, sa.ForeignKey("unit.unit_code"), nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.UniqueConstraint("unit_code", "system_id"),
)
