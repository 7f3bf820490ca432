"""Sessions are found by their end; a person's subject may be unknown yet."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SUBJECT = "what that issuer calls the person; U+001F and the id: not known yet"
_SUBJECT_BEFORE = "OIDC sub at that issuer"


def upgrade() -> None:
    """To this revision."""
    op.create_index(op.f("ix_session_ends_at"), "session", ["ends_at"])
    _say(_SUBJECT, before=_SUBJECT_BEFORE)


def downgrade() -> None:
    """Back from it."""
    _say(_SUBJECT_BEFORE, before=_SUBJECT)
    op.drop_index(op.f("ix_session_ends_at"), "session")


def _say(what: str, *, before: str) -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column("person", "subject", comment=what, existing_comment=before)
