"""The media node: who sees what right now, and the cut.

    join → view (lease, brief) → camera (worker) → output (ring) → viewer
    cut  → stop writing → END and close → drop the pictures → stop the worker

The node decides nothing: it shows what the authority leases, as long as the lease lasts. Three things end a
view, each sufficient alone: `cut` ordered by the story (milliseconds), a wake of the bus or a renewal that is
refused, and the view's own deadline. A view that was cut never opens again here (`_ended`), whatever answer
of the authority was still on its way; nor does any under an epoch below the highest seen here (`_epochs`).
"""

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from crisislink.core.errors import CrisisLinkError, Expired, Reason, Unavailable
from crisislink.core.grants import CutCause, EndCause
from crisislink.core.ids import CameraId, GrantId, NodeId, ViewingId
from crisislink.core.limits import Limits
from crisislink.flow.ports import Brief, Bus, Clock, ViewPermit
from crisislink.media.endrecorder import EndRecorder
from crisislink.media.fanout import Ring
from crisislink.media.frames import Flag, MessageType, Rendition
from crisislink.media.leases import Authority, HeldLease
from crisislink.media.livecamera import LiveCamera, Output
from crisislink.media.pool import CameraPool
from crisislink.media.seat import Seat
from crisislink.media.view import LiveView
from crisislink.media.viewer import Farewell, Viewer, ViewerSocket, end_message
from crisislink.media.workers import Health, Hire

LINGER_S = 5.0
TICK_S = 1.0
WATCH_S = 0.2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_log = logging.getLogger(__name__)

LEASE_LOST = Farewell("lease_lost", 4503, retry=True)
MASKS_CHANGED = Farewell("masks_changed", 4503, retry=True)
LEAVING = Farewell("node_leaving", 4503, retry=True)
SILENT = Farewell("no_acknowledgement", 4408, retry=True)


class MediaNode:
    """The stream socket's counterpart, and what `media.membership` runs and cuts. End it with `close`.

    `id`: of this start of this process, for ever.
    `mark_person`: each person gets pictures marked with their name, at the price of an encoding for each.
    """

    def __init__(
        self,
        *,
        id: NodeId,
        authority: Authority,
        bus: Bus,
        clock: Clock,
        limits: Limits,
        hire: Hire,
        mark_person: bool = False,
    ) -> None:
        self.id = id
        self._authority = authority
        self._bus = bus
        self._clock = clock
        self._limits = limits
        self._mark_person = mark_person
        self._cameras = CameraPool(
            hire=hire, authority=authority, boot_s=clock.boot_s, on_change=self._changed
        )
        self._views: dict[tuple[GrantId, CameraId], LiveView] = {}
        self._view_of: dict[Viewer, LiveView] = {}
        self._ended: dict[tuple[GrantId, CameraId], tuple[float, bool]] = {}
        self._epochs: dict[tuple[GrantId, CameraId], tuple[int, float]] = {}
        self._looks_ended: dict[ViewingId, float] = {}
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._register = EndRecorder(authority)
        self._leaving = False

    @property
    def viewers(self) -> int:
        """How many sockets are being served."""
        return len(self._view_of)

    @property
    def streams(self) -> int:
        """How many camera streams are being pulled: what a node's capacity is counted in."""
        return sum(1 for _ in self._cameras)

    @property
    def pulled(self) -> frozenset[CameraId]:
        """The cameras that are being pulled now."""
        return self._cameras.pulled

    @property
    def live(self) -> frozenset[CameraId]:
        """Those of which there are pictures."""
        return frozenset(each.brief.camera for each in self._cameras if each.health.state == "live")

    # -- viewers ---------------------------------------------------------------------------------

    async def join(self, permit: ViewPermit, socket: ViewerSocket, rendition: Rendition) -> Viewer:
        """Pictures to this socket from now on. Whatever happens, the viewing's end is recorded.

        Raises:
            Expired: the view is over.
            Denied: the camera may no longer be shared.
            Unavailable: the authority does not answer.
        """
        try:
            view, output = await self._output(permit, rendition)
        except BaseException:
            self.forgo(permit)
            raise
        viewer = Viewer(output.ring, socket, on_slow=self._step_down)
        view.viewers[viewer] = permit
        self._view_of[viewer] = view
        viewer.start()
        self._tell(view, viewer)
        return viewer

    def forgo(self, permit: ViewPermit) -> None:
        """This viewing does not begin: where it is recorded, its end is, too."""
        self._register.note(permit, frames=0, cause="not_started")

    async def seat(self, permit: ViewPermit, socket: ViewerSocket, rendition: str) -> Seat:
        """`join`, for the stream socket, which knows renditions by the names of the wire protocol."""
        return Seat(self, await self.join(permit, socket, Rendition[rendition.upper()]))

    def turn_away(self, socket: ViewerSocket, reason: str, code: int, *, retry: bool) -> None:
        """Say END to a socket that never got a picture, and close it."""
        socket.write(end_message(Farewell(reason, code, retry=retry)))
        socket.close(code, reason)

    async def _output(self, permit: ViewPermit, rendition: Rendition) -> tuple[LiveView, Output]:
        view = await self._view(permit.grant, permit.camera)
        try:
            output = await view.output((rendition, self._marked(permit)))
        except BaseException:
            self._linger(view, None)
            raise
        if view.over or self._leaving or permit.viewing in self._looks_ended:
            self._linger(view, output.ring)
            raise Expired(Reason.GRANT_OVER)
        return view, output

    def _marked(self, permit: ViewPermit) -> str | None:
        return permit.person_label if self._mark_person else None

    def leave(self, viewer: Viewer, cause: str) -> None:
        """The socket is gone. A no-op for a viewer who was ended."""
        self._dismiss(viewer, Farewell(cause, 1000))

    def dismiss(self, viewer: Viewer, farewell: Farewell) -> None:
        """End one look; the view goes on for the others. A no-op for a viewer who was ended."""
        if self._dismiss(viewer, farewell):
            self._start(viewer.gone())

    def _dismiss(self, viewer: Viewer, farewell: Farewell) -> bool:
        view = self._view_of.pop(viewer, None)
        if view is None:
            return False
        ended = viewer.end(farewell)
        if (permit := view.viewers.pop(viewer, None)) is not None:
            self._register.note(permit, frames=viewer.frames, cause=farewell.reason)
        self._linger(view, viewer.ring)
        return ended

    async def switch(self, viewer: Viewer, rendition: Rendition) -> None:
        """The viewer wishes another rendition of the same view; a no-op when it has it, or was ended.

        Raises:
            Unavailable: the authority does not answer; the viewer keeps what it has.
        """
        viewer.ladder.wished(rendition)
        await self._serve(viewer)

    async def _serve(self, viewer: Viewer) -> None:
        """Have the viewer get what its ladder says."""
        view, rendition = self._view_of.get(viewer), viewer.ladder.rendition
        if view is None or viewer.ring.rendition is rendition:
            return
        key = (rendition, self._marked(view.viewers[viewer]))
        output = await view.output(key, above=viewer.highest_epoch(rendition))
        if self._view_of.get(viewer) is not view:
            self._linger(view, output.ring)  # it left meanwhile: nobody may want this picture
        elif viewer.ring is not output.ring:
            left = viewer.ring
            viewer.move(output.ring)
            self._linger(view, left)

    def _step_down(self, viewer: Viewer) -> None:
        viewer.ladder.slow(self._clock.boot_s())
        self._start(self._serve_quietly(viewer))

    async def _serve_quietly(self, viewer: Viewer) -> None:
        with suppress(CrisisLinkError):  # the viewer keeps what it has
            await self._serve(viewer)

    # -- views and cameras -----------------------------------------------------------------------

    async def _view(self, grant: GrantId, camera: CameraId) -> LiveView:
        async with self._opening:
            view = self._views.get((grant, camera))
            if view is not None:
                return view
            seen, since_s = self._epochs.get((grant, camera), (0, self._clock.boot_s()))
            held, asked_s = HeldLease(self._limits, seen=seen), self._clock.boot_s()
            try:
                async with asyncio.timeout(self._limits.lease_s):
                    lease = await self._authority.lease(grant, camera, None)
                    held.take(lease, asked_s=asked_s)
                    self._epochs[grant, camera] = (lease.epoch, since_s)
                    brief = await self._authority.brief(grant, camera)
            except TimeoutError as error:
                raise Unavailable(Reason.STORE) from error
            if self._void(grant, camera, asked_s) or self._clock.boot_s() >= held.deadline_s:
                raise Expired(Reason.GRANT_OVER)
            view = self._views[grant, camera] = self._open_view(brief, held)
            return view

    def _open_view(self, brief: Brief, held: HeldLease) -> LiveView:
        view = LiveView(
            brief,
            held,
            self._cameras.maker,
            authority=self._authority,
            limits=self._limits,
            boot_s=self._clock.boot_s,
            now_us=self._now_us,
            on_deadline=self._at_deadline,
            on_refused=self._refused,
            on_masked=lambda view: self._end(view, MASKS_CHANGED),
        )
        view.open()
        return view

    async def warm(self, grant: GrantId) -> None:
        """Open the cameras of a new grant that this node will be asked for, before the first viewer comes.

        No lease is taken: the grant becomes ACTIVE with its first viewer.
        """
        try:
            for camera in await self._authority.to_warm(grant, self.id):
                asked_s = self._clock.boot_s()
                brief = await self._authority.brief(grant, camera)
                if not self._void(grant, camera, asked_s) and not self._leaving:
                    self._cameras.warm(brief)
        except CrisisLinkError as error:
            _log.info("a grant's cameras are not warmed", extra={"grant": grant, "error": error})

    def _linger(self, view: LiveView, ring: Ring | None) -> None:
        """Nobody may look any more: keep the picture a moment, for a page that is being reloaded."""
        if not view.over:
            asyncio.get_running_loop().call_later(LINGER_S, self._drop, view, ring)

    def _drop(self, view: LiveView, ring: Ring | None) -> None:
        if view.over:
            return
        if view.drop_if_unwatched(ring) and not view.viewers:
            self._put_out(view, Farewell("unwatched", 1000))
        else:
            self._rest(view.key[1], warm_is_over=False)

    def _rest(self, id: CameraId, *, warm_is_over: bool) -> None:
        """Stop the workers of a camera that no view needs."""
        for camera in self._cameras.resting(id, warm_is_over=warm_is_over):
            self._start(camera.close())

    # -- the end ---------------------------------------------------------------------------------

    def _void(self, grant: GrantId, camera: CameraId, asked_s: float) -> bool:
        """Whether a cut came meanwhile: what was answered to a question of `asked_s` may be older than it.

        A suspended view may come back: answers to later questions count. One that ended never does.
        """
        cut_s, ended = self._ended.get((grant, camera), (-math.inf, False))
        return ended or asked_s <= cut_s

    async def cut(
        self,
        grant: GrantId,
        cameras: Collection[CameraId],
        cause: CutCause,
        *,
        recorded: bool = True,
        looks: Collection[ViewingId] | None = None,
    ) -> bool:
        """As `flow.ports.LiveVideo`, of this node: true once every viewer's socket is closed or reset."""
        if looks is not None:
            gone = self._end_looks(looks, Farewell(cause.value, 4403))
        else:
            gone = self._end_views(grant, cameras, cause, recorded=recorded)
        await asyncio.gather(*(viewer.gone() for viewer in gone))
        return True

    def _end_views(
        self, grant: GrantId, cameras: Collection[CameraId], cause: CutCause, *, recorded: bool
    ) -> list[Viewer]:
        gone: list[Viewer] = []
        for camera in cameras:
            self._disbelieve(grant, camera, self._until_s(cause, recorded=recorded), cause)
            if (view := self._views.get((grant, camera))) is not None:
                gone += self._put_out(view, Farewell(cause.value, 4403))
            self._rest(camera, warm_is_over=True)
        return gone

    def _disbelieve(self, grant: GrantId, camera: CameraId, until_s: float, cause: CutCause) -> None:
        """Answers of before; a view that ended stays so, whatever suspends its camera later."""
        before_s, ended = self._ended.get((grant, camera), (-math.inf, False))
        if ended:
            until_s = max(until_s, before_s)
        self._ended[grant, camera] = (until_s, ended or isinstance(cause, EndCause))

    def _end_looks(self, looks: Collection[ViewingId], farewell: Farewell) -> list[Viewer]:
        """Those who sit, and, remembered for a while, those who are on their way in."""
        self._looks_ended |= dict.fromkeys(looks, self._clock.boot_s())
        seated = ((v, view.viewers.get(v)) for v, view in self._view_of.items())
        meant = [viewer for viewer, permit in seated if permit is not None and permit.viewing in looks]
        return [viewer for viewer in meant if self._dismiss(viewer, farewell)]

    def _until_s(self, cause: CutCause, *, recorded: bool) -> float:
        """Until when answers are not believed. Nobody lifts a suspension that was never recorded."""
        if recorded:
            return self._clock.boot_s()
        return math.inf if isinstance(cause, EndCause) else self._clock.boot_s() + 2 * self._limits.lease_s

    def _at_deadline(self, view: LiveView) -> None:
        if view.held.at_its_end:
            self._end(view, Farewell(EndCause.EXPIRED.value, 4403))
        else:
            self._end(view, LEASE_LOST)

    def _refused(self, view: LiveView) -> None:
        at_end = self._clock.boot_s() >= view.held.end_s - self._limits.lease_margin_s
        self._end(view, Farewell(EndCause.EXPIRED.value if at_end else "ended", 4403))

    def _end(self, view: LiveView, farewell: Farewell) -> None:
        for viewer in self._put_out(view, farewell):
            self._start(viewer.gone())

    def _put_out(self, view: LiveView, farewell: Farewell) -> list[Viewer]:
        ended = view.put_out(farewell)
        if self._views.get(view.key) is view:
            del self._views[view.key]
        for viewer, permit in ended:
            self._view_of.pop(viewer, None)
            self._register.note(permit, frames=viewer.frames, cause=farewell.reason)
        self._rest(view.key[1], warm_is_over=True)
        self._start(view.close())
        return [viewer for viewer, _ in ended]

    # -- time ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """For ever: hear the bus, and each second tell every viewer how things are."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear())
            group.create_task(self._repeat(self.tick, TICK_S))
            group.create_task(self._repeat(self.watch, WATCH_S))

    async def _repeat(self, work: Callable[[], None], every_s: float) -> None:
        while True:
            work()
            await asyncio.sleep(every_s)

    async def _hear(self) -> None:
        """What was recorded elsewhere: views that may be over ask for their lease, new ones are warmed."""
        async with self._bus.listen() as wakes:
            seen = await self._after(-1)
            async for _ in wakes:
                seen = await self._after(seen)

    async def _after(self, seen: int) -> int:
        try:
            changes = await self._authority.changes(seen)
        except (CrisisLinkError, OSError):
            for view in self._views.values():  # unknown: all ask
                view.wake()
            return seen
        for (grant, _camera), view in self._views.items():
            if grant in changes.changed:
                view.wake()
        for grant in changes.new:
            self._start(self.warm(grant))
        return changes.newest

    def tick(self) -> None:
        """Once a second: deadlines looked at again, silent clients closed, STATE to the others."""
        now_s = self._clock.boot_s()
        for view in tuple(self._views.values()):
            view.enforce()
            for viewer in tuple(view.viewers):
                if viewer.silent(now_s):
                    self.dismiss(viewer, SILENT)
                else:
                    viewer.pump(now_s)
                    self._tell(view, viewer)
                    if not viewer.paused and viewer.ladder.climb(now_s):
                        self._start(self._serve_quietly(viewer))
        for camera in self._cameras.pulled:
            self._rest(camera, warm_is_over=False)
        kept_s = now_s - 4 * self._limits.lease_s
        self._ended = {key: ended for key, ended in self._ended.items() if ended[0] > kept_s}
        self._looks_ended = {look: at_s for look, at_s in self._looks_ended.items() if at_s > kept_s}
        over_s = now_s - self._limits.grant_cap_s  # none that was open then can live
        self._epochs = {key: seen for key, seen in self._epochs.items() if seen[1] > over_s}

    def watch(self) -> None:
        """Five times a second: which cameras live; what a dark sub stream made, the main one makes."""
        for camera in self._cameras:
            camera.watch()
        for camera in self._cameras.forsake_dark_subs():
            for view in tuple(self._views.values()):
                self._start(self._leave_quietly(view, camera))

    async def _leave_quietly(self, view: LiveView, camera: LiveCamera) -> None:
        with suppress(CrisisLinkError):  # what could not be moved is asked for again at the next watch
            await view.leave(camera)

    def _changed(self, camera: LiveCamera) -> None:
        for view in self._views.values():
            for viewer in tuple(view.viewers):
                if view.camera_of(viewer.ring) is camera:
                    self._tell(view, viewer)

    def _tell(self, view: LiveView, viewer: Viewer) -> None:
        camera = view.camera_of(viewer.ring)
        health = Health("connecting") if camera is None else camera.health
        if health.state == "live" and (viewer.ring.silent or viewer.unlit(self._clock.boot_s())):
            health = Health("stalled")
        said: dict[str, object] = {
            "state": health.state,
            "cause": health.fault,
            "suspect": health.suspect,
            "remaining_ms": max(0, int((view.held.end_s - self._clock.boot_s()) * 1000)),
            "server_us": self._now_us(),
        }
        viewer.tell(MessageType.STATE, said, flags=Flag.STALLED if health.state == "stalled" else Flag.NONE)

    def answer_clock(self, viewer: Viewer, client_us: int) -> None:
        """Answer a probe: the client takes the one with the least round trip."""
        viewer.tell(MessageType.CLOCK, {"client_us": client_us, "server_us": self._now_us()})

    def _now_us(self) -> int:
        return (self._clock.now() - _EPOCH) // timedelta(microseconds=1)

    # -- leaving ---------------------------------------------------------------------------------

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, *, patience_s: float = 2.0) -> None:
        """Everybody is told to go elsewhere, every worker ends, the ends are recorded if the store can."""
        self._leaving = True
        for view in tuple(self._views.values()):
            self._end(view, LEAVING)
        for camera in self._cameras.pulled:
            self._rest(camera, warm_is_over=True)
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._register.close(patience_s=patience_s)
