"""Who may do what: the whole table, so that a new role or rule has to be written here too."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from crisislink.core import policy
from crisislink.core.actors import Actor, Role
from crisislink.core.crisis import DeclaredCrisis, Terms, propose
from crisislink.core.errors import Denied, Reason
from crisislink.core.grants import Grant
from crisislink.core.ids import CrisisId, GrantId, RequestId
from crisislink.core.legal import Purpose
from crisislink.core.limits import Limits
from crisislink.core.perimeter import Circle
from crisislink.core.requests import AccessRequest, RequestIntent, approve, submit
from tests.samples import (
    ACTORS,
    ADMINISTRATOR,
    AUDITOR,
    BASIS,
    CAMERAS,
    CITY,
    INCIDENT,
    OPERATOR,
    OTHER_REGULATOR,
    OTHER_SUPERVISOR,
    PLACE,
    REGULATOR,
    SAMU,
    SAMU_SUPERVISOR,
    SUPERVISOR,
    T0,
    actor,
    habilitation,
    person,
)

MACHINE = actor("lrm", SAMU, Role.DISPATCH_SYSTEM)
REQUEST = submit(
    REGULATOR,
    id=RequestId("req_1"),
    incident=INCIDENT,
    cameras=CAMERAS[:2],
    duration_s=600,
    intent=RequestIntent.ACCESS_ROUTE,
    purpose=Purpose.RESCUE,
    legal_basis=BASIS,
    limits=Limits(),
    now=T0,
)[0]
GRANT = approve(
    REQUEST,
    SUPERVISOR,
    grant=GrantId("gr_1"),
    grant_ref="ABCDE",
    cameras=REQUEST.cameras,
    duration_s=600,
    limits=Limits(),
    now=T0,
)[1]

CRISIS = propose(
    SAMU_SUPERVISOR,
    id=CrisisId("cri_1"),
    ref="K7M2Q",
    terms=Terms(
        beneficiary=SAMU.id,
        owner=CITY.id,
        perimeter=Circle(PLACE, 200),
        cameras=frozenset({CAMERAS[0].id}),
        purposes=BASIS.purposes,
        grant_s=600,
        ends_at=T0 + timedelta(hours=1),
        legal_basis=BASIS.id,
        exercise=False,
    ),
    cameras=CAMERAS[:1],
    basis=BASIS,
    limits=Limits(),
    now=T0,
)[0]


def _on_request(rule: Callable[[Actor, AccessRequest], Reason | None]) -> Callable[[Actor], Reason | None]:
    return lambda who: rule(who, REQUEST)


def _on_grant(rule: Callable[[Actor, Grant], Reason | None]) -> Callable[[Actor], Reason | None]:
    return lambda who: rule(who, GRANT)


def _on_crisis(rule: Callable[[Actor, DeclaredCrisis], Reason | None]) -> Callable[[Actor], Reason | None]:
    return lambda who: rule(who, CRISIS)


TABLE: list[tuple[str, Callable[[Actor], Reason | None], set[str]]] = [
    ("open incident", policy.may_open_incident, {"lea", "maud", "rene", "lrm"}),
    ("work on incident", lambda who: policy.may_work_on_incident(who, INCIDENT), {"lea", "maud"}),
    ("close incident", lambda who: policy.may_close_incident(who, INCIDENT), {"lea", "maud"}),
    ("search", policy.may_search, {"lea", "maud", "rene", "alex", "omar", "bob", "lrm"}),
    ("withdraw", _on_request(policy.may_withdraw), {"lea", "maud"}),
    ("decide", _on_request(policy.may_decide), {"alex"}),
    ("preview", _on_request(policy.may_preview), {"alex", "omar"}),
    ("watch", lambda who: policy.may_watch(who, GRANT, None), {"lea", "maud"}),
    ("take over", lambda who: policy.may_take_over(who, INCIDENT), {"maud"}),
    ("release", _on_grant(policy.may_release), {"lea", "maud"}),
    ("revoke", _on_grant(policy.may_revoke), {"alex", "omar"}),
    ("keep roster", policy.may_keep_roster, {"ada"}),
    ("talk", _on_grant(policy.may_talk), {"lea", "maud", "alex", "omar"}),
    ("wish", lambda who: policy.may_wish(who, GRANT, None), {"lea", "maud"}),
    ("answer wish", _on_grant(policy.may_answer_wish), {"alex", "omar"}),
    ("suspend", lambda who: policy.may_suspend(who, CAMERAS[0]), {"alex", "omar"}),
    ("resume", lambda who: policy.may_resume(who, CAMERAS[0]), {"alex"}),
    ("stop sharing", policy.may_stop_sharing, {"alex", "bob"}),
    ("read register", policy.may_read_register, {"ines"}),
    ("review any", policy.may_review_any, {"lea", "maud", "rene", "alex", "omar", "bob", "ines"}),
    (
        "review",
        lambda who: policy.may_review(who, INCIDENT, {REQUEST.owner}),
        {"lea", "maud", "alex", "omar", "ines"},
    ),
    ("review request", _on_request(policy.may_review_request), {"lea", "maud", "alex", "omar", "ines"}),
    ("declare", policy.may_declare, {"maud", "alex", "bob"}),
    (
        "propose crisis",
        lambda who: policy.may_propose_crisis(who, hospital=SAMU.id, city=CITY.id),
        {"maud", "alex"},
    ),
    ("confirm crisis", _on_crisis(policy.may_confirm_crisis), {"alex"}),
    ("end crisis", _on_crisis(policy.may_end_crisis), {"maud", "alex"}),
    ("suspend crisis", _on_crisis(policy.may_suspend_crisis), {"alex", "omar"}),
    ("resume crisis", _on_crisis(policy.may_resume_crisis), {"alex"}),
    ("review crisis", _on_crisis(policy.may_review_crisis), {"lea", "maud", "alex", "omar", "ines"}),
    ("manage sessions", policy.may_manage_sessions, {"ada"}),
    ("try identity", policy.may_try_identity, {"ada"}),
    ("see room", policy.may_see_room, {"lea", "maud", "rene", "alex", "omar", "bob"}),
]


@pytest.mark.parametrize(("what", "rule", "allowed"), TABLE, ids=[row[0] for row in TABLE])
def test_exactly_these_may(what: str, rule: Callable[[Actor], Reason | None], allowed: set[str]) -> None:
    assert {a.person.subject for a in (*ACTORS, MACHINE) if rule(a) is None} == allowed, what


def test_every_rule_of_the_module_is_in_the_table() -> None:
    rules = [name for name in vars(policy) if name.startswith("may_")]
    assert len(rules) == len(TABLE)


def test_dispatch_software_closes_what_it_opened_and_asks_for_no_view_of_it() -> None:
    own = replace(INCIDENT, opened_by=MACHINE.person.id)
    assert policy.may_close_incident(MACHINE, own) is None
    assert policy.may_close_incident(REGULATOR, own) is None
    assert policy.may_close_incident(OTHER_REGULATOR, own) is Reason.OTHER_ORGANISATION
    assert policy.may_work_on_incident(MACHINE, own) is Reason.ROLE


def test_nobody_decides_on_their_own_request() -> None:
    both = Actor(
        person=REGULATOR.person,
        organisation=SUPERVISOR.organisation,
        roles=frozenset({Role.ROOM_SUPERVISOR}),
        session=None,
        authenticated_at=T0,
    )
    assert policy.may_decide(both, REQUEST) is Reason.SELF_APPROVAL


def test_a_habilitation_counts_only_while_in_force_and_on_its_side() -> None:
    who = person("lea", SAMU)
    held = habilitation(who, Role.REGULATOR, days=1)
    for at, ok in ((T0, True), (T0 + timedelta(days=1), False), (T0 - timedelta(days=2), False)):
        if ok:
            assert Actor.of(who, SAMU, [held], now=at, session=None, authenticated_at=at).has(Role.REGULATOR)
        else:
            with pytest.raises(Denied) as refused:
                Actor.of(who, SAMU, [held], now=at, session=None, authenticated_at=at)
            assert refused.value.reason is Reason.NO_HABILITATION
    with pytest.raises(Denied):
        Actor.of(
            who,
            SAMU,
            [habilitation(who, Role.ROOM_SUPERVISOR)],
            now=T0,
            session=None,
            authenticated_at=T0,
        )


def test_the_table_names_every_kind_of_actor() -> None:
    assert {ADMINISTRATOR, AUDITOR, OPERATOR, OTHER_REGULATOR, OTHER_SUPERVISOR} <= set(ACTORS)
