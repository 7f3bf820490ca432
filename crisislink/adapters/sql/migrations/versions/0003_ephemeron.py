"""Small values that any process may take."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MICROSECONDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "ephemeron",
        sa.Column("key", sa.Text(), nullable=False, comment="name, without a secret"),
        sa.Column("value", sa.Text(), nullable=False, comment="what is kept for seconds: a login's state"),
        sa.Column("until", MICROSECONDS, nullable=False, comment="how long; µs since 1970 UTC"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ephemeron")),
        comment="Small values that are taken once",
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Back from it."""
    op.drop_table("ephemeron")
