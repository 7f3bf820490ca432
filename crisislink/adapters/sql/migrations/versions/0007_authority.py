"""The store knows which one it is, and the latest time anybody noted."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "authority",
        sa.Column("one", sa.Integer(), nullable=False, comment="always 1"),
        sa.Column(
            "incarnation", WHOLE, nullable=False, comment="counts from 1: one more each time it was restored"
        ),
        sa.Column(
            "high_water", WHOLE, nullable=False, comment="latest time anybody noted; µs since 1970 UTC"
        ),
        sa.Column(
            "place", sa.Text(), nullable=False, comment="where it was assumed, by what no copy takes along"
        ),
        sa.CheckConstraint("one = 1", name=op.f("ck_authority_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_authority")),
        comment="The store as the authority on access",
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Back from it."""
    op.drop_table("authority")
