"""Two supervisors declare a crisis: what lies wholly inside it is granted at once, and nothing else ever."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crisislink.adapters.sql.witness import Mark
from crisislink.core.crisis import CrisisCause, CrisisState, DeclaredCrisis
from crisislink.core.errors import Conflict, CrisisLinkError, Denied, Expired, Invalid, Reason
from crisislink.core.events import InventoryLoaded
from crisislink.core.geo import Position
from crisislink.core.grants import EndCause, Grant, GrantState
from crisislink.core.ids import CameraId
from crisislink.core.legal import Purpose
from crisislink.core.perimeter import Circle, Ring
from crisislink.core.requests import AccessRequest, RefusalReason, RequestState
from crisislink.flow import (
    authority,
    automatic,
    crisis,
    crisisends,
    decisions,
    endings,
    live,
    requests,
    suspensions,
)
from crisislink.flow.commands import Command
from crisislink.flow.crisis import NewCrisis
from crisislink.flow.ports import ForcedCut, State
from crisislink.flow.register import verify
from crisislink.flow.signin import SessionLimits
from crisislink.flow.timers import Timers
from tests.city import City, asking
from tests.samples import (
    BASIS,
    CAMERAS,
    CITY,
    OPERATOR,
    OTHER_SAMU,
    OTHER_SUPERVISOR,
    PLACE,
    REGULATOR,
    SAMU,
    SAMU_SUPERVISOR,
    SUPERVISOR,
    T0,
    camera,
)

IDS = [one.id for one in CAMERAS]
HOUR = 3_600


def terms(**changed: Any) -> NewCrisis:
    """As the hospital proposes: the first four cameras, ten minutes each, for an hour."""
    plain: dict[str, Any] = {
        "hospital": SAMU.id,
        "city": CITY.id,
        "perimeter": Circle(PLACE, 200),
        "cameras": tuple(IDS[:4]),
        "purposes": frozenset({Purpose.RESCUE}),
        "grant_s": 600,
        "lasts_s": HOUR,
        "exercise": False,
    }
    return NewCrisis(**(plain | changed))


def wide(south: float, north: float, west: float, east: float) -> Ring:
    """Within the act, and wider than any circle."""
    return Ring((Position(south, west), Position(south, east), Position(north, east), Position(north, west)))


async def declared(city: City, **changed: Any) -> DeclaredCrisis:
    proposed = await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(**changed), None)
    return await crisis.confirm(city.ports, SUPERVISOR, proposed.id, version=proposed.version)


async def asked(
    city: City, cameras: Sequence[CameraId] = IDS[:2], *, place: Position = PLACE, **changed: Any
) -> AccessRequest:
    """A regulator's request of a fresh incident."""
    incident = await city.incident(place=place)
    new = replace(asking(incident, cameras), **changed)
    return await requests.submit(city.ports, REGULATOR, new, None)


async def granted(city: City, request: AccessRequest) -> Grant:
    assert request.grant is not None
    async with city.store.read() as work:
        return await work.grant(request.grant)


async def now_is(city: City, declaration: DeclaredCrisis) -> DeclaredCrisis:
    async with city.store.read() as work:
        return await work.crisis(declaration.id)


async def entry(city: City, kind: str) -> dict[str, Any]:
    async with city.store.read() as work:
        [one] = await work.entries(after=0, limit=1_000, kinds=[kind])
    body: dict[str, Any] = json.loads(one.body)
    return body


async def load(city: City, *states: State) -> None:
    async with city.store.write() as work:
        await work.record(InventoryLoaded(organisation=None, what="test", rows=1, sha256="0"), *states)


async def test_either_side_proposes_and_only_the_other_confirms(city: City) -> None:
    proposed = await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(), None)
    with pytest.raises(Denied) as refused:
        await crisis.confirm(city.ports, SAMU_SUPERVISOR, proposed.id, version=1)
    assert refused.value.reason is Reason.OTHER_SIDE_CONFIRMS
    for who in (REGULATOR, OPERATOR, OTHER_SUPERVISOR):
        with pytest.raises(Denied):
            await crisis.confirm(city.ports, who, proposed.id, version=1)
        with pytest.raises(Denied):
            await crisis.propose(city.ports, who, terms(), None)
    active = await crisis.confirm(city.ports, SUPERVISOR, proposed.id, version=1)
    assert (active.by_hospital, active.by_city) == (SAMU_SUPERVISOR.person.id, SUPERVISOR.person.id)
    back = await crisis.propose(city.ports, SUPERVISOR, terms(), None)
    assert (await crisis.confirm(city.ports, SAMU_SUPERVISOR, back.id, version=1)).state.declared


async def test_a_request_inside_it_is_granted_at_once_and_the_register_names_both(city: City) -> None:
    declaration = await declared(city)
    request = await asked(city)
    grant = await granted(city, request)
    assert request.state is RequestState.APPROVED
    assert [v.camera for v in grant.views] == IDS[:2]
    assert (grant.approver, grant.declaration) == (SUPERVISOR.person.id, declaration.id)
    assert (await city.kinds())[-2:] == ["request.submitted", "request.approved_in_crisis"]
    said = await entry(city, "request.approved_in_crisis")
    assert said["declaration"] == declaration.id
    assert (said["by_hospital"], said["by_city"]) == (SAMU_SUPERVISOR.person.id, SUPERVISOR.person.id)
    assert "actor" not in said, "no machine approves, and nobody did just now"
    room = await live.room(city.ports, SUPERVISOR)
    assert room.answer_median_s is None, "it is no answer"
    assert [one.id for one in room.crises] == [declaration.id]


async def test_the_supervisor_who_declared_it_may_ask_and_does_not_approve_themself(city: City) -> None:
    await declared(city)
    incident = await city.incident()
    request = await requests.submit(city.ports, SAMU_SUPERVISOR, asking(incident, IDS[:1]), None)
    grant = await granted(city, request)
    assert grant.requester == SAMU_SUPERVISOR.person.id != grant.approver


@pytest.mark.parametrize(
    ("cameras", "changed"),
    [
        (IDS[3:5], {}),
        (IDS[:2], {"duration_s": 601}),
        (IDS[:2], {"purpose": Purpose.TERRORISM_PREVENTION}),
        (IDS[:2], {"place": Position(PLACE.lat_deg + 0.01, PLACE.lon_deg)}),
    ],
    ids=["a camera not named", "longer", "another purpose", "another place"],
)
async def test_what_is_not_wholly_inside_waits_for_the_police(
    city: City, cameras: list[CameraId], changed: dict[str, Any]
) -> None:
    await declared(city)
    request = await asked(city, cameras, **changed)
    assert (request.state, request.grant) == (RequestState.REQUESTED, None)


async def test_nothing_is_granted_before_the_other_side_confirmed(city: City) -> None:
    await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(), None)
    assert (await asked(city)).open


async def test_an_unconfirmed_proposal_lapses_once_whatever_process_is_first(city: City) -> None:
    proposed = await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(), None)
    city.clock.advance(city.ports.limits.crisis_confirm_s)
    with pytest.raises(Expired):
        await crisis.confirm(city.ports, SUPERVISOR, proposed.id, version=1)
    for _ in range(2):
        await Timers(city.ports, city.video, SessionLimits()).advance()
    assert (await now_is(city, proposed)).state is CrisisState.LAPSED
    assert (await city.kinds()).count("crisis.lapsed") == 1


async def test_who_confirms_confirms_what_they_read(city: City) -> None:
    proposed = await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(), None)
    with pytest.raises(Conflict):
        await crisis.confirm(city.ports, SUPERVISOR, proposed.id, version=2)
    await crisis.decline(city.ports, SUPERVISOR, proposed.id)
    await crisis.decline(city.ports, SAMU_SUPERVISOR, proposed.id)
    with pytest.raises(Conflict):
        await crisis.confirm(city.ports, SUPERVISOR, proposed.id, version=1)
    assert (await city.kinds()).count("crisis.declined") == 1


@pytest.mark.parametrize(
    ("changed", "error", "reason"),
    [
        ({"cameras": ()}, Invalid, Reason.CAMERAS_EMPTY),
        ({"perimeter": Circle(PLACE, 30)}, Invalid, Reason.CAMERA_OUTSIDE_PERIMETER),
        ({"perimeter": Circle(Position(43.501, 1.45), 5_000)}, Denied, Reason.PERIMETER_OUTSIDE_ACT),
        ({"perimeter": wide(43.6, 43.69, 1.45, 1.46)}, Invalid, Reason.PERIMETER),
        ({"perimeter": wide(43.6, 43.62, 1.35, 1.55)}, Invalid, Reason.PERIMETER),
        ({"purposes": frozenset({Purpose.TRAFFIC})}, Denied, Reason.PURPOSE_NOT_COVERED),
        ({"grant_s": 1_801}, Invalid, Reason.DURATION),
        ({"lasts_s": 6 * HOUR + 1}, Invalid, Reason.DURATION),
        ({"lasts_s": 30}, Invalid, Reason.DURATION),
        ({"city": OTHER_SAMU.id}, Invalid, Reason.MALFORMED),
    ],
)
async def test_terms_that_no_declaration_may_have_are_refused(
    city: City, changed: dict[str, Any], error: type[CrisisLinkError], reason: Reason
) -> None:
    with pytest.raises(error) as refused:
        await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(**changed), None)
    assert refused.value.reason is reason


async def test_no_act_no_crisis_and_it_ends_with_its_act(city: City) -> None:
    declaration = await declared(city, lasts_s=HOUR)
    request = await asked(city)
    ended = replace(BASIS, valid_until=T0 + timedelta(seconds=60), version=2)
    await load(city, ended)
    city.clock.advance(60)
    with pytest.raises(Denied):
        await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(), None)
    await city.clock_works()
    assert (await now_is(city, declaration)).cause is CrisisCause.LEGAL_BASIS_ENDED
    assert not (await granted(city, request)).state.live


async def test_suspending_stops_new_grants_and_cuts_only_if_asked(city: City) -> None:
    declaration = await declared(city)
    running = await asked(city)
    suspended = await crisisends.suspend(city.ports, city.video, OPERATOR, declaration.id, cut_running=False)
    assert suspended.state is CrisisState.SUSPENDED
    assert (await granted(city, running)).state.live
    assert (await asked(city)).open
    await crisisends.suspend(city.ports, city.video, OPERATOR, declaration.id, cut_running=True)
    ended = await granted(city, running)
    assert (ended.state.live, ended.cause) == (False, EndCause.CRISIS_SUSPENDED)
    assert (await city.kinds()).count("crisis.suspended") == 1
    with pytest.raises(Denied):
        await crisis.resume(city.ports, OPERATOR, declaration.id)
    with pytest.raises(Denied):
        await crisis.resume(city.ports, SAMU_SUPERVISOR, declaration.id)
    await crisis.resume(city.ports, SUPERVISOR, declaration.id)
    assert (await asked(city)).state is RequestState.APPROVED


async def test_what_the_police_cut_refused_or_left_out_no_declaration_gives_back(city: City) -> None:
    await declared(city)
    first = await granted(city, await asked(city, IDS[:2]))
    await endings.revoke(city.ports, city.video, OPERATOR, first.id, [IDS[0]], preempt=True)
    assert (await asked(city, IDS[:2])).open
    assert (await asked(city, IDS[1:2])).state is RequestState.APPROVED
    wider = await asked(city, [IDS[2], IDS[5]])
    await decisions.refuse(
        city.ports, SUPERVISOR, wider.id, RefusalReason.POLICE_OPERATION, version=wider.version
    )
    assert (await asked(city, IDS[2:3])).open
    partly = await asked(city, [IDS[3], IDS[5]])
    approval = decisions.Approval(cameras=(IDS[5],), duration_s=600, version=partly.version)
    await decisions.approve(city.ports, SUPERVISOR, partly.id, approval, command=None)
    assert (await asked(city, IDS[3:4])).open


async def test_nothing_is_granted_while_a_cut_of_the_city_waits_for_the_register(city: City) -> None:
    await declared(city)
    grant = await granted(city, await asked(city))
    cut = ForcedCut(
        id="cut_1",
        at=city.clock.now(),
        actor=OPERATOR.person.id,
        owner=CITY.id,
        grant=grant.id,
        cameras=(IDS[0],),
        cause=EndCause.PREEMPTED,
    )
    city.ports.journal.note(cut)
    assert (await asked(city)).open, "what the police took a moment ago is not given back"
    city.ports.journal.settle(cut)
    assert not (await asked(city, IDS[1:2])).open


async def test_a_camera_held_back_or_without_mask_is_not_given(city: City) -> None:
    await declared(city)
    await suspensions.hold_back(city.ports, city.video, OPERATOR, IDS[0], moved=False)
    with pytest.raises(Denied):
        await asked(city, IDS[:1])
    away = camera(2, north_m=2_000)
    await load(city, replace(away, version=2))
    assert (await asked(city, IDS[1:2])).open, "it stands elsewhere by now"


async def test_the_kill_switch_suspends_it_and_lifting_that_resumes_nothing(city: City) -> None:
    declaration = await declared(city)
    running = await asked(city)
    await endings.stop_sharing(city.ports, city.video, SUPERVISOR)
    assert (await granted(city, running)).cause is EndCause.SHARING_STOPPED
    with pytest.raises(Denied):
        await crisis.resume(city.ports, SUPERVISOR, declaration.id)
    await endings.resume_sharing(city.ports, city.video, SUPERVISOR)
    assert (await now_is(city, declaration)).state is CrisisState.SUSPENDED
    assert (await asked(city)).open


@pytest.mark.parametrize("who", [SAMU_SUPERVISOR, SUPERVISOR], ids=["hospital", "city"])
async def test_either_side_ends_it_and_all_it_granted(city: City, who: Any) -> None:
    declaration = await declared(city)
    own, other = await asked(city), await city.request(IDS[4:6])
    approval = decisions.Approval(cameras=other.cameras, duration_s=600, version=other.version)
    by_hand = await decisions.approve(city.ports, SUPERVISOR, other.id, approval, command=None)
    for _ in range(2):
        await crisisends.end(city.ports, city.video, who, declaration.id)
    ended = await granted(city, own)
    assert (ended.state, ended.cause, ended.ended_by) == (
        GrantState.ENDED,
        EndCause.CRISIS_ENDED,
        who.person.id,
    )
    async with city.store.read() as work:
        assert (await work.grant(by_hand.id)).state.live, "what a person granted goes on"
    assert (await city.kinds()).count("crisis.ended") == 1
    assert (await asked(city)).open


async def test_it_ends_by_itself_and_no_grant_of_it_lasts_longer(city: City) -> None:
    declaration = await declared(city, lasts_s=900)
    city.clock.advance(600)
    request = await asked(city)
    assert (await granted(city, request)).ends_at == declaration.terms.ends_at
    more = await asked(city, IDS[2:4])
    incident_of = await granted(city, more)
    async with city.store.read() as work:
        incident = await work.incident(incident_of.incident)
    longer = replace(asking(incident, IDS[2:4]), extends=incident_of.id)
    extension = await requests.submit(city.ports, REGULATOR, longer, None)
    assert extension.open, "there is nothing to add"
    city.clock.advance(250)
    assert (await asked(city)).open, "less than the shortest grant is left"
    city.clock.advance(50)
    for _ in range(2):
        await Timers(city.ports, city.video, SessionLimits()).advance()
    assert (await now_is(city, declaration)).cause is CrisisCause.EXPIRED
    assert (await city.kinds()).count("crisis.ended") == 1
    assert not (await granted(city, request)).state.live
    assert (await verify(city.store)).holds


async def test_its_own_grants_are_prolonged_and_the_police_told_anew(city: City) -> None:
    declaration = await declared(city, lasts_s=1_200)
    request = await asked(city)
    grant = await granted(city, request)
    noticed = await automatic.notice_grant(city.ports, OPERATOR, grant.id)
    again = await automatic.notice_grant(city.ports, SUPERVISOR, grant.id)
    assert (again.version, again.noticed_by) == (noticed.version, OPERATOR.person.id)
    with pytest.raises(Denied):
        await automatic.notice_grant(city.ports, REGULATOR, grant.id)
    city.clock.advance(300)
    async with city.store.read() as work:
        incident = await work.incident(grant.incident)
    longer = replace(asking(incident, IDS[:2]), extends=grant.id)
    extension = await requests.submit(city.ports, REGULATOR, longer, None)
    extended = await granted(city, extension)
    assert extended.ends_at == T0 + timedelta(seconds=900)
    assert extended.noticed_at is None
    said = await entry(city, "grant.extended_in_crisis")
    assert (said["by_city"], said["declaration"]) == (SUPERVISOR.person.id, declaration.id)
    part = replace(asking(incident, IDS[:1]), extends=grant.id)
    by_hand = await requests.submit(city.ports, REGULATOR, replace(part, duration_s=1_800), None)
    assert by_hand.open
    city.clock.advance(60)
    approval = decisions.Approval(cameras=by_hand.cameras, duration_s=1_800, version=by_hand.version)
    last = await decisions.approve(city.ports, SUPERVISOR, by_hand.id, approval, command=None)
    assert last.ends_at == declaration.terms.ends_at, "not even by hand does it outlive the crisis"


async def test_a_clock_that_is_slow_grants_nothing_and_declares_nothing(city: City) -> None:
    declaration = await declared(city)
    city.clock.advance(120)
    async with city.store.read() as work:
        known = await work.authority()
    await authority.note_time(city.ports, known, [], [declaration])
    city.clock.wall -= timedelta(seconds=60)
    assert (await asked(city)).open
    with pytest.raises(CrisisLinkError) as refused:
        await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(), None)
    assert refused.value.reason is Reason.CLOCK
    city.clock.wall += timedelta(seconds=60)
    assert (await asked(city)).state is RequestState.APPROVED


async def test_a_store_that_was_restored_has_no_crisis(city: City) -> None:
    active, proposed = (
        await declared(city),
        await crisis.propose(city.ports, SUPERVISOR, terms(), None),
    )
    request = await asked(city)
    async with city.store.read() as work:
        head = (await work.register_head()).size
        known = await work.authority()
    assert known is not None
    city.store._database.witness.note(Mark(known.incarnation, head + 10, b"x" * 32))
    await authority.assume(city.ports)
    for one in (active, proposed):
        ended = await now_is(city, one)
        assert (ended.state, ended.cause) == (CrisisState.ENDED, CrisisCause.RESTORED)
    assert not (await granted(city, request)).state.live
    assert (await asked(city)).open


async def test_a_repeated_proposal_or_request_acts_once(city: City) -> None:
    command = Command("key", "digest")
    first = await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(), command)
    assert (await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(), command)).id == first.id
    await crisis.confirm(city.ports, SUPERVISOR, first.id, version=1)
    assert (await crisis.confirm(city.ports, SUPERVISOR, first.id, version=1)).version == 2
    incident = await city.incident()
    again = [
        await requests.submit(city.ports, REGULATOR, asking(incident, IDS[:1]), Command("k2", "d"))
        for _ in range(2)
    ]
    assert again[0] == again[1]
    assert (await city.kinds()).count("request.approved_in_crisis") == 1


async def test_both_rooms_and_no_other_are_told(city: City) -> None:
    await declared(city)
    await asked(city)
    for who, hears in ((SAMU_SUPERVISOR, True), (OPERATOR, True), (OTHER_SUPERVISOR, False)):
        _, told = await live.since(city.ports, who, 0, limit=100)
        kinds = [one.kind for one in told if one.crisis is not None]
        assert kinds == (
            ["crisis.proposed", "crisis.activated", "request.approved_in_crisis"] if hears else []
        )


async def test_whoever_lets_it_grant_proved_lately_who_they_are(city: City) -> None:
    long_ago = T0 - timedelta(seconds=city.ports.limits.recent_s)
    before = {who: replace(who, authenticated_at=long_ago) for who in (SAMU_SUPERVISOR, SUPERVISOR)}
    for unknown in (long_ago, None):
        who = replace(SAMU_SUPERVISOR, authenticated_at=unknown)
        with pytest.raises(Denied) as refused:
            await crisis.propose(city.ports, who, terms(), None)
        assert refused.value.reason is Reason.STEP_UP
    proposed = await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(), None)
    with pytest.raises(Denied):
        await crisis.confirm(city.ports, before[SUPERVISOR], proposed.id, version=1)
    await crisis.confirm(city.ports, SUPERVISOR, proposed.id, version=1)
    await crisisends.suspend(city.ports, city.video, before[SUPERVISOR], proposed.id, cut_running=True)
    with pytest.raises(Denied):
        await crisis.resume(city.ports, before[SUPERVISOR], proposed.id)
    await crisisends.end(city.ports, city.video, before[SAMU_SUPERVISOR], proposed.id)
