"""What releases of plans show, for a hub."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.planning.tables import metadata

# A row for each unit and quarter, as an item of the event has it: people with plans, and then the figures in the
# order of `plan_facts.OF_PLANS`, each with the number of the release that it is of; 0: no release showed it.
plan_total = sa.Table(
    "plan_total",
    metadata,
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False, comment="of the item"),
    sa.Column("releases", ARRAY(sa.Integer), nullable=False),
    sa.Column("figures", ARRAY(sa.BigInteger), nullable=False),
)
