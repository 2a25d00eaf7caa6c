"""Roles as registry says them: the profile of a role that nobody has written one for follows its setting."""

import sqlalchemy as sa

from services.assessment.tables import metadata

role = sa.Table(
    "role",
    metadata,
    sa.Column("role_code", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("setting", sa.Text, nullable=False),
)
