"""Cameras that are made for exercises."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    says = "1: made for exercises, and seen in nothing else"
    op.add_column(
        "camera",
        sa.Column("synthetic", sa.Integer(), nullable=False, server_default=sa.text("0"), comment=says),
    )


def downgrade() -> None:
    """Back from it."""
    op.drop_column("camera", "synthetic")
