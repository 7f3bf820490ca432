"""The first schema. A frozen copy: `schema.py` moves on, this file does not."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

REAL: sa.types.TypeEngine[float] = sa.REAL().with_variant(sa.Double(), "postgresql")
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "viewing",
    "grant_view",
    "access_grant",
    "access_request",
    "sharing",
    "session",
    "incident",
    "habilitation",
    "command",
    "camera_source",
    "person",
    "legal_basis",
    "camera",
    "register_head",
    "register_entry",
    "place",
    "organisation",
    "counter",
)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False, comment="what is counted"),
        sa.Column("value", WHOLE, nullable=False, comment="the last number given out"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
        comment="Numbers that never fall",
        sqlite_strict=True,
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Text(), nullable=False, comment="org_…"),
        sa.Column("name", sa.Text(), nullable=False, comment="full name, shown"),
        sa.Column(
            "short_name", sa.Text(), nullable=False, comment="short name, shown and burned into pictures"
        ),
        sa.Column("side", sa.Text(), nullable=False, comment="hospital, city or oversight"),
        sa.Column("phone", sa.Text(), nullable=False, comment="telephone the other side is told to call"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        comment="A hospital, a city or the commission",
        sqlite_strict=True,
    )
    op.create_table(
        "place",
        sa.Column("name", sa.Text(), nullable=False, comment="name, shown and searched"),
        sa.Column("kind", sa.Text(), nullable=False, comment="quarter, street or landmark"),
        sa.Column("quarter", sa.Text(), nullable=False, comment="quarter, tells equal names apart"),
        sa.Column("lat_deg", REAL, nullable=False, comment="WGS84 latitude, degrees"),
        sa.Column("lon_deg", REAL, nullable=False, comment="WGS84 longitude, degrees"),
        sa.Column(
            "precision_m", WHOLE, nullable=False, comment="how far the thing may be from that point, metres"
        ),
        sa.PrimaryKeyConstraint("name", "quarter", name=op.f("pk_place")),
        comment="The gazetteer",
        sqlite_strict=True,
    )
    op.create_table(
        "register_entry",
        sa.Column(
            "seq",
            WHOLE,
            autoincrement=False,
            nullable=False,
            comment="number of the entry, from 1, without gap",
        ),
        sa.Column("at", WHOLE, nullable=False, comment="when it was recorded; µs since 1970 UTC"),
        sa.Column("kind", sa.Text(), nullable=False, comment="kind of event"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="canonical JSON (RFC 8785) of the event"),
        sa.Column("leaf", sa.LargeBinary(), nullable=False, comment="RFC 6962 leaf hash of body, 32 bytes"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_register_entry")),
        comment="The register; rows are only ever inserted",
        sqlite_strict=True,
    )
    op.create_index("ix_register_entry_kind", "register_entry", ["kind"], unique=False)

    op.create_table(
        "register_head",
        sa.Column("one", sa.Integer(), nullable=False, comment="always 1"),
        sa.Column("size", WHOLE, nullable=False, comment="number of entries"),
        sa.Column(
            "frontier",
            sa.LargeBinary(),
            nullable=False,
            comment="roots of the perfect subtrees, largest first, 32 bytes each",
        ),
        sa.CheckConstraint("one = 1", name=op.f("ck_register_head_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_register_head")),
        comment="The Merkle tree over the register, small enough to append to",
        sqlite_strict=True,
    )
    op.create_table(
        "camera",
        sa.Column("id", sa.Text(), nullable=False, comment="cam_…"),
        sa.Column("number", WHOLE, nullable=False, comment="number people say aloud"),
        sa.Column("owner", sa.Text(), nullable=False, comment="the city it belongs to"),
        sa.Column("name", sa.Text(), nullable=False, comment="street or place, shown"),
        sa.Column("quarter", sa.Text(), nullable=False, comment="quarter, shown and searched"),
        sa.Column("lat_deg", REAL, nullable=False, comment="WGS84 latitude, degrees"),
        sa.Column("lon_deg", REAL, nullable=False, comment="WGS84 longitude, degrees"),
        sa.Column(
            "position_error_m",
            WHOLE,
            nullable=False,
            comment="how far the camera may be from that point, metres",
        ),
        sa.Column(
            "azimuth_deg",
            REAL,
            nullable=False,
            comment="axis of view, degrees clockwise from north, [0, 360)",
        ),
        sa.Column(
            "opening_deg",
            REAL,
            nullable=False,
            comment="full horizontal opening angle, degrees; 360 is a dome",
        ),
        sa.Column("reach_m", REAL, nullable=False, comment="useful reach, metres"),
        sa.Column("mounting", sa.Text(), nullable=False, comment="fixed or ptz"),
        sa.Column(
            "mask",
            sa.Text(),
            nullable=True,
            comment="JSON {version, polygons [[[x, y]…]…] in [0, 1], validated_by, validated_at}",
        ),
        sa.Column(
            "offered", sa.Integer(), nullable=False, comment="1: the city offers it for sharing at all"
        ),
        sa.CheckConstraint("offered IN (0, 1)", name=op.f("ck_camera_offered")),
        sa.Column("simulated", sa.Integer(), nullable=False, comment="1: not a real camera of the city"),
        sa.CheckConstraint("simulated IN (0, 1)", name=op.f("ck_camera_simulated")),
        sa.Column(
            "version",
            WHOLE,
            nullable=False,
            comment="counts transitions, from 1; a write must carry the successor of what is stored",
        ),
        sa.ForeignKeyConstraint(["owner"], ["organisation.id"], name=op.f("fk_camera_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_camera")),
        sa.UniqueConstraint("number", name=op.f("uq_camera_number")),
        comment="A camera of a city's inventory",
        sqlite_strict=True,
    )
    op.create_index("ix_camera_owner", "camera", ["owner"], unique=False)

    op.create_table(
        "legal_basis",
        sa.Column("id", sa.Text(), nullable=False, comment="lb_…"),
        sa.Column("act", sa.Text(), nullable=False, comment="number of the act"),
        sa.Column("title", sa.Text(), nullable=False, comment="title of the act, shown"),
        sa.Column("owner", sa.Text(), nullable=False, comment="city that shares"),
        sa.Column("beneficiaries", sa.Text(), nullable=False, comment="JSON list of organisation ids"),
        sa.Column("purposes", sa.Text(), nullable=False, comment="JSON list of purposes allowed"),
        sa.Column(
            "cameras", sa.Text(), nullable=True, comment="JSON list of camera ids; null: all of the owner's"
        ),
        sa.Column(
            "perimeter",
            sa.Text(),
            nullable=True,
            comment="JSON ring [[lat, lon]…] in degrees; null: no bound",
        ),
        sa.Column("valid_from", WHOLE, nullable=False, comment="first instant in force; µs since 1970 UTC"),
        sa.Column(
            "valid_until",
            WHOLE,
            nullable=False,
            comment="first instant no longer in force; µs since 1970 UTC",
        ),
        sa.Column("max_duration_s", WHOLE, nullable=False, comment="longest grant under this act, seconds"),
        sa.Column(
            "version",
            WHOLE,
            nullable=False,
            comment="counts transitions, from 1; a write must carry the successor of what is stored",
        ),
        sa.ForeignKeyConstraint(["owner"], ["organisation.id"], name=op.f("fk_legal_basis_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_basis")),
        comment="An act that allows one city's images to reach named beneficiaries",
        sqlite_strict=True,
    )
    op.create_index("ix_legal_basis_owner", "legal_basis", ["owner"], unique=False)

    op.create_table(
        "person",
        sa.Column(
            "id", sa.Text(), nullable=False, comment="per_…; the only name of a person in the register"
        ),
        sa.Column("organisation", sa.Text(), nullable=False, comment="whose member"),
        sa.Column("issuer", sa.Text(), nullable=False, comment="OIDC issuer that vouches for the person"),
        sa.Column("subject", sa.Text(), nullable=False, comment="OIDC sub at that issuer"),
        sa.Column(
            "display_name",
            sa.Text(),
            nullable=False,
            comment="name shown; may be erased without touching the register",
        ),
        sa.Column("post", sa.Text(), nullable=False, comment="desk or function, shown"),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.id"], name=op.f("fk_person_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        comment="A named person of the roster",
        sqlite_strict=True,
    )
    op.create_index("uq_person_issuer_subject", "person", ["issuer", "subject"], unique=True)

    op.create_table(
        "camera_source",
        sa.Column("camera", sa.Text(), nullable=False, comment="whose pictures"),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="AES-256-GCM of JSON {main, sub}: nonce (12 bytes) ‖ ciphertext ‖ tag; AAD is the camera id",  # noqa: E501
        ),
        sa.ForeignKeyConstraint(["camera"], ["camera.id"], name=op.f("fk_camera_source_camera")),
        sa.PrimaryKeyConstraint("camera", name=op.f("pk_camera_source")),
        comment="Addresses and credentials of cameras, sealed; the key is outside the database",
        sqlite_strict=True,
    )
    op.create_table(
        "command",
        sa.Column("person", sa.Text(), nullable=False, comment="who gave the command"),
        sa.Column("key", sa.Text(), nullable=False, comment="idempotency key the client chose"),
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 (hex) of the operation and its body"),
        sa.Column("answer", sa.Text(), nullable=False, comment="JSON answered the first time"),
        sa.Column("at", WHOLE, nullable=False, comment="when; µs since 1970 UTC"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_command_person")),
        sa.PrimaryKeyConstraint("person", "key", name=op.f("pk_command")),
        comment="Commands already answered: a repeat gets the same answer",
        sqlite_strict=True,
    )
    op.create_table(
        "habilitation",
        sa.Column("id", sa.Text(), nullable=False, comment="hab_…"),
        sa.Column("person", sa.Text(), nullable=False, comment="who may act"),
        sa.Column("role", sa.Text(), nullable=False, comment="in which role"),
        sa.Column("designated_by", sa.Text(), nullable=False, comment="who designated the person"),
        sa.Column("act", sa.Text(), nullable=False, comment="reference of the designating act"),
        sa.Column("valid_from", WHOLE, nullable=False, comment="first instant in force; µs since 1970 UTC"),
        sa.Column(
            "valid_until",
            WHOLE,
            nullable=False,
            comment="first instant no longer in force; µs since 1970 UTC",
        ),
        sa.Column("withdrawn_at", WHOLE, nullable=True, comment="withdrawn early; µs since 1970 UTC"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_habilitation_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_habilitation")),
        comment="The right of a person to act in a role, from a date to a date",
        sqlite_strict=True,
    )
    op.create_index("ix_habilitation_person", "habilitation", ["person"], unique=False)

    op.create_table(
        "incident",
        sa.Column("id", sa.Text(), nullable=False, comment="inc_…"),
        sa.Column(
            "number",
            sa.Text(),
            nullable=False,
            comment="year and running number of this hospital, said aloud",
        ),
        sa.Column("organisation", sa.Text(), nullable=False, comment="hospital that manages it"),
        sa.Column("nature", sa.Text(), nullable=False, comment="what happened, a code"),
        sa.Column("mass_casualty", sa.Integer(), nullable=False, comment="1: several victims"),
        sa.CheckConstraint("mass_casualty IN (0, 1)", name=op.f("ck_incident_mass_casualty")),
        sa.Column("lat_deg", REAL, nullable=False, comment="WGS84 latitude, degrees"),
        sa.Column("lon_deg", REAL, nullable=False, comment="WGS84 longitude, degrees"),
        sa.Column("place_label", sa.Text(), nullable=False, comment="street or place, shown"),
        sa.Column(
            "precision_m", WHOLE, nullable=False, comment="radius within which the place is known, metres"
        ),
        sa.Column("case_ref", sa.Text(), nullable=True, comment="case number of the dispatch software"),
        sa.Column("opened_by", sa.Text(), nullable=False, comment="who opened it"),
        sa.Column("opened_at", WHOLE, nullable=False, comment="when; µs since 1970 UTC"),
        sa.Column("exercise", sa.Integer(), nullable=False, comment="1: an exercise, kept out of statistics"),
        sa.CheckConstraint("exercise IN (0, 1)", name=op.f("ck_incident_exercise")),
        sa.Column("closed_at", WHOLE, nullable=True, comment="when it was closed; µs since 1970 UTC"),
        sa.Column(
            "version",
            WHOLE,
            nullable=False,
            comment="counts transitions, from 1; a write must carry the successor of what is stored",
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_incident_opened_by")),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.id"], name=op.f("fk_incident_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        comment="An event a hospital manages",
        sqlite_strict=True,
    )
    op.create_index("ix_incident_organisation", "incident", ["organisation"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.Text(), nullable=False, comment="SHA-256 (hex) of the cookie's token"),
        sa.Column("person", sa.Text(), nullable=False, comment="who is signed in"),
        sa.Column("provider", sa.Text(), nullable=False, comment="identity provider used"),
        sa.Column("opened_at", WHOLE, nullable=False, comment="when it was opened; µs since 1970 UTC"),
        sa.Column(
            "authenticated_at",
            WHOLE,
            nullable=False,
            comment="when the provider last checked the person; µs since 1970 UTC",
        ),
        sa.Column("seen_at", WHOLE, nullable=False, comment="last activity; µs since 1970 UTC"),
        sa.Column("ends_at", WHOLE, nullable=False, comment="absolute end; µs since 1970 UTC"),
        sa.Column("id_token", sa.Text(), nullable=True, comment="ID token, kept for logout at the provider"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_session_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        comment="Signed-in browsers",
        sqlite_strict=True,
    )
    op.create_index("ix_session_person", "session", ["person"], unique=False)

    op.create_table(
        "sharing",
        sa.Column("owner", sa.Text(), nullable=False, comment="the city whose switch it is"),
        sa.Column(
            "stopped_at",
            WHOLE,
            nullable=True,
            comment="when the kill switch was thrown; null: it is not; µs since 1970 UTC",
        ),
        sa.Column("stopped_by", sa.Text(), nullable=True, comment="who threw it"),
        sa.Column(
            "version",
            WHOLE,
            nullable=False,
            comment="counts transitions, from 1; a write must carry the successor of what is stored",
        ),
        sa.ForeignKeyConstraint(["owner"], ["organisation.id"], name=op.f("fk_sharing_owner")),
        sa.ForeignKeyConstraint(["stopped_by"], ["person.id"], name=op.f("fk_sharing_stopped_by")),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_sharing")),
        comment="The kill switch of a city",
        sqlite_strict=True,
    )
    op.create_table(
        "access_request",
        sa.Column("id", sa.Text(), nullable=False, comment="req_…"),
        sa.Column("incident", sa.Text(), nullable=False, comment="for which incident"),
        sa.Column("beneficiary", sa.Text(), nullable=False, comment="hospital that asks"),
        sa.Column("owner", sa.Text(), nullable=False, comment="city that decides"),
        sa.Column("requester", sa.Text(), nullable=False, comment="who asked"),
        sa.Column(
            "cameras", sa.Text(), nullable=False, comment="JSON list of camera ids, in the order asked"
        ),
        sa.Column("duration_s", WHOLE, nullable=False, comment="time asked for, seconds"),
        sa.Column("intent", sa.Text(), nullable=False, comment="why, a code"),
        sa.Column("purpose", sa.Text(), nullable=False, comment="purpose under the legal basis"),
        sa.Column("legal_basis", sa.Text(), nullable=False, comment="act that covers it"),
        sa.Column("extends", sa.Text(), nullable=True, comment="grant whose end it wants to move"),
        sa.Column("exercise", sa.Integer(), nullable=False, comment="1: an exercise"),
        sa.CheckConstraint("exercise IN (0, 1)", name=op.f("ck_access_request_exercise")),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="requested, approved, refused, withdrawn or lapsed"
        ),
        sa.Column("created_at", WHOLE, nullable=False, comment="when it was asked; µs since 1970 UTC"),
        sa.Column("lapses_at", WHOLE, nullable=False, comment="when it lapses unanswered; µs since 1970 UTC"),
        sa.Column(
            "decided_at",
            WHOLE,
            nullable=True,
            comment="when it was decided, withdrawn or lapsed; µs since 1970 UTC",
        ),
        sa.Column("decided_by", sa.Text(), nullable=True, comment="who decided"),
        sa.Column("refusal", sa.Text(), nullable=True, comment="reason of refusal"),
        sa.Column("grant_id", sa.Text(), nullable=True, comment="grant it led to"),
        sa.Column(
            "version",
            WHOLE,
            nullable=False,
            comment="counts transitions, from 1; a write must carry the successor of what is stored",
        ),
        sa.ForeignKeyConstraint(
            ["beneficiary"], ["organisation.id"], name=op.f("fk_access_request_beneficiary")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_access_request_decided_by")),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_access_request_incident")),
        sa.ForeignKeyConstraint(
            ["legal_basis"], ["legal_basis.id"], name=op.f("fk_access_request_legal_basis")
        ),
        sa.ForeignKeyConstraint(["owner"], ["organisation.id"], name=op.f("fk_access_request_owner")),
        sa.ForeignKeyConstraint(["requester"], ["person.id"], name=op.f("fk_access_request_requester")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
        comment="What one regulator asks of one city for one incident",
        sqlite_strict=True,
    )
    op.create_index("ix_access_request_incident", "access_request", ["incident"], unique=False)
    op.create_index("ix_access_request_state", "access_request", ["state"], unique=False)

    op.create_table(
        "access_grant",
        sa.Column("id", sa.Text(), nullable=False, comment="gra_…"),
        sa.Column(
            "ref", sa.Text(), nullable=False, comment="short reference, said aloud and burned into pictures"
        ),
        sa.Column("request", sa.Text(), nullable=False, comment="request it came from"),
        sa.Column("incident", sa.Text(), nullable=False, comment="for which incident"),
        sa.Column("beneficiary", sa.Text(), nullable=False, comment="hospital that sees"),
        sa.Column("owner", sa.Text(), nullable=False, comment="city that shares"),
        sa.Column("requester", sa.Text(), nullable=False, comment="who asked"),
        sa.Column("approver", sa.Text(), nullable=False, comment="who approved"),
        sa.Column("state", sa.Text(), nullable=False, comment="approved, active, ending or ended"),
        sa.Column(
            "starts_at",
            WHOLE,
            nullable=False,
            comment="when it was approved: the clock starts; µs since 1970 UTC",
        ),
        sa.Column("ends_at", WHOLE, nullable=False, comment="scheduled end; µs since 1970 UTC"),
        sa.Column("exercise", sa.Integer(), nullable=False, comment="1: an exercise"),
        sa.CheckConstraint("exercise IN (0, 1)", name=op.f("ck_access_grant_exercise")),
        sa.Column("ending_at", WHOLE, nullable=True, comment="when access ended; µs since 1970 UTC"),
        sa.Column("cause", sa.Text(), nullable=True, comment="why access ended"),
        sa.Column("ended_by", sa.Text(), nullable=True, comment="who ended it; null: the clock"),
        sa.Column(
            "version",
            WHOLE,
            nullable=False,
            comment="counts transitions, from 1; a write must carry the successor of what is stored",
        ),
        sa.ForeignKeyConstraint(["approver"], ["person.id"], name=op.f("fk_access_grant_approver")),
        sa.ForeignKeyConstraint(
            ["beneficiary"], ["organisation.id"], name=op.f("fk_access_grant_beneficiary")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_access_grant_ended_by")),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_access_grant_incident")),
        sa.ForeignKeyConstraint(["owner"], ["organisation.id"], name=op.f("fk_access_grant_owner")),
        sa.ForeignKeyConstraint(["request"], ["access_request.id"], name=op.f("fk_access_grant_request")),
        sa.ForeignKeyConstraint(["requester"], ["person.id"], name=op.f("fk_access_grant_requester")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_grant")),
        comment="The right of one hospital to see some cameras until a fixed instant",
        sqlite_strict=True,
    )
    op.create_index("ix_access_grant_incident", "access_grant", ["incident"], unique=False)
    op.create_index("ix_access_grant_state", "access_grant", ["state"], unique=False)

    op.create_table(
        "grant_view",
        sa.Column("grant_id", sa.Text(), nullable=False, comment="of which grant"),
        sa.Column("camera", sa.Text(), nullable=False, comment="which camera"),
        sa.Column("position", WHOLE, nullable=False, comment="order in the grant, from 0"),
        sa.Column(
            "epoch",
            WHOLE,
            nullable=False,
            comment="grows when the view ends; a media node with an older one cannot renew",
        ),
        sa.Column("ended_at", WHOLE, nullable=True, comment="when this view ended; µs since 1970 UTC"),
        sa.Column("cause", sa.Text(), nullable=True, comment="why this view ended"),
        sa.Column("ended_by", sa.Text(), nullable=True, comment="who ended it; null: the clock"),
        sa.ForeignKeyConstraint(["camera"], ["camera.id"], name=op.f("fk_grant_view_camera")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_grant_view_ended_by")),
        sa.ForeignKeyConstraint(["grant_id"], ["access_grant.id"], name=op.f("fk_grant_view_grant_id")),
        sa.PrimaryKeyConstraint("grant_id", "camera", name=op.f("pk_grant_view")),
        comment="One camera inside a grant",
        sqlite_strict=True,
    )
    op.create_table(
        "viewing",
        sa.Column("id", sa.Text(), nullable=False, comment="view_…"),
        sa.Column("grant_id", sa.Text(), nullable=False, comment="under which grant"),
        sa.Column("camera", sa.Text(), nullable=False, comment="which camera"),
        sa.Column("person", sa.Text(), nullable=False, comment="who sees"),
        sa.Column("session", sa.Text(), nullable=False, comment="session of the browser"),
        sa.Column("rendition", sa.Text(), nullable=False, comment="focus or wall"),
        sa.Column(
            "started_at",
            WHOLE,
            nullable=False,
            comment="first picture may be sent from here on; µs since 1970 UTC",
        ),
        sa.Column("ended_at", WHOLE, nullable=True, comment="no picture after this; µs since 1970 UTC"),
        sa.Column("frames", WHOLE, nullable=False, comment="pictures handed to the socket"),
        sa.Column("cause", sa.Text(), nullable=True, comment="why it ended"),
        sa.ForeignKeyConstraint(["camera"], ["camera.id"], name=op.f("fk_viewing_camera")),
        sa.ForeignKeyConstraint(["grant_id"], ["access_grant.id"], name=op.f("fk_viewing_grant_id")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_viewing_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_viewing")),
        comment="A named person sees a camera, from a socket's start to its end",
        sqlite_strict=True,
    )
    op.create_index("ix_viewing_grant_id", "viewing", ["grant_id"], unique=False)
    # Prevention, not proof: the table's owner can drop a trigger; the Merkle tree then shows it.
    server = op.get_bind().dialect.name == "postgresql"
    for statement in _PROTECTED_ON_SERVER if server else _PROTECTED:
        op.execute(statement)


_WHY = "the register is only ever added to"
_PROTECTED = [
    f"CREATE TRIGGER register_entry_no_{verb.lower()} BEFORE {verb} ON register_entry "
    f"BEGIN SELECT RAISE(ABORT, '{_WHY}'); END"
    for verb in ("UPDATE", "DELETE")
]
_PROTECTED_ON_SERVER = [
    f"""CREATE FUNCTION register_entry_refuses() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{_WHY}'; END $$""",
    *(
        f"CREATE TRIGGER register_entry_no_{verb.lower()} BEFORE {verb} ON register_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION register_entry_refuses()"
        for verb in ("UPDATE", "DELETE", "TRUNCATE")
    ),
]


def downgrade() -> None:
    """Back to an empty database."""
    server = op.get_bind().dialect.name == "postgresql"
    for verb in ("update", "delete", "truncate") if server else ("update", "delete"):
        op.execute(f"DROP TRIGGER register_entry_no_{verb}" + (" ON register_entry" if server else ""))
    if server:
        op.execute("DROP FUNCTION register_entry_refuses")
    for table in TABLES:
        op.drop_table(table)
