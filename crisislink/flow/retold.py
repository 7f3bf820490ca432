"""What only the register keeps of a review (`flow.reviews`): the states know the last time alone.

Who handed an incident to whom, which views were suspended, who noticed what was granted at once, and what
became of declared crises.
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from crisislink.core.crisis import CrisisCause, DeclaredCrisis
from crisislink.core.events import (
    CrisisActivated,
    CrisisDeclined,
    CrisisEnded,
    CrisisLapsed,
    CrisisProposed,
    CrisisResumed,
    CrisisSuspended,
    GrantNoticed,
    IncidentHandedOver,
    ViewResumed,
    ViewSuspended,
)
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, CrisisId, GrantId
from crisislink.core.incidents import Incident
from crisislink.core.requests import AccessRequest
from crisislink.core.review import Moment, Step
from crisislink.core.suspension import SuspendCause
from crisislink.flow.ports import UnitOfWork

_PAGE = 1_000
_CHANGES = {
    CrisisProposed.kind: Step.CRISIS_PROPOSED,
    CrisisDeclined.kind: Step.CRISIS_DECLINED,
    CrisisLapsed.kind: Step.CRISIS_LAPSED,
    CrisisActivated.kind: Step.CRISIS_DECLARED,
    CrisisSuspended.kind: Step.CRISIS_SUSPENDED,
    CrisisResumed.kind: Step.CRISIS_RESUMED,
    CrisisEnded.kind: Step.CRISIS_ENDED,
}
_ANSWERS = frozenset({Step.CRISIS_DECLARED, Step.CRISIS_DECLINED, Step.CRISIS_LAPSED})
_PAUSES = {ViewSuspended.kind: Step.VIEW_SUSPENDED, ViewResumed.kind: Step.VIEW_RESUMED}


async def handed_over(work: UnitOfWork, incidents: Iterable[Incident]) -> list[Moment]:
    """Their changes of shift."""
    opened = {one.id: one.opened_at for one in incidents}
    if not await work.charges(opened.keys()):
        return []
    entries = await _entries(work, {IncidentHandedOver.kind}, since=min(opened.values()))
    return [
        Moment(
            at=at,
            step=Step.HANDED_OVER,
            actor=body["holder"],
            incident=body["incident"],
            relieved=body["relieved"],
        )
        for at, _, body in entries
        if body["incident"] in opened
    ]


async def paused(work: UnitOfWork, grants: Collection[Grant]) -> list[Moment]:
    """Their views suspended and resumed."""
    if not grants:
        return []
    within = {one.id: one.incident for one in grants}
    entries = await _entries(work, _PAUSES.keys(), since=min(one.starts_at for one in grants))
    return [
        Moment(
            at=at,
            step=_PAUSES[kind],
            actor=body["actor"],
            incident=within[body["grant"]],
            grant=body["grant"],
            cameras=(CameraId(body["camera"]),),
            cause=SuspendCause(body["cause"]),
        )
        for at, kind, body in entries
        if body["grant"] in within
    ]


async def noticed(
    work: UnitOfWork, grants: Iterable[Grant], requests: Iterable[AccessRequest]
) -> list[Moment]:
    """The police room acknowledged what was granted, or prolonged, at once; and how long after."""
    given: dict[GrantId, list[datetime]] = {}
    for one in requests:
        if one.declaration is not None and one.grant is not None and one.decided_at is not None:
            given.setdefault(one.grant, []).append(one.decided_at)
    within = {one.id: one.incident for one in grants if one.id in given}
    if not within:
        return []
    entries = await _entries(work, {GrantNoticed.kind}, since=min(map(min, given.values())))
    return [
        Moment(
            at=at,
            step=Step.NOTICED,
            actor=body["actor"],
            incident=within[body["grant"]],
            grant=body["grant"],
            took_s=min(
                ((at - one).total_seconds() for one in given[body["grant"]] if one <= at), default=None
            ),
        )
        for at, _, body in entries
        if body["grant"] in within
    ]


async def declared(work: UnitOfWork, crises: Collection[DeclaredCrisis]) -> list[Moment]:
    """What became of these."""
    if not crises:
        return []
    proposed = {one.id: one.proposed_at for one in crises}
    entries = await _entries(work, _CHANGES.keys(), since=min(proposed.values()))
    return [
        Moment(
            at=at,
            step=_CHANGES[kind],
            actor=body.get("actor"),
            declaration=CrisisId(body["declaration"]),
            took_s=(at - proposed[body["declaration"]]).total_seconds()
            if _CHANGES[kind] in _ANSWERS
            else None,
            cause=None if "cause" not in body else CrisisCause(body["cause"]),
        )
        for at, kind, body in entries
        if body["declaration"] in proposed
    ]


async def _entries(
    work: UnitOfWork, kinds: Collection[str], *, since: datetime
) -> list[tuple[datetime, str, dict[str, Any]]]:
    """The register's entries of these kinds since then, oldest first, however many, with what they say."""
    found: list[tuple[datetime, str, dict[str, Any]]] = []
    before: int | None = None
    while some := await work.entries_before(before=before, limit=_PAGE, kinds=kinds):
        found += [(one.at, one.kind, json.loads(one.body)) for one in some if one.at >= since]
        before = some[-1].seq
        if some[-1].at < since:
            break
    return found[::-1]
