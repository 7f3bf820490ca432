"""When the person of a session proved who they are may be unknown; the roles it was opened with are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """To this revision. How an authentication from before was proved nobody can say."""
    proved = "when they last proved who they are, strongly enough to approve; µs since 1970 UTC"
    roles = "JSON list: the roles it was opened with; null where that was not kept yet"
    op.drop_column("session", "authenticated_at")
    op.add_column("session", sa.Column("authenticated_at", WHOLE, nullable=True, comment=proved))
    op.add_column("session", sa.Column("roles", sa.Text(), nullable=True, comment=roles))


def downgrade() -> None:
    """Back from it."""
    op.drop_column("session", "roles")
    op.drop_column("session", "authenticated_at")
    says = "when the provider last checked the person; µs since 1970 UTC"
    op.add_column(
        "session",
        sa.Column("authenticated_at", WHOLE, nullable=False, server_default="0", comment=says),
    )
