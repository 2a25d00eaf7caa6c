"""How many posts and staff there should be: of each row the one with the newest first day up to a day counts.

None of it is about a person.
"""

import sqlalchemy as sa

from services.registry.tables import metadata


def _table(name: str, *keys: str, amount: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        *(sa.Column(key, sa.Text, primary_key=True) for key in keys),
        sa.Column("valid_from", sa.Date, primary_key=True),
        sa.Column(amount, sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.CheckConstraint(f"{amount} >= 0", amount),
    )


established_post = _table("established_post", "unit_code", "role_code", amount="posts")
post_norm = _table("post_norm", "unit_type", "role_code", amount="posts")
staffing_minimum = _table("staffing_minimum", "unit_code", "cadre", amount="staff")
