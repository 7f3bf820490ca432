"""Several incidents belong to one crisis, named by the first of them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    says = "first incident of the crisis it belongs to"
    op.add_column("incident", sa.Column("crisis", sa.Text(), nullable=True, comment=says))


def downgrade() -> None:
    """Back from it."""
    op.drop_column("incident", "crisis")
