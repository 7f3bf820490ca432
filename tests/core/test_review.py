"""A review says what was decided, how long it took, and what nobody used."""

from dataclasses import replace
from datetime import datetime, timedelta

from crisislink.core.conversation import Answer, Message, Obstacle
from crisislink.core.figures import Look
from crisislink.core.grants import EndCause, Grant, GrantState, View
from crisislink.core.ids import CameraId, GrantId, IncidentId, MessageId, PersonId, RequestId
from crisislink.core.legal import Purpose
from crisislink.core.requests import AccessRequest, RefusalReason, RequestIntent, RequestState
from crisislink.core.review import Step, after_action
from crisislink.core.talkrules import MessageKind
from tests.samples import BASIS, CITY, INCIDENT, REGULATOR, SAMU, SUPERVISOR

OPENED = INCIDENT.opened_at
ONE, TWO = CameraId("cam_1"), CameraId("cam_2")


def at(seconds: float) -> datetime:
    return OPENED + timedelta(seconds=seconds)


REQUEST = AccessRequest(
    id=RequestId("req_1"),
    incident=INCIDENT.id,
    beneficiary=SAMU.id,
    owner=CITY.id,
    requester=REGULATOR.person.id,
    cameras=(ONE, TWO),
    duration_s=600,
    intent=RequestIntent.VICTIM_ESTIMATE,
    purpose=next(iter(Purpose)),
    legal_basis=BASIS.id,
    extends=None,
    exercise=False,
    state=RequestState.APPROVED,
    created_at=at(20),
    lapses_at=at(620),
    decided_at=at(32),
    decided_by=SUPERVISOR.person.id,
    grant=GrantId("gr_1"),
)
REFUSED = replace(
    REQUEST,
    id=RequestId("req_2"),
    state=RequestState.REFUSED,
    created_at=at(40),
    decided_at=at(60),
    refusal=RefusalReason.OTHER,
    grant=None,
)
GRANT = Grant(
    id=GrantId("gr_1"),
    ref="R0001",
    request=REQUEST.id,
    incident=INCIDENT.id,
    beneficiary=SAMU.id,
    owner=CITY.id,
    requester=REGULATOR.person.id,
    approver=SUPERVISOR.person.id,
    views=(View(camera=ONE), View(camera=TWO, ended_at=at(50), cause=EndCause.REVOKED)),
    state=GrantState.ENDED,
    starts_at=at(32),
    ends_at=at(632),
    exercise=False,
    ending_at=at(100),
    cause=EndCause.RELEASED,
)


def look(start: float, end: float | None, *, person: PersonId = REGULATOR.person.id) -> Look:
    return Look(
        grant=GRANT.id,
        camera=ONE,
        person=person,
        started_at=at(start),
        ended_at=None if end is None else at(end),
    )


def test_moments_are_in_order_and_a_person_s_first_look_is_told_once() -> None:
    closed = replace(INCIDENT, closed_at=at(120))
    looks = [look(45, 60), look(35, 40)]
    moments = after_action([closed], [REQUEST, REFUSED], [GRANT], looks, [], now=at(200)).moments
    assert [(m.step, (m.at - OPENED).total_seconds()) for m in moments] == [
        (Step.OPENED, 0),
        (Step.REQUESTED, 20),
        (Step.APPROVED, 32),
        (Step.FIRST_LOOK, 35),
        (Step.REQUESTED, 40),
        (Step.VIEW_ENDED, 50),
        (Step.REFUSED, 60),
        (Step.GRANT_ENDED, 100),
        (Step.CLOSED, 120),
    ]
    assert [m.took_s for m in moments if m.took_s is not None] == [12, 20]


def test_figures_count_what_was_asked_granted_watched_and_left_unused() -> None:
    unused = replace(GRANT, id=GrantId("gr_2"))
    looks = [look(35, 40), look(45, None, person=PersonId("per_2"))]
    figures = after_action([INCIDENT], [REQUEST, REFUSED], [GRANT, unused], looks, [], now=at(55)).figures
    assert (figures.requests, figures.approved, figures.refused, figures.lapsed) == (2, 1, 1, 0)
    assert figures.answer_median_s == 16
    assert (figures.first_request_s, figures.first_picture_s) == (20, 35)
    assert (figures.grants, figures.grants_unused) == (2, 1)
    assert (figures.cameras_asked, figures.cameras_granted, figures.cameras_watched) == (2, 2, 1)
    assert figures.watched_s == 5 + 10


def test_an_incident_without_anything_has_figures_without_numbers() -> None:
    review = after_action([INCIDENT], [], [], [], [], now=at(1))
    assert [m.step for m in review.moments] == [Step.OPENED]
    assert review.figures.answer_median_s is None
    assert review.figures.first_picture_s is None


def test_what_was_said_has_its_place_in_the_timeline_and_an_answer_its_delay() -> None:
    wish = Message(
        id=MessageId("msg_1"),
        grant=GRANT.id,
        beneficiary=SAMU.id,
        owner=CITY.id,
        camera=ONE,
        author=REGULATOR.person.id,
        organisation=SAMU.id,
        kind=MessageKind.WISH,
        words=None,
        sent_at=at(40),
        answer=Answer.CANNOT,
        obstacle=Obstacle.MASK,
        answered_by=SUPERVISOR.person.id,
        answered_at=at(52),
    )
    text = replace(wish, kind=MessageKind.TEXT, camera=None, answer=None, answered_at=None, sent_at=at(60))
    moments = after_action([INCIDENT], [], [GRANT], [], [wish, text], now=at(70)).moments
    assert [(m.step, m.cameras, m.took_s) for m in moments if m.message] == [
        (Step.WISH, (ONE,), None),
        (Step.WISH_CANNOT, (ONE,), 12.0),
        (Step.TEXT, (), None),
    ]


def test_a_crisis_counts_all_its_incidents_from_the_first_that_was_opened() -> None:
    later = replace(INCIDENT, id=IncidentId("inc_later"), opened_at=at(10), closed_at=at(120))
    asked = replace(REQUEST, incident=later.id, grant=GrantId("gr_2"))
    granted = replace(GRANT, id=GrantId("gr_2"), incident=later.id)
    seen = replace(look(35, 40), grant=granted.id)
    review = after_action([later, INCIDENT], [asked, REFUSED], [granted], [seen], [], now=at(200))
    assert review.incidents == (INCIDENT, later)
    assert [(m.step, m.incident) for m in review.moments] == [
        (Step.OPENED, INCIDENT.id),
        (Step.OPENED, later.id),
        (Step.REQUESTED, later.id),
        (Step.APPROVED, later.id),
        (Step.FIRST_LOOK, later.id),
        (Step.REQUESTED, INCIDENT.id),
        (Step.VIEW_ENDED, later.id),
        (Step.REFUSED, INCIDENT.id),
        (Step.GRANT_ENDED, later.id),
        (Step.CLOSED, later.id),
    ]
    assert (review.figures.requests, review.figures.first_request_s, review.figures.first_picture_s) == (
        2,
        20,
        35,
    )
