"""Views that are suspended, cameras that are paused, requests that escalate."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MICROSECONDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_EPOCH = "grows when the view ends or is suspended; a media node with an older one cannot renew"
_EPOCH_BEFORE = "grows when the view ends; a media node with an older one cannot renew"


def _at(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, MICROSECONDS, nullable=True, comment=f"{comment}; µs since 1970 UTC")


def upgrade() -> None:
    """To this revision."""
    op.add_column(
        "grant_view", _at("suspended_at", "since when it gives no picture, though it has not ended")
    )
    op.add_column(
        "grant_view", sa.Column("suspension", sa.Text(), nullable=True, comment="why it is suspended")
    )
    op.add_column("grant_view", _at("resumed_at", "when it was last resumed"))
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column("grant_view", "epoch", comment=_EPOCH, existing_comment=_EPOCH_BEFORE)
    op.create_table(
        "camera_pause",
        sa.Column("camera", sa.Text(), nullable=False, comment="which camera is held back"),
        sa.Column("owner", sa.Text(), nullable=False, comment="the city it belongs to"),
        sa.Column("cause", sa.Text(), nullable=True, comment="why it is held back; null: it is not"),
        _at("since", "since when"),
        sa.Column(
            "version",
            MICROSECONDS,
            nullable=False,
            comment="counts transitions, from 1; a write must carry the successor of what is stored",
        ),
        sa.ForeignKeyConstraint(["camera"], ["camera.id"], name=op.f("fk_camera_pause_camera")),
        sa.ForeignKeyConstraint(["owner"], ["organisation.id"], name=op.f("fk_camera_pause_owner")),
        sa.PrimaryKeyConstraint("camera", name=op.f("pk_camera_pause")),
        comment="A camera whose pictures are held back from everybody outside",
        sqlite_strict=True,
    )
    op.create_table(
        "escalation",
        sa.Column("request", sa.Text(), nullable=False, comment="the request nobody answered yet"),
        sa.Column(
            "version",
            MICROSECONDS,
            nullable=False,
            comment="the level reached: each is one transition, from 1",
        ),
        sa.ForeignKeyConstraint(["request"], ["access_request.id"], name=op.f("fk_escalation_request")),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_escalation")),
        comment="How many further posts were called for a request",
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Back from it."""
    op.drop_table("escalation")
    op.drop_table("camera_pause")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("grant_view", "epoch", comment=_EPOCH_BEFORE, existing_comment=_EPOCH)
    for column in ("resumed_at", "suspension", "suspended_at"):
        op.drop_column("grant_view", column)
