"""A session may only look, in the dispatch software's page, while its person's whole session lives."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    says = "JSON: what it may look at and what it hangs on; null: a whole session"
    op.add_column("session", sa.Column("view", sa.Text(), nullable=True, comment=says))


def downgrade() -> None:
    """Back from it. One that only looks must not become a whole one."""
    op.execute("DELETE FROM session WHERE view IS NOT NULL")
    op.drop_column("session", "view")
