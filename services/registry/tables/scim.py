"""What SCIM clients say of people beside registry's own record.

`scim_account` is what one source system calls a person: seen by clients of that system alone, as identifiers are.
`scim_profile` is the rest, the same whoever says it. The first e-mail address and phone number of a person stay in
`person`; their labels and any further ones are in `scim_profile`.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from services.registry.tables import metadata

_moment = sa.DateTime(timezone=True)

scim_account = sa.Table(
    "scim_account",
    metadata,
    sa.Column("user_key", sa.Text, primary_key=True, comment="user_name as it is compared"),
    sa.Column("system_id", sa.Text, sa.ForeignKey("source_system.system_id"), primary_key=True),
    sa.Column("person_id", UUID, sa.ForeignKey("person.person_id"), nullable=False),
    sa.Column("user_name", sa.Text, nullable=False),
    sa.Column("employee_number", sa.Text),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.UniqueConstraint("person_id", "system_id"),
)

scim_profile = sa.Table(
    "scim_profile",
    metadata,
    sa.Column("person_id", UUID, sa.ForeignKey("person.person_id"), primary_key=True),
    sa.Column("formatted_name", sa.Text),
    sa.Column("derived_name", sa.Text, comment="family name that no client said, as it was recorded"),
    sa.Column(
        "active_unsaid", sa.Boolean, comment="a client took `active` away: it is not shown of who works"
    ),
    sa.Column(
        "waiting_posts",
        JSONB(none_as_null=True),
        comment="said of somebody who does not work: held once they do",
    ),
    sa.Column("display_name", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("preferred_language", sa.Text),
    sa.Column("locale", sa.Text),
    sa.Column("cost_center", sa.Text),
    sa.Column("organization", sa.Text),
    sa.Column("division", sa.Text),
    sa.Column("department", sa.Text),
    sa.Column("employment_status", sa.Text),
    sa.Column("licence_number", sa.Text),
    sa.Column("email_type", sa.Text),
    sa.Column("email_display", sa.Text),
    sa.Column("email_primary", sa.Boolean),
    sa.Column("further_emails", JSONB(none_as_null=True)),
    sa.Column("phone_type", sa.Text),
    sa.Column("phone_display", sa.Text),
    sa.Column("phone_primary", sa.Boolean),
    sa.Column("further_phones", JSONB(none_as_null=True)),
    sa.Column(
        "deleted", sa.Boolean, nullable=False, comment="by SCIM; the person has left, and the record stays"
    ),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)
