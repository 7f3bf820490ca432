"""What ends, lapses or changes without anybody's doing: one entry in a table for each kind of deadline.

A kind says when it is due for one request, grant, declared crisis or preview, as things stand (None: not in
sight), and what is then done, in one transaction. A condition that no longer holds is due now. `flow.timers`
computes what comes next from the table and asks again inside the transaction that acts, so whoever comes
second finds nothing to do.

The end by sign-out: a grant that was watched ends once nobody watches it and nobody of that hospital who may
watch is signed in any more. Who still is, may open it again; a grant nobody ever watched is left to the idle
release, because who asked may have gone before the city answered.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from crisislink.core import crisis as declared
from crisislink.core.conditions import may_be_watched_until, released_at, uncovered, watchers
from crisislink.core.crisis import CrisisCause, CrisisState, DeclaredCrisis
from crisislink.core.escalation import escalate, escalates_at
from crisislink.core.grants import EndCause, Grant, GrantState, end_views, finish
from crisislink.core.ids import CameraId, CrisisId, GrantId, PersonId, PreviewId, RequestId
from crisislink.core.previews import EXPIRED, Preview
from crisislink.core.previews import end as end_preview
from crisislink.core.requests import AccessRequest, lapse
from crisislink.core.suspension import SuspendCause, hidden
from crisislink.flow.crisisends import end_in
from crisislink.flow.endings import Darkened, darkened, end_all, end_stopped
from crisislink.flow.leaving import sign_out
from crisislink.flow.ports import Session, UnitOfWork
from crisislink.flow.previewends import end_with
from crisislink.flow.signin import lives_until
from crisislink.flow.standing import Rules, Standing, standing
from crisislink.flow.suspensions import align

Subject = TypeVar("Subject", AccessRequest, Grant, DeclaredCrisis, Preview)
Done = Darkened | Session
"""What is left to do once it is committed: views to cut, copies of ended sessions to forget."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[Subject]):
    """`due`: when, for one subject. `act`: what is then done, and leaves to cut.

    `alone`: both look at nothing but the subject, so that nothing else need be read. `dark`: what has to be
    cut where the store can be read and takes no entry, for leases go on.
    """

    name: str
    due: Callable[[Standing, Subject], datetime | None]
    act: Callable[[UnitOfWork, Standing, Subject], Awaitable[list[Darkened]]]
    alone: bool = False
    dark: Callable[[Standing, Subject], Darkened] | None = None


@dataclass(frozen=True, slots=True)
class RequestDue:
    """What to do about a request at an instant."""

    at: datetime
    kind: Kind[AccessRequest]
    id: RequestId


@dataclass(frozen=True, slots=True)
class GrantDue:
    """What to do about a grant at an instant."""

    at: datetime
    kind: Kind[Grant]
    id: GrantId


@dataclass(frozen=True, slots=True)
class PersonDue:
    """Whom to sign out at an instant, for want of a role."""

    at: datetime
    id: PersonId


@dataclass(frozen=True, slots=True)
class CrisisDue:
    """What to do about a declared crisis at an instant."""

    at: datetime
    kind: Kind[DeclaredCrisis]
    id: CrisisId


@dataclass(frozen=True, slots=True)
class PreviewDue:
    """What to do about a preview at an instant."""

    at: datetime
    kind: Kind[Preview]
    id: PreviewId


Due = RequestDue | GrantDue | PersonDue | CrisisDue | PreviewDue


def agenda(now: Standing) -> list[Due]:
    """All that is due, now or later, soonest first."""
    found: list[Due] = [
        RequestDue(at, kind, request.id)
        for request in now.requests
        for kind in REQUEST_KINDS
        if (at := kind.due(now, request)) is not None
    ]
    found += [
        GrantDue(at, kind, grant.id)
        for grant in now.grants
        for kind in GRANT_KINDS
        if (at := kind.due(now, grant)) is not None
    ]
    found += [PersonDue(one.at, one.person) for one in now.leaving]
    found += [
        CrisisDue(at, kind, crisis.id)
        for crisis in now.crises
        for kind in CRISIS_KINDS
        if (at := kind.due(now, crisis)) is not None
    ]
    found += [
        PreviewDue(at, PREVIEW_KIND, preview.id)
        for preview in now.previews
        if (at := PREVIEW_KIND.due(now, preview)) is not None
    ]
    return sorted(found, key=lambda due: due.at)


def named(due: Due) -> tuple[str, str]:
    """Kind and subject."""
    return ("role lost" if isinstance(due, PersonDue) else due.kind.name, due.id)


async def settle(work: UnitOfWork, dues: Sequence[Due], *, rules: Rules, now: datetime) -> list[Done]:
    """Do what still is due: what is left to do. Nothing where somebody did it, or things changed.

    Grants are read together, with all they rest on. Each is read anew for what comes second, and after
    anything that may have changed more than one.
    """
    ends = [due for due in dues if isinstance(due, GrantDue)]
    known = {grant.id: grant for grant in await work.grants_of({due.id for due in ends})}
    resting = {due.id for due in ends if not due.kind.alone} & known.keys()
    stands = Standing(now=now, rules=rules)
    if resting:
        stands = await standing(work, [], [known[one] for one in resting], rules=rules, now=now)
    done: list[Done] = []
    for due in dues:
        if not isinstance(due, GrantDue):
            done += await _settle_one(work, due, rules=rules, now=now)
            known.clear()
        elif (grant := known.pop(due.id, None)) is not None:
            done += await _settle(work, due.kind, stands, grant)
        else:
            done += await _settle_one(work, due, rules=rules, now=now)
    return done


async def _settle_one(work: UnitOfWork, due: Due, *, rules: Rules, now: datetime) -> Sequence[Done]:
    if isinstance(due, PersonDue):
        return await sign_out(work, due.id, now=now)
    stands = Standing(now=now, rules=rules)
    if isinstance(due, RequestDue):
        request = await work.request(due.id)
        if not due.kind.alone:
            stands = await standing(work, [request], [], rules=rules, now=now)
        return await _settle(work, due.kind, stands, request)
    if isinstance(due, CrisisDue):
        crisis = await work.crisis(due.id)
        if not due.kind.alone:
            stands = await standing(work, [], [], [crisis], rules=rules, now=now)
        return await _settle(work, due.kind, stands, crisis)
    if isinstance(due, PreviewDue):
        preview = await work.preview(due.id)
        stands = await standing(work, [], [], [], [preview], rules=rules, now=now)
        return await _settle(work, due.kind, stands, preview)
    grant = await work.grant(due.id)
    if not due.kind.alone:
        stands = await standing(work, [], [grant], rules=rules, now=now)
    return await _settle(work, due.kind, stands, grant)


async def _settle(work: UnitOfWork, kind: Kind[Subject], now: Standing, subject: Subject) -> list[Darkened]:
    at = kind.due(now, subject)
    return await kind.act(work, now, subject) if at is not None and at <= now.now else []


# -- requests ------------------------------------------------------------------------------------------


def _lapses_at(_: Standing, request: AccessRequest) -> datetime | None:
    return request.lapses_at if request.open else None


async def _lapse(work: UnitOfWork, now: Standing, request: AccessRequest) -> list[Darkened]:
    lapsed, event = lapse(request, now=now.now)
    if event is not None:
        await work.record(event, lapsed)
        await end_with(work, lapsed, now=now.now)
    return []


def _escalates_at(now: Standing, request: AccessRequest) -> datetime | None:
    return escalates_at(request, now.escalations[request.id], now.rules.limits)


async def _escalate(work: UnitOfWork, now: Standing, request: AccessRequest) -> list[Darkened]:
    before = now.escalations[request.id]
    reached, event = escalate(request, before, limits=now.rules.limits, now=now.now)
    if event is not None:
        await work.record(event, reached)
    return []


# -- grants --------------------------------------------------------------------------------------------


def _ends_at(_: Standing, grant: Grant) -> datetime | None:
    return grant.ends_at if grant.state.live else None


def _confirmed_at(now: Standing, grant: Grant) -> datetime | None:
    if grant.state is not GrantState.ENDING:
        return None
    assert grant.ending_at is not None, "a grant that is ending says since when"
    return grant.ending_at + timedelta(seconds=now.rules.limits.lease_s)


async def _finish(work: UnitOfWork, now: Standing, grant: Grant) -> list[Darkened]:
    ended, event = finish(grant, acknowledged=False, limits=now.rules.limits, now=now.now)
    if event is not None:
        await work.record(event, ended)
    return []


def _covered_until(now: Standing, grant: Grant) -> datetime | None:
    if not grant.state.live:
        return None
    basis = now.bases.get(now.approvals[grant.id].legal_basis)
    if basis is None or _uncovered(now, grant):
        return now.now
    return basis.valid_until


def _uncovered(now: Standing, grant: Grant) -> tuple[CameraId, ...]:
    request = now.approvals[grant.id]
    basis, place = now.bases.get(request.legal_basis), now.places[grant.incident]
    return uncovered(grant, request, basis, place, now.cameras, now=now.now)


async def _end_uncovered(work: UnitOfWork, now: Standing, grant: Grant) -> list[Darkened]:
    cause = EndCause.LEGAL_BASIS_ENDED
    after, event = end_views(grant, _uncovered(now, grant), cause, actor=None, now=now.now)
    if event is None:
        return []
    await work.record(event, after)
    dark = darkened(grant, after, cause)
    return [] if dark is None else [dark]


def _stopped_at(now: Standing, grant: Grant) -> datetime | None:
    """What a kill switch has not ended yet: its process ends them in turn, or died."""
    return now.now if grant.state.live and grant.owner in now.stopped else None


async def _end_stopped(work: UnitOfWork, now: Standing, grant: Grant) -> list[Darkened]:
    return await end_stopped(work, now.stopped[grant.owner], [grant], now=now.now)


def _watchable_until(now: Standing, grant: Grant) -> datetime | None:
    if not grant.state.live:
        return None
    return may_be_watched_until(now.habilitations[grant.beneficiary], now=now.now) or now.now


def _signed_in_until(now: Standing, grant: Grant) -> datetime | None:
    if not grant.state.live or now.last_seen.get(grant.id) is None:
        return None
    may = watchers(now.habilitations[grant.beneficiary], now=now.now)
    own = [session for session in now.sessions[grant.beneficiary] if session.person in may]
    return max([lives_until(session, now.rules.sessions) for session in own], default=now.now)


def _released_at(now: Standing, grant: Grant) -> datetime | None:
    watched = grant.id in now.last_seen and now.last_seen[grant.id] is None
    if not grant.state.live or watched:
        return None
    return released_at(grant, now.last_seen.get(grant.id), now.rules.limits)


def _misaligned(now: Standing, grant: Grant) -> Iterator[CameraId]:
    for camera in grant.open_cameras:
        cause = hidden(now.cameras[camera], now.pauses.get(camera))
        if (cause is not None) != grant.view(camera).suspended:
            yield camera


def _aligned_at(now: Standing, grant: Grant) -> datetime | None:
    return now.now if any(_misaligned(now, grant)) else None


async def _align(work: UnitOfWork, now: Standing, grant: Grant) -> list[Darkened]:
    found: list[Darkened] = []
    for camera in [now.cameras[c] for c in grant.open_cameras if c in set(_misaligned(now, grant))]:
        present = await work.grant(grant.id)
        dark = await align(work, present, camera, now.pauses.get(camera.id), actor=None, now=now.now)
        found += [] if dark is None else [dark]
    return found


def _all_of(cause: EndCause) -> Callable[[Standing, Grant], Darkened]:
    return lambda _, grant: Darkened(grant.id, frozenset(grant.open_cameras), cause, whole=True)


def _uncovered_of(now: Standing, grant: Grant) -> Darkened:
    return Darkened(grant.id, frozenset(_uncovered(now, grant)), EndCause.LEGAL_BASIS_ENDED, whole=False)


def _end(cause: EndCause) -> Callable[[UnitOfWork, Standing, Grant], Awaitable[list[Darkened]]]:
    async def act(work: UnitOfWork, now: Standing, grant: Grant) -> list[Darkened]:
        return await end_all(work, [grant], cause, actor=None, now=now.now)

    return act


# -- declared crises -----------------------------------------------------------------------------------


def _unconfirmed_at(_: Standing, crisis: DeclaredCrisis) -> datetime | None:
    return crisis.confirm_by if crisis.state is CrisisState.PROPOSED else None


async def _lapse_unconfirmed(work: UnitOfWork, now: Standing, crisis: DeclaredCrisis) -> list[Darkened]:
    lapsed, event = declared.lapse(crisis, now=now.now)
    if event is not None:
        await work.record(event, lapsed)
    return []


def _crisis_ends_at(_: Standing, crisis: DeclaredCrisis) -> datetime | None:
    return crisis.terms.ends_at if crisis.state.declared else None


def _crisis_bounded_until(now: Standing, crisis: DeclaredCrisis) -> datetime | None:
    if not crisis.state.declared:
        return None
    act = now.bases.get(crisis.terms.legal_basis)
    return act.valid_until if act is not None and act.valid_from <= now.now else now.now


def _end_crisis(
    cause: CrisisCause,
) -> Callable[[UnitOfWork, Standing, DeclaredCrisis], Awaitable[list[Darkened]]]:
    async def act(work: UnitOfWork, now: Standing, crisis: DeclaredCrisis) -> list[Darkened]:
        return await end_in(work, crisis, cause, actor=None, now=now.now)

    return act


# -- previews ------------------------------------------------------------------------------------------


def _preview_ends_at(now: Standing, preview: Preview) -> datetime | None:
    """Its own end, or now, where its camera lost its mask."""
    if preview.ended_at is not None:
        return None
    return now.now if _unseen(now, preview) is not None else preview.ends_at


def _unseen(now: Standing, preview: Preview) -> SuspendCause | None:
    return hidden(now.cameras[preview.camera], now.pauses.get(preview.camera))


async def _end_preview(work: UnitOfWork, now: Standing, preview: Preview) -> list[Darkened]:
    """Nothing is left to cut: no lease outlives it, and its node hears of the entry."""
    unseen = _unseen(now, preview)
    over, event = end_preview(preview, EXPIRED if unseen is None else unseen.value, now=now.now)
    if event is not None:
        await work.record(event, over)
    return []


PREVIEW_KIND: Kind[Preview] = Kind("preview", _preview_ends_at, _end_preview)
CRISIS_KINDS: tuple[Kind[DeclaredCrisis], ...] = (
    Kind("crisis unconfirmed", _unconfirmed_at, _lapse_unconfirmed, alone=True),
    Kind("crisis end", _crisis_ends_at, _end_crisis(CrisisCause.EXPIRED), alone=True),
    Kind("crisis act", _crisis_bounded_until, _end_crisis(CrisisCause.LEGAL_BASIS_ENDED)),
)
REQUEST_KINDS: tuple[Kind[AccessRequest], ...] = (
    Kind("lapse", _lapses_at, _lapse, alone=True),
    Kind("escalation", _escalates_at, _escalate),
)
GRANT_KINDS: tuple[Kind[Grant], ...] = (
    Kind("expiry", _ends_at, _end(EndCause.EXPIRED), alone=True),
    Kind("confirmation", _confirmed_at, _finish, alone=True),
    Kind("legal basis", _covered_until, _end_uncovered, dark=_uncovered_of),
    Kind(
        "kill switch",
        _stopped_at,
        _end_stopped,
        dark=_all_of(EndCause.SHARING_STOPPED),
    ),
    Kind(
        "habilitations",
        _watchable_until,
        _end(EndCause.HABILITATION_ENDED),
        dark=_all_of(EndCause.HABILITATION_ENDED),
    ),
    Kind("sign-out", _signed_in_until, _end(EndCause.LOGGED_OUT)),
    Kind("idle release", _released_at, _end(EndCause.IDLE)),
    Kind("camera", _aligned_at, _align),
)
