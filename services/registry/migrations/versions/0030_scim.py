"""What SCIM clients say of people beside registry's own record.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_TEXTS = (
    "formatted_name", "display_name", "title", "preferred_language", "locale", "cost_center", "organization",
    "division", "department", "employment_status", "licence_number",
)  # fmt: skip


def _contacts(kind: str, further: str) -> list[sa.Column[object]]:
    return [
        sa.Column(f"{kind}_type", sa.Text),
        sa.Column(f"{kind}_display", sa.Text),
        sa.Column(f"{kind}_primary", sa.Boolean),
        sa.Column(further, JSONB),
    ]


def upgrade() -> None:
    """Make the tables."""
    _accounts()
    _profiles()


def _accounts() -> None:
    op.create_table(
        "scim_account",
        sa.Column("user_key", sa.Text, nullable=False, comment="user_name as it is compared"),
        sa.Column("system_id", sa.Text, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("employee_number", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"], ["source_system.system_id"], name=op.f("fk_scim_account_system_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_scim_account_person_id")),
        sa.PrimaryKeyConstraint("user_key", "system_id", name=op.f("pk_scim_account")),
        sa.UniqueConstraint("person_id", "system_id", name=op.f("uq_scim_account_person_id_system_id")),
        if_not_exists=True,
    )


def _profiles() -> None:
    op.create_table(
        "scim_profile",
        sa.Column("person_id", sa.UUID, nullable=False),
        *(sa.Column(name, sa.Text) for name in _TEXTS),
        sa.Column("derived_name", sa.Text, comment="family name that no client said, as it was recorded"),
        sa.Column(
            "active_unsaid", sa.Boolean, comment="a client took `active` away: it is not shown of who works"
        ),
        sa.Column("waiting_posts", JSONB, comment="said of somebody who does not work: held once they do"),
        *_contacts("email", "further_emails"),
        *_contacts("phone", "further_phones"),
        sa.Column(
            "deleted",
            sa.Boolean,
            nullable=False,
            comment="by SCIM; the person has left, and the record stays",
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_scim_profile_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_scim_profile")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    op.drop_table("scim_profile")
    op.drop_table("scim_account")
