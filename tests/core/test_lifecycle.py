"""The life of requests and grants as a state machine: whatever people and the clock do, the invariants hold.

Numbers are those of the design's list: 1 no lease past the end, 3 every lease belongs to an approved camera
and epoch, 4 approver and requester, 5 nothing widens, 6 epochs never fall, 7 terminal is final, 9 a replay
changes nothing, 11 ENDING lasts at most L.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from crisislink.core import requests as rq
from crisislink.core.errors import Conflict, CrisisLinkError, Denied, Expired
from crisislink.core.grants import (
    EndCause,
    Grant,
    GrantState,
    activate,
    end,
    end_views,
    expire,
    extend,
    finish,
    lease,
    resume,
    suspend,
)
from crisislink.core.ids import CameraId, GrantId, RequestId
from crisislink.core.legal import Purpose
from crisislink.core.limits import Limits
from crisislink.core.suspension import SuspendCause
from tests.samples import BASIS, CAMERAS, INCIDENT, REGULATOR, SUPERVISOR, T0

LIMITS = Limits()
LEASE = timedelta(seconds=LIMITS.lease_s)
TERMINAL = {
    rq.RequestState.APPROVED,
    rq.RequestState.REFUSED,
    rq.RequestState.WITHDRAWN,
    rq.RequestState.LAPSED,
}


class Lifecycle(RuleBasedStateMachine):
    """Requests and grants in a dict, a clock that jumps, and what was ever seen of them."""

    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.asked: dict[RequestId, rq.AccessRequest] = {}
        self.granted: dict[GrantId, Grant] = {}
        self.epochs: dict[tuple[GrantId, CameraId], int] = {}
        self.final: dict[object, object] = {}

    @rule(target=requests, count=st.integers(1, 4), minutes=st.integers(1, 30))
    def submit(self, count: int, minutes: int) -> RequestId:
        request, event = rq.submit(
            REGULATOR,
            id=RequestId(f"req_{len(self.asked)}"),
            incident=INCIDENT,
            cameras=CAMERAS[:count],
            duration_s=minutes * 60,
            intent=rq.RequestIntent.ACCESS_ROUTE,
            purpose=Purpose.RESCUE,
            legal_basis=BASIS,
            limits=LIMITS,
            now=self.now,
        )
        assert event.cameras == request.cameras
        self.asked[request.id] = request
        return request.id

    @rule(request=requests, keep=st.integers(0, 5), minutes=st.integers(0, 40))
    def approve(self, request: RequestId, keep: int, minutes: int) -> None:
        before = self.asked[request]
        cameras = tuple(c.id for c in CAMERAS[:keep])
        try:
            after, grant, event = rq.approve(
                before,
                SUPERVISOR,
                grant=GrantId(f"gr_{request}"),
                grant_ref="ABCDE",
                cameras=cameras,
                duration_s=minutes * 60,
                limits=LIMITS,
                now=self.now,
            )
        except CrisisLinkError:
            return
        assert before.open
        assert self.now < before.lapses_at
        assert {v.camera for v in grant.views} <= set(before.cameras)
        assert grant.ends_at <= self.now + timedelta(seconds=before.duration_s)
        assert set(event.cameras) | set(event.not_granted) == set(before.cameras)
        assert grant.approver != grant.requester
        assert grant.owner != grant.beneficiary
        self.asked[request], self.granted[grant.id] = after, grant

    @rule(request=requests, reason=st.sampled_from(rq.RefusalReason))
    def refuse(self, request: RequestId, reason: rq.RefusalReason) -> None:
        before = self.asked[request]
        try:
            after, event = rq.refuse(before, SUPERVISOR, refusal=reason, now=self.now)
        except (Conflict, Expired):
            return
        assert (event is None) == (after == before)
        self.asked[request] = after

    @rule(request=requests)
    def withdraw(self, request: RequestId) -> None:
        try:
            after, event = rq.withdraw(self.asked[request], REGULATOR, now=self.now)
        except Conflict:
            return
        again, nothing = rq.withdraw(after, REGULATOR, now=self.now)
        assert (again, nothing) == (after, None)
        assert event is not None or after == self.asked[request]
        self.asked[request] = after

    @rule(request=requests)
    def lapse(self, request: RequestId) -> None:
        self.asked[request], event = rq.lapse(self.asked[request], now=self.now)
        assert event is None or self.now >= self.asked[request].lapses_at

    @rule(request=requests, camera=st.sampled_from(CAMERAS), held=st.one_of(st.none(), st.integers(0, 4)))
    def take_lease(self, request: RequestId, camera: object, held: int | None) -> None:
        grant = self.granted.get(GrantId(f"gr_{request}"))
        if grant is None:
            return
        camera_id = camera.id  # type: ignore[attr-defined]
        try:
            given = lease(grant, camera_id, epoch=held, limits=LIMITS, now=self.now)
        except CrisisLinkError:
            return
        view = grant.view(camera_id)
        assert grant.state.live
        assert view.ended_at is None
        assert not view.suspended
        assert held in {None, view.epoch}
        assert self.now + timedelta(milliseconds=given.remaining_ms) <= grant.ends_at
        assert 0 <= given.remaining_ms <= LIMITS.lease_s * 1000
        self.granted[grant.id], _ = activate(grant, camera_id)

    @rule(request=requests, cause=st.sampled_from(EndCause))
    def end_grant(self, request: RequestId, cause: EndCause) -> None:
        grant = self.granted.get(GrantId(f"gr_{request}"))
        if grant is None:
            return
        ending, event = end(grant, cause, actor=SUPERVISOR, now=self.now)
        assert (event is None) == (not grant.state.live)
        assert not ending.open_cameras
        self.granted[grant.id] = ending

    @rule(request=requests, hit=st.sets(st.integers(0, 3)))
    def end_some_views(self, request: RequestId, hit: set[int]) -> None:
        grant = self.granted.get(GrantId(f"gr_{request}"))
        if grant is None:
            return
        cameras = [grant.views[i].camera for i in hit if i < len(grant.views)]
        after, event = end_views(grant, cameras, EndCause.REVOKED, actor=SUPERVISOR, now=self.now)
        assert (event is None) == (after == grant)
        assert set(after.open_cameras) == set(grant.open_cameras) - set(cameras)
        self.granted[grant.id] = after

    @rule(request=requests, n=st.integers(0, 3), cause=st.sampled_from(SuspendCause))
    def suspend_view(self, request: RequestId, n: int, cause: SuspendCause) -> None:
        grant = self.granted.get(GrantId(f"gr_{request}"))
        if grant is None or n >= len(grant.views):
            return
        before = grant.views[n]
        after, event = suspend(grant, before.camera, cause, actor=None, now=self.now)
        assert (event is None) == (after == grant)
        assert after.ends_at == grant.ends_at
        if event is not None:
            assert after.views[n].suspended
            assert after.views[n].epoch > before.epoch
            assert after.open_cameras == grant.open_cameras
        self.granted[grant.id] = after

    @rule(request=requests, n=st.integers(0, 3))
    def resume_view(self, request: RequestId, n: int) -> None:
        grant = self.granted.get(GrantId(f"gr_{request}"))
        if grant is None or n >= len(grant.views):
            return
        after, event = resume(grant, grant.views[n].camera, actor=SUPERVISOR, now=self.now)
        assert (event is None) == (after == grant)
        assert (event is not None) == (grant.state.live and grant.views[n].suspended)
        assert after.ends_at == grant.ends_at
        self.granted[grant.id] = after

    @rule(request=requests, minutes=st.integers(1, 300))
    def extend_grant(self, request: RequestId, minutes: int) -> None:
        grant = self.granted.get(GrantId(f"gr_{request}"))
        if grant is None:
            return
        try:
            after, _ = extend(
                grant, request, SUPERVISOR, duration_s=minutes * 60, limits=LIMITS, now=self.now
            )
        except CrisisLinkError:
            return
        assert grant.ends_at < after.ends_at <= grant.starts_at + timedelta(seconds=LIMITS.grant_cap_s)
        assert after.views == grant.views
        self.granted[grant.id] = after

    @rule(seconds=st.integers(0, 900))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(acknowledged=st.booleans())
    def the_clock_settles(self, acknowledged: bool) -> None:
        for grant in list(self.granted.values()):
            expired, _ = expire(grant, now=self.now)
            self.granted[grant.id], _ = finish(
                expired, acknowledged=acknowledged, limits=LIMITS, now=self.now
            )
            late = self.granted[grant.id]
            assert (
                late.ending_at is None or late.state is GrantState.ENDED or self.now < late.ending_at + LEASE
            )

    @invariant()
    def epochs_never_fall(self) -> None:
        for grant in self.granted.values():
            for view in grant.views:
                assert view.epoch >= self.epochs.get((grant.id, view.camera), 1)
                self.epochs[grant.id, view.camera] = view.epoch

    @invariant()
    def terminal_is_final(self) -> None:
        for request in self.asked.values():
            if request.state in TERMINAL:
                assert self.final.setdefault(request.id, request.state) is request.state
        for grant in self.granted.values():
            if not grant.state.live:
                assert self.final.setdefault(grant.id, grant.ends_at) == grant.ends_at
                assert not grant.open_cameras

    @invariant()
    def no_lease_after_the_end(self) -> None:
        for grant in self.granted.values():
            late = replace(grant)
            for view in late.views:
                if self.now >= late.ends_at or not late.state.live or view.ended_at is not None:
                    try:
                        lease(late, view.camera, epoch=None, limits=LIMITS, now=self.now)
                    except (Expired, Denied):
                        continue
                    raise AssertionError("a lease after the end")


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
