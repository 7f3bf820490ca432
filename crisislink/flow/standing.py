"""How things stand: all that deadlines are computed from, read in one transaction.

The whole of it to know what comes next; one request's or one grant's part of it, inside the transaction that
acts, to know that it still is so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crisislink.core.actors import Habilitation
from crisislink.core.cameras import Camera
from crisislink.core.crisis import DeclaredCrisis
from crisislink.core.escalation import Escalation
from crisislink.core.geo import Position
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, GrantId, IncidentId, LegalBasisId, OrganisationId, RequestId
from crisislink.core.killswitch import Sharing
from crisislink.core.legal import LegalBasis
from crisislink.core.limits import Limits
from crisislink.core.previews import Preview
from crisislink.core.requests import AccessRequest
from crisislink.core.suspension import Pause
from crisislink.flow.leaving import Leaving
from crisislink.flow.ports import Session, UnitOfWork
from crisislink.flow.signin import SessionLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The numbers deadlines obey."""

    limits: Limits
    sessions: SessionLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """As of `now`. `last_seen` as `flow.ports.Conditions.last_seen`; the maps are by what they are about.

    `cameras_at`: which revision of the cameras these are, where that was asked.
    """

    now: datetime
    rules: Rules
    requests: Sequence[AccessRequest] = ()
    escalations: Mapping[RequestId, Escalation] = field(default_factory=dict)
    grants: Sequence[Grant] = ()
    crises: Sequence[DeclaredCrisis] = ()
    previews: Sequence[Preview] = ()
    approvals: Mapping[GrantId, AccessRequest] = field(default_factory=dict)
    places: Mapping[IncidentId, Position] = field(default_factory=dict)
    bases: Mapping[LegalBasisId, LegalBasis] = field(default_factory=dict)
    cameras: Mapping[CameraId, Camera] = field(default_factory=dict)
    pauses: Mapping[CameraId, Pause] = field(default_factory=dict)
    last_seen: Mapping[GrantId, datetime | None] = field(default_factory=dict)
    habilitations: Mapping[OrganisationId, Sequence[Habilitation]] = field(default_factory=dict)
    sessions: Mapping[OrganisationId, Sequence[Session]] = field(default_factory=dict)
    leaving: Sequence[Leaving] = ()
    cameras_at: tuple[int, int] | None = None
    stopped: Mapping[OrganisationId, Sharing] = field(default_factory=dict)


async def standing(
    work: UnitOfWork,
    requests: Sequence[AccessRequest],
    grants: Sequence[Grant],
    crises: Sequence[DeclaredCrisis] = (),
    previews: Sequence[Preview] = (),
    *,
    rules: Rules,
    now: datetime,
    before: Standing | None = None,
) -> Standing:
    """What these requests, grants, declared crises and previews rest on.

    `before`: how things stood a moment ago, in the same store. What cannot have changed since is not read
    again: the approvals of a grant that is the very same, and cameras of the same revision.
    """
    live = [grant for grant in grants if grant.state.live]
    ids = [grant.id for grant in live]
    cameras = {camera for grant in live for camera in grant.open_cameras} | {p.camera for p in previews}
    hospitals = sorted({grant.beneficiary for grant in live})
    incidents = await work.incidents(ids={grant.incident for grant in live}) if live else ()
    switches = [await work.sharing(owner) for owner in {grant.owner for grant in live}]
    cameras_at, known_cameras = await _cameras(work, cameras, before)
    return Standing(
        now=now,
        rules=rules,
        requests=requests,
        escalations=await work.escalations([request.id for request in requests]),
        grants=grants,
        crises=crises,
        previews=previews,
        approvals=await _approvals(work, live, before),
        places={incident.id: incident.place for incident in incidents},
        bases=await _bases(work, {one.owner for one in live} | {one.terms.owner for one in crises}),
        cameras=known_cameras,
        cameras_at=cameras_at,
        pauses=await work.pauses(cameras),
        last_seen=await work.last_seen(ids),
        habilitations={org: await work.habilitations_in(org) for org in hospitals},
        sessions={org: [s for s in await work.sessions_in(org) if s.view is None] for org in hospitals},
        stopped={one.owner: one for one in switches if one.stopped},
    )


async def _bases(work: UnitOfWork, owners: Iterable[OrganisationId]) -> dict[LegalBasisId, LegalBasis]:
    return {basis.id: basis for owner in sorted(owners) for basis in await work.legal_bases(owner)}


async def _approvals(
    work: UnitOfWork, live: Sequence[Grant], before: Standing | None
) -> dict[GrantId, AccessRequest]:
    """The newest of each: whatever adds one makes another version of its grant."""
    was = {} if before is None else {grant.id: grant for grant in before.grants}
    same = {g.id: before.approvals[g.id] for g in live if before is not None and was.get(g.id) is g}
    return same | dict(await work.newest_approvals([grant.id for grant in live if grant.id not in same]))


async def _cameras(
    work: UnitOfWork, ids: set[CameraId], before: Standing | None
) -> tuple[tuple[int, int] | None, dict[CameraId, Camera]]:
    """These, and their revision where there is a `before` to be compared with."""
    at = None if before is None else await work.camera_revision()
    same = {}
    if before is not None and before.cameras_at == at:
        same = {one: before.cameras[one] for one in ids if one in before.cameras}
    others = ids - same.keys()
    return at, same | {camera.id: camera for camera in (await work.cameras(others) if others else ())}
