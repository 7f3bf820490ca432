"""The figures of a review (`core.review`): how much was asked, given and looked at, and how long it took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, GrantId, PersonId
from crisislink.core.requests import AccessRequest, RequestState


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A named person saw a camera under a grant; `ended_at` None: still."""

    grant: GrantId
    camera: CameraId
    person: PersonId
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts and durations. None where there is nothing to count from."""

    requests: int
    approved: int
    automatic: int
    """Of those approved: by a declared crisis, at once. They do not count as answers."""
    refused: int
    lapsed: int
    answer_median_s: float | None
    first_request_s: float | None
    """From the beginning, the first incident opened or the crisis proposed, to asking."""
    first_picture_s: float | None
    """From the beginning to somebody's first look."""
    grants: int
    grants_unused: int
    cameras_asked: int
    cameras_granted: int
    cameras_watched: int
    watched_s: float
    """All looks of all persons, added."""


def figures_of(
    began_at: datetime,
    requests: Sequence[AccessRequest],
    grants: Sequence[Grant],
    looks: Sequence[Look],
    now: datetime,
) -> Figures:
    """From when it began until `now`, or until it was over: all that is given counts."""
    states = [one.state for one in requests]
    answered = [
        (one.decided_at - one.created_at).total_seconds()
        for one in requests
        if one.decided_at is not None
        and one.declaration is None
        and one.state in {RequestState.APPROVED, RequestState.REFUSED}
    ]
    watched = {look.grant for look in looks}
    return Figures(
        requests=len(requests),
        approved=states.count(RequestState.APPROVED),
        automatic=sum(one.declaration is not None for one in requests),
        refused=states.count(RequestState.REFUSED),
        lapsed=states.count(RequestState.LAPSED),
        answer_median_s=median(answered) if answered else None,
        first_request_s=_since(began_at, (one.created_at for one in requests)),
        first_picture_s=_since(began_at, (look.started_at for look in looks)),
        grants=len(grants),
        grants_unused=sum(one.id not in watched for one in grants),
        cameras_asked=len({camera for one in requests for camera in one.cameras}),
        cameras_granted=len({view.camera for one in grants for view in one.views}),
        cameras_watched=len({look.camera for look in looks}),
        watched_s=sum(((look.ended_at or now) - look.started_at).total_seconds() for look in looks),
    )


def _since(began_at: datetime, instants: Iterable[datetime]) -> float | None:
    first = min(instants, default=None)
    return None if first is None else (first - began_at).total_seconds()
