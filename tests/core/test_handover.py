"""An incident passes from one person to the next: with both their words, or a supervisor's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crisislink.core import policy
from crisislink.core.actors import Actor
from crisislink.core.errors import Conflict, Denied, Reason
from crisislink.core.events import HandoverWished, IncidentHandedOver
from crisislink.core.handover import Act, Charge, Wish, act, charge_of
from crisislink.core.ids import PersonId
from crisislink.core.incidents import Incident
from tests.samples import CHIEF, INCIDENT, NEXT_REGULATOR, REGULATOR, T0

LEA, NORA, SAMI = (actor.person.id for actor in (REGULATOR, NEXT_REGULATOR, CHIEF))
EVERYBODY = frozenset({LEA, NORA, SAMI})
HELD = charge_of(INCIDENT, None)
Done = tuple[Charge, HandoverWished | IncidentHandedOver | None]


def done(
    charge: Charge,
    what: Act,
    who: Actor,
    *,
    holder: PersonId = LEA,
    may_take: bool = False,
    answering: frozenset[PersonId] = EVERYBODY,
    incident: Incident = INCIDENT,
) -> Done:
    return act(what, charge, incident, who, holder=holder, answering=answering, may_take=may_take, now=T0)


def test_whoever_opened_an_incident_holds_it() -> None:
    assert (HELD.holder, HELD.version, HELD.relieved) == (LEA, 0, frozenset())
    kept = replace(HELD, holder=NORA, version=1)
    assert charge_of(INCIDENT, kept) is kept


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((Act.OFFER, REGULATOR), (Act.ASK, NEXT_REGULATOR)),
        ((Act.ASK, NEXT_REGULATOR), (Act.OFFER, REGULATOR)),
    ],
    ids=["offered, then accepted", "asked for, then given"],
)
def test_an_offer_and_an_ask_are_the_handover_in_either_order(
    first: tuple[Act, Actor], second: tuple[Act, Actor]
) -> None:
    waiting, wished = done(HELD, *first)
    assert isinstance(wished, HandoverWished)
    assert (waiting.holder, waiting.wish, waiting.wished_by, waiting.wished_at) == (
        LEA,
        Wish(wished.wish),
        first[1].person.id,
        T0,
    )
    held, event = done(waiting, *second)
    assert held == Charge(incident=INCIDENT.id, holder=NORA, since=T0, relieved=frozenset({LEA}), version=2)
    assert isinstance(event, IncidentHandedOver)
    assert (event.relieved, event.holder, event.actor, event.taken) == (LEA, NORA, second[1].person.id, False)


def test_the_same_again_changes_nothing() -> None:
    offered, _ = done(HELD, Act.OFFER, REGULATOR)
    assert done(offered, Act.OFFER, REGULATOR) == (offered, None)
    asked, _ = done(HELD, Act.ASK, NEXT_REGULATOR)
    assert done(asked, Act.ASK, NEXT_REGULATOR) == (asked, None)
    held, _ = done(offered, Act.ASK, NEXT_REGULATOR)
    assert done(held, Act.ASK, NEXT_REGULATOR) == (held, None), "pressed twice"
    assert done(HELD, Act.WITHDRAW, REGULATOR) == (HELD, None)


def test_of_two_who_accept_at_once_the_second_learns_who_was_first() -> None:
    offered, _ = done(HELD, Act.OFFER, REGULATOR)
    held, _ = done(offered, Act.ASK, NEXT_REGULATOR)
    for what in (Act.ASK, Act.TAKE):
        with pytest.raises(Conflict) as second:
            done(held, what, CHIEF, may_take=True)
        assert second.value.reason is Reason.HANDED_ON
    asked, _ = done(HELD, Act.ASK, NEXT_REGULATOR)
    with pytest.raises(Conflict) as late:
        done(asked, Act.ASK, CHIEF)
    assert late.value.reason is Reason.HANDOVER_ASKED


def test_nobody_offers_what_another_holds_nor_takes_back_what_they_did_not_wish() -> None:
    for what, charge in ((Act.OFFER, HELD), (Act.WITHDRAW, done(HELD, Act.OFFER, REGULATOR)[0])):
        with pytest.raises(Denied) as refused:
            done(charge, what, NEXT_REGULATOR)
        assert refused.value.reason is Reason.NOT_HOLDER


def test_a_wish_is_taken_back_by_whoever_had_it_and_an_ask_declined_by_the_holder() -> None:
    asked, _ = done(HELD, Act.ASK, NEXT_REGULATOR)
    for who in (NEXT_REGULATOR, REGULATOR):
        kept, event = done(asked, Act.WITHDRAW, who)
        assert (kept.holder, kept.wish, kept.version) == (LEA, None, 2)
        assert isinstance(event, HandoverWished)
        assert event.wish == "withdrawn"


def test_a_supervisor_takes_it_without_asking() -> None:
    with pytest.raises(Denied):
        done(HELD, Act.TAKE, NEXT_REGULATOR)
    held, event = done(HELD, Act.TAKE, CHIEF, may_take=True)
    assert (held.holder, held.relieved) == (SAMI, frozenset({LEA}))
    assert isinstance(event, IncidentHandedOver)
    assert event.taken
    assert policy.may_take_over(CHIEF, INCIDENT) is None
    assert policy.may_take_over(NEXT_REGULATOR, INCIDENT) is Reason.ROLE


def test_a_holder_who_may_watch_no_more_is_not_waited_for() -> None:
    held, event = done(HELD, Act.ASK, NEXT_REGULATOR, answering=frozenset())
    assert held.holder == NORA
    assert isinstance(event, IncidentHandedOver)
    assert event.taken


def test_who_asked_and_may_watch_no_more_is_given_nothing_and_stands_in_nobody_s_way() -> None:
    asked, _ = done(HELD, Act.ASK, NEXT_REGULATOR)
    left = EVERYBODY - {NORA}
    offered, _ = done(asked, Act.OFFER, REGULATOR, answering=left)
    assert (offered.holder, offered.wish, offered.wished_by) == (LEA, Wish.OFFERED, LEA)
    again, _ = done(asked, Act.ASK, CHIEF, answering=left)
    assert (again.wish, again.wished_by, again.version) == (Wish.ASKED, SAMI, 2)
    kept, _ = done(asked, Act.WITHDRAW, REGULATOR, answering=left)
    assert kept.wish is None


def test_who_gets_it_back_is_relieved_no_more() -> None:
    away, _ = done(HELD, Act.TAKE, CHIEF, may_take=True)
    onward, _ = done(done(away, Act.OFFER, CHIEF, holder=SAMI)[0], Act.ASK, NEXT_REGULATOR, holder=SAMI)
    assert onward.relieved == {LEA, SAMI}
    back, _ = done(done(onward, Act.ASK, REGULATOR, holder=NORA)[0], Act.OFFER, NEXT_REGULATOR, holder=NORA)
    assert (back.holder, back.relieved) == (LEA, frozenset({SAMI, NORA}))


def test_a_closed_incident_is_handed_to_nobody() -> None:
    closed = replace(INCIDENT, closed_at=T0 + timedelta(minutes=1))
    for what, who in ((Act.OFFER, REGULATOR), (Act.ASK, NEXT_REGULATOR), (Act.TAKE, CHIEF)):
        with pytest.raises(Denied) as refused:
            done(HELD, what, who, may_take=True, incident=closed)
        assert refused.value.reason is Reason.INCIDENT_CLOSED
