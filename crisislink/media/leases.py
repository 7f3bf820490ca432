"""What a media node asks of the authority, and the deadline it makes of the answer.

The SQL store is the only authority; the node never extends anything by itself. A deadline counts on the boot
clock from *before* the question was sent, so a slow answer shortens it and a suspended machine wakes up dark.
"""

import asyncio
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from crisislink.core.errors import Denied, Reason, Unavailable
from crisislink.core.grants import Lease
from crisislink.core.ids import CameraId, GrantId, NodeId
from crisislink.core.limits import Limits
from crisislink.flow import viewing
from crisislink.flow.ports import Brief, Ports
from crisislink.flow.viewing import Ask, Changes, Look


class Authority(Protocol):
    """Raises `Expired`, `Denied` or `NotFound` where the answer is no, `Unavailable` where there is none."""

    async def lease(self, grant: GrantId, camera: CameraId, epoch: int | None) -> Lease:
        """See `flow.viewing.lease`."""
        ...

    async def brief(self, grant: GrantId, camera: CameraId) -> Brief:
        """See `flow.viewing.brief`."""
        ...

    async def changes(self, after: int) -> Changes:
        """See `flow.viewing.changes`."""
        ...

    async def to_warm(self, grant: GrantId, node: NodeId) -> Sequence[CameraId]:
        """See `flow.viewing.to_warm`."""
        ...

    async def encoder_epoch(self) -> int:
        """See `flow.viewing.encoder_epoch`."""
        ...

    async def end_viewings(self, looks: Sequence[Look]) -> None:
        """See `flow.viewing.end_viewings`."""
        ...

    async def camera_failed(self, camera: CameraId, fault: str) -> None:
        """See `flow.viewing.camera_failed`."""
        ...

    async def camera_recovered(self, camera: CameraId) -> None:
        """See `flow.viewing.camera_recovered`."""
        ...


class FlowAuthority:
    """The authority in the same process: the story itself.

    What is asked while a question about leases is out is asked next, as one question for all: a node with
    hundreds of views asks the store a few times a second, not hundreds of times.
    """

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self._asked: dict[Ask, asyncio.Future[Lease | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def lease(self, grant: GrantId, camera: CameraId, epoch: int | None) -> Lease:
        """See `flow.viewing.lease`."""
        ask = (grant, camera, epoch)
        answer = self._asked.get(ask)
        if answer is None:
            answer = self._asked[ask] = asyncio.get_running_loop().create_future()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        given = await asyncio.shield(answer)
        return given if given is not None else await viewing.lease(self.ports, grant, camera, epoch)

    async def rest(self) -> None:
        """Wait until no question is out. Before the store closes."""
        if self._asking is not None:
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _ask(self) -> None:
        """Until nothing is asked. Who is given nothing here asks alone, and hears why."""
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                with self._remembering():
                    given = await viewing.leases(self.ports, asked)
            except Exception as error:  # noqa: BLE001 - it is theirs who asked
                for answer in asked.values():
                    answer.set_exception(error)
                    answer.exception()  # whoever asked may have gone
            else:
                for ask, answer in asked.items():
                    answer.set_result(given.get(ask))

    async def brief(self, grant: GrantId, camera: CameraId) -> Brief:
        """See `flow.viewing.brief`."""
        return await viewing.brief(self.ports, grant, camera)

    async def changes(self, after: int) -> Changes:
        """See `flow.viewing.changes`."""
        with self._remembering():
            return await viewing.changes(self.ports, after)

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        """That the store was silent: then no view begins before the cuts that waited for it are recorded."""
        try:
            yield
        except Unavailable:
            self.ports.recall.store_silent()
            raise
        self.ports.recall.store_answered(boot_s=self.ports.clock.boot_s())

    async def to_warm(self, grant: GrantId, node: NodeId) -> Sequence[CameraId]:
        """See `flow.viewing.to_warm`."""
        return await viewing.to_warm(self.ports, grant, node)

    async def encoder_epoch(self) -> int:
        """See `flow.viewing.encoder_epoch`."""
        return await viewing.encoder_epoch(self.ports)

    async def end_viewings(self, looks: Sequence[Look]) -> None:
        """See `flow.viewing.end_viewings`."""
        await viewing.end_viewings(self.ports, looks)

    async def camera_failed(self, camera: CameraId, fault: str) -> None:
        """See `flow.viewing.camera_failed`."""
        await viewing.camera_failed(self.ports, camera, fault)

    async def camera_recovered(self, camera: CameraId) -> None:
        """See `flow.viewing.camera_recovered`."""
        await viewing.camera_recovered(self.ports, camera)


class HeldLease:
    """The lease a node holds on one view. Pictures stop at `deadline_s` (boot clock) unless it is renewed.

    The scheduled end `end_s` is fixed on the boot clock by the first answer. Later ones may bring it nearer;
    only an extension of the grant moves it away, and by no more than the extension: an authority whose clock
    was set back gives nobody an hour. `seen`: the highest epoch this node ever held of the view.
    """

    def __init__(self, limits: Limits, *, seen: int = 0) -> None:
        self.epoch: int | None = None
        self._seen = seen
        self.deadline_s = -math.inf
        self.end_s = -math.inf
        self._ends_at: datetime | None = None
        self._limits = limits

    def take(self, lease: Lease, *, asked_s: float) -> None:
        """Hold the answer to a question asked at `asked_s` (boot clock, noted before sending).

        Raises:
            Denied: its epoch is below the highest seen (`STALE_EPOCH`).
        """
        if lease.epoch < self._seen:
            raise Denied(Reason.STALE_EPOCH)
        self.epoch = self._seen = lease.epoch
        self.end_s = min(asked_s + lease.ends_in_ms / 1000, self._latest_end_s(lease.ends_at))
        held_s = min(self._limits.lease_s, lease.remaining_ms / 1000)
        self.deadline_s = min(asked_s + held_s, self.end_s) - self._limits.lease_margin_s

    def _latest_end_s(self, ends_at: datetime) -> float:
        before, self._ends_at = self._ends_at, ends_at
        return math.inf if before is None else self.end_s + (ends_at - before).total_seconds()

    @property
    def at_its_end(self) -> bool:
        """Whether the deadline is the grant's scheduled end, not the lease's."""
        return self.end_s - self.deadline_s < self._limits.lease_margin_s + 0.001
