"""Every operation of the REST API, once: router, OpenAPI document and tests are made from this table.

`roles` empty means: any signed-in person; None means: nobody needs to be signed in. Which of one's own
organisation's things a role may touch is `core.policy`'s business; this table is the first, coarse gate.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from crisislink.core.actors import Role
from crisislink.flow.machines import Scope
from crisislink.web import models as m
from crisislink.web import review_models as rm
from crisislink.web.identitymodels import FindingView, TrialView

HOSPITAL = frozenset({Role.REGULATOR, Role.SAMU_SUPERVISOR})
POLICE = frozenset({Role.CAMERA_OPERATOR, Role.ROOM_SUPERVISOR})
DECIDERS = frozenset({Role.ROOM_SUPERVISOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
ROOMS = HOSPITAL | POLICE
REVIEWERS = ROOMS | {Role.AUDITOR}
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
    cuts: bool = False
    """It ends access: who was signed in a moment ago may, also while the store does not answer."""
    awake: bool = False
    """It shows that its person is there: the session stays awake. Reading and reopening pictures do not."""
    recent: bool = False
    """It needs a recent authentication: its command asks `policy.recent`, its callers are warned in time."""
    scope: Scope | None = None
    """What dispatch software needs to call it; None: only persons may."""


def _get(
    id: str,
    path: str,
    summary: str,
    answer: type[BaseModel],
    roles: frozenset[Role] | None,
    *,
    many: bool = False,
    query: type[m.Incoming] | None = None,
    awake: bool = False,
    scope: Scope | None = None,
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
        awake=awake,
        scope=scope,
    )


def _post(
    id: str,
    path: str,
    summary: str,
    answer: type[BaseModel] | None,
    roles: frozenset[Role],
    *,
    body: type[BaseModel] | None = None,
    many: bool = False,
    status: int = 200,
    cuts: bool = False,
    awake: bool = True,
    recent: bool = False,
    scope: Scope | None = None,
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
        cuts=cuts,
        awake=awake,
        recent=recent,
        scope=scope,
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
        "Join another incident's crisis, or leave it",
        m.IncidentView,
        HOSPITAL,
        body=m.Grouping,
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
        "One incident afterwards: decisions, delays, refusals, access nobody used; no image",
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
)
