"""What the API says and hears: one pydantic model per body. The OpenAPI document is made from these.

Bodies coming in forbid unknown fields and bound every length; times are RFC 3339 UTC, durations seconds,
distances metres, angles degrees. Enumerations are those of `core`: a new value there is a new value here.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crisislink.core.actors import Role, Side
from crisislink.core.cameras import Mounting
from crisislink.core.conversation import Answer, Obstacle
from crisislink.core.crisis import CAMERAS_MAX, CrisisCause, CrisisState
from crisislink.core.errors import Reason
from crisislink.core.grants import EndCause, GrantState
from crisislink.core.handover import Act, Wish
from crisislink.core.incidents import PRECISION_MAX_M, Nature
from crisislink.core.legal import Purpose
from crisislink.core.perimeter import POINTS_MAX, RADIUS_MAX_M
from crisislink.core.places import PlaceKind
from crisislink.core.ranking import Sight
from crisislink.core.requests import RefusalReason, RequestIntent, RequestState
from crisislink.core.roster import RowFault
from crisislink.core.rosterfile import Column, FileFault
from crisislink.core.suspension import SuspendCause
from crisislink.core.talkrules import MessageKind

Id = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,5}_[0-9A-Za-z_-]{1,40}$")]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
CaseRef = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z/_.-]{1,32}$")]
Latitude = Annotated[float, Field(allow_inf_nan=False, ge=-90, le=90)]
Longitude = Annotated[float, Field(allow_inf_nan=False, ge=-180, le=180)]


class Incoming(BaseModel):
    """A body from outside."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Outgoing(BaseModel):
    """A body of ours."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


# -- who ------------------------------------------------------------------------------------------


class OrganisationView(Outgoing):
    """An organisation as the other side may know it."""

    id: Id
    name: str
    short_name: str
    side: Side
    phone: str


class PersonView(Outgoing):
    """A named person."""

    id: Id
    name: str
    post: str
    organisation: Id


class LimitsView(Outgoing):
    """The bounds the forms must respect."""

    duration_min_s: int
    duration_max_s: int
    cameras_max: int
    radius_max_m: int
    request_lapse_s: int
    crisis_cap_s: int
    crisis_confirm_s: int
    escalation_s: list[int]


class TemplateView(Outgoing):
    """Ready words of one side, to be sent by their code."""

    code: str
    side: Side
    kind: MessageKind
    fr: str
    en: str


class TalkView(Outgoing):
    """What rooms may say to each other: ready words, and how long a text may be (characters)."""

    text_max: int
    templates: list[TemplateView]


class BasemapView(Outgoing):
    """Under the cameras: a PMTiles file (`/api/map/file`), or tiles (`/api/map/tiles/{z}/{x}/{y}`).

    `bounds`: west, south, east, north in degrees, null: everywhere. `attribution` is always shown. `photo`:
    taken from the air, not drawn.
    """

    kind: Literal["vector_file", "raster_file", "raster_tiles"]
    attribution: str
    zoom_min: int
    zoom_max: int
    bounds: list[float] | None
    photo: bool


class Me(Outgoing):
    """Who is signed in, what they may do, and whom to telephone.

    The session ends at `session_ends_at`, or before, `session_idle_s` after the last request. Where something
    they may do needs a recent authentication (`needs_recent`), theirs is one until `recent_until`, null: not.
    `exercises`: numbers of those under way that their organisation is part of, for pages that follow no room.
    """

    person: PersonView
    organisation: OrganisationView
    roles: list[Role]
    pages: list[Literal["samu", "cic", "registre", "retex", "admin"]]
    partners: list[OrganisationView]
    limits: LimitsView
    talk: TalkView
    basemap: BasemapView | None
    server_time: datetime
    session_ends_at: datetime
    session_idle_s: int
    needs_recent: bool
    recent_until: datetime | None
    exercises: list[str]
    demo: bool


class SessionView(Outgoing):
    """One signed-in browser. It ends at `ends_at`, or before, when idle. `current`: the one that asks.

    `embedded_in`: it only looks, in this page of the dispatch software.
    """

    id: str
    provider: str
    opened_at: datetime
    seen_at: datetime
    ends_at: datetime
    current: bool
    embedded_in: str | None


class SignedInView(Outgoing):
    """Somebody who is signed in, and where."""

    person: PersonView
    sessions: list[SessionView]


class Provider(Outgoing):
    """One way to sign in."""

    id: str
    label: str
    side: Side
    url: str
    down_since: datetime | None = None
    """Since when it does not answer; nobody can sign in with it meanwhile."""
    phone: str | None = None
    """Whom to telephone meanwhile: the other side's room."""
    help: str | None = None
    """Whom to ask who comes in by it and has no habilitation."""


class SignIn(Outgoing):
    """All ways to sign in."""

    providers: list[Provider]
    demo: bool


# -- places and cameras ---------------------------------------------------------------------------


class CameraView(Outgoing):
    """A camera on the map. Never its address."""

    id: Id
    number: int
    name: str
    quarter: str
    owner: Id
    lat: float
    lon: float
    position_error_m: int
    azimuth_deg: float
    opening_deg: float
    reach_m: float
    mounting: Mounting
    shareable: bool
    not_shareable: Reason | None
    simulated: bool
    synthetic: bool


class Suspension(Incoming):
    """Hold a camera back. `moved`: a PTZ camera left the preset for which its mask was validated."""

    moved: bool = False


class PauseView(Outgoing):
    """Whether a camera is held back from everybody outside, why and since when. `cause` null: it is not."""

    camera: Id
    owner: Id
    cause: SuspendCause | None
    since: datetime | None


class PlaceView(Outgoing):
    """A place found by name. `camera` is set when the name is a camera's."""

    name: str
    kind: PlaceKind
    quarter: str
    lat: float
    lon: float
    precision_m: int
    camera: Id | None


class SightingView(Outgoing):
    """One camera against the place: how far, how it stands, and whether it may be asked for."""

    camera: Id
    distance_m: int
    off_axis_deg: int | None
    sight: Sight
    sees: bool
    not_shareable: Reason | None
    fault: Annotated[
        str | None, Field(description="it gave no picture when last asked for one, a short time ago")
    ]
    fault_at: datetime | None


class SearchQuery(Incoming):
    """Query of `/api/places`."""

    q: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=120), Field(description="what was typed")
    ]


class NearbyQuery(Incoming):
    """Query of `/api/nearby`."""

    lat: Annotated[Latitude, Field(description="WGS84 latitude, degrees")]
    lon: Annotated[Longitude, Field(description="WGS84 longitude, degrees")]
    precision_m: int = Field(50, ge=0, le=PRECISION_MAX_M, description="radius of the known place")
    radius_m: int = Field(300, ge=1, le=5_000, description="how far to look for cameras")
    limit: int = Field(16, ge=1, le=64, description="how many cameras at most")
    exercise: bool = Field(default=False, description="for an exercise: its synthetic cameras")


# -- incidents, requests, grants ------------------------------------------------------------------


class NewIncident(Incoming):
    """Open an incident. The place is a street, a quarter or coordinates; never a patient."""

    nature: Nature
    mass_casualty: bool = False
    lat: Latitude
    lon: Longitude
    place_label: Label
    precision_m: Annotated[int, Field(ge=0, le=PRECISION_MAX_M)] = 50
    case_ref: CaseRef | None = None
    exercise: bool = False


class IncidentView(Outgoing):
    """An incident."""

    id: Id
    number: str
    organisation: Id
    nature: Nature
    mass_casualty: bool
    lat: float
    lon: float
    place_label: str
    precision_m: int
    case_ref: str | None
    opened_by: Id
    opened_at: datetime
    closed_at: datetime | None
    exercise: bool
    crisis: Id | None
    """The first incident of its group; nothing is granted by it (a declared crisis is `CrisisView`)."""


class Grouping(Incoming):
    """Which incident's group to join; none: leave the group."""

    first: Id | None


class Handover(Incoming):
    """Pass an incident on. `holder`: who holds it as it was seen; an offer meets an ask either way round."""

    act: Act
    holder: Id


class ChargeView(Outgoing):
    """Who holds an incident, since which handover; what waits for the other person (`wish`), since when.

    `relieved`: those who passed it on and see none of its pictures any more.
    """

    incident: Id
    holder: Id
    since: datetime | None
    wish: Wish | None
    wished_by: Id | None
    wished_at: datetime | None
    relieved: list[Id]
    version: int


class NewRequest(Incoming):
    """Ask for cameras near an incident, or (`extends`) for more time on a grant."""

    incident: Id
    cameras: Annotated[list[Id], Field(min_length=1, max_length=64)]
    duration_s: Annotated[int, Field(ge=1, le=86_400)]
    intent: RequestIntent
    purpose: Purpose = Purpose.RESCUE
    extends: Id | None = None


class Approval(Incoming):
    """Approve all or some cameras, for the time asked or less. `version` is the request's, as it was seen."""

    cameras: Annotated[list[Id], Field(min_length=1, max_length=64)]
    duration_s: Annotated[int, Field(ge=1, le=86_400)]
    version: Annotated[int, Field(ge=1)]


class Refusal(Incoming):
    """Refuse with a reason."""

    reason: RefusalReason
    version: Annotated[int, Field(ge=1)]


class RequestView(Outgoing):
    """A request. `refusal` is None to the hospital where the reason may not be disclosed.

    `declaration`: the declared crisis that approved it at once.
    """

    id: Id
    incident: Id
    beneficiary: Id
    owner: Id
    requester: Id
    cameras: list[Id]
    duration_s: int
    intent: RequestIntent
    purpose: Purpose
    extends: Id | None
    exercise: bool
    state: RequestState
    created_at: datetime
    lapses_at: datetime
    decided_at: datetime | None
    decided_by: Id | None
    refusal: RefusalReason | None
    grant: Id | None
    declaration: Id | None = None
    version: int


class GrantViewOfCamera(Outgoing):
    """One camera inside a grant. `suspended_at`: since when it gives no picture, though it has not ended."""

    camera: Id
    suspended_at: datetime | None
    suspension: SuspendCause | None
    ended_at: datetime | None
    cause: EndCause | None
    ended_by: Id | None


class GrantView(Outgoing):
    """A grant; its clock is `ends_at` against the server's time.

    `declaration`: the declared crisis that granted it at once; `noticed_at`: when the police acknowledged.
    """

    id: Id
    ref: str
    request: Id
    incident: Id
    beneficiary: Id
    owner: Id
    requester: Id
    approver: Id
    views: list[GrantViewOfCamera]
    state: GrantState
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    cause: EndCause | None
    ended_by: Id | None
    exercise: bool
    declaration: Id | None = None
    noticed_at: datetime | None = None
    noticed_by: Id | None = None
    version: int


class SomeCameras(Incoming):
    """Which cameras of the grant; none named means all."""

    cameras: Annotated[list[Id], Field(max_length=64)] | None = None


class Revocation(SomeCameras):
    """End access at once. `preempt`: the police need the camera."""

    preempt: bool = False


class NewTicket(Incoming):
    """Ask for a stream ticket for one camera of a grant. `avoid`: nodes not reached just now."""

    camera: Id
    avoid: Annotated[list[Id], Field(max_length=16)] = []


class Ticket(Outgoing):
    """Good once, for 30 seconds, in the first message on the `url` WebSocket: media node `node`."""

    ticket: str
    url: str
    node: str
    expires_in_s: int


class ViewingView(Outgoing):
    """A person sees a camera, now or until `ended_at`."""

    id: Id
    grant: Id
    camera: Id
    person: Id
    rendition: str
    started_at: datetime
    ended_at: datetime | None
    frames: int
    cause: str | None


class NewPreview(Incoming):
    """Which of the cameras asked for."""

    camera: Id


class PreviewView(Outgoing):
    """Somebody of the police room sees, until `ends_at` at most, what a request asks for. No access by it."""

    id: Id
    request: Id
    camera: Id
    person: Id
    opened_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    cause: str | None
    exercise: bool


class OpenedPreview(Outgoing):
    """A preview, and the only ticket to it."""

    preview: PreviewView
    ticket: Ticket


class NewMessage(Incoming):
    """Say something to the other room: a `text`, or the words of a `template`. A wish is about one camera."""

    kind: MessageKind = MessageKind.TEXT
    text: Annotated[str, StringConstraints(max_length=4_000)] | None = None
    template: Annotated[str, StringConstraints(max_length=32)] | None = None
    camera: Id | None = None


class WishAnswer(Incoming):
    """What became of a wish; `obstacle` says why it cannot be."""

    answer: Answer
    obstacle: Obstacle | None = None


class MessageView(Outgoing):
    """Something said. `text` null: not for the reader, or erased. `answer`: of a wish.

    The register's entry holds `sha256`: that of `salt`, a line feed and `text` (UTF-8).
    """

    id: Id
    grant: Id
    camera: Id | None
    author: Id
    organisation: Id
    kind: MessageKind
    template: str | None
    text: str | None
    salt: str | None
    sent_at: datetime
    answer: Answer | None
    obstacle: Obstacle | None
    answered_by: Id | None
    answered_at: datetime | None
    version: int


class SharingView(Outgoing):
    """The kill switch of a city."""

    owner: Id
    stopped: bool
    stopped_at: datetime | None
    stopped_by: Id | None


class Point(Incoming):
    """A point on the ground, degrees WGS84."""

    lat: Latitude
    lon: Longitude


class PerimeterView(Incoming):
    """With `radius_m` a circle around its one point, else the ring its points make; edges do not cross."""

    points: Annotated[list[Point], Field(min_length=1, max_length=POINTS_MAX)]
    radius_m: Annotated[int, Field(ge=1, le=RADIUS_MAX_M)] | None = None


class NewCrisis(Incoming):
    """Propose a crisis of a hospital in a city. `grant_s`: the longest grant; `lasts_s`: from now on."""

    hospital: Id
    city: Id
    perimeter: PerimeterView
    cameras: Annotated[list[Id], Field(min_length=1, max_length=CAMERAS_MAX)]
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=8)] = [Purpose.RESCUE]
    grant_s: Annotated[int, Field(ge=1, le=86_400)]
    lasts_s: Annotated[int, Field(ge=1, le=604_800)]
    exercise: bool = False


class CrisisConfirmation(Incoming):
    """Confirm what the other side proposed. `version` is the proposal's, as it was read."""

    version: Annotated[int, Field(ge=1)]


class CrisisSuspension(Incoming):
    """Nothing is granted at once until it is resumed. `cut`: what it granted ends too."""

    cut: bool = False


class CrisisView(Outgoing):
    """A declared crisis, or the proposal of one: what two supervisors say may be granted at once.

    `waits_for`: the side that has not confirmed, which it may until `confirm_by`.
    """

    id: Id
    ref: str
    beneficiary: Id
    owner: Id
    perimeter: PerimeterView
    cameras: list[Id]
    purposes: list[Purpose]
    grant_s: int
    ends_at: datetime
    act: Id
    exercise: bool
    state: CrisisState
    waits_for: Side | None
    proposed_at: datetime
    confirm_by: datetime
    by_hospital: Id | None
    by_city: Id | None
    activated_at: datetime | None
    suspended_at: datetime | None
    suspended_by: Id | None
    ended_at: datetime | None
    ended_by: Id | None
    cause: CrisisCause | None
    version: int


class ActView(Outgoing):
    """An act in force, and what it bounds. `cameras` null: all of the city's; `perimeter` null: no bound."""

    id: Id
    act: str
    title: str
    owner: Id
    beneficiaries: list[Id]
    purposes: list[Purpose]
    cameras: list[Id] | None
    perimeter: list[Point] | None
    valid_until: datetime
    max_duration_s: int


class EscalationView(Outgoing):
    """Nobody answered. 1: a second post rings. 2: the supervisor on call. 3: the hospital is to telephone."""

    request: Id
    level: int


class FailingView(Outgoing):
    """A camera of a grant gives no picture, and why."""

    camera: Id
    fault: str
    since: datetime


class Room(Outgoing):
    """All a room needs at once, as of register entry `as_of`; the live feed continues from there.

    `charges`: who holds one's own incidents, where that is not who opened them. `messages`: what was said
    under grants that live. `pauses` (cameras held back), `failing` and `previews` are told to the city
    that owns the cameras.
    """

    as_of: int
    server_time: datetime
    incidents: list[IncidentView]
    charges: list[ChargeView]
    requests: list[RequestView]
    grants: list[GrantView]
    crises: list[CrisisView]
    viewings: list[ViewingView]
    previews: list[PreviewView]
    sharing: list[SharingView]
    escalations: list[EscalationView]
    pauses: list[PauseView]
    failing: list[FailingView]
    messages: list[MessageView]
    persons: list[PersonView]
    answer_median_s: float | None


class LiveEvent(Outgoing):
    """One thing that happened, with the new state of all it touched. `id` is the register's entry number.

    `level`: how far an escalation went; `fault`: why a camera fails; `wish`, `relieved`: of
    a handover, what became of it and who passed the incident on.
    """

    type: Literal["event"] = "event"
    id: int
    at: datetime
    kind: str
    actor: Id | None
    camera: Id | None = None
    cameras: list[Id] = []
    incident: IncidentView | None = None
    charge: ChargeView | None = None
    request: RequestView | None = None
    grant: GrantView | None = None
    crisis: CrisisView | None = None
    viewing: ViewingView | None = None
    preview: PreviewView | None = None
    sharing: SharingView | None = None
    pause: PauseView | None = None
    message: MessageView | None = None
    level: int | None = None
    fault: str | None = None
    wish: str | None = None
    relieved: Id | None = None
    person: PersonView | None = None


class LiveTick(Outgoing):
    """Each second: the server lives; `server_time` drives every countdown.

    `degraded`: its processes reach each other late; what happens elsewhere shows within a second or two.
    """

    type: Literal["tick"] = "tick"
    server_time: datetime
    last_id: int
    degraded: bool


class LiveReset(Outgoing):
    """The feed cannot continue from the id asked for: read `/api/room` again."""

    type: Literal["reset"] = "reset"


class LiveHello(Incoming):
    """The client's first message on `/api/live`: continue after this register entry."""

    after: Annotated[int, Field(ge=0)]


# -- register -------------------------------------------------------------------------------------


class RegisterQuery(Incoming):
    """Query of `/api/register`."""

    after: int | None = Field(None, ge=0, description="entries with a greater number, oldest first")
    before: int | None = Field(None, ge=1, description="entries with a smaller number, newest first")
    limit: int = Field(100, ge=1, le=1_000, description="how many at most")
    kind: list[Annotated[str, Field(max_length=40)]] | None = Field(
        None, max_length=40, description="only these kinds of event"
    )


class EntryView(Outgoing):
    """One entry. `body` is the canonical bytes in base64; `leaf` the RFC 6962 leaf hash in hex."""

    seq: int
    at: datetime
    kind: str
    body: str
    leaf: str


class RegisterHead(Outgoing):
    """Size and RFC 6962 root (hex) of the tree over all entries."""

    size: int
    root: str


class CameraName(Outgoing):
    """What people call a camera."""

    id: Id
    number: int
    name: str


class RegisterPage(Outgoing):
    """A page of entries, with the names of the persons and cameras in them."""

    head: RegisterHead
    entries: list[EntryView]
    persons: list[PersonView]
    organisations: list[OrganisationView]
    cameras: list[CameraName]


class Verification(Outgoing):
    """What the server found when it recomputed every leaf and the root from the stored bytes."""

    ok: bool
    size: int
    root: str
    recomputed_root: str
    first_bad_seq: int | None


# -- errors ---------------------------------------------------------------------------------------


class RowErrorView(Outgoing):
    """One thing to correct in a line of a roster; line 0 is the form. `column`: none where it is the line."""

    line: int
    column: Column | None
    code: RowFault | FileFault
    detail_fr: str
    detail_en: str


class Problem(Outgoing):
    """RFC 9457 problem details, in the caller's language. `code` is stable, `detail` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: Reason
    fields: list[str] | None = None
    rows: list[RowErrorView] | None = None
    """What to correct in the lines of a roster."""
