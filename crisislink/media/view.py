"""One view of a grant on this node: its lease, the pictures made for it, and who looks at them.

A view is `over` from the instant `put_out` is called; nothing brings it back. Its own timer calls
`on_deadline` at the lease's end even if everybody else forgets.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from crisislink.core.errors import CrisisLinkError, Denied, Expired, NotFound, Reason
from crisislink.core.ids import CameraId, GrantId
from crisislink.core.limits import Limits
from crisislink.flow.ports import Brief, ViewPermit
from crisislink.media.fanout import Ring
from crisislink.media.frames import Rendition
from crisislink.media.leases import Authority, HeldLease
from crisislink.media.livecamera import LiveCamera, Output
from crisislink.media.viewer import Farewell, Viewer

OutputKey = tuple[Rendition, str | None]
"""A picture of a view: its rendition, and the person it is marked with, where each has one of their own."""
_log = logging.getLogger(__name__)


class LiveView:
    """Made by the node once a first lease is had. All times in seconds on the boot clock."""

    def __init__(
        self,
        brief: Brief,
        held: HeldLease,
        maker: Callable[[Brief, Rendition], LiveCamera],
        *,
        authority: Authority,
        limits: Limits,
        boot_s: Callable[[], float],
        now_us: Callable[[], int],
        on_deadline: Callable[["LiveView"], None],
        on_refused: Callable[["LiveView"], None],
        on_masked: Callable[["LiveView"], None],
    ) -> None:
        self.key: tuple[GrantId, CameraId] = (brief.grant, brief.camera)
        self.brief = brief
        self.held = held
        self.outputs: dict[OutputKey, Output] = {}
        self.viewers: dict[Viewer, ViewPermit] = {}
        self.over = False
        self._maker = maker
        self._authority = authority
        self._limits = limits
        self._boot_s = boot_s
        self._now_us = now_us
        self._on_deadline = on_deadline
        self._on_refused = on_refused
        self._on_masked = on_masked
        self._woken = asyncio.Event()
        self._door = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._renewing: asyncio.Task[None] | None = None

    # -- the lease -------------------------------------------------------------------------------

    def open(self) -> None:
        """Arm the deadline and renew from now on."""
        self._arm()
        self._renewing = asyncio.create_task(self._renew_for_ever())

    def wake(self) -> None:
        """Ask the authority again now."""
        self._woken.set()

    async def _renew_for_ever(self) -> None:
        while not self.over:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._limits.lease_s / 3):
                    await self._woken.wait()
            self._woken.clear()
            if not self.over:
                await self.renew()

    async def renew(self) -> None:
        """Ask the authority; no means the end, no answer changes nothing: the deadline stays where it is."""
        asked_s = self._boot_s()
        try:
            async with asyncio.timeout(self._limits.lease_s):
                lease = await self._authority.lease(*self.key, self.held.epoch)
            self.enforce()  # an answer that comes after the deadline revives nothing
            if lease.mask != self.brief.mask.version and not self.over:
                self._on_masked(self)
            if not self.over:
                self.held.take(lease, asked_s=asked_s)
                self._spread()
        except (Expired, Denied, NotFound):
            if not self.over:
                self._on_refused(self)
        except (CrisisLinkError, OSError, TimeoutError) as error:
            _log.warning(
                "lease not renewed; dark at its deadline", extra={"view": "/".join(self.key), "error": error}
            )

    def _spread(self) -> None:
        for output in self.outputs.values():
            output.ring.deadline_s = self.held.deadline_s
            output.ring.ends_at(self._ends_at_us())
            output.camera.renew(output)
        self._arm()

    def _ends_at_us(self) -> int:
        """The scheduled end, UTC; to the second, so that renewals do not make it jitter."""
        left_s = self.held.end_s - self._boot_s()
        return round((self._now_us() + left_s * 1e6) / 1e6) * 1_000_000

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        wait_s = max(0.0, self.held.deadline_s - self._boot_s())
        self._timer = asyncio.get_running_loop().call_later(wait_s, self.enforce)

    def enforce(self) -> None:
        """At the deadline, or when somebody looks after it: the end. Before it: nothing."""
        if self.over:
            return
        if self._boot_s() >= self.held.deadline_s:
            self._on_deadline(self)
        else:
            self._arm()

    # -- pictures --------------------------------------------------------------------------------

    async def output(self, key: OutputKey, *, above: int = 0) -> Output:
        """The picture asked for, made from now on if it was not; its epoch is at least `above`.

        Raises:
            Unavailable: no epoch could be had from the authority.
            Expired: the view ended meanwhile.
        """
        async with self._door:
            output = self.outputs.get(key)
            if output is None:
                output = self.outputs[key] = await self._made(key)
            elif output.ring.epoch < above:
                await output.camera.renew_encoder(output)
            return output

    async def _made(self, key: OutputKey) -> Output:
        rendition, person = key
        brief = replace(self.brief, person_label=person or self.brief.person_label)
        camera = self._maker(self.brief, rendition)
        output = await camera.add(self._ring(camera, rendition), brief)
        if self.over:  # cut while it was being asked for
            camera.drop(output)
            raise Expired(Reason.GRANT_OVER)
        output.ring.deadline_s = self.held.deadline_s
        camera.renew(output)
        return output

    def _ring(self, camera: LiveCamera, rendition: Rendition) -> Ring:
        ring = Ring(rendition, boot_s=self._boot_s, force_key=lambda: camera.force_key(ring))
        ring.deadline_s = self.held.deadline_s
        ring.ends_at(self._ends_at_us())
        return ring

    async def leave(self, camera: LiveCamera) -> None:
        """Have what this camera made for the view made by the one that is its maker now.

        A no-op while somebody else is at it.

        Raises:
            Unavailable, Expired: as `output`; what could not be moved stays where it is.
        """
        if self._door.locked():
            return
        async with self._door:
            for key, old in tuple(self.outputs.items()):
                if old.camera is camera and self._maker(self.brief, key[0]) is not camera:
                    new = self.outputs[key] = await self._made(key)
                    for viewer in tuple(old.ring.viewers):
                        viewer.move(new.ring)
                    camera.drop(old)
                    if not new.ring.viewers:  # the last one left meanwhile
                        del self.outputs[key]
                        new.camera.drop(new)

    def camera_of(self, ring: Ring) -> LiveCamera | None:
        """Who makes the pictures of this ring."""
        return next((o.camera for o in self.outputs.values() if o.ring is ring), None)

    def drop_if_unwatched(self, ring: Ring | None) -> bool:
        """Stop making a picture nobody looks at; True when the view makes none any more."""
        for key, output in tuple(self.outputs.items()):
            if output.ring is ring and not output.ring.viewers:
                del self.outputs[key]
                output.camera.drop(output)
        return not self.outputs and not self._door.locked()  # somebody may be on the way in

    # -- the end ---------------------------------------------------------------------------------

    def put_out(self, farewell: Farewell) -> list[tuple[Viewer, ViewPermit]]:
        """The cut, without waiting: no write is possible any more, the farewell is on its way."""
        if self.over:
            return []
        self.over = True
        for output in self.outputs.values():
            output.ring.deadline_s = float("-inf")
        ended = [(viewer, permit) for viewer, permit in self.viewers.items() if viewer.end(farewell)]
        self.viewers.clear()
        for output in self.outputs.values():
            output.camera.drop(output)
        self.outputs.clear()
        self._woken.set()
        if self._timer is not None:
            self._timer.cancel()
        return ended

    async def close(self) -> None:
        """Wait until the renewals have stopped. After `put_out`."""
        if self._renewing is not None and self._renewing is not asyncio.current_task():
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
