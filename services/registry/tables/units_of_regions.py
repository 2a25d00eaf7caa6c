"""At a hub: units of regions as FHIR shows them, with versions of the hub's own.

`national_unit` has each as its region published it last, in the order of the region's epochs and versions. Here is
what readers of histories need beside that: the id, and every version with the time at which the hub heard of it.
"""

from typing import Any

import sqlalchemy as sa

from services.registry.tables import metadata


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Text),  # resource_id of the unit above
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("type", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("closed_on", sa.Date),
        sa.Column("withdrawn", sa.Boolean, nullable=False),  # the region does not have it any more
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    ]


regional_unit = sa.Table(
    "regional_unit",
    metadata,
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    *_columns(),
    sa.Index("ix_regional_unit_region", "region", "unit_code"),
    sa.Index("ix_regional_unit_parent_id", "parent_id"),
)
regional_unit_version = sa.Table(
    "regional_unit_version",
    metadata,
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    *_columns(),
)
