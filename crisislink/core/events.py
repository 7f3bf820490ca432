"""Everything that can happen, as a closed union; `core.entries` has the bytes by which the register keeps it.

An event names persons by opaque id only: names live in the roster, so a name can be erased without touching a
leaf of the tree. What belongs to an exercise says so (`exercise`). Fields are text, whole numbers, booleans,
lists of text, or nothing: no floats, so the bytes are canonical JSON (RFC 8785) on every machine. The live
feed shows an event to its `parties` and no other.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from crisislink.core.ids import (
    CameraId,
    CrisisId,
    GrantId,
    HabilitationId,
    IncidentId,
    LegalBasisId,
    MessageId,
    OrganisationId,
    PersonId,
    PreviewId,
    RequestId,
    ViewingId,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened:
    """A hospital manages an incident."""

    kind: ClassVar[str] = "incident.opened"
    incident: IncidentId
    number: str
    organisation: OrganisationId
    actor: PersonId
    nature: str
    lat_e6: int
    lon_e6: int
    precision_m: int
    case_ref: str | None
    exercise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed:
    """The hospital closed the incident."""

    kind: ClassVar[str] = "incident.closed"
    incident: IncidentId
    organisation: OrganisationId
    actor: PersonId
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentGrouped:
    """The incident is one of a group now, named by its first incident; None: it stands alone again.

    Nothing is granted by that: what is, in a declared crisis, names its `declaration`.
    """

    kind: ClassVar[str] = "incident.grouped"
    incident: IncidentId
    organisation: OrganisationId
    actor: PersonId
    crisis: IncidentId | None
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverWished:
    """Its holder offers an incident, another person asks for it, or that was taken back (`wish`)."""

    kind: ClassVar[str] = "incident.handover_wished"
    incident: IncidentId
    organisation: OrganisationId
    actor: PersonId
    wish: str
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentHandedOver:
    """The incident passed from one person (`relieved`) to another (`holder`).

    `actor`: whose word completed it; `taken`: nobody's consent was needed.
    """

    kind: ClassVar[str] = "incident.handed_over"
    incident: IncidentId
    organisation: OrganisationId
    actor: PersonId
    relieved: PersonId
    holder: PersonId
    taken: bool
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSubmitted:
    """The hospital asks for views. `extends` names the grant it wants to prolong, if any."""

    kind: ClassVar[str] = "request.submitted"
    request: RequestId
    incident: IncidentId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    cameras: tuple[CameraId, ...]
    duration_s: int
    intent: str
    purpose: str
    legal_basis: LegalBasisId
    extends: GrantId | None
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApproved:
    """The city approved all or some of the cameras: the grant exists and its clock runs."""

    kind: ClassVar[str] = "request.approved"
    request: RequestId
    grant: GrantId
    grant_ref: str
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    cameras: tuple[CameraId, ...]
    not_granted: tuple[CameraId, ...]
    duration_s: int
    ends_at_ms: int
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApprovedInCrisis:
    """A declared crisis covered all of it: the grant exists and its clock runs.

    No machine approves: `by_hospital` and `by_city` did, for whatever their declaration covers.
    """

    kind: ClassVar[str] = "request.approved_in_crisis"
    request: RequestId
    grant: GrantId
    grant_ref: str
    declaration: CrisisId
    by_hospital: PersonId
    by_city: PersonId
    beneficiary: OrganisationId
    owner: OrganisationId
    cameras: tuple[CameraId, ...]
    duration_s: int
    ends_at_ms: int
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused:
    """The city refused. The hospital reads the reason only where disclosing it is allowed."""

    kind: ClassVar[str] = "request.refused"
    request: RequestId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    refusal: str
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWithdrawn:
    """The hospital no longer needs it."""

    kind: ClassVar[str] = "request.withdrawn"
    request: RequestId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLapsed:
    """Nobody answered in time."""

    kind: ClassVar[str] = "request.lapsed"
    request: RequestId
    beneficiary: OrganisationId
    owner: OrganisationId
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEscalated:
    """Nobody answered yet: a further post is called (`core.escalation` says which)."""

    kind: ClassVar[str] = "request.escalated"
    request: RequestId
    beneficiary: OrganisationId
    owner: OrganisationId
    level: int
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantActivated:
    """The first lease was taken: a picture may flow from now on."""

    kind: ClassVar[str] = "grant.activated"
    grant: GrantId
    beneficiary: OrganisationId
    owner: OrganisationId
    camera: CameraId
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewsRevoked:
    """Some cameras of a grant ended; the others go on. `cut_at_ms`: as `GrantEnding`."""

    kind: ClassVar[str] = "grant.views_revoked"
    grant: GrantId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId | None
    cameras: tuple[CameraId, ...]
    cause: str
    cut_at_ms: int | None = None
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantEnding:
    """Access is denied from this instant; the media path confirms with `GrantEnded`.

    `cut_at_ms`: an entry that comes late: the cut was ordered then, and told to every media node that could
    be reached; the register can only be written now. When a person last saw it, their viewing's end says.
    """

    kind: ClassVar[str] = "grant.ending"
    grant: GrantId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId | None
    cameras: tuple[CameraId, ...]
    cause: str
    cut_at_ms: int | None = None
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantEnded:
    """Every media node confirmed (`acknowledged`), or the lease time passed."""

    kind: ClassVar[str] = "grant.ended"
    grant: GrantId
    beneficiary: OrganisationId
    owner: OrganisationId
    acknowledged: bool
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExtended:
    """A new approval moved the end of a grant, under the absolute cap."""

    kind: ClassVar[str] = "grant.extended"
    request: RequestId
    grant: GrantId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    ends_at_ms: int
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExtendedInCrisis:
    """A declared crisis covered all of the extension too. As `RequestApprovedInCrisis`."""

    kind: ClassVar[str] = "grant.extended_in_crisis"
    request: RequestId
    grant: GrantId
    declaration: CrisisId
    by_hospital: PersonId
    by_city: PersonId
    beneficiary: OrganisationId
    owner: OrganisationId
    ends_at_ms: int
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantNoticed:
    """Somebody of the police room acknowledged what a declared crisis granted."""

    kind: ClassVar[str] = "grant.noticed"
    grant: GrantId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSuspended:
    """One camera of a grant gives no picture for a while; the clock keeps running, the others go on."""

    kind: ClassVar[str] = "view.suspended"
    grant: GrantId
    camera: CameraId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId | None
    cause: str
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewResumed:
    """It may give pictures again, until the same end as before. `cause`: what had held it back."""

    kind: ClassVar[str] = "view.resumed"
    grant: GrantId
    camera: CameraId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId | None
    cause: str
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewingStarted:
    """A named person starts to see a camera."""

    kind: ClassVar[str] = "viewing.started"
    viewing: ViewingId
    grant: GrantId
    camera: CameraId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    rendition: str
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewingEnded:
    """They no longer see it. `frames` is what the media node handed to their socket."""

    kind: ClassVar[str] = "viewing.ended"
    viewing: ViewingId
    grant: GrantId
    camera: CameraId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    frames: int
    cause: str
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOpened:
    """Somebody of the police room may see, for half a minute, what the hospital asks for. No access by it."""

    kind: ClassVar[str] = "preview.opened"
    preview: PreviewId
    request: RequestId
    camera: CameraId
    owner: OrganisationId
    actor: PersonId
    ends_at_ms: int
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewEnded:
    """They no longer can. `actor`: who saw; `frames`: as `ViewingEnded`, None: not known yet."""

    kind: ClassVar[str] = "preview.ended"
    preview: PreviewId
    request: RequestId
    camera: CameraId
    owner: OrganisationId
    actor: PersonId
    frames: int | None
    cause: str
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent:
    """One room wrote to the other. What it says is kept beside the register and erased later.

    `sha256`: binds it to this entry (`core.conversation.Words.commitment`); without the salt it says nothing.
    """

    kind: ClassVar[str] = "message.sent"
    message: MessageId
    grant: GrantId
    camera: CameraId | None
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    category: str
    sha256: str
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAnswered:
    """The camera operator did what was wished, or cannot, for that reason."""

    kind: ClassVar[str] = "message.answered"
    message: MessageId
    grant: GrantId
    camera: CameraId | None
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    answer: str
    obstacle: str | None
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesErased:
    """The time for which texts are kept is over: text and salt of these messages are gone."""

    kind: ClassVar[str] = "message.erased"
    grant: GrantId
    beneficiary: OrganisationId
    owner: OrganisationId
    messages: tuple[MessageId, ...]
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingStopped:
    """The kill switch: every grant of this city ended, nothing new until it is lifted.

    `cut_at_ms`: as `GrantEnding`.
    """

    kind: ClassVar[str] = "sharing.stopped"
    owner: OrganisationId
    actor: PersonId
    cut_at_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingResumed:
    """The kill switch was lifted."""

    kind: ClassVar[str] = "sharing.resumed"
    owner: OrganisationId
    actor: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisProposed:
    """One side wants to declare a crisis, on these terms.

    `points`: latitude and longitude of each in degrees; with a radius in metres there is one, the centre.
    """

    kind: ClassVar[str] = "crisis.proposed"
    declaration: CrisisId
    ref: str
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    points: tuple[str, ...]
    radius_m: int | None
    cameras: tuple[CameraId, ...]
    purposes: tuple[str, ...]
    grant_s: int
    ends_at_ms: int
    confirm_by_ms: int
    legal_basis: LegalBasisId
    exercise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisActivated:
    """The other side confirmed: both declared it, and what it covers is granted at once until its end."""

    kind: ClassVar[str] = "crisis.activated"
    declaration: CrisisId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    by_hospital: PersonId
    by_city: PersonId
    ends_at_ms: int
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisDeclined:
    """One of the sides did not want it, or took it back."""

    kind: ClassVar[str] = "crisis.declined"
    declaration: CrisisId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisLapsed:
    """The other side did not confirm in time."""

    kind: ClassVar[str] = "crisis.lapsed"
    declaration: CrisisId
    beneficiary: OrganisationId
    owner: OrganisationId
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisSuspended:
    """The city: nothing is granted at once until it is resumed. `cut`: what it had granted ended too.

    `cut_at_ms`: as `GrantEnding`.
    """

    kind: ClassVar[str] = "crisis.suspended"
    declaration: CrisisId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    cause: str
    cut: bool
    cut_at_ms: int | None = None
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisResumed:
    """The city: it grants again, until the same end."""

    kind: ClassVar[str] = "crisis.resumed"
    declaration: CrisisId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CrisisEnded:
    """Over, and with it what it had granted. `actor` None: the clock."""

    kind: ClassVar[str] = "crisis.ended"
    declaration: CrisisId
    beneficiary: OrganisationId
    owner: OrganisationId
    actor: PersonId | None
    cause: str
    exercise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person with a habilitation opened a session."""

    kind: ClassVar[str] = "session.opened"
    organisation: OrganisationId
    actor: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchGiven:
    """Dispatch software may show its page's person this incident's views: once, within seconds."""

    kind: ClassVar[str] = "launch.given"
    organisation: OrganisationId
    actor: PersonId
    person: PersonId
    incident: IncidentId
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The page at `origin` opened a session that may only look at this incident's views, by `launched_by`."""

    kind: ClassVar[str] = "session.embedded"
    organisation: OrganisationId
    actor: PersonId
    incident: IncidentId
    origin: str
    launched_by: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """A session ended by its person, or by time."""

    kind: ClassVar[str] = "session.closed"
    organisation: OrganisationId
    actor: PersonId
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSignedOut:
    """An administrator ended all sessions of one of their people; each end is an entry of its own."""

    kind: ClassVar[str] = "session.all_ended"
    organisation: OrganisationId
    actor: PersonId
    person: PersonId
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityTried:
    """An administrator tried their own provider by a test login, which opens no session."""

    kind: ClassVar[str] = "identity.tried"
    organisation: OrganisationId
    actor: PersonId
    provider: str
    refused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRefused:
    """An identity provider vouched for someone whom the roster does not know, or no longer."""

    kind: ClassVar[str] = "session.refused"
    issuer: str
    subject_sha256: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEnrolled:
    """The roster knows a person from now on. `actor` None: who runs the service itself, by the command."""

    kind: ClassVar[str] = "person.enrolled"
    organisation: OrganisationId
    actor: PersonId | None
    person: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonBound:
    """An administrator said who a refused sign-in was: `issuer`, `subject_sha256` as in `SignInRefused`."""

    kind: ClassVar[str] = "person.bound"
    organisation: OrganisationId
    actor: PersonId
    person: PersonId
    issuer: str
    subject_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HabilitationGiven:
    """A person may act in a role, from an instant to an instant. `designation_sha256`: of who designated them
    and by which act, as JSON; those are words of people, which may name some, and stay in the roster."""

    kind: ClassVar[str] = "habilitation.given"
    organisation: OrganisationId
    actor: PersonId | None
    person: PersonId
    habilitation: HabilitationId
    role: str
    valid_from_ms: int
    valid_until_ms: int
    designation_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HabilitationMoved:
    """It ends at another instant now."""

    kind: ClassVar[str] = "habilitation.moved"
    organisation: OrganisationId
    actor: PersonId
    person: PersonId
    habilitation: HabilitationId
    role: str
    valid_until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HabilitationWithdrawn:
    """It holds no longer, before its end."""

    kind: ClassVar[str] = "habilitation.withdrawn"
    organisation: OrganisationId
    actor: PersonId
    person: PersonId
    habilitation: HabilitationId
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterImported:
    """An administrator confirmed a file: its digest, its lines, and how many habilitations were given."""

    kind: ClassVar[str] = "roster.imported"
    organisation: OrganisationId
    actor: PersonId | None
    rows: int
    given: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterExported:
    """The whole roster left the service as a file, with its names: its digest, and how many lines it has.

    `actor` None: whoever runs the service, by command. Reading it on the page leaves nothing behind.
    """

    kind: ClassVar[str] = "roster.exported"
    organisation: OrganisationId
    actor: PersonId | None
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenied:
    """A person tried something they may not do."""

    kind: ClassVar[str] = "access.denied"
    organisation: OrganisationId | None
    actor: PersonId | None
    action: str
    target: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDeniedOften:
    """Strangers tried this `count` times more, in the `within_s` seconds before, than single entries say."""

    kind: ClassVar[str] = "access.denied_often"
    action: str
    reason: str
    count: int
    within_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFailed:
    """A camera that a grant needs gives no picture."""

    kind: ClassVar[str] = "camera.failed"
    owner: OrganisationId
    camera: CameraId
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRecovered:
    """It gives one again."""

    kind: ClassVar[str] = "camera.recovered"
    owner: OrganisationId
    camera: CameraId


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSilent:
    """A camera that nobody watches did not answer when a round asked it whether it is there."""

    kind: ClassVar[str] = "camera.silent"
    owner: OrganisationId
    camera: CameraId
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAnswered:
    """A silent camera answers a round again."""

    kind: ClassVar[str] = "camera.answered"
    owner: OrganisationId
    camera: CameraId


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSuspended:
    """The city, or the camera's own system, holds its pictures back from everybody outside."""

    kind: ClassVar[str] = "camera.suspended"
    owner: OrganisationId
    camera: CameraId
    actor: PersonId | None
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraResumed:
    """The city shows it again."""

    kind: ClassVar[str] = "camera.resumed"
    owner: OrganisationId
    camera: CameraId
    actor: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryLoaded:
    """Reference data was written: what, how many rows, and the digest of the rows."""

    kind: ClassVar[str] = "inventory.loaded"
    organisation: OrganisationId | None
    what: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAssumed:
    """A store that is new, or not what it was (restored, copied), counts from now on; its access ended.

    The same when a person said that its clock had been wrong.
    """

    kind: ClassVar[str] = "store.assumed"
    incarnation: int
    grants_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStarted:
    """The service started; viewings that a crash left open were closed as lost."""

    kind: ClassVar[str] = "service.started"
    incarnation: str
    viewings_lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChanged:
    """So many addresses and messages are sealed by another key of the installation. `key`: its id alone."""

    kind: ClassVar[str] = "key.changed"
    key: str
    cameras: int
    messages: int


Event = (
    IncidentOpened
    | IncidentClosed
    | IncidentGrouped
    | HandoverWished
    | IncidentHandedOver
    | RequestSubmitted
    | RequestApproved
    | RequestApprovedInCrisis
    | RequestRefused
    | RequestWithdrawn
    | RequestLapsed
    | RequestEscalated
    | GrantActivated
    | ViewsRevoked
    | GrantEnding
    | GrantEnded
    | GrantExtended
    | GrantExtendedInCrisis
    | GrantNoticed
    | ViewSuspended
    | ViewResumed
    | ViewingStarted
    | ViewingEnded
    | PreviewOpened
    | PreviewEnded
    | MessageSent
    | MessageAnswered
    | MessagesErased
    | SharingStopped
    | SharingResumed
    | CrisisProposed
    | CrisisActivated
    | CrisisDeclined
    | CrisisLapsed
    | CrisisSuspended
    | CrisisResumed
    | CrisisEnded
    | SignedIn
    | LaunchGiven
    | Embedded
    | SignedOut
    | PersonSignedOut
    | IdentityTried
    | SignInRefused
    | PersonEnrolled
    | PersonBound
    | HabilitationGiven
    | HabilitationMoved
    | HabilitationWithdrawn
    | RosterImported
    | RosterExported
    | AccessDenied
    | AccessDeniedOften
    | CameraFailed
    | CameraRecovered
    | CameraSilent
    | CameraAnswered
    | CameraSuspended
    | CameraResumed
    | InventoryLoaded
    | ServiceStarted
    | StoreAssumed
    | KeyChanged
)

KINDS: dict[str, type[Event]] = {kind.kind: kind for kind in Event.__args__}


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC, exactly (no float in between)."""
    return (at - _EPOCH) // timedelta(milliseconds=1)
