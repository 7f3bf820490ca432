"""Every operation of the REST API, once: router, OpenAPI document and tests are made from this table.

`roles` empty means: any signed-in person; None means: nobody needs to be signed in. Which of one's own
organisation's things a role may touch is `core.policy`'s business; this table is the first, coarse gate.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from crisislink.core.actors import Role
from crisislink.flow.machines import Scope
from crisislink.web import embeddingmodels as em
from crisislink.web import models as m
from crisislink.web import review_models as rm
from crisislink.web import rostermodels as ro
from crisislink.web.identitymodels import FindingView, TrialView

HOSPITAL = frozenset({Role.REGULATOR, Role.SAMU_SUPERVISOR})
POLICE = frozenset({Role.CAMERA_OPERATOR, Role.ROOM_SUPERVISOR})
DECIDERS = frozenset({Role.ROOM_SUPERVISOR})
DECLARERS = DECIDERS | {Role.SAMU_SUPERVISOR}
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
SOFTWARE = frozenset({Role.DISPATCH_SYSTEM})
ROOMS = HOSPITAL | POLICE
REVIEWERS = ROOMS | {Role.AUDITOR}
BODY_MAX_BYTES = 64 * 1024
ANYBODY: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path. `many` means the answer is a list of `answer`."""

    id: str
    method: Literal["GET", "POST"]
    path: str
    summary: str
    roles: frozenset[Role] | None
    answer: type[BaseModel] | None
    many: bool = False
    body: type[BaseModel] | None = None
    query: type[m.Incoming] | None = None
    status: int = 200
    file: str | None = None
    """The media type of the file it answers with, where that is no JSON."""
    body_max_bytes: int = BODY_MAX_BYTES
    cuts: bool = False
    """It ends access: who was signed in a moment ago may, also while the store does not answer."""
    awake: bool = False
    """It shows that its person is there: the session stays awake. Reading and reopening pictures do not."""
    recent: bool = False
    """It needs a recent authentication: its command asks `policy.recent`, its callers are warned in time."""
    scope: Scope | None = None
    """What dispatch software needs to call it; None: only persons may."""
    embedded: bool = False
    """Our page inside the dispatch software's calls it, by its own token; nothing else counts."""


def _get(
    id: str,
    path: str,
    summary: str,
    answer: type[BaseModel] | None,
    roles: frozenset[Role] | None,
    *,
    many: bool = False,
    query: type[m.Incoming] | None = None,
    file: str | None = None,
    awake: bool = False,
    scope: Scope | None = None,
    embedded: bool = False,
) -> Operation:
    return Operation(
        id=id,
        method="GET",
        path=path,
        summary=summary,
        roles=roles,
        answer=answer,
        many=many,
        query=query,
        file=file,
        awake=awake,
        scope=scope,
        embedded=embedded,
    )


def _post(
    id: str,
    path: str,
    summary: str,
    answer: type[BaseModel] | None,
    roles: frozenset[Role] | None,
    *,
    body: type[BaseModel] | None = None,
    many: bool = False,
    status: int = 200,
    body_max_bytes: int = BODY_MAX_BYTES,
    cuts: bool = False,
    awake: bool = True,
    recent: bool = False,
    scope: Scope | None = None,
    embedded: bool = False,
) -> Operation:
    return Operation(
        id=id,
        method="POST",
        path=path,
        summary=summary,
        roles=roles,
        answer=answer,
        many=many,
        body=body,
        status=status,
        body_max_bytes=body_max_bytes,
        cuts=cuts,
        awake=awake,
        recent=recent,
        scope=scope,
        embedded=embedded,
    )


OPERATIONS: tuple[Operation, ...] = (
    _get("signIn", "/api/sign-in", "The ways to sign in", m.SignIn, None),
    _get("me", "/api/me", "Who is signed in", m.Me, ANYBODY, awake=True),
    _get(
        "sessions",
        "/api/sessions",
        "One's own sessions, the last used first",
        m.SessionView,
        ANYBODY,
        many=True,
    ),
    _post(
        "endSession",
        "/api/sessions/{session}/end",
        "End one of one's own sessions",
        None,
        ANYBODY,
        status=204,
    ),
    _get("cameras", "/api/cameras", "All cameras on the map", m.CameraView, ROOMS, many=True),
    _get(
        "places",
        "/api/places",
        "Places by name: quarters, streets, landmarks, cameras; accents and small typos do not matter",
        m.PlaceView,
        ROOMS,
        many=True,
        query=m.SearchQuery,
        scope=Scope.CAMERAS,
    ),
    _get(
        "nearby",
        "/api/nearby",
        "Cameras near a place, best first, with the reasons",
        m.SightingView,
        ROOMS,
        many=True,
        query=m.NearbyQuery,
        scope=Scope.CAMERAS,
    ),
    _get(
        "mapFile",
        "/api/map/file",
        "The basemap, where it is a file of ours: a PMTiles archive, read by ranges",
        None,
        ROOMS,
        file="application/vnd.pmtiles",
    ),
    _get(
        "mapTile",
        "/api/map/tiles/{z}/{x}/{y}",
        "A tile of the basemap, where it is another's: read for the page by the service",
        None,
        ROOMS,
        file="image/*",
    ),
    _post(
        "suspendCamera",
        "/api/cameras/{camera}/suspend",
        "Hold a camera back; all its views go dark and keep their end",
        m.PauseView,
        POLICE,
        body=m.Suspension,
    ),
    _post(
        "resumeCamera",
        "/api/cameras/{camera}/resume",
        "Show a camera again",
        m.PauseView,
        DECIDERS,
    ),
    _get("room", "/api/room", "Everything a room shows, at once", m.Room, ROOMS),
    _post(
        "openIncident",
        "/api/incidents",
        "Open an incident",
        m.IncidentView,
        HOSPITAL,
        body=m.NewIncident,
        status=201,
        scope=Scope.INCIDENTS,
    ),
    _post(
        "closeIncident",
        "/api/incidents/{incident}/close",
        "Close an incident; its grants end",
        m.IncidentView,
        HOSPITAL,
        scope=Scope.INCIDENTS,
    ),
    _post(
        "groupIncident",
        "/api/incidents/{incident}/group",
        "Group it with another incident of the same cause, or part it; nothing is granted by that",
        m.IncidentView,
        HOSPITAL,
        body=m.Grouping,
    ),
    _post(
        "handOver",
        "/api/incidents/{incident}/handover",
        "Offer an incident to the next person, ask for it, take that back, or take it over",
        m.ChargeView,
        HOSPITAL,
        body=m.Handover,
    ),
    _post(
        "submitRequest",
        "/api/requests",
        "Ask for views",
        m.RequestView,
        HOSPITAL,
        body=m.NewRequest,
        status=201,
    ),
    _post(
        "withdrawRequest",
        "/api/requests/{request}/withdraw",
        "Take a request back",
        m.RequestView,
        HOSPITAL,
    ),
    _post(
        "approveRequest",
        "/api/requests/{request}/approve",
        "Approve all or some cameras",
        m.GrantView,
        DECIDERS,
        body=m.Approval,
        recent=True,
    ),
    _post(
        "refuseRequest",
        "/api/requests/{request}/refuse",
        "Refuse with a reason",
        m.RequestView,
        DECIDERS,
        body=m.Refusal,
    ),
    _post(
        "openPreview",
        "/api/requests/{request}/previews",
        "See, for half a minute, what one of its cameras would show; and a ticket for that stream",
        m.OpenedPreview,
        POLICE,
        body=m.NewPreview,
        status=201,
    ),
    _post(
        "openTicket",
        "/api/grants/{grant}/tickets",
        "A ticket for one camera's stream",
        m.Ticket,
        HOSPITAL,
        body=m.NewTicket,
        status=201,
        awake=False,
    ),
    _post(
        "releaseGrant",
        "/api/grants/{grant}/release",
        "Give access back",
        m.GrantView,
        HOSPITAL,
        body=m.SomeCameras,
    ),
    _post(
        "revokeGrant",
        "/api/grants/{grant}/revoke",
        "End access at once",
        m.GrantView,
        POLICE,
        body=m.Revocation,
        cuts=True,
    ),
    _post(
        "sendMessage",
        "/api/grants/{grant}/messages",
        "Say something to the other room, or wish that a camera be moved",
        m.MessageView,
        ROOMS,
        body=m.NewMessage,
        status=201,
    ),
    _post(
        "answerWish",
        "/api/messages/{message}/answer",
        "Say that a wish was met, or why it cannot be",
        m.MessageView,
        POLICE,
        body=m.WishAnswer,
    ),
    _post(
        "noticeGrant",
        "/api/grants/{grant}/notice",
        "Acknowledge what a declared crisis granted",
        m.GrantView,
        POLICE,
    ),
    _get(
        "acts",
        "/api/acts",
        "The acts in force that could bound a declared crisis of one's own organisation",
        m.ActView,
        DECLARERS,
        many=True,
    ),
    _post(
        "proposeCrisis",
        "/api/crises",
        "Propose to declare a crisis; the other side confirms",
        m.CrisisView,
        DECLARERS,
        body=m.NewCrisis,
        status=201,
        recent=True,
    ),
    _post(
        "confirmCrisis",
        "/api/crises/{proposal}/confirm",
        "Confirm a proposal: what lies inside its terms is granted at once from now on",
        m.CrisisView,
        DECLARERS,
        body=m.CrisisConfirmation,
        recent=True,
    ),
    _post(
        "declineCrisis",
        "/api/crises/{proposal}/decline",
        "Decline a proposal, or take it back",
        m.CrisisView,
        DECLARERS,
    ),
    _post(
        "suspendCrisis",
        "/api/crises/{crisis}/suspend",
        "Nothing is granted at once until it is resumed; what it granted may be cut too",
        m.CrisisView,
        POLICE,
        body=m.CrisisSuspension,
        cuts=True,
    ),
    _post(
        "resumeCrisis",
        "/api/crises/{crisis}/resume",
        "Let a suspended crisis grant again, until the same end",
        m.CrisisView,
        DECIDERS,
        recent=True,
    ),
    _post(
        "endCrisis",
        "/api/crises/{crisis}/end",
        "End a declared crisis, and all that it granted",
        m.CrisisView,
        DECLARERS,
    ),
    _post(
        "stopSharing",
        "/api/sharing/stop",
        "Kill switch: every picture ends, nothing new until it is lifted",
        m.SharingView,
        DECIDERS,
        cuts=True,
    ),
    _post("resumeSharing", "/api/sharing/resume", "Lift the kill switch", m.SharingView, DECIDERS),
    _get(
        "reviews",
        "/api/reviews",
        "The newest incidents, to be read afterwards (RETEX), newest first",
        m.IncidentView,
        REVIEWERS,
        many=True,
    ),
    _get(
        "review",
        "/api/reviews/{incident}",
        "An incident, or all linked ones, afterwards: decisions, delays, refusals, unused access; no image",
        rm.ReviewView,
        REVIEWERS,
        query=rm.ReviewQuery,
    ),
    _get(
        "crises",
        "/api/crises",
        "The newest declared crises and proposals of one, to be read afterwards (RETEX), newest first",
        m.CrisisView,
        REVIEWERS,
        many=True,
    ),
    _get(
        "crisisReview",
        "/api/crises/{crisis}/review",
        "A declared crisis afterwards: who declared it, what was granted at once, unused access; no image",
        rm.ReviewView,
        REVIEWERS,
    ),
    _get(
        "register",
        "/api/register",
        "Entries of the register, oldest first after `after`, or newest first before `before`",
        m.RegisterPage,
        frozenset({Role.AUDITOR}),
        query=m.RegisterQuery,
    ),
    _get(
        "verifyRegister",
        "/api/register/verification",
        "Recompute every leaf and the root from the stored bytes",
        m.Verification,
        frozenset({Role.AUDITOR}),
    ),
    _get(
        "administeredSessions",
        "/api/admin/sessions",
        "Who of one's own organisation is signed in, and where",
        m.SignedInView,
        ADMINISTRATORS,
        many=True,
    ),
    _post(
        "endSessionsOf",
        "/api/admin/people/{person}/sessions/end",
        "End all sessions of a person of one's own organisation",
        None,
        ADMINISTRATORS,
        status=204,
    ),
    _post(
        "examineIdentity",
        "/api/admin/identity/examination",
        "What can be seen of one's own identity provider, and what to change there",
        FindingView,
        ADMINISTRATORS,
        many=True,
    ),
    _get(
        "roster",
        "/api/admin/roster",
        "Everybody of one's own organisation whom the roster knows, and all they hold or held",
        ro.RosterView,
        ADMINISTRATORS,
    ),
    _get(
        "exportRoster",
        "/api/admin/roster/export",
        "The same as a CSV file",
        None,
        ADMINISTRATORS,
        file="text/csv; charset=utf-8",
    ),
    _post(
        "giveHabilitation",
        "/api/admin/habilitations",
        "Give one person a role, from a day to a day",
        ro.HabilitationView,
        ADMINISTRATORS,
        body=ro.NewHabilitation,
        status=201,
        recent=True,
    ),
    _post(
        "moveHabilitation",
        "/api/admin/habilitations/{habilitation}/end",
        "End one at another day",
        ro.HabilitationView,
        ADMINISTRATORS,
        body=ro.NewEnd,
        recent=True,
    ),
    _post(
        "withdrawHabilitation",
        "/api/admin/habilitations/{habilitation}/withdraw",
        "End one now; the person is signed out",
        ro.HabilitationView,
        ADMINISTRATORS,
        recent=True,
    ),
    _get(
        "newcomer",
        "/api/admin/references/{reference}",
        "Whom one's own provider vouched for, and the roster did not know",
        ro.NewcomerView,
        ADMINISTRATORS,
    ),
    _post(
        "bindPerson",
        "/api/admin/people/{person}/identity",
        "Say that a refused sign-in was this person",
        ro.MemberView,
        ADMINISTRATORS,
        body=ro.Binding,
        recent=True,
    ),
    _post(
        "previewRoster",
        "/api/admin/roster/preview",
        "What a CSV file would do, line by line; nothing is written",
        ro.PlanView,
        ADMINISTRATORS,
        body=ro.RosterFile,
        body_max_bytes=ro.FILE_BODY_MAX_BYTES,
    ),
    _post(
        "importRoster",
        "/api/admin/roster/import",
        "Write what was previewed under this digest, or nothing",
        ro.ImportedView,
        ADMINISTRATORS,
        body=ro.ConfirmedFile,
        body_max_bytes=ro.FILE_BODY_MAX_BYTES,
        recent=True,
    ),
    _post(
        "beginTrial",
        "/api/admin/identity/trial",
        "A test login at one's own provider, which opens no session: go to /auth/trial within a minute",
        None,
        ADMINISTRATORS,
        status=204,
    ),
    _post(
        "trialResult",
        "/api/admin/identity/trial/result",
        "What one's test login showed, once: one, or none",
        TrialView,
        ADMINISTRATORS,
        many=True,
    ),
    _post(
        "launch",
        "/api/launches",
        "Show somebody who is signed in an incident's views, in the dispatch software's own page",
        em.LaunchView,
        SOFTWARE,
        body=em.NewLaunch,
        status=201,
        scope=Scope.LAUNCH,
    ),
    _get("embedding", "/api/embed/{provider}/pages", "The pages that may show ours", em.EmbeddingView, None),
    _post(
        "openEmbedded",
        "/api/embed/sessions",
        "Change a launch code for a session that only looks",
        em.EmbeddedView,
        None,
        body=em.NewEmbedded,
        status=201,
        awake=False,
    ),
    _post(
        "closeEmbedded",
        "/api/embed/sessions/end",
        "End it: the page is gone",
        None,
        HOSPITAL,
        status=204,
        awake=False,
        embedded=True,
    ),
    _get("embeddedRoom", "/api/embed/room", "What it may look at, at once", m.Room, HOSPITAL, embedded=True),
    _get(
        "embeddedCameras",
        "/api/embed/cameras",
        "The cameras' names",
        m.CameraView,
        HOSPITAL,
        many=True,
        embedded=True,
    ),
    _post(
        "openEmbeddedTicket",
        "/api/embed/grants/{grant}/tickets",
        "A ticket for one camera's stream",
        m.Ticket,
        HOSPITAL,
        body=m.NewTicket,
        status=201,
        awake=False,
        embedded=True,
    ),
)
