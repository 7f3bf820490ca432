"""Whatever people, nodes and the clock do, in whatever order: the invariants of a grant's life hold.

The rules are the product's own commands on its own store. A test that cannot fail proves nothing: the same
rules and judges must find each fault seeded at the end.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, reject, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crisislink.adapters.journal import FileJournal
from crisislink.adapters.sql.databases import Database, PostgresqlDatabase
from crisislink.core import automatic as covered
from crisislink.core import grants
from crisislink.core import previews as looks
from crisislink.core import requests as rules
from crisislink.core.actors import Role
from crisislink.core.crisis import CrisisState, DeclaredCrisis
from crisislink.core.errors import CrisisLinkError
from crisislink.core.grants import Grant, Lease
from crisislink.core.ids import CameraId, SessionId
from crisislink.core.incidents import Incident
from crisislink.core.legal import Purpose
from crisislink.core.perimeter import Circle
from crisislink.core.previews import Preview
from crisislink.core.requests import AccessRequest, RefusalReason
from crisislink.flow import (
    automatic,
    crisis,
    crisisends,
    deadlines,
    decisions,
    endings,
    forced,
    incidents,
    previews,
    requests,
    suspensions,
    viewing,
)
from crisislink.flow.commands import Command
from crisislink.flow.ports import LiveVideo, Ports, Session
from crisislink.flow.signin import SessionLimits, actor_in
from crisislink.media.leases import HeldLease
from tests.city import asking
from tests.flow.processes import Fate
from tests.flow.town import NODES, PROCESSES, Town, at, one_process_bus
from tests.links import two_buses
from tests.samples import (
    BASIS,
    CAMERAS,
    CITY,
    MASK,
    OPERATOR,
    OTHER_SUPERVISOR,
    PLACE,
    REGULATOR,
    SAMU,
    SAMU_SUPERVISOR,
    SUPERVISOR,
    habilitation,
)
from tests.servers import Postgresql

PICK = st.integers(0, 9)
SOME = st.sets(st.integers(0, 2), min_size=1)
PROCESS = st.integers(0, PROCESSES - 1)
NODE = st.sampled_from(NODES)
FATES: tuple[Fate, ...] = ("slow", "frozen", "gone", "full", "mute")
SESSION = SessionId("ses_lea")
IDS = tuple(camera.id for camera in CAMERAS)


class Life(RuleBasedStateMachine):
    """Commands of both sides, nodes that renew, clocks that jump, processes that come and go."""

    def __init__(self, town: Callable[[], Town] = Town) -> None:
        super().__init__()
        self.town = town()
        self.cameras = {camera.id: camera for camera in CAMERAS[:3]}
        self.basis, self.commands = BASIS, 0
        self.in_force = habilitation(REGULATOR.person, Role.REGULATOR)
        self.sign_in()

    def teardown(self) -> None:
        self.town.close()

    @property
    def ports(self) -> Ports:
        """Of the process that answers people now."""
        return self.town.here.ports

    @property
    def video(self) -> LiveVideo:
        """The media nodes, as that process reaches them."""
        return self.town.here.video

    def _grant(self, pick: int, *, live: bool = True) -> Grant:
        found = [g for g in self.town.grants(live=live) if not live or g.state.live]
        if not found:
            reject()
        return found[pick % len(found)]

    def _waiting(self, pick: int) -> AccessRequest:
        found = self.town.requests(open_only=True)
        if not found:
            reject()
        return found[pick % len(found)]

    @initialize(minutes=st.integers(1, 30))
    def begin(self, minutes: int) -> None:
        self.ask_and_get({0, 1}, minutes, {0, 1})

    # -- the hospital -----------------------------------------------------------------------------

    def _submit(self, new: requests.NewRequest) -> AccessRequest | None:
        """The command, and the same again: it acts once."""
        self.commands += 1
        command = Command(f"key-{self.commands}", "digest")
        first = self.town.tried(requests.submit(self.ports, REGULATOR, new, command))
        if first is not None:
            again = self.town.run(requests.submit(self.ports, REGULATOR, new, command))
            assert again.id == first.id, "9: a replay gives the same result"
        return first

    @rule(some=SOME, minutes=st.integers(1, 30))
    def ask(self, some: set[int], minutes: int) -> None:
        incident = self.town.run(self.town.city.incident())
        self._submit(asking(incident, [IDS[n] for n in sorted(some)], minutes=minutes))

    @rule(some=SOME, minutes=st.integers(1, 30), keep=SOME)
    def ask_and_get(self, some: set[int], minutes: int, keep: set[int]) -> None:
        incident = self.town.run(self.town.city.incident())
        asked = self._submit(asking(incident, [IDS[n] for n in sorted(some)], minutes=minutes))
        if asked is not None:
            self._approve(asked, [IDS[n] for n in sorted(keep)], minutes)

    @rule(pick=PICK, minutes=st.integers(1, 30))
    def ask_for_more_time(self, pick: int, minutes: int) -> None:
        grant = self._grant(pick)
        incident = self.town.run(self._incident(grant))
        self._submit(replace(asking(incident, grant.open_cameras, minutes=minutes), extends=grant.id))

    async def _incident(self, grant: Grant) -> Incident:
        async with self.town.city.store.read() as work:
            return await work.incident(grant.incident)

    @rule(pick=PICK)
    def withdraw(self, pick: int) -> None:
        self.town.tried(requests.withdraw(self.ports, REGULATOR, self._waiting(pick).id))

    @rule(pick=PICK, some=st.none() | SOME)
    def release(self, pick: int, some: set[int] | None) -> None:
        grant = self._grant(pick)
        cameras = None if some is None else [v.camera for n, v in enumerate(grant.views) if n in some]
        self.town.tried(endings.release(self.ports, self.video, REGULATOR, grant.id, cameras))

    @rule(pick=PICK)
    def close_incident(self, pick: int) -> None:
        grant = self._grant(pick)
        for _ in range(2):
            self.town.done(incidents.close_incident(self.ports, self.video, REGULATOR, grant.incident))

    # -- the city ---------------------------------------------------------------------------------

    def _approve(
        self, request: AccessRequest, cameras: list[CameraId], minutes: int, *, age_s: int = 0
    ) -> None:
        self.commands += 1
        proved_at = self.town.clock.now() - timedelta(seconds=age_s)
        supervisor = replace(SUPERVISOR, authenticated_at=proved_at)
        command = Command(f"key-{self.commands}", "digest")
        approval = decisions.Approval(
            cameras=tuple(cameras), duration_s=minutes * 60, version=request.version
        )
        work = decisions.approve(self.ports, supervisor, request.id, approval, command=command)
        if (grant := self.town.tried(work)) is None:
            return
        assert age_s < self.ports.limits.recent_s, "an approval rests on a recent authentication"
        again = decisions.approve(self.ports, supervisor, request.id, approval, command=command)
        assert self.town.run(again).version == grant.version, "9"
        assert grant.ends_at <= self.basis.valid_until or request.extends is not None, "5"

    @rule(pick=PICK, keep=SOME, minutes=st.integers(1, 40), age_s=st.sampled_from([0, 3_599, 3_600]))
    def approve(self, pick: int, keep: set[int], minutes: int, age_s: int = 0) -> None:
        self._approve(self._waiting(pick), [IDS[n] for n in sorted(keep)], minutes, age_s=age_s)

    @rule(pick=PICK, camera=st.integers(0, 2))
    def look_before_deciding(self, pick: int, camera: int) -> None:
        asked = self._waiting(pick).id
        opened = self.town.tried(previews.open_preview(self.ports, SUPERVISOR, asked, IDS[camera]))
        if opened is not None:
            self.town.look_at(opened[0])

    @rule(pick=PICK)
    def approve_as_asked(self, pick: int) -> None:
        request = self._waiting(pick)
        self._approve(request, list(request.cameras), request.duration_s // 60)

    @rule(pick=PICK)
    def refuse(self, pick: int) -> None:
        request = self._waiting(pick)
        reason = RefusalReason.POLICE_OPERATION
        self.town.tried(decisions.refuse(self.ports, SUPERVISOR, request.id, reason, version=request.version))

    @rule(pick=PICK, some=st.none() | SOME, preempt=st.booleans())
    def revoke(self, pick: int, some: set[int] | None, preempt: bool) -> None:
        grant = self._grant(pick, live=False)
        cameras = None if some is None else [v.camera for n, v in enumerate(grant.views) if n in some]
        for _ in range(2):
            order = endings.revoke(self.ports, self.video, OPERATOR, grant.id, cameras, preempt=preempt)
            if self.town.done(order) is not None:
                self.town.answered([grant], cameras)

    @rule(camera=st.sampled_from(IDS[:3]), moved=st.booleans())
    def hold_back(self, camera: CameraId, moved: bool) -> None:
        if moved:
            self.town.done(suspensions.camera_moved(self.ports, self.video, camera))
        else:
            self.town.done(suspensions.hold_back(self.ports, self.video, OPERATOR, camera, moved=False))

    @rule(camera=st.sampled_from(IDS[:3]))
    def resume(self, camera: CameraId) -> None:
        self.town.done(suspensions.resume_camera(self.ports, SUPERVISOR, camera))

    @rule(camera=st.sampled_from(IDS[:3]), valid=st.booleans())
    def change_mask(self, camera: CameraId, valid: bool) -> None:
        before = self.cameras[camera]
        self.cameras[camera] = replace(before, mask=MASK if valid else None, version=before.version + 1)
        self.town.load(self.cameras[camera])

    @rule(stop=st.booleans())
    def kill_switch(self, stop: bool) -> None:
        if stop:
            known = self.ports.recall.grants_of(CITY.id)
            if self.town.done(endings.stop_sharing(self.ports, self.video, SUPERVISOR)) is not None:
                self.town.answered(known)
            if self.town.here.served:
                assert not [g for g in self.town.grants(live=True) if g.state.live]
        else:
            self.town.done(endings.resume_sharing(self.ports, self.video, SUPERVISOR))

    @rule(left_s=st.sampled_from([0, 60, 900_000, 900_000, 900_000]))
    def change_act(self, left_s: int) -> None:
        until = max(at(left_s, self.town.clock), BASIS.valid_from + timedelta(seconds=1))
        self.basis = replace(self.basis, valid_until=until, version=self.basis.version + 1)
        self.town.load(self.basis)

    # -- both sides -------------------------------------------------------------------------------

    def _declared(self, pick: int) -> DeclaredCrisis:
        found = [crisis for crisis in self.town.crises() if crisis.state.open]
        if not found:
            reject()
        return found[pick % len(found)]

    @rule(some=SOME, minutes=st.integers(1, 30), lasts=st.integers(1, 60), by_city=st.booleans())
    def propose_a_crisis(self, some: set[int], minutes: int, lasts: int, by_city: bool) -> None:
        new = crisis.NewCrisis(
            hospital=SAMU.id,
            city=CITY.id,
            perimeter=Circle(PLACE, 200),
            cameras=tuple(IDS[n] for n in sorted(some)),
            purposes=frozenset({Purpose.RESCUE}),
            grant_s=minutes * 60,
            lasts_s=lasts * 60,
            exercise=False,
        )
        who = SUPERVISOR if by_city else SAMU_SUPERVISOR
        self.town.tried(crisis.propose(self.ports, who, new, None))

    @rule(pick=PICK, by_city=st.booleans())
    def confirm_a_crisis(self, pick: int, by_city: bool) -> None:
        who, proposed = SUPERVISOR if by_city else SAMU_SUPERVISOR, self._declared(pick)
        proposers = {proposed.by_city, proposed.by_hospital}
        confirmed = self.town.tried(crisis.confirm(self.ports, who, proposed.id, version=proposed.version))
        if confirmed is not None and proposed.state is CrisisState.PROPOSED:
            assert who.person.id not in proposers, "4: nobody declares a crisis alone"

    @rule(some=SOME, minutes=st.integers(1, 30), lasts=st.integers(1, 60))
    def declare_a_crisis(self, some: set[int], minutes: int, lasts: int) -> None:
        before = {one.id for one in self.town.crises()}
        self.propose_a_crisis(some, minutes, lasts, by_city=False)
        for one in self.town.crises():
            if one.id not in before:
                self.town.tried(crisis.confirm(self.ports, SUPERVISOR, one.id, version=one.version))

    @rule(pick=PICK, cut=st.booleans())
    def suspend_a_crisis(self, pick: int, cut: bool) -> None:
        found = self._declared(pick)
        for _ in range(2):
            known = self.ports.recall.grants_in(found.id)
            order = crisisends.suspend(self.ports, self.video, OPERATOR, found.id, cut_running=cut)
            if self.town.done(order) is not None and cut:
                self.town.answered(known)

    @rule(pick=PICK)
    def resume_a_crisis(self, pick: int) -> None:
        self.town.tried(crisis.resume(self.ports, SUPERVISOR, self._declared(pick).id))

    @rule(pick=PICK, by_city=st.booleans())
    def end_a_crisis(self, pick: int, by_city: bool) -> None:
        found, who = self._declared(pick), SUPERVISOR if by_city else SAMU_SUPERVISOR
        for _ in range(2):
            self.town.done(crisisends.end(self.ports, self.video, who, found.id))

    @rule(pick=PICK)
    def acknowledge(self, pick: int) -> None:
        for _ in range(2):
            self.town.done(automatic.notice_grant(self.ports, OPERATOR, self._grant(pick).id))

    # -- people -----------------------------------------------------------------------------------

    @rule(left_s=st.sampled_from([0, 60, 900_000, 900_000, 900_000]))
    def change_habilitation(self, left_s: int) -> None:
        self.in_force = replace(self.in_force, valid_until=at(left_s, self.town.clock))
        self.town.load(self.in_force)

    @rule()
    def sign_in(self) -> None:
        now = self.town.clock.now()
        session = Session(
            id=SESSION,
            person=REGULATOR.person.id,
            provider="p",
            opened_at=now,
            authenticated_at=now,
            seen_at=now,
            ends_at=now + timedelta(hours=2),
        )
        self.town.done(self.ports.sessions.put(session))

    @rule()
    def sign_out(self) -> None:
        self.town.done(self.ports.sessions.drop(SESSION))

    @rule(pick=PICK, camera=st.integers(0, 2))
    def open_a_ticket(self, pick: int, camera: int) -> None:
        grant = self._grant(pick)
        view = grant.views[camera % len(grant.views)]
        try:
            who = self.town.run(actor_in(self.ports, SessionLimits(), SESSION, activity=True))
            self.town.run(viewing.open_ticket(self.ports, who, grant.id, view.camera))
        except CrisisLinkError:
            return
        now = self.town.clock.now()
        assert self.in_force.in_force(now), "13: nobody watches who has no habilitation now"
        assert now < grant.ends_at
        assert not view.suspended

    # -- nodes, processes, time -------------------------------------------------------------------

    @rule(node=NODE, pick=PICK, camera=st.integers(0, 2))
    def lease(self, node: str, pick: int, camera: int) -> None:
        grant = self._grant(pick, live=False)
        self.town.renew(node, grant.id, grant.views[camera % len(grant.views)].camera)

    @rule(node=NODE, pick=PICK, slow_s=st.sampled_from([0.5, 4.0, 6.0]), revoked=st.booleans())
    def lease_by_a_slow_answer(self, node: str, pick: int, slow_s: float, revoked: bool) -> None:
        grant = self._grant(pick, live=False)

        def meanwhile() -> None:
            if revoked:
                self.revoke(pick, None, preempt=False)
                self.town.look()  # notes when

        self.town.renew(node, grant.id, grant.views[0].camera, slow_s=slow_s, meanwhile=meanwhile)

    @precondition(lambda self: self.town.road.waiting)
    @rule(pick=PICK, times=st.integers(0, 2))
    def a_message_gets_through(self, pick: int, times: int) -> None:
        self.town.let_through(pick, times)

    @rule(node=NODE, parted=st.booleans())
    def part(self, node: str, parted: bool) -> None:
        if parted:
            self.town.part(node)
        else:
            self.town.join(node)

    @precondition(lambda self: self.town.held)
    @rule(pick=PICK)
    def look_away(self, pick: int) -> None:
        self.town.forget(*sorted(self.town.held)[pick % len(self.town.held)])

    @rule()
    def all_nodes_renew(self) -> None:
        for key in sorted(self.town.held):
            self.town.renew(*key)

    @rule(seconds=st.sampled_from([0.5, 1.6, 4.7, 5.0, 30, 61, 300, 900]))
    def time_passes(self, seconds: float) -> None:
        self.town.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-3_600, -2, 1]))
    def clock_is_set(self, seconds: int) -> None:
        self.town.set_clock(seconds)

    @rule(process=PROCESS)
    def timers(self, process: int) -> None:
        self.town.settle(process)

    @rule(process=PROCESS)
    def people_are_answered_by(self, process: int) -> None:
        self.town.here = self.town.processes[process]

    @rule(process=PROCESS, fate=st.sampled_from(FATES) | st.just("well"))
    def the_store_is(self, process: int, fate: Fate) -> None:
        self.town.reach(process, fate)

    @rule(process=PROCESS, parted=st.booleans())
    def the_bus_is_parted(self, process: int, parted: bool) -> None:
        if parted:
            self.town.part_from_the_bus(process)
        else:
            self.town.join_the_bus(process)

    @rule(process=PROCESS, fate=st.sampled_from(FATES), pick=PICK, cut=st.integers(0, 2))
    def cut_while_the_store_is(self, process: int, fate: Fate, pick: int, cut: int) -> None:
        """By the process that cannot record it as it should; then another one answers people."""
        self.town.reach(process, fate)
        before, self.town.here = self.town.here, self.town.processes[process]
        try:
            if cut == 0:
                self.revoke(pick, None, preempt=False)
            elif cut == 1:
                self.kill_switch(stop=True)
            else:
                self.suspend_a_crisis(pick, cut=True)
        finally:
            self.town.here = before

    @rule(some=st.sets(PROCESS, min_size=1))
    def restart(self, some: set[int]) -> None:
        before = [(g.id, g.version) for g in self.town.grants()]
        self.town.restart(*sorted(some))
        assert [(g.id, g.version) for g in self.town.grants()] == before, "12: a restart adds nothing"
        self.town.tell_again()

    # -- those who may not ------------------------------------------------------------------------

    @rule(pick=PICK, refuse=st.booleans())
    def another_city_decides(self, pick: int, refuse: bool) -> None:
        asked, who = self._waiting(pick), OTHER_SUPERVISOR
        if refuse:
            reason = RefusalReason.POLICE_OPERATION
            self.town.refused(decisions.refuse(self.ports, who, asked.id, reason, version=asked.version))
            return
        given = decisions.Approval(cameras=asked.cameras, duration_s=60, version=asked.version)
        self.town.refused(decisions.approve(self.ports, who, asked.id, given, command=None))

    @rule(pick=PICK)
    def another_city_cuts(self, pick: int) -> None:
        grant, who = self._grant(pick, live=False), OTHER_SUPERVISOR
        self.town.refused(endings.revoke(self.ports, self.video, who, grant.id, None, preempt=False))

    @rule(camera=st.sampled_from(IDS[:3]))
    def another_city_holds_back(self, camera: CameraId) -> None:
        who = OTHER_SUPERVISOR
        self.town.refused(suspensions.hold_back(self.ports, self.video, who, camera, moved=False))

    @invariant()
    def all_holds(self) -> None:
        self.town.look()


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=15,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.parametrize(
    ("store", "bus"), [("sqlite", "redis"), ("postgresql", "in process"), ("postgresql", "redis")]
)
def test_it_holds_on_real_servers_too(
    store: str, bus: str, postgresql: Postgresql, redis_url: str, tmp_path: Path
) -> None:
    """On either store with either bus; fewer lives, because each costs more."""

    @contextmanager
    def database() -> Iterator[Database | None]:
        if store == "sqlite":
            yield None
            return
        with postgresql.database() as url, TemporaryDirectory(dir=tmp_path) as folder:
            yield PostgresqlDatabase(url, witness=Path(folder) / "witness")

    few = settings(TestLife.settings, max_examples=3, stateful_step_count=25)

    class LifeOnServers(Life):
        def __init__(self) -> None:
            opened = one_process_bus if bus == "in process" else partial(two_buses, redis_url)
            super().__init__(lambda: Town(opened, database))

    run_state_machine_as_test(LifeOnServers, settings=few)


# -- faults these judges must find, each a few steps away ------------------------------------------------


def _same_epoch_when_ended(*given: Any) -> Any:
    return tuple(replace(v, epoch=v.epoch - 1) if v.ended_at == given[-1] else v for v in _ENDED(*given))


def _same_epoch_when_suspended(grant: Grant, camera: CameraId, *given: Any, **more: Any) -> Any:
    held, event = _SUSPEND(grant, camera, *given, **more)
    if event is None:
        return held, event
    views = tuple(replace(v, epoch=v.epoch - 1) if v.camera == camera else v for v in held.views)
    return replace(held, views=views), event


def _lease_in_spite_of_a_suspension(grant: Grant, camera: CameraId, **more: Any) -> Lease:
    return _LEASE(
        replace(grant, views=tuple(replace(v, suspended_at=None) for v in grant.views)), camera, **more
    )


def _lease_past_the_end(grant: Grant, camera: CameraId, **more: Any) -> Lease:
    return _LEASE(replace(grant, ends_at=grant.ends_at + timedelta(seconds=60)), camera, **more)


def _end_without_limit(grant: Grant, request: Any, actor: Any, *, duration_s: int, **more: Any) -> Any:
    after, event = _EXTEND(grant, request, actor, duration_s=duration_s, **more)
    return replace(after, ends_at=after.ends_at + timedelta(hours=5)), event


def _anything_goes(*_given: Any, **_more: Any) -> None:
    return None


def _counted_from_receipt(held: HeldLease, lease: Lease, *, asked_s: float) -> None:
    """As if the answer had taken no time: the deadline comes later by what it took."""
    _TAKE(held, lease, asked_s=asked_s)
    held.deadline_s += SLOW_S


def _kept_to_the_end(held: HeldLease, lease: Lease, *, asked_s: float) -> None:
    _TAKE(held, lease, asked_s=asked_s)
    held.deadline_s = held.end_s


_TAKE, SLOW_S = HeldLease.take, 4.0
_ENDED, _SUSPEND = grants._ended, grants.suspend
_LEASE, _EXTEND = grants.lease, grants.extend


def _past_the_crisis(request: Any, declared: DeclaredCrisis, **more: Any) -> Any:
    later = declared.terms.ends_at + timedelta(hours=1)
    return _APPROVE(request, replace(declared, terms=replace(declared.terms, ends_at=later)), **more)


async def _nothing_granted(*_given: Any) -> list[Grant]:
    return []


def _all_is_heard(*_given: Any) -> bool:
    return True


async def _told_to_nobody(*_given: Any) -> bool:
    return True


async def _preview_goes_on(*_given: Any, **_more: Any) -> None:
    return None


def _preview_past_its_end(preview: Preview, camera: CameraId, **more: Any) -> Lease:
    return _LOOK(replace(preview, ends_at=preview.ends_at + timedelta(seconds=60)), camera, **more)


_LOOK = looks.lease
_APPROVE = covered.approve
Steps = Callable[[Life], None]


def _revoked(life: Life) -> None:
    life.revoke(0, {0}, preempt=True)


def _held_back(life: Life) -> None:
    life.hold_back(IDS[0], moved=True)


def _leased_while_held_back(life: Life) -> None:
    _held_back(life)
    life.lease("node_a", 0, 0)


def _leased_after_the_end(life: Life) -> None:
    life.time_passes(61)
    life.lease("node_a", 0, 0)


def _revoked_while_the_answer_came(life: Life) -> None:
    life.lease_by_a_slow_answer("node_a", 0, SLOW_S, revoked=True)
    life.time_passes(1.6)


def _parted(life: Life) -> None:
    life.lease("node_a", 0, 0)
    life.part("node_a", True)
    life.time_passes(5.0)
    life.time_passes(0.5)


def _extended(life: Life) -> None:
    life.ask_for_more_time(0, 30)
    life.approve_as_asked(0)


def _approved_for_longer(life: Life) -> None:
    life.ask({0}, 5)
    life.approve(0, {0}, 20)


def _asked_while_suspended(life: Life) -> None:
    life.declare_a_crisis({2}, 10, 30)
    life.suspend_a_crisis(0, cut=False)
    life.ask({2}, 5)


def _asked_outside_a_crisis(life: Life) -> None:
    life.declare_a_crisis({1, 2}, 10, 30)
    life.ask({0, 1}, 5)


def _asked_for_what_was_cut(life: Life) -> None:
    life.declare_a_crisis({0, 1}, 10, 30)
    life.revoke(0, {0}, preempt=True)
    life.all_holds()
    life.ask({0}, 5)


def _asked_at_its_end(life: Life) -> None:
    life.declare_a_crisis({2}, 10, 10)
    life.time_passes(300)
    life.ask({2}, 10)


def _ended_with_a_grant(life: Life) -> None:
    life.declare_a_crisis({2}, 10, 30)
    life.ask({2}, 10)
    life.all_holds()
    life.end_a_crisis(0, by_city=True)


def _cut_while_nothing_can_be_written(life: Life) -> None:
    life.lease("node_a", 0, 0)
    for process in range(PROCESSES):
        life.town.reach(process, "full")
    life.revoke(0, None, preempt=False)
    life.all_holds()
    life.town.restart(*range(PROCESSES))
    life.time_passes(5.0)
    life.lease("node_a", 0, 0)
    life.time_passes(0.5)


def _cut_where_one_hears_nothing(life: Life) -> None:
    """Its node asks the store, which can be read and takes nothing: it must not go on for ever."""
    for process in range(PROCESSES):
        life.town.settle(process)
    life.lease("node_b", 0, 0)
    life.town.part_from_the_bus(1)
    for process in range(PROCESSES):
        life.town.reach(process, "full")
    life.time_passes(1.6)
    life.lease("node_b", 0, 0)
    life.time_passes(1.6)
    life.lease("node_b", 0, 0)
    life.time_passes(1.9)
    life.revoke(0, None, preempt=False)
    for _ in range(9):
        life.lease("node_b", 0, 0)
        life.all_holds()
        life.time_passes(1.6)


def _decided_while_somebody_looks(life: Life) -> None:
    life.ask({0}, 5)
    life.look_before_deciding(0, 0)
    life.all_holds()
    life.refuse(0)


def _looked_at_too_late(life: Life) -> None:
    life.ask({0}, 5)
    life.look_before_deciding(0, 0)
    life.time_passes(31)
    for preview in tuple(life.town.seen.previews.values()):
        life.town.look_at(preview)


def _a_crisis_and_the_clock(life: Life) -> None:
    life.declare_a_crisis({2}, 10, 10)
    life.time_passes(900)
    life.timers(1)


def _the_clock_worked(life: Life) -> None:
    life.time_passes(900)
    life.timers(1)


@pytest.mark.parametrize(
    ("where", "name", "fault", "steps", "found"),
    [
        (grants, "_ended", _same_epoch_when_ended, _revoked, "6: what goes dark raises"),
        (suspensions, "suspend", _same_epoch_when_suspended, _held_back, "6: what goes dark raises"),
        (viewing, "lease_of", _lease_in_spite_of_a_suspension, _leased_while_held_back, "3: that is not"),
        (viewing, "lease_of", _lease_past_the_end, _leased_after_the_end, "1: no picture after"),
        (HeldLease, "take", _counted_from_receipt, _revoked_while_the_answer_came, "2: no picture later"),
        (HeldLease, "take", _kept_to_the_end, _parted, "10: who is parted"),
        (decisions, "extend", _end_without_limit, _extended, "5: the cap"),
        (rules, "check_narrowing", _anything_goes, _approved_for_longer, "5: no longer than asked"),
        (deadlines, "GRANT_KINDS", (), _the_clock_worked, "what is due was done"),
        (covered, "gap", _anything_goes, _asked_while_suspended, "5: nothing while it is suspended"),
        (covered, "gap", _anything_goes, _asked_outside_a_crisis, "5: nothing outside it"),
        (covered, "gap", _anything_goes, _asked_for_what_was_cut, "5: nor what the police took"),
        (covered, "approve", _past_the_crisis, _asked_at_its_end, "5: nothing outlives the crisis"),
        (crisisends, "granted", _nothing_granted, _ended_with_a_grant, "5: what it granted ends with it"),
        (decisions, "end_with", _preview_goes_on, _decided_while_somebody_looks, "3: a request that"),
        (looks, "lease", _preview_past_its_end, _looked_at_too_late, "1: no picture after"),
        (viewing, "withheld", _anything_goes, _cut_while_nothing_can_be_written, "2: none later than L"),
        (viewing, "may_hear", _all_is_heard, _cut_where_one_hears_nothing, "2: none later than L"),
        (
            FileJournal,
            "_append",
            _anything_goes,
            _cut_while_nothing_can_be_written,
            "2: none later than L",
        ),
        (forced, "enter", _told_to_nobody, _cut_while_nothing_can_be_written, "8: what was cut without"),
        (deadlines, "CRISIS_KINDS", (), _a_crisis_and_the_clock, "what is due was done"),
    ],
    ids=[
        "epoch: end",
        "epoch: suspension",
        "lease: suspension",
        "lease: end",
        "lease: from receipt",
        "lease: no limit",
        "cap",
        "narrowing",
        "timers",
        "crisis: suspended",
        "crisis: outside",
        "crisis: cut",
        "crisis: end of a grant",
        "crisis: end",
        "preview: decision",
        "preview: end",
        "cut: not held",
        "cut: not heard",
        "cut: not on disk",
        "cut: not entered",
        "crisis: timers",
    ],
)
def test_a_seeded_fault_is_found(
    monkeypatch: pytest.MonkeyPatch, where: object, name: str, fault: object, steps: Steps, found: str
) -> None:
    """The steps hold without the fault, and do not with it."""
    _walk(steps)
    monkeypatch.setattr(where, name, fault)
    with pytest.raises(AssertionError, match=found):
        _walk(steps)


def _walk(steps: Steps) -> None:
    life = Life()
    try:
        life.ask_and_get({0, 1}, 1, {0, 1})
        life.all_holds()
        steps(life)
        life.all_holds()
    finally:
        life.teardown()
