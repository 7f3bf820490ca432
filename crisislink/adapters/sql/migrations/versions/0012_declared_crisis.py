"""Declared crises, and what they approved and granted at once."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MICROSECONDS = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = sa.text("state IN ('proposed', 'active', 'suspended')")


def _text(name: str, comment: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null, comment=comment)


def _number(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, MICROSECONDS, nullable=False, comment=comment)


def _at(name: str, comment: str, *, null: bool = True) -> sa.Column[int]:
    return sa.Column(name, MICROSECONDS, nullable=null, comment=f"{comment}; µs since 1970 UTC")


def _to(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_declared_crisis_{column}"))


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "declared_crisis",
        _text("id", "cri_…"),
        _text("ref", "short reference, said aloud"),
        _text("beneficiary", "hospital that sees"),
        _text("owner", "city that shares"),
        _text(
            "perimeter",
            "JSON {points [[lat, lon]…] in degrees, radius_m}; with a radius one point, the centre",
        ),
        _text("cameras", "JSON list of camera ids"),
        _text("purposes", "JSON list of purposes"),
        _number("grant_s", "longest grant, seconds"),
        _at("ends_at", "nothing of it later", null=False),
        _text("legal_basis", "act it rests on"),
        sa.Column(
            "exercise",
            sa.Integer(),
            sa.CheckConstraint("exercise IN (0, 1)", name=op.f("ck_declared_crisis_exercise")),
            nullable=False,
            comment="1: of exercises alone",
        ),
        _text("state", "proposed, active, suspended, ended, lapsed or declined"),
        _at("proposed_at", "when one side proposed it", null=False),
        _at("confirm_by", "when it lapses unconfirmed", null=False),
        _text("by_hospital", "who declared it for the hospital; null: nobody yet", null=True),
        _text("by_city", "who declared it for the city; null: nobody yet", null=True),
        _at("activated_at", "when the other side confirmed"),
        _at("suspended_at", "since when it grants nothing"),
        _text("suspended_by", "who suspended it", null=True),
        _at("ended_at", "when it was over"),
        _text("ended_by", "who ended or declined it; null: the clock", null=True),
        _text("cause", "why it is suspended or ended", null=True),
        _number("version", "counts transitions, from 1; a write must carry the successor of what is stored"),
        _to("beneficiary", "organisation"),
        _to("owner", "organisation"),
        _to("legal_basis", "legal_basis"),
        *(_to(column, "person") for column in ("by_hospital", "by_city", "suspended_by", "ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_crisis")),
        comment="What two supervisors said in advance may be granted at once",
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_declared_crisis_ended_at"), "declared_crisis", ["ended_at"])
    op.create_index(
        "ix_declared_crisis_open",
        "declared_crisis",
        ["proposed_at"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.add_column(
        "access_request", _text("declaration", "declared crisis that approved it at once", null=True)
    )
    op.add_column("access_grant", _text("declaration", "declared crisis that granted it at once", null=True))
    op.add_column("access_grant", _at("noticed_at", "when the police room acknowledged that"))
    op.add_column("access_grant", _text("noticed_by", "who acknowledged it", null=True))


def downgrade() -> None:
    """Back from it."""
    for column in ("noticed_by", "noticed_at", "declaration"):
        op.drop_column("access_grant", column)
    op.drop_column("access_request", "declaration")
    op.drop_table("declared_crisis")
