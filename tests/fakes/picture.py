"""Stand-ins on both ends of the media node: a worker that makes frames on command, a keeping socket."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crisislink.core.errors import Unavailable
from crisislink.core.grants import Lease
from crisislink.core.ids import CameraId, GrantId, NodeId
from crisislink.flow.ports import Brief, ViewPermit
from crisislink.flow.viewing import Changes, Look
from crisislink.media.frames import Flag, Message, MessageType, Rendition, unpack
from crisislink.media.workers import Health, OutputOrder, Report
from tests.samples import T0


def config(epoch: int, rendition: Rendition = Rendition.FOCUS, number: int = 1) -> bytes:
    """A CONFIG as a worker says it: without `ends_at_us`."""
    said = {
        "codec": "avc1.4d401f",
        "width": 1280,
        "height": 720,
        "fps": 25,
        "avcc": "AU1AH//hAAA=",
        "camera": "cam_001",
        "grant": "gr_1",
        "rendition": rendition.name.lower(),
    }
    return Message(
        type=MessageType.CONFIG,
        payload=json.dumps(said).encode(),
        epoch=epoch,
        config=number,
        rendition=rendition,
    ).pack()


def frame(
    epoch: int,
    seq: int,
    *,
    key: bool,
    size: int = 100,
    rendition: Rendition = Rendition.FOCUS,
    number: int = 1,
) -> bytes:
    """A FRAME of `size` bytes of payload."""
    return Message(
        type=MessageType.FRAME,
        payload=bytes(size),
        flags=Flag.KEY if key else Flag.NONE,
        seq=seq,
        epoch=epoch,
        config=number,
        rendition=rendition,
        capture_us=seq * 40_000,
        encoded_us=seq * 40_000 + 10_000,
    ).pack()


def messages(data: bytes) -> list[Message]:
    """What a stream of unmasked binary WebSocket frames says. Other frames (close) are passed over."""
    found, at = [], 0
    while at < len(data):
        opcode, size, start = data[at] & 0x0F, data[at + 1], at + 2
        if size == 126:
            size, start = int.from_bytes(data[start : start + 2]), start + 2
        elif size == 127:
            size, start = int.from_bytes(data[start : start + 8]), start + 8
        if opcode == 2:
            found.append(unpack(data[start : start + size]))
        at = start + size
    return found


@dataclass
class KeptSocket:
    """`media.viewer.ViewerSocket`; closes at once when asked, unless `stuck`."""

    data: bytearray = field(default_factory=bytearray)
    kept_back: int = 0
    stuck: bool = False
    code: int | None = None
    reason: str | None = None
    aborted: bool = False
    after_close: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def write(self, data: bytes) -> None:
        """Keep it."""
        if self.code is not None or self.aborted:
            self.after_close += len(data)
        self.data += data

    def unsent(self) -> int:
        """As the test says."""
        return self.kept_back

    def waiting(self) -> int:
        """As the test says."""
        return self.kept_back

    def close(self, code: int, reason: str) -> None:
        """Note it."""
        self.code, self.reason = code, reason
        if not self.stuck:
            self.gone.set()

    def abort(self) -> None:
        """Note it."""
        self.aborted = True
        self.gone.set()

    async def closed(self) -> None:
        """When gone."""
        await self.gone.wait()

    @property
    def heard(self) -> list[Message]:
        """All messages so far."""
        return messages(bytes(self.data))

    def of(self, kind: MessageType) -> list[Message]:
        """Those of one type."""
        return [m for m in self.heard if m.type is kind]

    @property
    def frames(self) -> list[Message]:
        """The pictures."""
        return self.of(MessageType.FRAME)


class HeldWorker:
    """`media.workers.CameraWorker` in the test's hand."""

    def __init__(self, brief: Brief, warm_until_s: float) -> None:
        self.brief = brief
        self.warm_until_s = warm_until_s
        self.orders: dict[int, OutputOrder] = {}
        self.deadlines: dict[int, float] = {}
        self.keys: list[int] = []
        self.stopped = self.killed = False
        self.started = asyncio.Event()
        self.employed = asyncio.Event()
        self._seq: dict[int, int] = {}

    async def start(
        self,
        *,
        on_produced: Callable[[int, bytes], None],
        on_status: Callable[[Report], None],
        on_exit: Callable[[int], None],
    ) -> None:
        """Started at once."""
        self.on_produced, self.on_status, self._on_exit = on_produced, on_status, on_exit
        self.started.set()

    def add_output(self, order: OutputOrder) -> None:
        """Note it."""
        self.orders[order.id] = order
        self.deadlines[order.id] = order.deadline_boot_s
        self._seq[order.id] = 0
        self.employed.set()

    def drop_output(self, id: int) -> None:
        """Note it."""
        del self.orders[id]

    def force_key(self, id: int) -> None:
        """Note it."""
        self.keys.append(id)

    def renew(self, id: int, deadline_boot_s: float) -> None:
        """Note it."""
        self.deadlines[id] = deadline_boot_s

    async def stop(self, grace_s: float) -> None:
        """Gone at once."""
        assert grace_s <= 1.0
        self.stopped = True
        self._on_exit(0)

    def kill(self) -> None:
        """Gone at once."""
        self.killed = True
        self._on_exit(-9)

    def die(self) -> None:
        """By itself."""
        self._on_exit(1)

    def say(self, state: str, fault: str | None = None) -> None:
        """A status."""
        self.on_status(Health(state, fault))

    def picture(self, *, key: bool = False, size: int = 100, order: OutputOrder | None = None) -> None:
        """One frame of every output (or of one); a CONFIG before the first."""
        for one in [order] if order is not None else list(self.orders.values()):
            seq = self._seq[one.id] = self._seq[one.id] + 1
            if seq == 1:
                self.on_produced(one.id, config(one.epoch, one.rendition))
            picture = frame(one.epoch, seq, key=key or seq == 1, size=size, rendition=one.rendition)
            self.on_produced(one.id, picture)


class HeldAuthority:
    """`media.leases.Authority` in the test's hand; `down` plays a store that does not answer."""

    def __init__(self, brief: Brief, *, left_s: float = 600.0, lease_s: float = 5.0) -> None:
        self.left_s = left_s
        self.ends_at: datetime = T0 + timedelta(seconds=left_s)
        self.refuses: Exception | None = None
        self.down = False
        self.ended: list[tuple[ViewPermit, int, str]] = []
        self.faults: list[str] = []
        self.asked = 0
        self.epochs = 0
        self.epoch = 1
        self.changed: frozenset[GrantId] = frozenset()
        self.before_answer: Callable[[], None] = lambda: None
        self._brief = brief
        self._lease_s = lease_s

    async def lease(self, grant: GrantId, camera: CameraId, epoch: int | None) -> Lease:
        """L, or what is left."""
        self.asked += 1
        assert epoch in {None, self.epoch}
        assert (grant, camera) == (self._brief.grant, self._brief.camera)
        self._answer()
        left_ms = int(self.left_s * 1000)
        lasts_ms = min(int(self._lease_s * 1000), left_ms)
        return Lease(self.epoch, lasts_ms, left_ms, self.ends_at, self._brief.mask.version)

    def _answer(self) -> None:
        self.before_answer()
        if self.down:
            raise Unavailable
        if self.refuses is not None:
            raise self.refuses

    async def brief(self, grant: GrantId, camera: CameraId) -> Brief:
        """Always the same."""
        assert (grant, camera) == (self._brief.grant, self._brief.camera)
        self._answer()
        return self._brief

    async def changes(self, after: int) -> Changes:
        """As the test says."""
        self._answer()
        return Changes(max(0, after) + 1, self.changed)

    async def to_warm(self, grant: GrantId, node: NodeId) -> Sequence[CameraId]:
        """All it has."""
        assert node
        assert grant == self._brief.grant
        return [self._brief.camera]

    async def encoder_epoch(self) -> int:
        """Counts."""
        if self.down:
            raise Unavailable
        self.epochs += 1
        return self.epochs

    async def end_viewings(self, looks: Sequence[Look]) -> None:
        """Note them."""
        if self.down:
            raise Unavailable
        self.ended += [(look.permit, look.frames, look.cause) for look in looks]

    async def camera_failed(self, camera: CameraId, fault: str) -> None:
        """Note it."""
        self.faults.append(f"{camera} {fault}")

    async def camera_recovered(self, camera: CameraId) -> None:
        """Note it."""
        self.faults.append(f"{camera} recovered")
