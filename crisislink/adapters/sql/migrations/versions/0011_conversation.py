"""What the rooms say to each other during a grant."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = "sealed IS NOT NULL"
_TO = {
    "grant_id": "access_grant",
    "beneficiary": "organisation",
    "owner": "organisation",
    "camera": "camera",
    "author": "person",
    "organisation": "organisation",
    "answered_by": "person",
}


def _text(name: str, comment: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null, comment=comment)


def _at(name: str, comment: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, WHOLE, nullable=null, comment=f"{comment}; µs since 1970 UTC")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "message",
        _text("id", "msg_…"),
        _text("grant_id", "under which grant it was said"),
        _text("beneficiary", "hospital of the grant"),
        _text("owner", "city of the grant"),
        _text("camera", "camera it is about; null: all of the grant", null=True),
        _text("author", "who wrote it"),
        _text("organisation", "in whose room"),
        _text("kind", "text or wish"),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=True,
            comment="AES-256-GCM of JSON {text, salt, template}, AAD is the message id; null: erased",
        ),
        _at("sent_at", "when"),
        _text("answer", "of a wish: done or cannot", null=True),
        _text("obstacle", "why it cannot be, a code", null=True),
        _text("answered_by", "who answered the wish", null=True),
        _at("answered_at", "when it was answered", null=True),
        sa.Column(
            "version",
            WHOLE,
            nullable=False,
            comment="counts transitions, from 1; a write must carry the successor of what is stored",
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_message_{name}"))
            for name, table in _TO.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        comment="What one room said to the other during a grant",
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_message_grant_id"), "message", ["grant_id"])
    where = sa.text(_KEPT)
    op.create_index("ix_message_kept", "message", ["grant_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Back from it."""
    op.drop_index("ix_message_kept", "message")
    op.drop_index(op.f("ix_message_grant_id"), "message")
    op.drop_table("message")
