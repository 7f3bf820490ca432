"""A worker from the node's side: `workers.CameraWorker` over a process of the nursery."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from pydantic import ValidationError

from crisislink.flow.ports import Brief
from crisislink.media.networks import CameraNetworks
from crisislink.media.nursery import Nursery
from crisislink.media.orders import (
    LENGTH,
    PRODUCED,
    PRODUCED_MAX,
    STATUS_ID,
    AddOutput,
    DropOutput,
    ForceKey,
    Open,
    Order,
    Renew,
    Status,
    Stop,
    Watermark,
    pack_order,
)
from crisislink.media.switchboard import Switchboard
from crisislink.media.workers import Hire, OutputOrder, Report


def hire_from(nursery: Nursery, networks: CameraNetworks) -> Hire:
    """Workers of this nursery, for cameras in these networks."""

    def hire(brief: Brief, warm_until_s: float) -> WorkerHandle:
        return WorkerHandle(nursery, networks, brief, warm_until_s)

    return hire


class WorkerHandle:
    """See `workers.CameraWorker`."""

    def __init__(self, nursery: Nursery, networks: CameraNetworks, brief: Brief, warm_until_s: float) -> None:
        self._nursery = nursery
        self._networks = networks
        self._brief = brief
        self._warm_until_s = warm_until_s
        self._transport: asyncio.Transport | None = None
        self._pidfd: int | None = None
        self._gone = asyncio.Event()
        self.pid: int | None = None

    async def start(
        self,
        *,
        on_produced: Callable[[int, bytes], None],
        on_status: Callable[[Report], None],
        on_exit: Callable[[int], None],
    ) -> None:
        """See `workers.CameraWorker`."""
        connection, line, self.pid, self._pidfd = await self._nursery.bear()

        address = self._brief.source.main.reveal()
        calls = Switchboard(line, address, networks=self._networks, on_nonsense=self.kill)

        def gone() -> None:
            self.kill()
            calls.close()
            self._gone.set()
            self._bury()
            on_exit(0)

        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(
            lambda: _Reader(on_produced, on_status, gone, self.kill), sock=connection
        )
        mask = self._brief.mask
        self._say(
            Open(
                camera=self._brief.camera,
                address=address,
                polygons=tuple(p.points for p in mask.polygons),
                sizes=mask.sizes,
                style=mask.style,
                warm_until_boot_s=self._warm_until_s,
            )
        )

    def _say(self, order: Order) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(pack_order(order))

    def add_output(self, order: OutputOrder) -> None:
        """See `workers.CameraWorker`."""
        brief = order.brief
        self._say(
            AddOutput(
                id=order.id,
                rendition=order.rendition.value,
                epoch=order.epoch,
                watermark=Watermark(
                    organisation=brief.organisation_label,
                    reference=brief.grant_ref,
                    camera_label=brief.camera_label,
                    person=brief.person_label,
                    exercise=brief.exercise,
                ),
                deadline_boot_s=order.deadline_boot_s,
                grant=brief.grant,
            )
        )

    def drop_output(self, id: int) -> None:
        """See `workers.CameraWorker`."""
        self._say(DropOutput(id=id))

    def force_key(self, id: int) -> None:
        """See `workers.CameraWorker`."""
        self._say(ForceKey(id=id))

    def renew(self, id: int, deadline_boot_s: float) -> None:
        """See `workers.CameraWorker`."""
        self._say(Renew(id=id, deadline_boot_s=deadline_boot_s))

    async def stop(self, grace_s: float) -> None:
        """See `workers.CameraWorker`."""
        if self._transport is None:
            self.kill()
            return
        self._say(Stop())
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._gone.wait()
        self.kill()

    def kill(self) -> None:
        """See `workers.CameraWorker`."""
        if self._pidfd is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        if self._transport is not None:
            self._transport.abort()

    def _bury(self) -> None:
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None


MESSAGES_PER_S = 1_200  # 16 outputs of 60 pictures a second, and what goes with them
STATUSES_PER_S = 20


class Bucket:
    """At most `per_s` a second, as many at once. `now_s`: any clock that never falls."""

    def __init__(self, per_s: float, *, now_s: Callable[[], float]) -> None:
        self._per_s, self._now_s = per_s, now_s
        self._left, self._counted_s = per_s, now_s()

    def take(self) -> bool:
        """One more; False when it is one too many."""
        now_s = self._now_s()
        self._left = min(self._per_s, self._left + (now_s - self._counted_s) * self._per_s) - 1
        self._counted_s = now_s
        return self._left >= 0


class _Reader(asyncio.Protocol):
    """Splits what a worker says into messages and statuses."""

    def __init__(
        self,
        on_produced: Callable[[int, bytes], None],
        on_status: Callable[[Report], None],
        on_gone: Callable[[], None],
        on_nonsense: Callable[[], None],
    ) -> None:
        self._on_produced = on_produced
        self._on_status = on_status
        self._on_gone = on_gone
        self._on_nonsense = on_nonsense
        self._read = bytearray()
        self._messages = Bucket(MESSAGES_PER_S, now_s=time.monotonic)
        self._statuses = Bucket(STATUSES_PER_S, now_s=time.monotonic)

    def data_received(self, data: bytes) -> None:
        """Take all whole messages."""
        self._read += data
        while len(self._read) >= PRODUCED.size:
            [length] = LENGTH.unpack_from(self._read)
            if not 4 <= length <= PRODUCED_MAX:
                self._on_nonsense()
                return
            end = LENGTH.size + length
            if len(self._read) < end:
                return
            _, output = PRODUCED.unpack_from(self._read)
            message = bytes(memoryview(self._read)[PRODUCED.size : end])
            del self._read[:end]
            if not self._messages.take() or (output == STATUS_ID and not self._statuses.take()):
                self._read.clear()
                self._on_nonsense()  # more than any camera's process has to say
                return
            self._deliver(output, message)

    def _deliver(self, output: int, message: bytes) -> None:
        if output != STATUS_ID:
            self._on_produced(output, message)
            return
        try:
            self._on_status(Status.model_validate_json(message))
        except ValidationError:
            self._on_nonsense()

    def connection_lost(self, exc: Exception | None) -> None:
        """The worker is gone."""
        del exc
        self._on_gone()
