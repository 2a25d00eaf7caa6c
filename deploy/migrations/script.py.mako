"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}

The rules of a revision (delete this list once you have read it). `make lint` checks those marked with a star: by
squawk, and by deploy/revisions.py. An exception is a line `# lint: rule: reason` in the revision.

1.* One revision does one of three things. EXPAND: add tables, nullable columns or columns with a constant default
   (PostgreSQL stores those without rewriting the table), indexes, constraints. BACKFILL: move data. CONTRACT: drop what
   nobody uses, forbid null. During an upgrade old and new code run side by side, so the release that expands is not the
   one that contracts. Never rename: add, copy, drop.
2.* What `op` can say is written with `op`; SQL is for data, functions and storage.
3.* An index on a table that exists: `postgresql_concurrently=True` and `if_not_exists=True`, in a revision of its own,
   inside `with op.get_context().autocommit_block():`. What a build that failed left is dropped before the next try.
4.* A constraint on a table that exists: `postgresql_not_valid=True` first, `validate constraint` in a later revision;
   so also for "not null", by a check constraint.
5.* No import of this project's code: a revision means the same for ever.
6. A change waits five seconds for a lock (deploy/database.py sets `lock_timeout`), since everybody who comes after it
   waits too. Then the migration fails, and may be run again: each revision is a transaction.
7. Data in batches with a limit, never one statement over a large table.
8. `downgrade` is for development. A published revision is never edited.
9. A column that may hold a name, a contact or a single rating belongs in registry or assessment, and nowhere else.
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
    ${upgrades if upgrades else "raise NotImplementedError"}


def downgrade() -> None:
    """Undo it; only a development database ever does."""
    ${downgrades if downgrades else "raise NotImplementedError"}
