"""The audit of what is read and written of individuals.

Entries and seals are only ever added: triggers refuse anything but an entry's place in a seal, given once, and an
erasure; the service's own role may do no more either.

Revision ID: 0018
Revises: 0017
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_REFUSED = """
create or replace function audit_is_final() returns trigger language plpgsql as $$
begin
    raise exception 'The audit is never changed.' using errcode = 'restrict_violation';
end
$$
"""
_PLACED = """
create or replace function audit_entry_is_placed() returns trigger language plpgsql as $$
begin
    if old.seal is not null or new.seal is null
        or to_jsonb(new) - '{seal,position}'::text[] <> to_jsonb(old) - '{seal,position}'::text[] then
        raise exception 'An entry of the audit is placed once.' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$
"""
_ERASED = """
create or replace function audit_people_are_erased() returns trigger language plpgsql as $$
begin
    if new.entry_id <> old.entry_id or new.commitment <> old.commitment or new.salt is not null
        or new.person_id is not null or (new.people is not null and not new.people <@ old.people) then
        raise exception 'People of the audit are erased alone.' using errcode = 'restrict_violation';
    end if;
    return new;
end
$$
"""
_TRIGGER = """
create or replace trigger {name} before {events} on {table} for each {level} execute function {function}()
"""
_TRIGGERS = (
    ("audit_entry", "delete or truncate", "statement", "audit_is_final"),
    ("audit_entry", "update", "row", "audit_entry_is_placed"),
    ("audit_people", "delete or truncate", "statement", "audit_is_final"),
    ("audit_people", "update", "row", "audit_people_are_erased"),
    ("audit_seal", "update or delete or truncate", "statement", "audit_is_final"),
)
_ALLOWED = {"audit_entry": "seal, position", "audit_people": "person_id, people, salt", "audit_seal": None}


def upgrade() -> None:
    """Make the tables, and see to it that nothing is taken away."""
    _entries()
    _people()
    _acts_and_seals()
    for function in (_REFUSED, _PLACED, _ERASED):
        op.execute(function)
    for table, events, level, function in _TRIGGERS:
        name = f"{function}_{level}"
        op.execute(_TRIGGER.format(name=name, table=table, events=events, level=level, function=function))
    for table, columns in _ALLOWED.items():
        op.execute(f"revoke update, delete, truncate on {table} from current_user")
        if columns:
            op.execute(f"grant update ({columns}) on {table} to current_user")


def _entries() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("entry_id", sa.UUID, nullable=False, server_default=sa.text("uuidv7()")),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("caller", sa.Text),
        sa.Column("client", sa.Boolean, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.BigInteger),
        sa.Column("position", sa.Integer),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("seal", "position", name=op.f("uq_audit_entry_seal_position")),
        sa.CheckConstraint("(seal is null) = (position is null)", name=op.f("ck_audit_entry_placed")),
        if_not_exists=True,
    )
    unsealed = sa.text("seal is null")
    _index("ix_audit_entry_unsealed", "audit_entry", ["entry_id"], postgresql_where=unsealed)
    _index("ix_audit_entry_caller", "audit_entry", ["caller", "entry_id"])
    _index("ix_audit_entry_day", "audit_entry", ["day"], postgresql_using="brin")


def _people() -> None:
    op.create_table(
        "audit_people",
        sa.Column("entry_id", sa.UUID, nullable=False),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("person_id", sa.UUID),
        sa.Column("people", ARRAY(sa.UUID)),
        sa.Column("salt", sa.LargeBinary),
        sa.PrimaryKeyConstraint("entry_id", "commitment", name=op.f("pk_audit_people")),
        if_not_exists=True,
    )
    one, many = sa.text("person_id is not null"), sa.text("people is not null")
    _index("ix_audit_people_person_id", "audit_people", ["person_id", "entry_id"], postgresql_where=one)
    _index("ix_audit_people_many", "audit_people", ["entry_id"], postgresql_where=many)


def _acts_and_seals() -> None:
    op.create_table(
        "audit_rater_act",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("rater", sa.LargeBinary, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("day", "rater", "operation", name=op.f("pk_audit_rater_act")),
        if_not_exists=True,
    )
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("rows", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
        if_not_exists=True,
    )


def _index(name: str, table: str, columns: list[str], **options: Any) -> None:
    op.create_index(name, table, columns, if_not_exists=True, **options)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    for table in ("audit_seal", "audit_rater_act", "audit_people", "audit_entry"):
        op.drop_table(table)
    for function in ("audit_is_final", "audit_entry_is_placed", "audit_people_are_erased"):
        op.execute(f"drop function {function}()")
