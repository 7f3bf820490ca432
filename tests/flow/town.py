"""A town under every command, in any order, on a clock that jumps: what `test_invariants` drives and judges.

Media nodes are modelled by the lease they hold (`media.leases.HeldLease`): a node shows pictures exactly
while its lease's deadline has not come. A cut that is in the register is lost on the way to all of them: what
is shown after it is what leases allow. One that the store has not taken is the only word there is: nodes hear
it. Messages of the bus, wakes and what a process hands over, wait until they are let through, once, twice,
late or never; a node that hears one asks again. A node that is parted hears nothing and gets no answer.
A process that is parted from the bus, with its node, tells and hears nothing, and knows it.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast
from unittest.mock import patch

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.sql.databases import Database
from crisislink.core.crisis import CrisisState, DeclaredCrisis
from crisislink.core.errors import CrisisLinkError, Denied, Expired, NotFound, Unavailable
from crisislink.core.events import InventoryLoaded
from crisislink.core.grants import CutCause, EndCause, Grant, GrantState, View
from crisislink.core.ids import CameraId, CrisisId, GrantId, PreviewId, RequestId, ViewingId
from crisislink.core.previews import PREVIEW_S, Preview
from crisislink.core.requests import AccessRequest
from crisislink.flow import forced, register, suspensions, viewing
from crisislink.flow.authority import SKEW
from crisislink.flow.ports import Bus, Entry, ForcedCut, State, Wake
from crisislink.media.leases import HeldLease
from crisislink.media.membership import ANNOUNCE_S, TTL_S
from tests.city import City, small_city
from tests.fakes.time import SteadyClock
from tests.flow.processes import LATE, Fate, Process
from tests.samples import CITY

T = TypeVar("T")
LEASE_S, HEARD_S = 5.0, 5.0
PRESENT_S = TTL_S - ANNOUNCE_S  # so long at least a node that nobody hears of counts as one that lives
PATIENT_S = 60.0
NODES = ("node_a", "node_b")
PROCESSES = len(NODES)
OF_GRANT = {
    "request.approved",
    "request.approved_in_crisis",
    "grant.activated",
    "grant.views_revoked",
    "grant.ending",
    "grant.ended",
    "grant.extended",
    "grant.extended_in_crisis",
    "grant.noticed",
    "view.suspended",
    "view.resumed",
}
OF_REQUEST = {
    "request.submitted",
    "request.approved",
    "request.approved_in_crisis",
    "request.refused",
    "request.withdrawn",
    "request.lapsed",
    "grant.extended",
    "grant.extended_in_crisis",
}
OF_CRISIS = {
    "crisis.proposed",
    "crisis.activated",
    "crisis.declined",
    "crisis.lapsed",
    "crisis.suspended",
    "crisis.resumed",
    "crisis.ended",
}


_TRANSITIONS = (("grant", OF_GRANT), ("request", OF_REQUEST), ("declaration", OF_CRISIS))


@dataclass
class Seen:
    """What was ever seen of grants, requests and declared crises."""

    grants: dict[GrantId, Grant] = field(default_factory=dict)
    requests: dict[RequestId, AccessRequest] = field(default_factory=dict)
    crises: dict[CrisisId, DeclaredCrisis] = field(default_factory=dict)
    raised_s: dict[tuple[GrantId, CameraId], float] = field(default_factory=dict)
    previews: dict[PreviewId, Preview] = field(default_factory=dict)
    over_s: dict[PreviewId, float] = field(default_factory=dict)
    cut_s: dict[tuple[GrantId, CameraId], float] = field(default_factory=dict)


@dataclass(frozen=True)
class Handed:
    """An order on its way to one process."""

    order: ForcedCut
    to: int


class SlowRoad:
    """A bus whose wakes and hand-overs wait to be let through. All else goes as on the bus it is made of."""

    def __init__(self, bus: Bus) -> None:
        self.bus, self.waiting = bus, list[Wake | Handed]()
        self.ordered: dict[str, ForcedCut] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bus, name)

    async def publish(self, wake: Wake) -> None:
        self.waiting.append(wake)

    async def hand_over(self, order: ForcedCut) -> bool:
        self.ordered[order.id] = order
        self.waiting += [Handed(order, to) for to in range(PROCESSES)]
        return True


class Lane:
    """The road as one process reaches it, with the media nodes at its other end (`LiveVideo`)."""

    def __init__(self, town: "Town", number: int) -> None:
        self._town, self._number = town, number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._town.road, name)

    @property
    def degraded(self) -> bool:
        return self._number in self._town.deaf_s

    async def publish(self, wake: Wake) -> None:
        if not self.degraded:
            await self._town.road.publish(wake)

    async def hand_over(self, order: ForcedCut) -> bool:
        if self.degraded:
            self._town.road.ordered[order.id] = order
            return False
        return await self._town.road.hand_over(order)

    async def cut(
        self,
        grant: GrantId,
        cameras: Collection[CameraId],
        cause: CutCause,
        *,
        recorded: bool,
        looks: Collection[ViewingId] | None = None,
    ) -> bool:
        """See `LiveVideo`."""
        if recorded or looks is not None:
            return False
        return self._town.darken(self._number, grant, cameras, cause)


@asynccontextmanager
async def one_process_bus() -> AsyncIterator[tuple[Bus, Bus]]:
    bus = InProcessBus()
    yield bus, bus


class Town:
    """The city in a loop of its own, and two processes, each with the leases of its node."""

    def __init__(
        self,
        open_bus: Callable[[], AbstractAsyncContextManager[tuple[Bus, Bus]]] = one_process_bus,
        open_database: Callable[[], AbstractContextManager[Database | None]] = nullcontext,
    ) -> None:
        self.clock = SteadyClock()
        self._runner = asyncio.Runner()
        self._folder = TemporaryDirectory()
        self._open = AsyncExitStack()
        database = self._open.enter_context(open_database())
        here, there = self.run(self._open.enter_async_context(open_bus()))
        self.road = SlowRoad(here)
        city = small_city(Path(self._folder.name), database, clock=self.clock, bus=cast("Bus", self.road))
        self.city: City = self.run(self._open.enter_async_context(city))
        self.heard = self.run(self._open.enter_async_context(self.road.bus.listen()))
        self.orders = self.run(self._open.enter_async_context(there.handed_over()))
        self.parted_s: dict[str, float] = {}
        self.deaf_s: dict[int, float] = {}
        self.links = Counter[int]()  # how often each process's links, or its clock, changed
        self.unheard: dict[tuple[GrantId, CameraId], dict[int, int]] = {}
        self.held: dict[tuple[str, GrantId, CameraId], HeldLease] = {}
        self.ended: dict[str, set[tuple[GrantId, CameraId]]] = {node: set() for node in NODES}
        self.looked: dict[PreviewId, HeldLease] = {}
        self.processes = [
            Process(self.city, cast("Bus", lane), lane, Path(self._folder.name) / str(number))
            for number, lane in enumerate(Lane(self, number) for number in range(PROCESSES))
        ]
        self.here = self.processes[0]
        self.seen = Seen()
        self.counted: Counter[tuple[str, str]] = Counter()
        self._read_up_to = 0

    def run(self, work: Awaitable[T]) -> T:
        """Wait for it."""

        async def wait() -> T:
            return await work

        return self._runner.run(wait())

    def tried(self, work: Awaitable[T]) -> T | None:
        """Its result, or None where the rules say no."""
        try:
            return self.run(work)
        except CrisisLinkError:
            return None

    def done(self, work: Awaitable[T]) -> T | None:
        """What `here` made of it; None where its link to the store did not let it."""
        blink_s = 0.0 if self.here.link.fate in LATE else PATIENT_S
        with patch.object(forced, "BLINK_S", blink_s), patch.object(suspensions, "BLINK_S", blink_s):
            try:
                return self.run(work)
            except Unavailable:
                assert not self.here.served, "a store that answers takes what people do"
                return None

    def refused(self, work: Awaitable[object]) -> None:
        """It is, and the register tells of that, and of nothing else; nothing is cut, no process is told."""
        before, ordered = self._newest(), dict(self.road.ordered)
        try:
            self.run(work)
        except (Denied, Expired, NotFound):
            [told] = self.run(self._entries(before))
            assert told.kind == "access.denied", "4: the try is in the register"
        except Unavailable:
            assert not self.here.served, "a store that answers takes the entry"
        else:
            raise AssertionError("4: nobody but the camera's city")
        assert self.road.ordered == ordered, "4: nobody but the camera's city cuts"

    def close(self) -> None:
        """What was ordered is in the register, once; it holds to the end."""
        try:
            self.replay()
            assert self.run(register.verify(self.city.store)).holds
        finally:
            self.run(self._open.aclose())
            self._runner.close()
            self._folder.cleanup()

    def restart(self, *numbers: int) -> None:
        """These processes anew, with their nodes; nothing but the store and their disks is left."""
        for number in numbers:
            self.links[number] += 1
            for missed in self.unheard.values() if number in self.deaf_s else ():
                missed[number] = self.links[number]
            self.processes[number].start()
            self.held = {key: held for key, held in self.held.items() if key[0] != NODES[number]}
            self.ended[NODES[number]].clear()
        self.looked = {}

    def reach(self, number: int, fate: Fate) -> None:
        """How this process reaches the store from now on. It had looked there a moment ago."""
        process = self.processes[number]
        if process.served:
            self.run(process.timers._stands())
        process.link.fate = fate
        self.links[number] += 1

    def tell_again(self) -> None:
        """Within a second every process looks: whose order waits tells it again, and now it is heard."""
        for _ in range(2):
            for process in self.processes:
                self.run(process.timers._look([]))
            handed = [one for one in self.road.waiting if isinstance(one, Handed)]
            self.road.waiting = [one for one in self.road.waiting if not isinstance(one, Handed)]
            for one in handed:
                self.run(self._pass_on(one))

    def replay(self) -> None:
        """All is well again, and every process starts anew, with what was on its disk."""
        self.deaf_s.clear()
        for process in self.processes:
            process.link.fate = "well"
        self.restart(*range(PROCESSES))
        self.tell_again()
        assert not any(process.ports.journal.pending() for process in self.processes), "what waited is in it"
        self.run(self._judge_orders())
        self.look()

    async def _judge_orders(self) -> None:
        """Each is in the register, once: as an end that it made, or as one that came too late."""
        orders = self.road.ordered.values()
        async with self.city.store.read() as work:
            for order in orders:
                assert await forced.entered(work, order), (
                    "8: what was cut without the store is in the register"
                )
        said = [json.loads(e.body) for e in await self._entries(0)]
        for order in orders:
            assert any(_names(one, order) for one in said), "8: under the name of who ordered it"
        told = Counter(cut for one in said if (cut := _late(one)) is not None)
        for grant, entries in told.items():
            assert entries <= sum(order.grant == grant for order in orders), "8: and once"

    def darken(self, by: int, grant: GrantId, cameras: Collection[CameraId], cause: CutCause) -> bool:
        """A process cuts what the store has not taken; whether all nodes that it knows of confirmed."""
        for number, node in enumerate(NODES):
            if node not in self.parted_s and self._hear(by, number):
                if isinstance(cause, EndCause):
                    self.ended[node] |= {(grant, camera) for camera in cameras}
                for camera in cameras:
                    self.forget(node, grant, camera)
        self.looked.pop(cast("PreviewId", grant), None)
        return (
            by not in self.deaf_s and not self.parted_s and not any(self._present(by, n) for n in self.deaf_s)
        )

    def _present(self, by: int, deaf: int) -> bool:
        """Whether a process knows that this node, which is parted from the bus, may show something.

        Redis knows it for some seconds, the store while it takes what it says; who cannot read that takes it
        for alive.
        """
        lately = self.clock.boot_s() - self.deaf_s[deaf] < PRESENT_S
        silent = self.processes[by].link.fate in {"frozen", "gone"}
        return lately or silent or self.processes[deaf].link.fate not in {"frozen", "gone", "full"}

    def _hear(self, one: int, other: int) -> bool:
        return one == other or not self.deaf_s.keys() & {one, other}

    def part_from_the_bus(self, number: int) -> None:
        """This process and its node tell nobody anything, and hear nothing; they know it."""
        self.deaf_s.setdefault(number, self.clock.boot_s())
        self.links[number] += 1

    def join_the_bus(self, number: int) -> None:
        """It is back, and soon hears what waits for the store elsewhere."""
        if self.deaf_s.pop(number, None) is not None:
            self.links[number] += 1
            self.tell_again()

    def set_clock(self, seconds: int) -> None:
        """The wall clock of all, not the boot clock."""
        self.clock.wall += timedelta(seconds=seconds)
        self.links.update(range(PROCESSES))

    def answered(self, grants: Iterable[Grant], cameras: Collection[CameraId] | None = None) -> None:
        """People were told that these are cut."""
        for grant in grants:
            for view in grant.views:
                if cameras is None or view.camera in cameras:
                    key = grant.id, view.camera
                    if key not in self.seen.cut_s:
                        self.seen.cut_s[key] = self.clock.boot_s()
                        self.unheard[key] = {n: self.links[n] for n in self.deaf_s}

    def load(self, *states: State) -> None:
        """Reference data, changed."""

        async def write() -> None:
            async with self.city.store.write() as work:
                loaded = InventoryLoaded(organisation=None, what="test", rows=1, sha256="0")
                await work.record(loaded, *states)

        self.run(write())

    def grants(self, *, live: bool = False) -> Sequence[Grant]:
        """All, or those not ended."""

        async def read() -> Sequence[Grant]:
            async with self.city.store.read() as work:
                return await work.grants(live_only=live)

        return self.run(read())

    def requests(self, *, open_only: bool = False) -> Sequence[AccessRequest]:
        """All, or those that wait."""

        async def read() -> Sequence[AccessRequest]:
            async with self.city.store.read() as work:
                return await work.requests(open_only=open_only)

        return self.run(read())

    def crises(self) -> Sequence[DeclaredCrisis]:
        """All that ever were."""

        async def read() -> Sequence[DeclaredCrisis]:
            async with self.city.store.read() as work:
                return await work.crises(open_only=False)

        return self.run(read())

    # -- nodes ------------------------------------------------------------------------------------

    def renew(
        self,
        node: str,
        grant: GrantId,
        camera: CameraId,
        *,
        slow_s: float = 0,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """A node asks for a lease, with the epoch it holds; refused, it goes dark.

        `slow_s`: how long the answer is under way, `meanwhile`: what happens then.
        """
        if node in self.parted_s:
            return
        key, ports = (node, grant, camera), self.processes[NODES.index(node)].ports
        held = self.held.get(key) or HeldLease(ports.limits)
        asked_s = self.clock.boot_s()
        try:
            lease = self.run(viewing.lease(ports, grant, camera, held.epoch))
            meanwhile()
            self.clock.advance(slow_s)
            held.take(lease, asked_s=asked_s)
        except Unavailable:
            return  # what it holds goes on to its end
        except CrisisLinkError:
            self.held.pop(key, None)
        else:
            self.held[key] = held
        if (grant, camera) in self.ended[node]:
            self.held.pop(key, None)

    def look_at(self, preview: Preview) -> None:
        """A node shows it, as long as its lease says."""
        self.seen.previews[preview.id] = preview
        held, asked_s = HeldLease(self.city.ports.limits), self.clock.boot_s()
        lease = self.tried(viewing.lease(self.here.ports, preview.id, preview.camera, None))
        if lease is not None:
            held.take(lease, asked_s=asked_s)
            self.looked[preview.id] = held

    def let_through(self, pick: int, times: int) -> None:
        """A message that waits goes its way, so many times; the nodes that hear of it ask again."""
        message = self.road.waiting.pop(pick % len(self.road.waiting))
        for _ in range(times):
            self.run(self._pass_on(message))
            for key in sorted(self.held):
                if NODES.index(key[0]) not in self.deaf_s:
                    self.renew(*key)

    async def _pass_on(self, message: Wake | Handed) -> None:
        async with asyncio.timeout(HEARD_S):
            if isinstance(message, Wake):
                await self.road.bus.publish(message)
                await anext(self.heard)
            else:
                await self.road.bus.hand_over(message.order)
                heard = await anext(self.orders)
                if message.to not in self.deaf_s:
                    await forced.heed(self.processes[message.to].ports, heard)

    def part(self, node: str) -> None:
        """It is cut off from the rest."""
        self.parted_s.setdefault(node, self.clock.boot_s())

    def join(self, node: str) -> None:
        """It is back."""
        self.parted_s.pop(node, None)

    def forget(self, node: str, grant: GrantId, camera: CameraId) -> None:
        """Nobody looks at it there any more: the next lease is a first one."""
        self.held.pop((node, grant, camera), None)

    # -- what must hold -----------------------------------------------------------------------------

    def look(self) -> None:
        """Compare what is with what was: epochs, terminal states, the register's count of transitions."""
        self.run(self._count())
        for request in self.requests():
            self._judge_request(request)
        for crisis in self.crises():
            self._judge_crisis(crisis)
        for grant in self.grants():
            self._judge_grant(grant)
        for preview in self.seen.previews:
            self._judge_preview(self.run(self._preview(preview)))
        for (node, grant_id, camera), held in self.held.items():
            if self.clock.boot_s() < held.deadline_s:
                parted_s = self.clock.boot_s() - self.parted_s.get(node, self.clock.boot_s())
                assert parted_s <= LEASE_S, "10: who is parted goes dark within L"
                self._judge_picture(self.seen.grants[grant_id], camera, held)
                self._judge_cut(node, (grant_id, camera))

    def _judge_cut(self, node: str, key: tuple[GrantId, CameraId]) -> None:
        """Who could not hear of it goes dark when nothing was written for L, by L later. When anything else
        happens to that process besides, that is a third fault, and nothing is promised.
        """
        number, missed = NODES.index(node), self.unheard.get(key, {})
        if number in missed and missed[number] != self.links[number]:
            return
        within_s = 2 * LEASE_S + SKEW.total_seconds() if number in missed else LEASE_S
        cut_s = self.seen.cut_s.get(key, self.clock.boot_s())
        assert self.clock.boot_s() - cut_s <= within_s, "2: none later than L after an answered cut"

    def _newest(self) -> int:
        self.run(self._count())
        return self._read_up_to

    async def _entries(self, after: int) -> Sequence[Entry]:
        async with self.city.store.read() as work:
            return await work.entries(after=after, limit=10_000)

    async def _count(self) -> None:
        for entry in await self._entries(self._read_up_to):
            self._read_up_to, said = entry.seq, json.loads(entry.body)
            for name, kinds in _TRANSITIONS:
                if entry.kind in kinds and said.get(name) is not None:
                    self.counted[name, said[name]] += 1
            if entry.kind in {"preview.opened", "preview.ended"}:
                self.counted[entry.kind, said["preview"]] += 1
                assert said["owner"] == CITY.id, "4: nobody but the camera's city"
                assert "beneficiary" not in said, "4: it gives nobody access"
            if entry.kind == "request.escalated":
                self.counted["level", said["request"]] += 1
                assert self.counted["level", said["request"]] == said["level"], "8: each level once"

    def _judge_request(self, request: AccessRequest) -> None:
        before = self.seen.requests.get(request.id)
        if before is not None and not before.open:
            assert request == before, "7: terminal is final"
        assert self.counted["request", request.id] == request.version, "8: one entry a transition"
        self.seen.requests[request.id] = request

    def _judge_crisis(self, crisis: DeclaredCrisis) -> None:
        before = self.seen.crises.get(crisis.id)
        if before is not None:
            assert crisis.terms == before.terms, "5: what was confirmed never changes"
            assert before.state.open or crisis == before, "7: terminal is final"
        assert self.counted["declaration", crisis.id] == crisis.version, "8: one entry a transition"
        self.seen.crises[crisis.id] = crisis

    async def _preview(self, id: PreviewId) -> Preview:
        async with self.city.store.read() as work:
            return await work.preview(id)

    def _judge_preview(self, preview: Preview) -> None:
        before, held = self.seen.previews[preview.id], self.looked.get(preview.id)
        assert preview.ends_at == before.ends_at <= before.opened_at + timedelta(seconds=PREVIEW_S), "1"
        assert before.ended_at is None or preview == before, "7: terminal is final"
        assert self.counted["preview.opened", preview.id] == 1, "8: one entry a transition"
        assert self.counted["preview.ended", preview.id] == int(preview.ended_at is not None), "8"
        if preview.ended_at is None:
            assert self.seen.requests[preview.request].open, "3: a request that waits"
        else:
            self.seen.over_s.setdefault(preview.id, self.clock.boot_s())
        if held is not None and self.clock.boot_s() < held.deadline_s:
            assert self.clock.now() < preview.ends_at, "1: no picture after the scheduled end"
            late_s = self.clock.boot_s() - self.seen.over_s.get(preview.id, self.clock.boot_s())
            assert late_s <= LEASE_S, "2: no picture later than L after it was taken away"
        self.seen.previews[preview.id] = preview

    def _judge_automatic(self, grant: Grant, declaration: CrisisId, *, new: bool) -> None:
        """What a declared crisis granted, and did just now when it is `new`."""
        crisis, asked = self.seen.crises[declaration], self.seen.requests[grant.request]
        assert grant.approver == crisis.by_city, "4: its approver declared it for the city"
        assert grant.ends_at <= crisis.terms.ends_at, "5: nothing outlives the crisis"
        assert crisis.state.open or not grant.state.live, "5: what it granted ends with it"
        if not new:
            return
        cameras = {view.camera for view in grant.views}
        assert crisis.state is CrisisState.ACTIVE, "5: nothing while it is suspended or over"
        assert cameras == set(asked.cameras) <= crisis.terms.cameras, "5: nothing outside it"
        assert asked.duration_s <= crisis.terms.grant_s, "5: nor longer"
        assert asked.purpose in crisis.terms.purposes, "5: nor for anything else"
        assert not cameras & self._taken(crisis), "5: nor what the police took away"
        assert self.clock.now() >= self._high_water() - SKEW, "12: nor on a clock that is slow"

    def _taken(self, crisis: DeclaredCrisis) -> set[CameraId]:
        cut, since = {EndCause.REVOKED, EndCause.PREEMPTED}, crisis.activated_at
        return {
            view.camera
            for grant in self.seen.grants.values()
            for view in grant.views
            if view.cause in cut and view.ended_at and since and view.ended_at >= since
        }

    def _high_water(self) -> datetime:
        async def read() -> datetime:
            async with self.city.store.read() as work:
                authority = await work.authority()
            assert authority is not None
            return authority.high_water

        return self.run(read())

    def _judge_grant(self, grant: Grant) -> None:
        before = self.seen.grants.get(grant.id)
        asked = self.seen.requests[grant.request]
        cap = timedelta(seconds=self.city.ports.limits.grant_cap_s)
        assert self.counted["grant", grant.id] == grant.version, "8: one entry a transition"
        assert grant.approver != grant.requester, "4"
        assert grant.owner != grant.beneficiary, "4"
        assert {v.camera for v in grant.views} <= set(asked.cameras), "5: nothing widens"
        assert grant.ends_at <= grant.starts_at + cap, "5: the cap"
        if grant.declaration is not None:
            self._judge_automatic(grant, grant.declaration, new=before is None)
        if before is not None:
            self._judge_change(before, grant)
        else:
            assert grant.ends_at <= grant.starts_at + timedelta(seconds=asked.duration_s), (
                "5: no longer than asked"
            )
        self.seen.grants[grant.id] = grant

    def _judge_change(self, before: Grant, now: Grant) -> None:
        if not before.state.live:
            kept = replace(now, state=before.state, version=before.version)
            assert kept == before, "7: terminal is final"
            assert (before.state, now.state) != (GrantState.ENDED, GrantState.ENDING), "7"
        if now.ends_at != before.ends_at:
            assert before.state.live, "7: what is over keeps its end"
            assert now.ends_at > before.ends_at, "7: only an extension moves an end"
        for old, new in zip(before.views, now.views, strict=True):
            self._judge_view(now.id, old, new)

    def _judge_view(self, grant: GrantId, old: View, new: View) -> None:
        assert new.epoch >= old.epoch, "6: epochs never fall"
        darker = (new.ended_at, new.suspended_at) != (old.ended_at, old.suspended_at) and (
            new.ended_at is not None or new.suspended_at is not None
        )
        if darker:
            assert new.epoch > old.epoch, "6: what goes dark raises its epoch"
        if new.epoch > old.epoch:
            self.seen.raised_s[grant, new.camera] = self.clock.boot_s()
        if old.ended_at is not None:
            assert new == old, "7: a view that ended stays as it is"

    def _judge_picture(self, grant: Grant, camera: CameraId, held: HeldLease) -> None:
        assert self.clock.now() < grant.ends_at, "1: no picture after the scheduled end"
        view = grant.view(camera)
        if held.epoch == view.epoch:
            assert grant.state.live, "3: a picture belongs to a live grant"
            assert view.ended_at is None, "3: and to an open view"
            assert not view.suspended, "3: that is not suspended"
        else:
            late_s = self.clock.boot_s() - self.seen.raised_s[grant.id, camera]
            assert late_s <= LEASE_S, "2: no picture later than L after it was taken away"

    def settle(self, process: int) -> None:
        """One process's timers do what is due; then nothing is, where the store answered."""
        self.run(self.processes[process].timers._look([]))
        with suppress(Unavailable):
            self.run(self.processes[process].timers.advance())
        if not self.processes[process].served:
            return
        now = self.clock.now()
        for grant in self.grants(live=True):
            if grant.ending_at is not None:
                assert now < grant.ending_at + timedelta(seconds=LEASE_S), "11: ENDING lasts L at most"
            else:
                assert now < grant.ends_at, "what is due was done"
        assert all(now < request.lapses_at for request in self.requests(open_only=True))
        for crisis in self.crises():
            waits_until = crisis.terms.ends_at if crisis.state.declared else crisis.confirm_by
            assert not crisis.state.open or now < waits_until, "what is due was done"


def _names(said: dict[str, Any], order: ForcedCut) -> bool:
    """Whether this entry tells of the order: of what it ended, or that there was nothing left to end."""
    if order.everything:
        about = said["kind"] == "sharing.stopped" or said.get("action") == "sharing.stop"
    else:
        subject = order.grant or order.crisis
        about = subject in {said.get(what) for what in ("grant", "declaration", "target")}
    return about and said.get("actor") == order.actor


def _late(body: dict[str, Any]) -> str | None:
    """The grant that a person had ended without the store, as this entry says."""
    if body.get("cause") in {EndCause.REVOKED, EndCause.PREEMPTED} and "cut_at_ms" in body:
        return cast("str", body["grant"])
    if (body["kind"], body.get("action"), body.get("reason")) == (
        "access.denied",
        "grant.revoke",
        "already_over",
    ):
        return cast("str", body["target"])
    return None


def at(seconds: float, clock: SteadyClock) -> datetime:
    """So many seconds from now."""
    return clock.now() + timedelta(seconds=seconds)
