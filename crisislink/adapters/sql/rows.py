"""Between rows and the values of `core`: one pair of functions a noun. No query here."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import RowMapping

from crisislink.core.actors import Habilitation, Organisation, Person, Role, Side
from crisislink.core.cameras import Camera, FieldOfView, MaskPolygon, MaskStyle, Mounting, PrivacyMask
from crisislink.core.crisis import CrisisCause, CrisisState, DeclaredCrisis, Terms
from crisislink.core.escalation import Escalation
from crisislink.core.geo import Position
from crisislink.core.grants import EndCause, Grant, GrantState, View
from crisislink.core.handover import Charge, Wish
from crisislink.core.incidents import Incident, Nature
from crisislink.core.killswitch import Sharing
from crisislink.core.legal import LegalBasis, Purpose
from crisislink.core.perimeter import Perimeter, drawn, perimeter_of
from crisislink.core.places import Place, PlaceKind
from crisislink.core.previews import Preview
from crisislink.core.requests import AccessRequest, RefusalReason, RequestIntent, RequestState
from crisislink.core.suspension import Pause, SuspendCause
from crisislink.flow.ports import Session, Viewing, ViewOnly

Row = dict[str, Any]


def organisation_row(value: Organisation) -> Row:
    """To the table `organisation`."""
    return {
        "id": value.id,
        "name": value.name,
        "short_name": value.short_name,
        "side": value.side.value,
        "phone": value.phone,
    }


def organisation(row: RowMapping) -> Organisation:
    """From the table `organisation`."""
    return Organisation(
        id=row["id"],
        name=row["name"],
        short_name=row["short_name"],
        side=Side(row["side"]),
        phone=row["phone"],
    )


_UNKNOWN = "\x1f"
"""Before a person's id, in place of a subject not known yet: no provider's answer has such a character."""


def person_row(value: Person) -> Row:
    """To the table `person`."""
    return {
        "id": value.id,
        "organisation": value.organisation,
        "issuer": value.issuer,
        "subject": f"{_UNKNOWN}{value.id}" if value.subject is None else value.subject,
        "display_name": value.display_name,
        "post": value.post,
    }


def person(row: RowMapping) -> Person:
    """From the table `person`."""
    kept = row["subject"]
    return Person(**{**row, "subject": None if kept.startswith(_UNKNOWN) else kept})


def habilitation_row(value: Habilitation) -> Row:
    """To the table `habilitation`."""
    return {
        "id": value.id,
        "person": value.person,
        "role": value.role.value,
        "designated_by": value.designated_by,
        "act": value.act,
        "valid_from": value.valid_from,
        "valid_until": value.valid_until,
        "withdrawn_at": value.withdrawn_at,
    }


def habilitation(row: RowMapping) -> Habilitation:
    """From the table `habilitation`."""
    return Habilitation(**{**row, "role": Role(row["role"])})


def camera_row(value: Camera) -> Row:
    """To the table `camera`."""
    return {
        "id": value.id,
        "number": value.number,
        "owner": value.owner,
        "name": value.name,
        "quarter": value.quarter,
        "lat_deg": value.position.lat_deg,
        "lon_deg": value.position.lon_deg,
        "position_error_m": value.position_error_m,
        "azimuth_deg": value.view.azimuth_deg,
        "opening_deg": value.view.opening_deg,
        "reach_m": value.view.reach_m,
        "mounting": value.mounting.value,
        "mask": None if value.mask is None else _mask_json(value.mask),
        "offered": value.offered,
        "simulated": value.simulated,
        "synthetic": value.synthetic,
        "version": value.version,
    }


def camera(row: RowMapping) -> Camera:
    """From the table `camera`."""
    return Camera(
        id=row["id"],
        number=row["number"],
        owner=row["owner"],
        name=row["name"],
        quarter=row["quarter"],
        position=Position(row["lat_deg"], row["lon_deg"]),
        position_error_m=row["position_error_m"],
        view=FieldOfView(
            azimuth_deg=row["azimuth_deg"], opening_deg=row["opening_deg"], reach_m=row["reach_m"]
        ),
        mounting=Mounting(row["mounting"]),
        mask=None if row["mask"] is None else _mask(row["mask"]),
        offered=row["offered"],
        simulated=row["simulated"],
        synthetic=row["synthetic"],
        version=row["version"],
    )


def _mask_json(mask: PrivacyMask) -> str:
    return json.dumps(
        {
            "version": mask.version,
            "polygons": [p.points for p in mask.polygons],
            "sizes": mask.sizes,
            "style": mask.style.value,
            "validated_by": mask.validated_by,
            "validated_at": None if mask.validated_at is None else mask.validated_at.isoformat(),
        }
    )


@lru_cache(maxsize=20_000)
def _mask(text: str) -> PrivacyMask:
    raw = json.loads(text)
    at = raw["validated_at"]
    return PrivacyMask(
        version=raw["version"],
        polygons=tuple(MaskPolygon(tuple((x, y) for x, y in ring)) for ring in raw["polygons"]),
        # A mask of before these were kept was validated on a picture nobody noted: it has to be again.
        sizes=tuple((width, height) for width, height in raw.get("sizes", ())),
        style=MaskStyle(raw.get("style", MaskStyle.SOLID)),
        validated_by=raw["validated_by"],
        validated_at=None if at is None else datetime.fromisoformat(at),
    )


def legal_basis_row(value: LegalBasis) -> Row:
    """To the table `legal_basis`."""
    return {
        "id": value.id,
        "act": value.act,
        "title": value.title,
        "owner": value.owner,
        "beneficiaries": json.dumps(sorted(value.beneficiaries)),
        "purposes": json.dumps(sorted(value.purposes)),
        "cameras": None if value.cameras is None else json.dumps(sorted(value.cameras)),
        "perimeter": None
        if value.perimeter is None
        else json.dumps([(p.lat_deg, p.lon_deg) for p in value.perimeter]),
        "valid_from": value.valid_from,
        "valid_until": value.valid_until,
        "max_duration_s": value.max_duration_s,
        "version": value.version,
    }


def legal_basis(row: RowMapping) -> LegalBasis:
    """From the table `legal_basis`."""
    cameras, perimeter = row["cameras"], row["perimeter"]
    return LegalBasis(
        id=row["id"],
        act=row["act"],
        title=row["title"],
        owner=row["owner"],
        beneficiaries=frozenset(json.loads(row["beneficiaries"])),
        purposes=frozenset(Purpose(p) for p in json.loads(row["purposes"])),
        cameras=None if cameras is None else frozenset(json.loads(cameras)),
        perimeter=None if perimeter is None else tuple(Position(*p) for p in json.loads(perimeter)),
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        max_duration_s=row["max_duration_s"],
        version=row["version"],
    )


def place_row(value: Place) -> Row:
    """To the table `place`."""
    return {
        "name": value.name,
        "kind": value.kind.value,
        "quarter": value.quarter,
        "lat_deg": value.position.lat_deg,
        "lon_deg": value.position.lon_deg,
        "precision_m": value.precision_m,
    }


def place(row: RowMapping) -> Place:
    """From the table `place`."""
    return Place(
        name=row["name"],
        kind=PlaceKind(row["kind"]),
        position=Position(row["lat_deg"], row["lon_deg"]),
        precision_m=row["precision_m"],
        quarter=row["quarter"],
    )


def incident_row(value: Incident) -> Row:
    """To the table `incident`."""
    return {
        "id": value.id,
        "number": value.number,
        "organisation": value.organisation,
        "nature": value.nature.value,
        "mass_casualty": value.mass_casualty,
        "lat_deg": value.place.lat_deg,
        "lon_deg": value.place.lon_deg,
        "place_label": value.place_label,
        "precision_m": value.precision_m,
        "case_ref": value.case_ref,
        "opened_by": value.opened_by,
        "opened_at": value.opened_at,
        "exercise": value.exercise,
        "closed_at": value.closed_at,
        "crisis": value.crisis,
        "version": value.version,
    }


def incident(row: RowMapping) -> Incident:
    """From the table `incident`."""
    return Incident(
        id=row["id"],
        number=row["number"],
        organisation=row["organisation"],
        nature=Nature(row["nature"]),
        mass_casualty=row["mass_casualty"],
        place=Position(row["lat_deg"], row["lon_deg"]),
        place_label=row["place_label"],
        precision_m=row["precision_m"],
        case_ref=row["case_ref"],
        opened_by=row["opened_by"],
        opened_at=row["opened_at"],
        exercise=row["exercise"],
        closed_at=row["closed_at"],
        crisis=row["crisis"],
        version=row["version"],
    )


def charge_row(value: Charge) -> Row:
    """To the table `incident_charge`."""
    return {
        "incident": value.incident,
        "holder": value.holder,
        "since": value.since,
        "wish": None if value.wish is None else value.wish.value,
        "wished_by": value.wished_by,
        "wished_at": value.wished_at,
        "relieved": json.dumps(sorted(value.relieved)),
        "version": value.version,
    }


def charge(row: RowMapping) -> Charge:
    """From the table `incident_charge`."""
    return Charge(
        incident=row["incident"],
        holder=row["holder"],
        since=row["since"],
        wish=None if row["wish"] is None else Wish(row["wish"]),
        wished_by=row["wished_by"],
        wished_at=row["wished_at"],
        relieved=frozenset(json.loads(row["relieved"])),
        version=row["version"],
    )


def request_row(value: AccessRequest) -> Row:
    """To the table `access_request`."""
    return {
        "id": value.id,
        "incident": value.incident,
        "beneficiary": value.beneficiary,
        "owner": value.owner,
        "requester": value.requester,
        "cameras": json.dumps(value.cameras),
        "duration_s": value.duration_s,
        "intent": value.intent.value,
        "purpose": value.purpose.value,
        "legal_basis": value.legal_basis,
        "extends": value.extends,
        "exercise": value.exercise,
        "state": value.state.value,
        "created_at": value.created_at,
        "lapses_at": value.lapses_at,
        "decided_at": value.decided_at,
        "decided_by": value.decided_by,
        "refusal": None if value.refusal is None else value.refusal.value,
        "grant_id": value.grant,
        "declaration": value.declaration,
        "version": value.version,
    }


def request(row: RowMapping) -> AccessRequest:
    """From the table `access_request`."""
    return AccessRequest(
        id=row["id"],
        incident=row["incident"],
        beneficiary=row["beneficiary"],
        owner=row["owner"],
        requester=row["requester"],
        cameras=tuple(json.loads(row["cameras"])),
        duration_s=row["duration_s"],
        intent=RequestIntent(row["intent"]),
        purpose=Purpose(row["purpose"]),
        legal_basis=row["legal_basis"],
        extends=row["extends"],
        exercise=row["exercise"],
        state=RequestState(row["state"]),
        created_at=row["created_at"],
        lapses_at=row["lapses_at"],
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
        refusal=None if row["refusal"] is None else RefusalReason(row["refusal"]),
        grant=row["grant_id"],
        declaration=row["declaration"],
        version=row["version"],
    )


def grant_row(value: Grant) -> Row:
    """To the table `access_grant`; its views go to `grant_view`."""
    return {
        "id": value.id,
        "ref": value.ref,
        "request": value.request,
        "incident": value.incident,
        "beneficiary": value.beneficiary,
        "owner": value.owner,
        "requester": value.requester,
        "approver": value.approver,
        "state": value.state.value,
        "starts_at": value.starts_at,
        "ends_at": value.ends_at,
        "exercise": value.exercise,
        "ending_at": value.ending_at,
        "cause": None if value.cause is None else value.cause.value,
        "ended_by": value.ended_by,
        "declaration": value.declaration,
        "noticed_at": value.noticed_at,
        "noticed_by": value.noticed_by,
        "version": value.version,
    }


def view_rows(value: Grant) -> list[Row]:
    """To the table `grant_view`."""
    return [
        {
            "grant_id": value.id,
            "camera": view.camera,
            "position": position,
            "epoch": view.epoch,
            "ended_at": view.ended_at,
            "cause": None if view.cause is None else view.cause.value,
            "ended_by": view.ended_by,
            "suspended_at": view.suspended_at,
            "suspension": None if view.suspension is None else view.suspension.value,
            "resumed_at": view.resumed_at,
        }
        for position, view in enumerate(value.views)
    ]


def grant(row: RowMapping, views: Sequence[RowMapping]) -> Grant:
    """From the tables `access_grant` and `grant_view`."""
    return Grant(
        id=row["id"],
        ref=row["ref"],
        request=row["request"],
        incident=row["incident"],
        beneficiary=row["beneficiary"],
        owner=row["owner"],
        requester=row["requester"],
        approver=row["approver"],
        views=tuple(_view(v) for v in sorted(views, key=lambda v: int(v["position"]))),
        state=GrantState(row["state"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        exercise=row["exercise"],
        ending_at=row["ending_at"],
        cause=None if row["cause"] is None else EndCause(row["cause"]),
        ended_by=row["ended_by"],
        declaration=row["declaration"],
        noticed_at=row["noticed_at"],
        noticed_by=row["noticed_by"],
        version=row["version"],
    )


def _view(row: RowMapping) -> View:
    return View(
        camera=row["camera"],
        epoch=row["epoch"],
        ended_at=row["ended_at"],
        cause=None if row["cause"] is None else EndCause(row["cause"]),
        ended_by=row["ended_by"],
        suspended_at=row["suspended_at"],
        suspension=None if row["suspension"] is None else SuspendCause(row["suspension"]),
        resumed_at=row["resumed_at"],
    )


def crisis_row(value: DeclaredCrisis) -> Row:
    """To the table `declared_crisis`."""
    terms = value.terms
    return {
        "id": value.id,
        "ref": value.ref,
        "beneficiary": terms.beneficiary,
        "owner": terms.owner,
        "perimeter": _perimeter_json(terms.perimeter),
        "cameras": json.dumps(sorted(terms.cameras)),
        "purposes": json.dumps(sorted(terms.purposes)),
        "grant_s": terms.grant_s,
        "ends_at": terms.ends_at,
        "legal_basis": terms.legal_basis,
        "exercise": terms.exercise,
        "state": value.state.value,
        "proposed_at": value.proposed_at,
        "confirm_by": value.confirm_by,
        "by_hospital": value.by_hospital,
        "by_city": value.by_city,
        "activated_at": value.activated_at,
        "suspended_at": value.suspended_at,
        "suspended_by": value.suspended_by,
        "ended_at": value.ended_at,
        "ended_by": value.ended_by,
        "cause": None if value.cause is None else value.cause.value,
        "version": value.version,
    }


def crisis(row: RowMapping) -> DeclaredCrisis:
    """From the table `declared_crisis`."""
    return DeclaredCrisis(
        id=row["id"],
        ref=row["ref"],
        terms=Terms(
            beneficiary=row["beneficiary"],
            owner=row["owner"],
            perimeter=_perimeter(row["perimeter"]),
            cameras=frozenset(json.loads(row["cameras"])),
            purposes=frozenset(Purpose(p) for p in json.loads(row["purposes"])),
            grant_s=row["grant_s"],
            ends_at=row["ends_at"],
            legal_basis=row["legal_basis"],
            exercise=row["exercise"],
        ),
        state=CrisisState(row["state"]),
        proposed_at=row["proposed_at"],
        confirm_by=row["confirm_by"],
        by_hospital=row["by_hospital"],
        by_city=row["by_city"],
        activated_at=row["activated_at"],
        suspended_at=row["suspended_at"],
        suspended_by=row["suspended_by"],
        ended_at=row["ended_at"],
        ended_by=row["ended_by"],
        cause=None if row["cause"] is None else CrisisCause(row["cause"]),
        version=row["version"],
    )


def _perimeter_json(perimeter: Perimeter) -> str:
    points, radius_m = drawn(perimeter)
    return json.dumps({"points": [(p.lat_deg, p.lon_deg) for p in points], "radius_m": radius_m})


def _perimeter(text: str) -> Perimeter:
    raw = json.loads(text)
    return perimeter_of([Position(*point) for point in raw["points"]], raw["radius_m"])


def sharing_row(value: Sharing) -> Row:
    """To the table `sharing`."""
    return {
        "owner": value.owner,
        "stopped_at": value.stopped_at,
        "stopped_by": value.stopped_by,
        "version": value.version,
    }


def sharing(row: RowMapping) -> Sharing:
    """From the table `sharing`."""
    return Sharing(**row)


def pause_row(value: Pause) -> Row:
    """To the table `camera_pause`."""
    return {
        "camera": value.camera,
        "owner": value.owner,
        "cause": None if value.cause is None else value.cause.value,
        "since": value.since,
        "version": value.version,
    }


def pause(row: RowMapping) -> Pause:
    """From the table `camera_pause`."""
    return Pause(**{**row, "cause": None if row["cause"] is None else SuspendCause(row["cause"])})


def escalation_row(value: Escalation) -> Row:
    """To the table `escalation`."""
    return {"request": value.request, "version": value.version}


def escalation(row: RowMapping) -> Escalation:
    """From the table `escalation`."""
    return Escalation(**row)


def viewing_row(value: Viewing) -> Row:
    """To the table `viewing`."""
    return {
        "id": value.id,
        "grant_id": value.grant,
        "camera": value.camera,
        "person": value.person,
        "session": value.session,
        "node": value.node,
        "rendition": value.rendition,
        "started_at": value.started_at,
        "ended_at": value.ended_at,
        "frames": value.frames,
        "cause": value.cause,
    }


def viewing(row: RowMapping) -> Viewing:
    """From the table `viewing`."""
    return Viewing(
        id=row["id"],
        grant=row["grant_id"],
        camera=row["camera"],
        person=row["person"],
        session=row["session"],
        node=row["node"],
        rendition=row["rendition"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        frames=row["frames"],
        cause=row["cause"],
    )


def preview_row(value: Preview) -> Row:
    """To the table `preview`."""
    return {
        "id": value.id,
        "ref": value.ref,
        "request": value.request,
        "camera": value.camera,
        "owner": value.owner,
        "person": value.person,
        "session": value.session,
        "node": value.node,
        "exercise": value.exercise,
        "opened_at": value.opened_at,
        "ends_at": value.ends_at,
        "ended_at": value.ended_at,
        "cause": value.cause,
    }


def preview(row: RowMapping) -> Preview:
    """From the table `preview`."""
    return Preview(**row)


def session_row(value: Session) -> Row:
    """To the table `session`."""
    return {
        "id": value.id,
        "person": value.person,
        "provider": value.provider,
        "opened_at": value.opened_at,
        "authenticated_at": value.authenticated_at,
        "roles": json.dumps(sorted(value.roles)),
        "seen_at": value.seen_at,
        "ends_at": value.ends_at,
        "id_token": value.id_token,
        "provider_subject": value.provider_subject,
        "provider_session": value.provider_session,
        "view": None if value.view is None else json.dumps(asdict(value.view)),
    }


def session(row: RowMapping) -> Session:
    """From the table `session`."""
    roles = Role if row["roles"] is None else map(Role, json.loads(row["roles"]))
    view = None if row["view"] is None else ViewOnly(**json.loads(row["view"]))
    return Session(**{**row, "roles": frozenset(roles), "view": view})
