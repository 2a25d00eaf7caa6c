"""Each client that gave external ids before there were source systems becomes one, and is bound to it.

The system's id is what the records of the client have as their source already, so that none of them changes.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the systems and bind the clients; a system is named after its client's key until somebody names it."""
    op.execute("""
        insert into source_system (system_id, code, version, name, kind, sends, retired, recorded_at, recorded_by)
        select source, 'client-' || source, 1, 'Client ' || left(source, 8), 'other',
            array['people', 'posts', 'units'], false, min(recorded_at), source
        from (select source, recorded_at from person where external_id is not null
              union all select source, recorded_at from post where external_id is not null) written
        group by source
        on conflict do nothing
    """)
    op.execute("""
        insert into source_client (client_key, system_id, recorded_at, recorded_by)
        select system_id, system_id, recorded_at, recorded_by from source_system
        on conflict do nothing
    """)


def downgrade() -> None:
    """Nothing to undo: records have the sources that they had."""
