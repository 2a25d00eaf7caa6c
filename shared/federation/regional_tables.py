"""The tables in which a hub has what regions published; they stay empty in a region.

For statements of `shared` itself: a table is its name there, whichever service's database they run in.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY


def tables(metadata: sa.MetaData) -> None:
    """Add the hub's tables to a service's metadata."""
    _units(metadata)
    _figures(metadata)
    _releases(metadata)


def _units(metadata: sa.MetaData) -> None:
    sa.Table(
        "national_unit",
        metadata,
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("unit_code", sa.Text, primary_key=True),
        sa.Column("parent", sa.Text),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("type", sa.Text),
        sa.Column("closed_on", sa.Date),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, comment="null: of a region whose version does not say it"),
        sa.Index("ix_national_unit_parent", "region", "parent", "unit_code"),
    )


def _figures(metadata: sa.MetaData) -> None:
    sa.Table(
        "national_figure",
        metadata,
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("slice", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("unit_code", sa.Text, primary_key=True),
        sa.Column("figures", ARRAY(sa.BigInteger)),
        # By place, when the release was made that it is of; null: it came as a single figure.
        sa.Column("released", ARRAY(sa.BigInteger)),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("as_of", sa.Date),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trace_id", sa.Text),
    )


def _releases(metadata: sa.MetaData) -> None:
    """Documents, and the parts of those that are not whole yet."""
    sa.Table(
        "national_release",
        metadata,
        *_named(),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),  # in its canonical form
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trace_id", sa.Text),
    )
    sa.Table(
        "national_release_part",
        metadata,
        *_named(),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("piece", sa.LargeBinary, nullable=False),  # compressed
    )


def _named() -> list[sa.Column[Any]]:
    texts = [sa.Column(name, sa.Text, primary_key=True) for name in ("region", "cube", "period")]
    return [*texts, sa.Column("number", sa.Integer, primary_key=True)]


_metadata = sa.MetaData()
tables(_metadata)
unit, figure, release, part = (
    _metadata.tables[f"national_{name}"] for name in ("unit", "figure", "release", "release_part")
)
