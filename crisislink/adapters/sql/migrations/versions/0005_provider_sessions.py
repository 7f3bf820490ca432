"""A session knows the provider's names for its person and its own session: it may be told that they ended."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NAMES = {
    "provider_subject": "the provider's name for the person (sub)",
    "provider_session": "the provider's name for its own session (sid)",
}


def upgrade() -> None:
    """To this revision."""
    for name, says in _NAMES.items():
        op.add_column("session", sa.Column(name, sa.Text(), nullable=True, comment=says))
        op.create_index(op.f(f"ix_session_{name}"), "session", [name])


def downgrade() -> None:
    """Back from it."""
    for name in _NAMES:
        op.drop_index(op.f(f"ix_session_{name}"), "session")
        op.drop_column("session", name)
