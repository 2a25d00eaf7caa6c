"""Tables in which versions without releases had totals for a hub: of people, units and changes since.

They are read when a service starts for the first time with releases, so that what was published becomes the first
release, and written by nobody. When they may go is in docs/decisions/0041-earlier-totals-go-a-version-later.md.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY


def tables(metadata: sa.MetaData) -> None:
    """Add the tables to a service's metadata."""
    _notes(metadata)
    _people(metadata)
    _trees(metadata)


def _notes(metadata: sa.MetaData) -> None:
    sa.Table(
        "total_due",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("person_id", sa.Uuid, comment="null: the places of units changed"),
    )
    sa.Table("total_watch", metadata, sa.Column("since", sa.DateTime(timezone=True), primary_key=True))


def _people(metadata: sa.MetaData) -> None:
    sa.Table(
        "total_share",
        metadata,
        sa.Column("person_id", sa.Uuid, primary_key=True),
        *_key_columns("period", "slice"),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("figures", ARRAY(sa.BigInteger), nullable=False),
        sa.Index("ix_total_share_unit", "unit_code", "period", "slice"),
    )
    sa.Table(
        "total_change",
        metadata,
        *_key_columns("period", "slice"),
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True, comment="the first that has the change"),
        sa.Column("path", ARRAY(sa.Text), comment="where the share counted before; null: nowhere"),
        sa.Column("figures", ARRAY(sa.BigInteger)),
    )


def _trees(metadata: sa.MetaData) -> None:
    sa.Table(
        "total_tree",
        metadata,
        *_key_columns("period", "slice"),
        sa.Column("edition", sa.Integer, nullable=False, server_default="0"),
        sa.Column("touched", sa.Boolean, nullable=False),
    )
    sa.Table(
        "total_cell",
        metadata,
        *_key_columns("period", "slice", "unit_code"),
        sa.Column("path", ARRAY(sa.Text), nullable=False),
        sa.Column("own_people", sa.Integer, nullable=False, server_default="0"),
        sa.Column("own_figures", ARRAY(sa.BigInteger), nullable=False, server_default="{}"),
        sa.Column("moved", sa.Integer, nullable=False, server_default="0"),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("people", sa.Integer, comment="as published; null: suppressed"),
        sa.Column("figures", ARRAY(sa.BigInteger), comment="null in a place: withheld"),
        sa.Column("told", ARRAY(sa.BigInteger), comment="people and portion, when the portion was told last"),
        sa.Column("as_of", sa.Date),
    )


def _key_columns(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in names]
