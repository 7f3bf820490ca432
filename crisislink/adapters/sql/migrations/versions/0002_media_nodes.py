"""Media nodes; a viewing names the one that carries it. Those of before name none: they end as lost."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REAL: sa.types.TypeEngine[float] = sa.REAL().with_variant(sa.Double(), "postgresql")
MICROSECONDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MASK = "JSON {version, polygons [[[x, y]…]…] in [0, 1], sizes [[w, h]…], style, validated_by, …_at}"
_MASK_BEFORE = "JSON {version, polygons [[[x, y]…]…] in [0, 1], validated_by, validated_at}"
_SAYS = "media node that carries it, one start of one process"


def _at(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, MICROSECONDS, nullable=False, comment=f"{comment}; µs since 1970 UTC")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "media_node",
        sa.Column("id", sa.Text(), nullable=False, comment="node_…, new at each start"),
        sa.Column("public_url", sa.Text(), nullable=False, comment="where browsers reach it"),
        sa.Column("load", REAL, nullable=False, comment="share of its capacity in use"),
        sa.Column("draining", sa.Integer(), nullable=False, comment="it is about to leave"),
        _at("started_at", "when its process started"),
        _at("seen_at", "when it last said that it lives"),
        _at("until", "how long that holds"),
        sa.CheckConstraint("draining IN (0, 1)", name=op.f("ck_media_node_draining")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_node")),
        comment="A media node that lives, or lived a moment ago",
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column("camera", "mask", comment=_MASK, existing_comment=_MASK_BEFORE)
    op.add_column("viewing", sa.Column("node", sa.Text(), nullable=False, server_default="", comment=_SAYS))


def downgrade() -> None:
    """Back from it."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("camera", "mask", comment=_MASK_BEFORE, existing_comment=_MASK)
    op.drop_table("media_node")
    op.drop_column("viewing", "node")
