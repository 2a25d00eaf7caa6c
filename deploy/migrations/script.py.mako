"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}

The rules of a revision (delete this list once you have read it):

1. The old code and the new code run side by side during an upgrade. So add first (nullable, or with
   a constant default, which PostgreSQL stores without rewriting the table), let a release pass, and
   remove what nobody uses in a later revision. Never rename: add, copy, remove.
2. `set lock_timeout` to a few seconds before any change of a table in use; a waiting ALTER TABLE
   stops every query behind it.
3. An index on a table in use: `create index concurrently`, in a revision of its own, inside
   `with op.get_context().autocommit_block()`.
4. A constraint on a table in use: `not valid` first, `validate constraint` in the next revision.
5. Data changes in batches with a limit, never one statement over a large table.
6. No import of the service's code: a revision means the same for ever. Only the first revision of a
   service may build its tables from `tables.py`.
7. `downgrade` is for development. A published revision is never edited.
8. A column that may hold a name, a contact or a single rating belongs in registry or assessment, and
   nowhere else.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """${message}."""
    ${upgrades if upgrades else "op.execute(sa.text(\"set local lock_timeout = '3s'\"))"}


def downgrade() -> None:
    """Undo it."""
    ${downgrades if downgrades else "raise NotImplementedError"}
