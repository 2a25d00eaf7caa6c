"""Definitions of indicators that were published, and what indicators should reach."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from services.evaluation.tables import metadata

_moment = sa.DateTime(timezone=True)

# The newest of each: as this instance published it, or as its hub did. What a release delivers
# itself holds where its version is higher.
definition = sa.Table(
    "definition",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False, comment="of the hub that said it; 0: published here"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("received_at", _moment, nullable=False),
)


def _key() -> list[sa.Column[str]]:
    """One of `unit_code` and `level` is empty. A column belongs to one table, so each call makes new ones."""
    return [
        sa.Column("indicator", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("unit_code", sa.Text, primary_key=True),
        sa.Column("level", sa.Text, primary_key=True),
    ]


def _state() -> list[sa.Column[int]]:
    return [
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("value", sa.BigInteger, comment="hundredths of the indicator's unit; null: withdrawn"),
    ]


target = sa.Table(
    "target",
    metadata,
    sa.Column("national", sa.Boolean, primary_key=True, comment="came down from the hub"),
    *_key(),
    *_state(),
    sa.Column("set_at", _moment, nullable=False),
    sa.CheckConstraint("(unit_code = '') <> (level = '')", name="place"),
)

# At a hub: what regions set for themselves.
national_target = sa.Table(
    "national_target",
    metadata,
    sa.Column("region", sa.Text, primary_key=True),
    *_key(),
    *_state(),
    sa.Column("received_at", _moment, nullable=False),
)
