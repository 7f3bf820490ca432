"""What happened in an incident or crisis, afterwards (RETEX): decisions, delays, refusals, access unused.

Pure, and without any image: from the incidents' own requests, grants, viewings and messages. Of linked
incidents it tells all; of a declared crisis what became of it, and what was asked while it was one. Nothing
here judges people; the figures are for the convention's partners to learn from.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crisislink.core.conversation import Answer, Message
from crisislink.core.crisis import CrisisCause, DeclaredCrisis
from crisislink.core.figures import Figures, Look, figures_of
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
    NOTICED = "noticed"
    CRISIS_PROPOSED = "crisis_proposed"
    CRISIS_DECLINED = "crisis_declined"
    CRISIS_LAPSED = "crisis_lapsed"
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
_OF_INCIDENT = frozenset({Step.OPENED, Step.HANDED_OVER, Step.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of the timeline. `actor` None: the clock, or a rule.

    `took_s`: from asking to the decision, from a wish or a proposal to its answer, from what was granted at
    once to whoever noticed it. `declaration`: the declared crisis it is about, or that approved it.
    `relieved`: whoever passed the incident on to `actor`. `incident`: None only for what became of a declared
    crisis. `cause`: why a view was suspended, also where it is resumed; why a crisis was suspended or ended.
    `unused`: it gives, or ends, a grant that nobody ever watched.
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
    cause: SuspendCause | CrisisCause | None = None
    unused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterActionReview:
    """The whole of it. `incidents` in the order in which they were opened; `moments` oldest first.

    `began_at`: the first incident opened or, of a `declaration`, its proposal.
    """

    began_at: datetime
    declaration: DeclaredCrisis | None
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
    declaration: DeclaredCrisis | None = None,
    besides: Sequence[Moment] = (),
    now: datetime,
) -> AfterActionReview:
    """What is known `now` of one incident, of several linked ones, or of a declared crisis and the incidents
    something was asked for in it; they may still be open.

    `grants`: all that `looks` and `messages` are of. `besides`: what became of declared crises, handovers and
    suspended views, which only the register keeps. An incident's opening, handovers and end are told of a
    crisis only where they fell into it.
    """
    within = {one.id: one.incident for one in grants}
    unused = within.keys() - {look.grant for look in looks}
    began_at = min(one.opened_at for one in incidents) if declaration is None else declaration.proposed_at
    moments = [
        *_of_incidents(incidents),
        *_of_requests(requests, unused),
        *_of_grants(grants, unused),
        *_of_looks(looks, within),
        *_of_messages(messages, within),
        *besides,
    ]
    if declaration is not None:
        over_at = declaration.ended_at or now
        moments = [one for one in moments if one.step not in _OF_INCIDENT or began_at <= one.at <= over_at]
    return AfterActionReview(
        began_at=began_at,
        declaration=declaration,
        incidents=tuple(sorted(incidents, key=lambda one: (one.opened_at, one.id))),
        moments=tuple(sorted(moments, key=lambda moment: moment.at)),
        figures=figures_of(began_at, requests, grants, looks, now),
    )


def _of_incidents(incidents: Iterable[Incident]) -> Iterator[Moment]:
    for one in incidents:
        yield Moment(at=one.opened_at, step=Step.OPENED, actor=one.opened_by, incident=one.id)
        if one.closed_at is not None:
            yield Moment(at=one.closed_at, step=Step.CLOSED, actor=None, incident=one.id)


def _of_requests(requests: Iterable[AccessRequest], unused: Collection[GrantId]) -> Iterator[Moment]:
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
                unused=one.extends is None and one.grant in unused,
            )


def _of_grants(grants: Iterable[Grant], unused: Collection[GrantId]) -> Iterator[Moment]:
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
                unused=one.id in unused,
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
