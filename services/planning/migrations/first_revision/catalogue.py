"""The catalogue and limits, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("catalogue", "intervention", "national_entry", "limits")


def create() -> None:
    """Create them, those that others refer to first."""
    _catalogue()
    _intervention()
    _national_entry()
    _limits()


def _catalogue() -> None:
    op.create_table(
        "catalogue",
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_catalogue")),
    )


def _intervention() -> None:
    op.create_table(
        "intervention",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("catalogue_version", sa.Integer, nullable=False),
        sa.Column("offered", sa.Boolean, nullable=False),
        sa.Column("approach", sa.Text, nullable=False),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("levels", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("competencies", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("own_version", sa.Integer, comment="of an entry of this instance's own; null: of others"),
        sa.ForeignKeyConstraint(
            ["catalogue_version"], ["catalogue.version"], name=op.f("fk_intervention_catalogue_version")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_intervention")),
    )


def _national_entry() -> None:
    op.create_table(
        "national_entry",
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("offered", sa.Boolean, nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "code", name=op.f("pk_national_entry")),
    )


def _limits() -> None:
    op.create_table(
        "limits",
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Column("days_away", sa.Integer, nullable=False),
        sa.Column("cost", sa.Integer, nullable=False),
        sa.Column("activities", sa.Integer, nullable=False),
        sa.Column("horizon_days", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("unit_code", name=op.f("pk_limits")),
    )
