"""The tables. Every column says its meaning and unit; a test refuses one that does not.

Times are INTEGER microseconds since 1970-01-01 UTC: exact, sortable, the same on SQLite and PostgreSQL.
Truth values are INTEGER 0 or 1, documents are JSON in TEXT: the types a STRICT SQLite table knows.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.types import REAL, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
REQUEST_OPEN = "state = 'requested'"
GRANT_OPEN = "state <> 'ended'"
WORDS_KEPT = "sealed IS NOT NULL"
CRISIS_OPEN = "state IN ('proposed', 'active', 'suspended')"
"""Conditions of partial indexes: a question uses the index when it says these very words, values included."""
WholeNumber = BigInteger().with_variant(Integer(), "sqlite")


class UtcMicroseconds(TypeDecorator[datetime]):
    """An aware UTC `datetime`, stored as whole microseconds since 1970."""

    impl = WholeNumber
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the store; a naive time is a programming error."""
        if value is None:
            return None
        assert value.tzinfo is not None, "times are aware"
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the store."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Truth(TypeDecorator[bool]):
    """A truth value stored as 0 or 1."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:  # noqa: ARG002, FBT001
        """To the store."""
        return None if value is None else int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:  # noqa: ARG002
        """From the store."""
        return None if value is None else bool(value)


Real: TypeEngine[float] = REAL().with_variant(Double(), "postgresql")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(comment: str) -> Column[str]:
    return Column("id", Text, primary_key=True, comment=comment)


def _text(name: str, comment: str, *, null: bool = False, **more: Any) -> Column[Any]:
    return Column(name, Text, nullable=null, comment=comment, **more)


def _to(name: str, table: str, comment: str, *, null: bool = False, **more: Any) -> Column[Any]:
    return Column(name, Text, ForeignKey(f"{table}.id"), nullable=null, comment=comment, **more)


def _number(name: str, comment: str, *, null: bool = False, **more: Any) -> Column[Any]:
    return Column(name, WholeNumber, nullable=null, comment=comment, **more)


def _real(name: str, comment: str) -> Column[Any]:
    return Column(name, Real, nullable=False, comment=comment)


def _at(name: str, comment: str, *, null: bool = False, **more: Any) -> Column[Any]:
    return Column(name, UtcMicroseconds, nullable=null, comment=f"{comment}; µs since 1970 UTC", **more)


def _truth(name: str, comment: str) -> Column[Any]:
    return Column(
        name, Truth, CheckConstraint(f"{name} IN (0, 1)", name=name), nullable=False, comment=comment
    )


def _version() -> Column[Any]:
    return _number(
        "version", "counts transitions, from 1; a write must carry the successor of what is stored"
    )


def _open(table: str, column: str, still: str) -> Index:
    """The few rows that go on, among all that ever were: asked for every second, for years."""
    return Index(f"ix_{table}_open", column, sqlite_where=text(still), postgresql_where=text(still))


def _table(name: str, *columns: Any, comment: str) -> Table:
    return Table(name, metadata, *columns, comment=comment, sqlite_strict=True)


organisation = _table(
    "organisation",
    _key("org_…"),
    _text("name", "full name, shown"),
    _text("short_name", "short name, shown and burned into pictures"),
    _text("side", "hospital, city or oversight"),
    _text("phone", "telephone the other side is told to call"),
    comment="A hospital, a city or the commission",
)

person = _table(
    "person",
    _key("per_…; the only name of a person in the register"),
    _to("organisation", "organisation", "whose member"),
    _text("issuer", "OIDC issuer that vouches for the person"),
    _text("subject", "what that issuer calls the person; U+001F and the id: not known yet"),
    _text("display_name", "name shown; may be erased without touching the register"),
    _text("post", "desk or function, shown"),
    Index("uq_person_issuer_subject", "issuer", "subject", unique=True),
    comment="A named person of the roster",
)

habilitation = _table(
    "habilitation",
    _key("hab_…"),
    _to("person", "person", "who may act", index=True),
    _text("role", "in which role"),
    _text("designated_by", "who designated the person"),
    _text("act", "reference of the designating act"),
    _at("valid_from", "first instant in force"),
    _at("valid_until", "first instant no longer in force"),
    _at("withdrawn_at", "withdrawn early", null=True),
    comment="The right of a person to act in a role, from a date to a date",
)

camera = _table(
    "camera",
    _key("cam_…"),
    _number("number", "number people say aloud", unique=True),
    _to("owner", "organisation", "the city it belongs to", index=True),
    _text("name", "street or place, shown"),
    _text("quarter", "quarter, shown and searched"),
    _real("lat_deg", "WGS84 latitude, degrees"),
    _real("lon_deg", "WGS84 longitude, degrees"),
    _number("position_error_m", "how far the camera may be from that point, metres"),
    _real("azimuth_deg", "axis of view, degrees clockwise from north, [0, 360)"),
    _real("opening_deg", "full horizontal opening angle, degrees; 360 is a dome"),
    _real("reach_m", "useful reach, metres"),
    _text("mounting", "fixed or ptz"),
    _text(
        "mask",
        "JSON {version, polygons [[[x, y]…]…] in [0, 1], sizes [[w, h]…], style, validated_by, …_at}",
        null=True,
    ),
    _truth("offered", "1: the city offers it for sharing at all"),
    _truth("simulated", "1: not a real camera of the city"),
    Column(
        "synthetic",
        Truth,
        nullable=False,
        server_default=text("0"),
        comment="1: made for exercises, and seen in nothing else",
    ),
    _version(),
    comment="A camera of a city's inventory",
)

camera_source = _table(
    "camera_source",
    Column(
        "camera",
        Text,
        ForeignKey("camera.id"),
        primary_key=True,
        comment="whose pictures",
    ),
    Column(
        "sealed",
        LargeBinary,
        nullable=False,
        comment="AES-256-GCM of JSON {main, sub}: nonce (12 bytes) ‖ ciphertext ‖ tag; AAD is the camera id",
    ),
    comment="Addresses and credentials of cameras, sealed; the key is outside the database",
)

legal_basis = _table(
    "legal_basis",
    _key("lb_…"),
    _text("act", "number of the act"),
    _text("title", "title of the act, shown"),
    _to("owner", "organisation", "city that shares", index=True),
    _text("beneficiaries", "JSON list of organisation ids"),
    _text("purposes", "JSON list of purposes allowed"),
    _text("cameras", "JSON list of camera ids; null: all of the owner's", null=True),
    _text("perimeter", "JSON ring [[lat, lon]…] in degrees; null: no bound", null=True),
    _at("valid_from", "first instant in force"),
    _at("valid_until", "first instant no longer in force"),
    _number("max_duration_s", "longest grant under this act, seconds"),
    _version(),
    comment="An act that allows one city's images to reach named beneficiaries",
)

place = _table(
    "place",
    _text("name", "name, shown and searched", primary_key=True),
    _text("kind", "quarter, street or landmark"),
    _text("quarter", "quarter, tells equal names apart", primary_key=True),
    _real("lat_deg", "WGS84 latitude, degrees"),
    _real("lon_deg", "WGS84 longitude, degrees"),
    _number("precision_m", "how far the thing may be from that point, metres"),
    comment="The gazetteer",
)

incident = _table(
    "incident",
    _key("inc_…"),
    _text("number", "year and running number of this hospital, said aloud"),
    _to("organisation", "organisation", "hospital that manages it", index=True),
    _text("nature", "what happened, a code"),
    _truth("mass_casualty", "1: several victims"),
    _real("lat_deg", "WGS84 latitude, degrees"),
    _real("lon_deg", "WGS84 longitude, degrees"),
    _text("place_label", "street or place, shown"),
    _number("precision_m", "radius within which the place is known, metres"),
    _text("case_ref", "case number of the dispatch software", null=True),
    _to("opened_by", "person", "who opened it"),
    _at("opened_at", "when"),
    _truth("exercise", "1: an exercise, kept out of statistics"),
    _at("closed_at", "when it was closed", null=True),
    _version(),
    _text("crisis", "first incident of the crisis it belongs to", null=True),
    _open("incident", "opened_at", "closed_at IS NULL"),
    comment="An event a hospital manages",
)

incident_charge = _table(
    "incident_charge",
    Column("incident", Text, ForeignKey("incident.id"), primary_key=True, comment="which incident"),
    _to("holder", "person", "who holds it"),
    _at("since", "since when, by a handover", null=True),
    _text("wish", "offered or asked: what waits for the other person", null=True),
    _to("wished_by", "person", "who offered or asked", null=True),
    _at("wished_at", "since when it waits", null=True),
    _text("relieved", "JSON list of those who passed it on and did not get it back"),
    _version(),
    comment="Who holds an incident; no row: whoever opened it",
)

access_request = _table(
    "access_request",
    _key("req_…"),
    _to("incident", "incident", "for which incident", index=True),
    _to("beneficiary", "organisation", "hospital that asks"),
    _to("owner", "organisation", "city that decides"),
    _to("requester", "person", "who asked"),
    _text("cameras", "JSON list of camera ids, in the order asked"),
    _number("duration_s", "time asked for, seconds"),
    _text("intent", "why, a code"),
    _text("purpose", "purpose under the legal basis"),
    _to("legal_basis", "legal_basis", "act that covers it"),
    _text("extends", "grant whose end it wants to move", null=True),
    _truth("exercise", "1: an exercise"),
    _text("state", "requested, approved, refused, withdrawn or lapsed"),
    _at("created_at", "when it was asked"),
    _at("lapses_at", "when it lapses unanswered"),
    _at("decided_at", "when it was decided, withdrawn or lapsed", null=True, index=True),
    _to("decided_by", "person", "who decided", null=True),
    _text("refusal", "reason of refusal", null=True),
    _text("grant_id", "grant it led to", null=True, index=True),
    _version(),
    _text("declaration", "declared crisis that approved it at once", null=True),
    _open("access_request", "created_at", REQUEST_OPEN),
    comment="What one regulator asks of one city for one incident",
)

access_grant = _table(
    "access_grant",
    _key("gra_…"),
    _text("ref", "short reference, said aloud and burned into pictures"),
    _to("request", "access_request", "request it came from"),
    _to("incident", "incident", "for which incident", index=True),
    _to("beneficiary", "organisation", "hospital that sees"),
    _to("owner", "organisation", "city that shares"),
    _to("requester", "person", "who asked"),
    _to("approver", "person", "who approved"),
    _text("state", "approved, active, ending or ended"),
    _at("starts_at", "when it was approved: the clock starts"),
    _at("ends_at", "scheduled end"),
    _truth("exercise", "1: an exercise"),
    _at("ending_at", "when access ended", null=True, index=True),
    _text("cause", "why access ended", null=True),
    _to("ended_by", "person", "who ended it; null: the clock", null=True),
    _version(),
    _text("declaration", "declared crisis that granted it at once", null=True),
    _at("noticed_at", "when the police room acknowledged that", null=True),
    _text("noticed_by", "who acknowledged it", null=True),
    _open("access_grant", "starts_at", GRANT_OPEN),
    comment="The right of one hospital to see some cameras until a fixed instant",
)

declared_crisis = _table(
    "declared_crisis",
    _key("cri_…"),
    _text("ref", "short reference, said aloud"),
    _to("beneficiary", "organisation", "hospital that sees"),
    _to("owner", "organisation", "city that shares"),
    _text(
        "perimeter", "JSON {points [[lat, lon]…] in degrees, radius_m}; with a radius one point, the centre"
    ),
    _text("cameras", "JSON list of camera ids"),
    _text("purposes", "JSON list of purposes"),
    _number("grant_s", "longest grant, seconds"),
    _at("ends_at", "nothing of it later"),
    _to("legal_basis", "legal_basis", "act it rests on"),
    _truth("exercise", "1: of exercises alone"),
    _text("state", "proposed, active, suspended, ended, lapsed or declined"),
    _at("proposed_at", "when one side proposed it"),
    _at("confirm_by", "when it lapses unconfirmed"),
    _to("by_hospital", "person", "who declared it for the hospital; null: nobody yet", null=True),
    _to("by_city", "person", "who declared it for the city; null: nobody yet", null=True),
    _at("activated_at", "when the other side confirmed", null=True),
    _at("suspended_at", "since when it grants nothing", null=True),
    _to("suspended_by", "person", "who suspended it", null=True),
    _at("ended_at", "when it was over", null=True, index=True),
    _to("ended_by", "person", "who ended or declined it; null: the clock", null=True),
    _text("cause", "why it is suspended or ended", null=True),
    _version(),
    _open("declared_crisis", "proposed_at", CRISIS_OPEN),
    comment="What two supervisors said in advance may be granted at once",
)

grant_view = _table(
    "grant_view",
    _to("grant_id", "access_grant", "of which grant", primary_key=True),
    _to("camera", "camera", "which camera", primary_key=True),
    _number("position", "order in the grant, from 0"),
    _number("epoch", "grows when the view ends or is suspended; a media node with an older one cannot renew"),
    _at("ended_at", "when this view ended", null=True),
    _text("cause", "why this view ended", null=True),
    _to("ended_by", "person", "who ended it; null: the clock", null=True),
    _at("suspended_at", "since when it gives no picture, though it has not ended", null=True),
    _text("suspension", "why it is suspended", null=True),
    _at("resumed_at", "when it was last resumed", null=True),
    comment="One camera inside a grant",
)

camera_pause = _table(
    "camera_pause",
    Column("camera", Text, ForeignKey("camera.id"), primary_key=True, comment="which camera is held back"),
    _to("owner", "organisation", "the city it belongs to"),
    _text("cause", "why it is held back; null: it is not", null=True),
    _at("since", "since when", null=True),
    _version(),
    comment="A camera whose pictures are held back from everybody outside",
)

escalation = _table(
    "escalation",
    Column(
        "request",
        Text,
        ForeignKey("access_request.id"),
        primary_key=True,
        comment="the request nobody answered yet",
    ),
    _number("version", "the level reached: each is one transition, from 1"),
    comment="How many further posts were called for a request",
)

sharing = _table(
    "sharing",
    Column(
        "owner", Text, ForeignKey("organisation.id"), primary_key=True, comment="the city whose switch it is"
    ),
    _at("stopped_at", "when the kill switch was thrown; null: it is not", null=True),
    _to("stopped_by", "person", "who threw it", null=True),
    _version(),
    comment="The kill switch of a city",
)

viewing = _table(
    "viewing",
    _key("view_…"),
    _to("grant_id", "access_grant", "under which grant", index=True),
    _to("camera", "camera", "which camera"),
    _to("person", "person", "who sees"),
    _text("session", "session of the browser"),
    _text("node", "media node that carries it, one start of one process", server_default=""),
    _text("rendition", "focus or wall"),
    _at("started_at", "first picture may be sent from here on"),
    _at("ended_at", "no picture after this", null=True),
    _number("frames", "pictures handed to the socket"),
    _text("cause", "why it ended", null=True),
    _open("viewing", "started_at", "ended_at IS NULL"),
    comment="A named person sees a camera, from a socket's start to its end",
)

preview = _table(
    "preview",
    _key("pv_…"),
    _text("ref", "short reference, burned into the picture"),
    _to("request", "access_request", "request that waits"),
    _to("camera", "camera", "which of its cameras"),
    _to("owner", "organisation", "city of the camera, and of whoever sees it"),
    _to("person", "person", "who sees"),
    _text("session", "session of the browser"),
    _text("node", "media node that carries it, one start of one process"),
    _truth("exercise", "1: an exercise"),
    _at("opened_at", "when it was opened"),
    _at("ends_at", "no picture after this"),
    _at("ended_at", "when it ended", null=True),
    _text("cause", "why it ended", null=True),
    _open("preview", "opened_at", "ended_at IS NULL"),
    comment="The police room sees what a request asks for, for half a minute, before it decides",
)

message = _table(
    "message",
    _key("msg_…"),
    _to("grant_id", "access_grant", "under which grant it was said", index=True),
    _to("beneficiary", "organisation", "hospital of the grant"),
    _to("owner", "organisation", "city of the grant"),
    _to("camera", "camera", "camera it is about; null: all of the grant", null=True),
    _to("author", "person", "who wrote it"),
    _to("organisation", "organisation", "in whose room"),
    _text("kind", "text or wish"),
    Column(
        "sealed",
        LargeBinary,
        nullable=True,
        comment="AES-256-GCM of JSON {text, salt, template}, AAD is the message id; null: erased",
    ),
    _at("sent_at", "when"),
    _text("answer", "of a wish: done or cannot", null=True),
    _text("obstacle", "why it cannot be, a code", null=True),
    _to("answered_by", "person", "who answered the wish", null=True),
    _at("answered_at", "when it was answered", null=True),
    _version(),
    Index("ix_message_kept", "grant_id", sqlite_where=text(WORDS_KEPT), postgresql_where=text(WORDS_KEPT)),
    comment="What one room said to the other during a grant",
)

register_entry = _table(
    "register_entry",
    Column(
        "seq",
        WholeNumber,
        primary_key=True,
        autoincrement=False,
        comment="number of the entry, from 1, without gap",
    ),
    _at("at", "when it was recorded"),
    _text("kind", "kind of event", index=True),
    Column("body", LargeBinary, nullable=False, comment="canonical JSON (RFC 8785) of the event"),
    Column("leaf", LargeBinary, nullable=False, comment="RFC 6962 leaf hash of body, 32 bytes"),
    comment="The register; rows are only ever inserted",
)

register_head = _table(
    "register_head",
    Column("one", Integer, CheckConstraint("one = 1", name="one"), primary_key=True, comment="always 1"),
    _number("size", "number of entries"),
    Column(
        "frontier",
        LargeBinary,
        nullable=False,
        comment="roots of the perfect subtrees, largest first, 32 bytes each",
    ),
    comment="The Merkle tree over the register, small enough to append to",
)

authority = _table(
    "authority",
    Column("one", Integer, CheckConstraint("one = 1", name="one"), primary_key=True, comment="always 1"),
    _number("incarnation", "counts from 1: one more each time it was restored"),
    _at("high_water", "latest time anybody noted"),
    _text("place", "where it was assumed, by what no copy takes along"),
    comment="The store as the authority on access",
)

counter = _table(
    "counter",
    _text("name", "what is counted", primary_key=True),
    _number("value", "the last number given out"),
    comment="Numbers that never fall",
)

ephemeron = _table(
    "ephemeron",
    _text("key", "name, without a secret", primary_key=True),
    _text("value", "what is kept for seconds: a login's state"),
    _at("until", "how long"),
    comment="Small values that are taken once",
)

media_node = _table(
    "media_node",
    _key("node_…, new at each start"),
    _text("public_url", "where browsers reach it"),
    _real("load", "share of its capacity in use"),
    _truth("draining", "it is about to leave"),
    _at("started_at", "when its process started"),
    _at("seen_at", "when it last said that it lives"),
    _at("until", "how long that holds"),
    comment="A media node that lives, or lived a moment ago",
)

session = _table(
    "session",
    _key("SHA-256 (hex) of the cookie's token"),
    _to("person", "person", "who is signed in", index=True),
    _text("provider", "identity provider used"),
    _at("opened_at", "when it was opened"),
    _at("authenticated_at", "when they last proved who they are, strongly enough to approve", null=True),
    _text("roles", "JSON list: the roles it was opened with; null where that was not kept yet", null=True),
    _at("seen_at", "last activity"),
    _at("ends_at", "absolute end", index=True),
    _text("id_token", "ID token, kept for logout at the provider", null=True),
    _text("provider_subject", "the provider's name for the person (sub)", null=True, index=True),
    _text("provider_session", "the provider's name for its own session (sid)", null=True, index=True),
    _text("view", "JSON: what it may look at and what it hangs on; null: a whole session", null=True),
    comment="Signed-in browsers",
)

command = _table(
    "command",
    _to("person", "person", "who gave the command", primary_key=True),
    _text("key", "idempotency key the client chose", primary_key=True),
    _text("digest", "SHA-256 (hex) of the operation and its body"),
    _text("answer", "JSON answered the first time"),
    _at("at", "when"),
    comment="Commands already answered: a repeat gets the same answer",
)
