"""The tables of a service that makes releases: documents, and who counted in which share when each was made.

Documents are public and final. The other tables are what the next release is judged by, and leave the
instance never: they say who counted where. A share keeps its number as long as nothing about it changes, so that
its members are intervals of releases.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID


def release_tables(metadata: sa.MetaData) -> None:
    """Add the tables to a service's metadata. A trigger of the revision refuses to change a release."""
    _release(metadata)
    _forest(metadata)
    _share(metadata)
    _member(metadata)
    _date(metadata)


def _period() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in ("cube", "period")]


def _release(metadata: sa.MetaData) -> None:
    sa.Table(
        "release",
        metadata,
        *_period(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("as_of", sa.Date, nullable=False),  # the calendar date
        sa.Column("corrects", sa.Integer),  # an earlier number of the same period
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),  # in its canonical form
        sa.Column("forest", sa.Text, nullable=False),  # digest of its cells, shown or not
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


def _forest(metadata: sa.MetaData) -> None:
    """Columns of a forest, as `shared.disclosure.aggregates.Forest`; releases of an unchanged tree share one."""
    sa.Table(
        "release_forest",
        metadata,
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("units", ARRAY(sa.Text), nullable=False),
        sa.Column("levels", ARRAY(sa.Text), nullable=False),
        sa.Column("parents", ARRAY(sa.Integer), nullable=False),
        sa.Column("staffed", ARRAY(sa.Boolean), nullable=False),
    )


def _share(metadata: sa.MetaData) -> None:
    """Shares of a period; the period '' stands for all of a cube whose periods count the same ones."""
    sa.Table(
        "release_share",
        metadata,
        *_period(),
        sa.Column("share", sa.Integer, primary_key=True),
        sa.Column("person_id", UUID(as_uuid=True), nullable=False),
        sa.Column("source", sa.Text, nullable=False),  # what made the share, e.g. an assessment
        # In the order of the cube's figures; null where the person is not in one.
        sa.Column("amounts", ARRAY(sa.Integer), nullable=False),
        sa.Index("ix_release_share_person_id", "person_id"),
    )


def _member(metadata: sa.MetaData) -> None:
    """Where a share counted, from the release `first` to the release `last`; null: it still does."""
    sa.Table(
        "release_member",
        metadata,
        *_period(),
        sa.Column("share", sa.Integer, primary_key=True),
        sa.Column("first", sa.Integer, primary_key=True),
        sa.Column("last", sa.Integer),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("path", ARRAY(sa.Text), nullable=False),  # from the root to the unit, in the trees of these
    )


def _date(metadata: sa.MetaData) -> None:
    """The calendar date up to which a period was looked at; the period '' stands for all of a cube."""
    sa.Table("release_date", metadata, *_period(), sa.Column("as_of", sa.Date, nullable=False))


def reader_tables(metadata: sa.MetaData) -> None:
    """What a service needs beside where a reader knows some of the people who count: `shared.releases.reading`."""
    sa.Index("ix_release_member_path", metadata.tables["release_member"].c.path, postgresql_using="gin")
    sa.Table(
        "release_cell",  # that a release shows; one without a unit says that all of a release are here
        metadata,
        *_period(),
        sa.Column("unit_code", sa.Text, primary_key=True),
        sa.Column("level", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("above", sa.Text),  # the next unit above it that is here
        sa.Column("figures", ARRAY(sa.Text), nullable=False),
        sa.Column("people", ARRAY(sa.Integer), nullable=False),  # by figure
        sa.Index("ix_release_cell_above", "cube", "period", "above"),
    )


# For statements of `shared` itself: a table is its name there, whichever service's database they run in.
_metadata = sa.MetaData()
release_tables(_metadata)
reader_tables(_metadata)
release, forest, share, member, date, cell = (
    _metadata.tables[name]
    for name in (
        "release", "release_forest", "release_share", "release_member", "release_date", "release_cell",
    )
)  # fmt: skip
