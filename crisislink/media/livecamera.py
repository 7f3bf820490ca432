"""One stream of a camera while a grant needs it: its worker, started again when it dies, and its outputs.

A worker is a process that nobody trusts: what it says is checked by the ring, a worker that talks nonsense is
killed, and each new one gets new encoder epochs, so the last words of a dead one reach nobody.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from crisislink.core.errors import CrisisLinkError
from crisislink.flow.ports import Brief
from crisislink.media.fanout import Ring
from crisislink.media.frames import BadMessage
from crisislink.media.leases import Authority
from crisislink.media.workers import (
    STEADY_S,
    CameraWorker,
    FaultWatch,
    Health,
    Hire,
    OutputOrder,
    Report,
)

BACKOFF_S = (0.25, 4.0)
START_S = 10.0
STOP_S = 1.0
SILENT_S = (1.0, 4.0)  # without a report, which come each 0.4 s: called stalled; killed
WARM_S = 30.0
_IDS = 1 << 16
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Output:
    """One picture, and the worker that was told to make it. `id` changes with each new encoder."""

    id: int
    ring: Ring
    brief: Brief
    camera: "LiveCamera"
    maker: CameraWorker | None = None


class LiveCamera:
    """Call `open` once and `close` once. `on_change` is called when what viewers should know changed.

    `speaks_for_camera`: whether its faults are the camera's, and belong into the register.
    """

    def __init__(
        self,
        brief: Brief,
        *,
        hire: Hire,
        authority: Authority,
        boot_s: Callable[[], float],
        on_change: Callable[["LiveCamera"], None],
        speaks_for_camera: bool = True,
    ) -> None:
        self.brief = brief
        self.health: Report = Health("connecting")
        self.outputs: dict[int, Output] = {}
        self.warm_until_s = boot_s() + WARM_S
        self._hire = hire
        self._authority = authority
        self._boot_s = boot_s
        self._on_change = on_change
        self._speaks_for_camera = speaks_for_camera
        self._dark_since_s: float | None = boot_s()
        self._faults = FaultWatch()
        self._worker: CameraWorker | None = None
        self._closing = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._noting: set[asyncio.Task[None]] = set()
        self._next_id = 0
        self._heard_s = boot_s()

    @property
    def closing(self) -> bool:
        """It gives no picture any more; another must be opened."""
        return self._closing.is_set()

    def dark_s(self) -> float:
        """How long it has not been live."""
        return 0.0 if self._dark_since_s is None else self._boot_s() - self._dark_since_s

    # -- outputs ---------------------------------------------------------------------------------

    async def add(self, ring: Ring, brief: Brief) -> Output:
        """Have one more picture made; at once, or as soon as there is a worker again.

        Raises:
            Unavailable: no epoch could be had from the authority.
        """
        output = Output(self._free_id(), ring, brief, self)
        self.outputs[output.id] = output
        try:
            await self._employ(output)
        except BaseException:
            self.drop(output)
            raise
        return output

    async def renew_encoder(self, output: Output) -> None:
        """A new encoder, hence a new epoch, for a picture that is being made; the old one until it is there.

        Raises:
            Unavailable: no epoch could be had; the old encoder goes on.
        """
        epoch = await self._authority.encoder_epoch()
        if self.outputs.get(output.id) is not output:
            return
        self.drop(output)
        output.id = self._free_id()
        self.outputs[output.id] = output
        self._order(output, epoch)

    def drop(self, output: Output) -> None:
        """Stop making it. Idempotent."""
        self.outputs.pop(output.id, None)
        if (worker := self._maker(output)) is not None:
            worker.drop_output(output.id)
        output.maker = None

    def renew(self, output: Output) -> None:
        """The ring's deadline moved."""
        if (worker := self._maker(output)) is not None:
            worker.renew(output.id, output.ring.deadline_s)

    def force_key(self, ring: Ring) -> None:
        """A key frame for this ring's viewers."""
        for output in self.outputs.values():
            if output.ring is ring and (worker := self._maker(output)) is not None:
                worker.force_key(output.id)

    def _maker(self, output: Output) -> CameraWorker | None:
        """The worker that makes this picture now: not a dead one, nor one that was not told yet."""
        return output.maker if output.maker is self._worker else None

    def _free_id(self) -> int:
        while True:
            self._next_id = (self._next_id + 1) % _IDS
            if self._next_id not in self.outputs:
                return self._next_id

    async def _employ(self, output: Output) -> None:
        worker = self._worker
        if worker is None:
            return
        epoch = await self._authority.encoder_epoch()
        if self._worker is not worker or self.outputs.get(output.id) is not output:
            return  # it died, or nobody wants the picture any more
        self._order(output, epoch)

    def _order(self, output: Output, epoch: int) -> None:
        if self._worker is None:
            return  # the next one is told of all outputs
        output.ring.begin(epoch)
        output.maker = self._worker
        self._worker.add_output(
            OutputOrder(
                id=output.id,
                rendition=output.ring.rendition,
                epoch=epoch,
                deadline_boot_s=output.ring.deadline_s,
                brief=output.brief,
            )
        )

    # -- the worker ------------------------------------------------------------------------------

    def open(self) -> None:
        """Start the worker, and start it again whenever it dies."""
        self._running = asyncio.create_task(self._run())

    def instruct(self, brief: Brief) -> None:
        """Masks or addresses may have changed: a worker that was told otherwise is replaced at once.

        Older masks than those it draws change nothing, however late they are told.
        """
        if brief.mask.version < self.brief.mask.version:
            return
        if (brief.mask, brief.source) != (self.brief.mask, self.brief.source) and self._worker is not None:
            self._worker.kill()
        self.brief = brief

    async def close(self) -> None:
        """No picture any more; returns when the worker is gone, at most a second later."""
        self._closing.set()
        worker, self._worker = self._worker, None
        self.outputs.clear()
        if worker is not None:
            await worker.stop(STOP_S)
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await asyncio.gather(*self._noting, return_exceptions=True)

    async def _run(self) -> None:
        backoff_s = BACKOFF_S[0]
        while not self._closing.is_set():
            started_s = self._boot_s()
            try:
                await self._work_once()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next worker may live
                # Its text might hold the camera's address, so only its kind is logged.
                _log.warning("no worker", extra={"camera": self.brief.camera, "error": error})
            if not self.outputs and self._boot_s() >= self.warm_until_s:
                self._closing.set()
            if self._closing.is_set():
                return
            self._report(Health("fault", "restarting"))
            if self._boot_s() - started_s > STEADY_S:
                backoff_s = BACKOFF_S[0]
            with suppress(TimeoutError):
                async with asyncio.timeout(backoff_s):
                    await self._closing.wait()
            backoff_s = min(BACKOFF_S[1], backoff_s * 2)

    async def _work_once(self) -> None:
        told = self.brief
        worker, exited = self._hire(told, self.warm_until_s), asyncio.Event()
        try:
            async with asyncio.timeout(START_S):
                await worker.start(
                    on_produced=lambda output, message: self._produced(worker, output, message),
                    on_status=lambda report: self._said(worker, report),
                    on_exit=lambda _code: exited.set(),
                )
            if self._closing.is_set():
                await worker.stop(STOP_S)
                return
            if (told.mask, told.source) != (self.brief.mask, self.brief.source):
                return  # other masks were drawn while it was being born: the next one knows them
            self._worker, self._heard_s = worker, self._boot_s()
            for output in tuple(self.outputs.values()):
                await self._employ(output)
            await exited.wait()
        finally:
            if self._worker is worker:
                self._worker = None
            if not exited.is_set():
                worker.kill()

    def _produced(self, worker: CameraWorker, id: int, message: bytes) -> None:
        output = self.outputs.get(id)
        if output is None or self._worker is not worker:
            return
        try:
            output.ring.push(message)
        except BadMessage:
            _log.exception("a worker talks nonsense and is killed", extra={"camera": self.brief.camera})
            worker.kill()

    def _said(self, worker: CameraWorker, report: Report) -> None:
        if self._worker is worker:
            self._heard_s = self._boot_s()
            self._report(report)

    def _report(self, report: Report) -> None:
        before, self.health = self.health, report
        if report.state == "live":
            self._dark_since_s = None
        elif self._dark_since_s is None:
            self._dark_since_s = self._boot_s()
        self.watch()
        if (before.state, before.fault, before.suspect) != (report.state, report.fault, report.suspect):
            self._on_change(self)

    def watch(self) -> None:
        """Note in the register what lasts, and look whether the worker lives. At each report, each second."""
        self._doubt()
        change = self._faults.note(self.health, self._boot_s())
        if change is not None and self._speaks_for_camera:
            task = asyncio.create_task(self._note(change, self._faults.failed or ""))
            self._noting.add(task)
            task.add_done_callback(self._noting.discard)

    def _doubt(self) -> None:
        """A worker reports each second. One that is stopped or hangs would be called live for ever."""
        silent_s = self._boot_s() - self._heard_s
        if self._worker is None or silent_s < SILENT_S[0]:
            return
        if silent_s >= SILENT_S[1]:
            self._worker.kill()
        elif self.health.state == "live":
            self.health, self._dark_since_s = Health("stalled"), self._boot_s()
            self._on_change(self)

    async def _note(self, change: Literal["failed", "recovered"], fault: str) -> None:
        try:
            if change == "failed":
                await self._authority.camera_failed(self.brief.camera, fault)
            else:
                await self._authority.camera_recovered(self.brief.camera)
        except CrisisLinkError:
            _log.exception(
                "a camera's change could not be recorded",
                extra={"camera": self.brief.camera, "change": change, "fault": fault},
            )
