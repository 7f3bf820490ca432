"""What the domain looks like in the API. What one side may not know is left out here, nowhere else."""

import base64

from crisislink.core.actors import Actor, Organisation, Person, Side
from crisislink.core.cameras import Camera
from crisislink.core.conversation import Message
from crisislink.core.crisis import DeclaredCrisis
from crisislink.core.errors import Reason
from crisislink.core.escalation import Escalation
from crisislink.core.geo import Position
from crisislink.core.grants import Grant
from crisislink.core.handover import Charge
from crisislink.core.ids import CameraId
from crisislink.core.incidents import Incident
from crisislink.core.killswitch import Sharing
from crisislink.core.legal import LegalBasis
from crisislink.core.perimeter import drawn
from crisislink.core.places import Place
from crisislink.core.previews import Preview
from crisislink.core.ranking import Sighting
from crisislink.core.requests import AccessRequest
from crisislink.core.suspension import Pause
from crisislink.flow.live import Failing, Happening
from crisislink.flow.ports import Entry, Viewing
from crisislink.flow.register import Page
from crisislink.web import models as m


def organisation(value: Organisation) -> m.OrganisationView:
    """An organisation."""
    return m.OrganisationView.model_validate(value)


def person(value: Person) -> m.PersonView:
    """A named person."""
    return m.PersonView(
        id=value.id, name=value.display_name, post=value.post, organisation=value.organisation
    )


def camera(value: Camera, *, paused: bool) -> m.CameraView:
    """A camera on the map. `paused`: held back for now."""
    barred = value.not_shareable or (Reason.CAMERA_SUSPENDED if paused else None)
    return m.CameraView(
        id=value.id,
        number=value.number,
        name=value.name,
        quarter=value.quarter,
        owner=value.owner,
        lat=value.position.lat_deg,
        lon=value.position.lon_deg,
        position_error_m=value.position_error_m,
        azimuth_deg=value.view.azimuth_deg,
        opening_deg=value.view.opening_deg,
        reach_m=value.view.reach_m,
        mounting=value.mounting,
        shareable=barred is None,
        not_shareable=barred,
        simulated=value.simulated,
        synthetic=value.synthetic,
    )


def place(value: Place, of_camera: CameraId | None) -> m.PlaceView:
    """A place found by name."""
    return m.PlaceView(
        name=value.name,
        kind=value.kind,
        quarter=value.quarter,
        lat=value.position.lat_deg,
        lon=value.position.lon_deg,
        precision_m=value.precision_m,
        camera=of_camera,
    )


def sighting(value: Sighting) -> m.SightingView:
    """A camera against a place."""
    return m.SightingView(
        camera=value.camera.id,
        distance_m=round(value.distance_m),
        off_axis_deg=None if value.off_axis_deg is None else round(value.off_axis_deg),
        sight=value.sight,
        sees=value.sight.sees,
        not_shareable=value.not_shareable,
        fault=None if value.fault is None else value.fault.fault,
        fault_at=None if value.fault is None else value.fault.since,
    )


def incident(value: Incident) -> m.IncidentView:
    """An incident."""
    return m.IncidentView(
        id=value.id,
        number=value.number,
        organisation=value.organisation,
        nature=value.nature,
        mass_casualty=value.mass_casualty,
        lat=value.place.lat_deg,
        lon=value.place.lon_deg,
        place_label=value.place_label,
        precision_m=value.precision_m,
        case_ref=value.case_ref,
        opened_by=value.opened_by,
        opened_at=value.opened_at,
        closed_at=value.closed_at,
        exercise=value.exercise,
        crisis=value.crisis,
    )


def charge(value: Charge) -> m.ChargeView:
    """Who holds an incident."""
    return m.ChargeView(
        incident=value.incident,
        holder=value.holder,
        since=value.since,
        wish=value.wish,
        wished_by=value.wished_by,
        wished_at=value.wished_at,
        relieved=sorted(value.relieved),
        version=value.version,
    )


def request(value: AccessRequest, actor: Actor) -> m.RequestView:
    """A request; the hospital does not read a reason that may not be disclosed."""
    seen = m.RequestView.model_validate(value)
    hidden = value.refusal is not None and not value.refusal.disclosed
    if hidden and actor.organisation.side is Side.HOSPITAL:
        return seen.model_copy(update={"refusal": None})
    return seen


def grant(value: Grant) -> m.GrantView:
    """A grant with its views."""
    return m.GrantView(
        id=value.id,
        ref=value.ref,
        request=value.request,
        incident=value.incident,
        beneficiary=value.beneficiary,
        owner=value.owner,
        requester=value.requester,
        approver=value.approver,
        views=[m.GrantViewOfCamera.model_validate(view) for view in value.views],
        state=value.state,
        starts_at=value.starts_at,
        ends_at=value.ends_at,
        ended_at=value.ending_at,
        cause=value.cause,
        ended_by=value.ended_by,
        exercise=value.exercise,
        declaration=value.declaration,
        noticed_at=value.noticed_at,
        noticed_by=value.noticed_by,
        version=value.version,
    )


def crisis(value: DeclaredCrisis) -> m.CrisisView:
    """A declared crisis; both sides read the same."""
    terms = value.terms
    points, radius_m = drawn(terms.perimeter)
    return m.CrisisView(
        id=value.id,
        ref=value.ref,
        beneficiary=terms.beneficiary,
        owner=terms.owner,
        perimeter=m.PerimeterView(points=[_point(p) for p in points], radius_m=radius_m),
        cameras=sorted(terms.cameras),
        purposes=sorted(terms.purposes),
        grant_s=terms.grant_s,
        ends_at=terms.ends_at,
        act=terms.legal_basis,
        exercise=terms.exercise,
        state=value.state,
        waits_for=value.waits_for,
        proposed_at=value.proposed_at,
        confirm_by=value.confirm_by,
        by_hospital=value.by_hospital,
        by_city=value.by_city,
        activated_at=value.activated_at,
        suspended_at=value.suspended_at,
        suspended_by=value.suspended_by,
        ended_at=value.ended_at,
        ended_by=value.ended_by,
        cause=value.cause,
        version=value.version,
    )


def act(value: LegalBasis) -> m.ActView:
    """An act, and what it bounds."""
    return m.ActView(
        id=value.id,
        act=value.act,
        title=value.title,
        owner=value.owner,
        beneficiaries=sorted(value.beneficiaries),
        purposes=sorted(value.purposes),
        cameras=None if value.cameras is None else sorted(value.cameras),
        perimeter=None if value.perimeter is None else [_point(p) for p in value.perimeter],
        valid_until=value.valid_until,
        max_duration_s=value.max_duration_s,
    )


def _point(value: Position) -> m.Point:
    return m.Point(lat=value.lat_deg, lon=value.lon_deg)


def viewing(value: Viewing) -> m.ViewingView:
    """A viewing; the session is nobody's to see."""
    return m.ViewingView.model_validate(value)


def preview(value: Preview) -> m.PreviewView:
    """A preview; the session is nobody's to see."""
    return m.PreviewView.model_validate(value)


def sharing(value: Sharing) -> m.SharingView:
    """The kill switch."""
    return m.SharingView.model_validate(value)


def pause(value: Pause) -> m.PauseView:
    """Whether a camera is held back."""
    return m.PauseView.model_validate(value)


def escalation(value: Escalation) -> m.EscalationView:
    """How far an unanswered request went."""
    return m.EscalationView.model_validate(value)


def failing(value: Failing) -> m.FailingView:
    """A camera that gives no picture."""
    return m.FailingView.model_validate(value)


def message(value: Message) -> m.MessageView:
    """Something said; who may not read it was given it without its words."""
    words = value.words
    return m.MessageView(
        id=value.id,
        grant=value.grant,
        camera=value.camera,
        author=value.author,
        organisation=value.organisation,
        kind=value.kind,
        template=None if words is None else words.template,
        text=None if words is None else words.text,
        salt=None if words is None else words.salt,
        sent_at=value.sent_at,
        answer=value.answer,
        obstacle=value.obstacle,
        answered_by=value.answered_by,
        answered_at=value.answered_at,
        version=value.version,
    )


def happening(value: Happening, actor: Actor) -> m.LiveEvent:
    """One event for the live feed."""
    return m.LiveEvent(
        id=value.seq,
        at=value.at,
        kind=value.kind,
        actor=value.body.get("actor"),
        camera=value.body.get("camera"),
        cameras=value.body.get("cameras", []),
        incident=None if value.incident is None else incident(value.incident),
        charge=None if value.charge is None else charge(value.charge),
        request=None if value.request is None else request(value.request, actor),
        grant=None if value.grant is None else grant(value.grant),
        crisis=None if value.crisis is None else crisis(value.crisis),
        viewing=None if value.viewing is None else viewing(value.viewing),
        preview=None if value.preview is None else preview(value.preview),
        sharing=None if value.sharing is None else sharing(value.sharing),
        pause=None if value.pause is None else pause(value.pause),
        message=None if value.message is None else message(value.message),
        level=value.body.get("level"),
        fault=value.body.get("fault"),
        wish=value.body.get("wish"),
        relieved=value.body.get("relieved"),
        person=None if value.actor is None else person(value.actor),
    )


def entry(value: Entry) -> m.EntryView:
    """A register entry with its exact bytes."""
    return m.EntryView(
        seq=value.seq,
        at=value.at,
        kind=value.kind,
        body=base64.b64encode(value.body).decode(),
        leaf=value.leaf.hex(),
    )


def register_page(value: Page) -> m.RegisterPage:
    """A page of the register."""
    return m.RegisterPage(
        head=m.RegisterHead(size=value.head.size, root=value.head.root.hex()),
        entries=[entry(one) for one in value.entries],
        persons=[person(one) for one in value.persons],
        organisations=[organisation(one) for one in value.organisations],
        cameras=[m.CameraName.model_validate(one) for one in value.cameras],
    )
