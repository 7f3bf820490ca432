"""Who may ask, decide, watch, end, read. Default deny: what no function here allows, nobody may do.

Every function returns a verdict as a value: `None` allows, a `Reason` denies. `require` turns a denial into
the error; the flow records the attempt before it raises.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from crisislink.core.actors import Actor, Role, Side
from crisislink.core.cameras import Camera
from crisislink.core.crisis import DeclaredCrisis
from crisislink.core.errors import Denied, Reason
from crisislink.core.grants import Grant
from crisislink.core.handover import Charge
from crisislink.core.ids import OrganisationId
from crisislink.core.incidents import Incident
from crisislink.core.limits import Limits
from crisislink.core.requests import AccessRequest

Verdict = Reason | None

WATCHERS = _HOSPITAL = (Role.REGULATOR, Role.SAMU_SUPERVISOR)
_POLICE = (Role.CAMERA_OPERATOR, Role.ROOM_SUPERVISOR)


def require(verdict: Verdict) -> None:
    """Raise the denial, if it is one.

    Raises:
        Denied: with the verdict's reason.
    """
    if verdict is not None:
        raise Denied(verdict)


def _holds(actor: Actor, side: Side, organisation: OrganisationId | None, *roles: Role) -> Verdict:
    if actor.organisation.side is not side or not actor.has(*roles):
        return Reason.ROLE
    if organisation is not None and actor.organisation.id != organisation:
        return Reason.OTHER_ORGANISATION
    return None


def recent(actor: Actor, limits: Limits, *, now: datetime) -> Verdict:
    """Whether they proved who they are lately enough to approve, or for what else has much effect."""
    until = recent_until(actor, limits)
    return Reason.STEP_UP if until is None or now >= until else None


def recent_until(actor: Actor, limits: Limits) -> datetime | None:
    """When their authentication stops being recent; None: it never was."""
    if actor.authenticated_at is None:
        return None
    return actor.authenticated_at + timedelta(seconds=limits.recent_s)


def may_open_incident(actor: Actor) -> Verdict:
    """Regulators and their supervisors; dispatch software, which pushes cases."""
    return _holds(actor, Side.HOSPITAL, None, *_HOSPITAL, Role.DISPATCH_SYSTEM)


def may_close_incident(actor: Actor, incident: Incident) -> Verdict:
    """The incident's own hospital; dispatch software only what it opened itself."""
    if actor.has(Role.DISPATCH_SYSTEM) and incident.opened_by == actor.person.id:
        return _holds(actor, Side.HOSPITAL, incident.organisation, Role.DISPATCH_SYSTEM)
    return may_work_on_incident(actor, incident)


def may_search(actor: Actor) -> Verdict:
    """Places, and the cameras near one, without any picture: who sees the room, and dispatch software."""
    return None if actor.has(Role.DISPATCH_SYSTEM) else may_see_room(actor)


def may_work_on_incident(actor: Actor, incident: Incident) -> Verdict:
    """Ask for views, which names a person: the incident's own hospital."""
    return _holds(actor, Side.HOSPITAL, incident.organisation, *_HOSPITAL)


def may_withdraw(actor: Actor, request: AccessRequest) -> Verdict:
    """Any regulator of the hospital that asked."""
    return _holds(actor, Side.HOSPITAL, request.beneficiary, *_HOSPITAL)


def may_decide(actor: Actor, request: AccessRequest) -> Verdict:
    """The room supervisor of the cameras' owner; never for their own request or organisation."""
    if actor.person.id == request.requester:
        return Reason.SELF_APPROVAL
    if request.beneficiary == actor.organisation.id:
        return Reason.OTHER_ORGANISATION
    return _holds(actor, Side.CITY, request.owner, Role.ROOM_SUPERVISOR)


def may_preview(actor: Actor, request: AccessRequest) -> Verdict:
    """See what it asks for, as it would be seen: the police room of the cameras' owner."""
    return _holds(actor, Side.CITY, request.owner, *_POLICE)


def may_watch(actor: Actor, grant: Grant, charge: Charge | None) -> Verdict:
    """Regulators of the hospital that holds the grant, by name; not administrators, not police.

    `charge`: of its incident, None where it was never handed over. Whoever passed it on watches no more.
    """
    if charge is not None and actor.person.id in charge.relieved:
        return Reason.HANDED_OVER
    return _holds(actor, Side.HOSPITAL, grant.beneficiary, *_HOSPITAL)


def may_take_over(actor: Actor, incident: Incident) -> Verdict:
    """Without its holder's consent: a supervisor of the incident's own hospital."""
    return _holds(actor, Side.HOSPITAL, incident.organisation, Role.SAMU_SUPERVISOR)


def may_release(actor: Actor, grant: Grant) -> Verdict:
    """The hospital gives its access back."""
    return _holds(actor, Side.HOSPITAL, grant.beneficiary, *_HOSPITAL)


def may_revoke(actor: Actor, grant: Grant) -> Verdict:
    """Any police operator of the cameras' owner: ending access is never made hard."""
    return _holds(actor, Side.CITY, grant.owner, *_POLICE)


def may_talk(actor: Actor, grant: Grant) -> Verdict:
    """Write to the other room, and read what was said: the two organisations of the grant, by their rooms."""
    if actor.organisation.side is Side.HOSPITAL:
        return _holds(actor, Side.HOSPITAL, grant.beneficiary, *_HOSPITAL)
    return _holds(actor, Side.CITY, grant.owner, *_POLICE)


def may_wish(actor: Actor, grant: Grant, charge: Charge | None) -> Verdict:
    """Wish that a camera be moved: who may watch it."""
    return may_watch(actor, grant, charge)


def may_answer_wish(actor: Actor, grant: Grant) -> Verdict:
    """Say that it was done, or cannot be: the police room of the cameras' owner, which alone moves them."""
    return _holds(actor, Side.CITY, grant.owner, *_POLICE)


def may_suspend(actor: Actor, camera: Camera) -> Verdict:
    """Holding a camera back: any police operator of its owner."""
    return _holds(actor, Side.CITY, camera.owner, *_POLICE)


def may_resume(actor: Actor, camera: Camera) -> Verdict:
    """Showing it again says that its mask fits what it sees now: the room supervisor of its owner."""
    return _holds(actor, Side.CITY, camera.owner, Role.ROOM_SUPERVISOR)


def may_stop_sharing(actor: Actor) -> Verdict:
    """The kill switch, and lifting it: the room supervisor, for their own city."""
    return _holds(actor, Side.CITY, None, Role.ROOM_SUPERVISOR)


def may_declare(actor: Actor) -> Verdict:
    """Declare a crisis at all: the supervisors of both sides."""
    if actor.organisation.side is Side.HOSPITAL:
        return _holds(actor, Side.HOSPITAL, None, Role.SAMU_SUPERVISOR)
    return _holds(actor, Side.CITY, None, Role.ROOM_SUPERVISOR)


def may_propose_crisis(actor: Actor, *, hospital: OrganisationId, city: OrganisationId) -> Verdict:
    """A supervisor of one of the two."""
    own = may_declare(actor)
    return own or (None if actor.organisation.id in {hospital, city} else Reason.OTHER_ORGANISATION)


def may_end_crisis(actor: Actor, crisis: DeclaredCrisis) -> Verdict:
    """End, decline or take it back: a supervisor of either of its sides."""
    own = actor.organisation.id
    if own not in {crisis.terms.beneficiary, crisis.terms.owner}:
        return Reason.OTHER_ORGANISATION
    return may_declare(actor)


def may_confirm_crisis(actor: Actor, crisis: DeclaredCrisis) -> Verdict:
    """A supervisor of its side that did not propose it: nobody declares a crisis alone."""
    own = may_end_crisis(actor, crisis)
    if own is None and crisis.waits_for not in {None, actor.organisation.side}:
        return Reason.OTHER_SIDE_CONFIRMS
    return own


def may_suspend_crisis(actor: Actor, crisis: DeclaredCrisis) -> Verdict:
    """Any police operator of the city: what ends access is never made hard."""
    return _holds(actor, Side.CITY, crisis.terms.owner, *_POLICE)


def may_resume_crisis(actor: Actor, crisis: DeclaredCrisis) -> Verdict:
    """That it grants again: the city's room supervisor."""
    return _holds(actor, Side.CITY, crisis.terms.owner, Role.ROOM_SUPERVISOR)


def may_manage_sessions(actor: Actor) -> Verdict:
    """See who is signed in and end their sessions: administrators, for their own organisation."""
    return None if actor.has(Role.ADMINISTRATOR) else Reason.ROLE


def may_try_identity(actor: Actor) -> Verdict:
    """A test login at the provider they came from: administrators."""
    return None if actor.has(Role.ADMINISTRATOR) else Reason.ROLE


def may_read_register(actor: Actor) -> Verdict:
    """The commission."""
    return _holds(actor, Side.OVERSIGHT, None, Role.AUDITOR)


def may_keep_roster(actor: Actor) -> Verdict:
    """Say who is habilitated in their own organisation: its administrators."""
    return _holds(actor, actor.organisation.side, None, Role.ADMINISTRATOR)


def may_see_room(actor: Actor) -> Verdict:
    """Cameras on the map, requests and grants of one's own side: both rooms, nobody else."""
    return None if actor.has(*_HOSPITAL, *_POLICE) else Reason.ROLE


def may_review_any(actor: Actor) -> Verdict:
    """Read reviews at all: both rooms, and the commission."""
    return None if actor.has(*_HOSPITAL, *_POLICE, Role.AUDITOR) else Reason.ROLE


def may_review(actor: Actor, incident: Incident, owners: Collection[OrganisationId]) -> Verdict:
    """The incident's hospital, a city it asked (`owners`), and the commission."""
    if actor.has(Role.AUDITOR):
        return None
    if actor.organisation.side is Side.HOSPITAL:
        return _holds(actor, Side.HOSPITAL, incident.organisation, *_HOSPITAL)
    if actor.organisation.id not in owners:
        return Reason.OTHER_ORGANISATION
    return _holds(actor, Side.CITY, None, *_POLICE)


def may_review_request(actor: Actor, request: AccessRequest) -> Verdict:
    """The hospital that asked; a city what it was asked itself, not what another one was; the commission."""
    if actor.has(Role.AUDITOR):
        return None
    if actor.organisation.side is Side.HOSPITAL:
        return _holds(actor, Side.HOSPITAL, request.beneficiary, *_HOSPITAL)
    return _holds(actor, Side.CITY, request.owner, *_POLICE)


def may_review_crisis(actor: Actor, crisis: DeclaredCrisis) -> Verdict:
    """Its two sides; the commission."""
    if actor.has(Role.AUDITOR):
        return None
    if actor.organisation.side is Side.HOSPITAL:
        return _holds(actor, Side.HOSPITAL, crisis.terms.beneficiary, *_HOSPITAL)
    return _holds(actor, Side.CITY, crisis.terms.owner, *_POLICE)
