"""Who holds an incident: it passes from one person to the next at the change of shift."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    time = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "incident_charge",
        sa.Column("incident", sa.Text(), nullable=False, comment="which incident"),
        sa.Column("holder", sa.Text(), nullable=False, comment="who holds it"),
        sa.Column("since", time, nullable=True, comment="since when, by a handover; µs since 1970 UTC"),
        sa.Column(
            "wish", sa.Text(), nullable=True, comment="offered or asked: what waits for the other person"
        ),
        sa.Column("wished_by", sa.Text(), nullable=True, comment="who offered or asked"),
        sa.Column("wished_at", time, nullable=True, comment="since when it waits; µs since 1970 UTC"),
        sa.Column(
            "relieved",
            sa.Text(),
            nullable=False,
            comment="JSON list of those who passed it on and did not get it back",
        ),
        sa.Column(
            "version",
            time,
            nullable=False,
            comment="counts transitions, from 1; a write must carry the successor of what is stored",
        ),
        sa.ForeignKeyConstraint(["holder"], ["person.id"], name=op.f("fk_incident_charge_holder")),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_incident_charge_incident")),
        sa.ForeignKeyConstraint(["wished_by"], ["person.id"], name=op.f("fk_incident_charge_wished_by")),
        sa.PrimaryKeyConstraint("incident", name=op.f("pk_incident_charge")),
        comment="Who holds an incident; no row: whoever opened it",
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Back from it."""
    op.drop_table("incident_charge")
