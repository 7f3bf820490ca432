"""What happened in an incident or crisis, afterwards (RETEX): decisions, delays, refusals, access unused.

Pure, and without any image: from the incidents' own requests, grants, viewings and messages. Nothing here
judges people; the figures are for the convention's partners to learn from.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import median

from crisislink.core.conversation import Answer, Message
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, CrisisId, GrantId, IncidentId, MessageId, PersonId, RequestId
from crisislink.core.incidents import Incident
from crisislink.core.requests import AccessRequest, RequestState
from crisislink.core.suspension import SuspendCause
from crisislink.core.talkrules import MessageKind


class Step(StrEnum):
    """What happened at a moment."""

    OPENED = "opened"
    HANDED_OVER = "handed_over"
    REQUESTED = "requested"
    MORE_TIME = "more_time"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    FIRST_LOOK = "first_look"
    TEXT = "text"
    WISH = "wish"
    WISH_DONE = "wish_done"
    WISH_CANNOT = "wish_cannot"
    VIEW_SUSPENDED = "view_suspended"
    VIEW_RESUMED = "view_resumed"
    VIEW_ENDED = "view_ended"
    GRANT_ENDED = "grant_ended"
    CLOSED = "closed"
    APPROVED_IN_CRISIS = "approved_in_crisis"
    CRISIS_DECLARED = "crisis_declared"
    CRISIS_SUSPENDED = "crisis_suspended"
    CRISIS_RESUMED = "crisis_resumed"
    CRISIS_ENDED = "crisis_ended"


_DECIDED = {
    RequestState.APPROVED: Step.APPROVED,
    RequestState.REFUSED: Step.REFUSED,
    RequestState.WITHDRAWN: Step.WITHDRAWN,
    RequestState.LAPSED: Step.LAPSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A named person saw a camera under a grant; `ended_at` None: still."""

    grant: GrantId
    camera: CameraId
    person: PersonId
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of the timeline. `actor` None: the clock, or a rule.

    `took_s`: from asking to the decision, from a wish to its answer. `declaration`: the declared crisis it is
    about, or that approved it. `relieved`: whoever passed the incident on to `actor`. `incident`: None only
    for what became of a declared crisis. `cause`: why a view was suspended, also where it is resumed.
    """

    at: datetime
    step: Step
    actor: PersonId | None
    incident: IncidentId | None = None
    request: RequestId | None = None
    grant: GrantId | None = None
    cameras: tuple[CameraId, ...] = ()
    message: MessageId | None = None
    took_s: float | None = None
    declaration: CrisisId | None = None
    relieved: PersonId | None = None
    cause: SuspendCause | None = None


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
    """From opening the first incident to asking."""
    first_picture_s: float | None
    """From opening the first incident to somebody's first look."""
    grants: int
    grants_unused: int
    cameras_asked: int
    cameras_granted: int
    cameras_watched: int
    watched_s: float
    """All looks of all persons, added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterActionReview:
    """The whole of it. `incidents` in the order in which they were opened; `moments` oldest first."""

    incidents: tuple[Incident, ...]
    moments: tuple[Moment, ...]
    figures: Figures


def after_action(
    incidents: Sequence[Incident],
    requests: Sequence[AccessRequest],
    grants: Sequence[Grant],
    looks: Sequence[Look],
    messages: Sequence[Message],
    *,
    besides: Sequence[Moment] = (),
    now: datetime,
) -> AfterActionReview:
    """What is known `now` of one incident, or of several of one crisis; they may still be open.

    `grants`: all that `looks` and `messages` are of. `besides`: of the declared crises they lay in, their
    handovers and suspended views, which only the register keeps.
    """
    within = {one.id: one.incident for one in grants}
    moments = [
        *_of_incidents(incidents),
        *_of_requests(requests),
        *_of_grants(grants),
        *_of_looks(looks, within),
        *_of_messages(messages, within),
        *besides,
    ]
    return AfterActionReview(
        incidents=tuple(sorted(incidents, key=lambda one: (one.opened_at, one.id))),
        moments=tuple(sorted(moments, key=lambda moment: moment.at)),
        figures=_figures(min(one.opened_at for one in incidents), requests, grants, looks, now),
    )


def _of_incidents(incidents: Iterable[Incident]) -> Iterator[Moment]:
    for one in incidents:
        yield Moment(at=one.opened_at, step=Step.OPENED, actor=one.opened_by, incident=one.id)
        if one.closed_at is not None:
            yield Moment(at=one.closed_at, step=Step.CLOSED, actor=None, incident=one.id)


def _of_requests(requests: Iterable[AccessRequest]) -> Iterator[Moment]:
    for one in requests:
        asked = Step.REQUESTED if one.extends is None else Step.MORE_TIME
        yield Moment(
            at=one.created_at,
            step=asked,
            actor=one.requester,
            incident=one.incident,
            request=one.id,
            cameras=one.cameras,
        )
        if one.decided_at is not None:
            yield Moment(
                at=one.decided_at,
                step=_DECIDED[one.state] if one.declaration is None else Step.APPROVED_IN_CRISIS,
                actor=one.decided_by,
                incident=one.incident,
                request=one.id,
                grant=one.grant,
                took_s=(one.decided_at - one.created_at).total_seconds(),
                declaration=one.declaration,
            )


def _of_grants(grants: Iterable[Grant]) -> Iterator[Moment]:
    for one in grants:
        for view in one.views:
            if view.ended_at is not None and view.ended_at != one.ending_at:
                yield Moment(
                    at=view.ended_at,
                    step=Step.VIEW_ENDED,
                    actor=view.ended_by,
                    incident=one.incident,
                    grant=one.id,
                    cameras=(view.camera,),
                )
        if one.ending_at is not None:
            yield Moment(
                at=one.ending_at,
                step=Step.GRANT_ENDED,
                actor=one.ended_by,
                incident=one.incident,
                grant=one.id,
            )


def _of_looks(looks: Iterable[Look], within: Mapping[GrantId, IncidentId]) -> Iterator[Moment]:
    """Each person's first at each grant: who watches a wall opens and closes pictures all the time."""
    first: dict[tuple[GrantId, PersonId], Look] = {}
    for one in sorted(looks, key=lambda look: look.started_at):
        first.setdefault((one.grant, one.person), one)
    for one in first.values():
        yield Moment(
            at=one.started_at,
            step=Step.FIRST_LOOK,
            actor=one.person,
            incident=within[one.grant],
            grant=one.grant,
            cameras=(one.camera,),
        )


def _of_messages(messages: Iterable[Message], within: Mapping[GrantId, IncidentId]) -> Iterator[Moment]:
    for one in messages:
        cameras = () if one.camera is None else (one.camera,)
        step = Step.WISH if one.kind is MessageKind.WISH else Step.TEXT
        yield Moment(
            at=one.sent_at,
            step=step,
            actor=one.author,
            incident=within[one.grant],
            grant=one.grant,
            cameras=cameras,
            message=one.id,
        )
        if one.answered_at is not None:
            yield Moment(
                at=one.answered_at,
                step=Step.WISH_DONE if one.answer is Answer.DONE else Step.WISH_CANNOT,
                actor=one.answered_by,
                incident=within[one.grant],
                grant=one.grant,
                cameras=cameras,
                message=one.id,
                took_s=(one.answered_at - one.sent_at).total_seconds(),
            )


def _figures(
    opened_at: datetime,
    requests: Sequence[AccessRequest],
    grants: Sequence[Grant],
    looks: Sequence[Look],
    now: datetime,
) -> Figures:
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
        first_request_s=_since(opened_at, (one.created_at for one in requests)),
        first_picture_s=_since(opened_at, (look.started_at for look in looks)),
        grants=len(grants),
        grants_unused=sum(one.id not in watched for one in grants),
        cameras_asked=len({camera for one in requests for camera in one.cameras}),
        cameras_granted=len({view.camera for one in grants for view in one.views}),
        cameras_watched=len({look.camera for look in looks}),
        watched_s=sum(((look.ended_at or now) - look.started_at).total_seconds() for look in looks),
    )


def _since(opened_at: datetime, instants: Iterable[datetime]) -> float | None:
    first = min(instants, default=None)
    return None if first is None else (first - opened_at).total_seconds()
