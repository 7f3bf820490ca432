"""What is asked every second costs what goes on now, and not what there ever was."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = (("access_grant", "ending_at"), ("access_request", "decided_at"), ("access_request", "grant_id"))
_OPEN = (
    ("access_grant", "starts_at", "state <> 'ended'"),
    ("access_request", "created_at", "state = 'requested'"),
    ("incident", "opened_at", "closed_at IS NULL"),
    ("viewing", "started_at", "ended_at IS NULL"),
)
_REPLACED = ("access_grant", "access_request")  # two states in ten thousand rows: no index of the state helps


def upgrade() -> None:
    """To this revision."""
    for table in _REPLACED:
        op.drop_index(op.f(f"ix_{table}_state"), table)
    for table, column in _COLUMNS:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    for table, column, still in _OPEN:
        where = sa.text(still)
        op.create_index(f"ix_{table}_open", table, [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Back from it."""
    for table, *_ in _OPEN:
        op.drop_index(f"ix_{table}_open", table)
    for table, column in _COLUMNS:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for table in _REPLACED:
        op.create_index(op.f(f"ix_{table}_state"), table, ["state"])
