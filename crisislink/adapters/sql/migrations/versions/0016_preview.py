"""What the police room sees of a request before it decides."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    time = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "preview",
        sa.Column("id", sa.Text(), nullable=False, comment="pv_…"),
        sa.Column("ref", sa.Text(), nullable=False, comment="short reference, burned into the picture"),
        sa.Column("request", sa.Text(), nullable=False, comment="request that waits"),
        sa.Column("camera", sa.Text(), nullable=False, comment="which of its cameras"),
        sa.Column("owner", sa.Text(), nullable=False, comment="city of the camera, and of whoever sees it"),
        sa.Column("person", sa.Text(), nullable=False, comment="who sees"),
        sa.Column("session", sa.Text(), nullable=False, comment="session of the browser"),
        sa.Column(
            "node",
            sa.Text(),
            nullable=False,
            comment="media node that carries it, one start of one process",
        ),
        sa.Column("exercise", sa.Integer(), nullable=False, comment="1: an exercise"),
        sa.Column("opened_at", time, nullable=False, comment="when it was opened; µs since 1970 UTC"),
        sa.Column("ends_at", time, nullable=False, comment="no picture after this; µs since 1970 UTC"),
        sa.Column("ended_at", time, nullable=True, comment="when it ended; µs since 1970 UTC"),
        sa.Column("cause", sa.Text(), nullable=True, comment="why it ended"),
        sa.CheckConstraint("exercise IN (0, 1)", name=op.f("ck_preview_exercise")),
        sa.ForeignKeyConstraint(["camera"], ["camera.id"], name=op.f("fk_preview_camera")),
        sa.ForeignKeyConstraint(["owner"], ["organisation.id"], name=op.f("fk_preview_owner")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_preview_person")),
        sa.ForeignKeyConstraint(["request"], ["access_request.id"], name=op.f("fk_preview_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview")),
        comment="The police room sees what a request asks for, for half a minute, before it decides",
        sqlite_strict=True,
    )
    going_on = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_preview_open", "preview", ["opened_at"], sqlite_where=going_on, postgresql_where=going_on
    )


def downgrade() -> None:
    """Back from it."""
    op.drop_table("preview")
