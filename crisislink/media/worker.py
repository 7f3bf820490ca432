"""One camera's process: source → picture → encoder → socket. It trusts nobody and outlives nothing.

Three threads: the source receives, the control thread hears the node, the main thread decodes, masks, marks,
encodes and sends. When it is late it skips encoding, never decoding. It ends when its socket closes, when it
has no output and is no longer kept warm, when FFmpeg hangs, and, by a kernel timer that needs no cooperation
of Python, at the latest deadline it was given.
"""

import os
import select
import signal
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass

import av
from av.error import FFmpegError
from pydantic import ValidationError

from crisislink.media.encoder import Encoder
from crisislink.media.frames import Flag, Message, MessageType, Rendition
from crisislink.media.orders import (
    LENGTH,
    ORDER,
    ORDER_MAX,
    AddOutput,
    DropOutput,
    ForceKey,
    Open,
    Order,
    Renew,
    State,
    Status,
    Stop,
    pack_produced,
    pack_status,
)
from crisislink.media.overlay import Marker
from crisislink.media.picture import PictureTooLarge, Studio, Watcher, copied, planes
from crisislink.media.source import Received, Source, SourceFault

QUEUE_MAX = 50
OUTBOX_MAX = 4 << 20
STALLED_S = 1.0
GARBAGE_S = 2.0
HUNG_S = 6.0
LATE_S = 0.200
_LOOK_S = 0.25
_STATUS_S = 1.0
_TIMER_SLACK_S = 0.1


def boot_s() -> float:
    """Seconds on CLOCK_BOOTTIME."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(slots=True)
class _Output:
    order: AddOutput
    deadline_s: float
    encoder: Encoder | None = None
    marker: Marker | None = None
    size: tuple[int, int] = (0, 0)
    config: int = 0
    seq: int = 0
    broken: bool = True  # the next frame does not follow the last one sent
    wants_key: bool = False

    @property
    def rendition(self) -> Rendition:
        return Rendition(self.order.rendition)


class Outbox:
    """Bytes for the node: never waits, never grows past 4 MiB."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._waiting = bytearray()

    def put(self, data: bytes) -> bool:
        """Send now or keep; False when there is no room, and nothing was taken."""
        if len(self._waiting) + len(data) > OUTBOX_MAX:
            return self.flush() and self.put(data)
        self._waiting += data
        self.flush()
        return True

    def flush(self) -> bool:
        """Send what the socket takes; whether everything went.

        Raises:
            OSError: the node is gone.
        """
        while self._waiting:
            try:
                sent = self._socket.send(memoryview(self._waiting)[: 256 << 10], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            del self._waiting[:sent]
        return True


class Worker:
    """The main thread's part, and what the other two threads share with it under `_lock`."""

    def __init__(self, connection: socket.socket, opened: Open) -> None:
        self._socket = connection
        self._opened = opened
        self._outbox = Outbox(connection)
        self._lock = threading.Condition()
        self._received: deque[Received] = deque()
        self._overflowed = False
        self._orders: deque[Order] = deque()
        self._stopping = False
        self._outputs: dict[int, _Output] = {}
        self._studio = Studio(opened.polygons)
        self._watcher = Watcher()
        self._fault: SourceFault | None = None
        self._source = Source(opened.main, on_packet=self._on_packet, on_fault=self._on_fault)
        self._awaits_key = True
        self._packet_s = 0.0
        self._picture_s = 0.0
        self._bad_since_s: float | None = None
        self._said: Status | None = None
        self._said_s = 0.0

    # -- the other threads -----------------------------------------------------------------------

    def _on_packet(self, received: Received) -> None:
        with self._lock:
            if len(self._received) >= QUEUE_MAX:
                self._received.clear()
                self._overflowed = True
            self._received.append(received)
            self._fault = None
            self._lock.notify()

    def _on_fault(self, fault: SourceFault) -> None:
        with self._lock:
            self._fault = fault
            self._lock.notify()

    def _hear(self) -> None:
        """The control thread: orders, until the node is gone or says nonsense."""
        try:
            while True:
                order = ORDER.validate_json(read_framed(self._socket))
                with self._lock:
                    self._orders.append(order)
                    self._lock.notify()
        except (OSError, EOFError, ValidationError, ValueError):
            os._exit(0)

    # -- the main thread -------------------------------------------------------------------------

    def run(self) -> None:
        """Until told to stop, or nothing is left to do."""
        self._arm()
        threading.Thread(target=self._hear, name="control", daemon=True).start()
        self._source.start()
        while not self._stopping:
            received = self._next()
            if received is not None:
                self._take(received)
            self._housekeeping()
        self._source.stop()
        self._source.join(0.5)

    def _next(self) -> Received | None:
        with self._lock:
            if not self._received and not self._orders:
                self._lock.wait(_LOOK_S)
            orders, self._orders = self._orders, deque()
            received = self._received.popleft() if self._received else None
            if self._overflowed:
                self._overflowed, self._awaits_key = False, True
                self._break()
        for order in orders:
            self._obey(order)
        return received

    def _obey(self, order: Order) -> None:
        match order:
            case AddOutput():
                self._outputs[order.id] = _Output(order, order.deadline_boot_s)
            case DropOutput():
                self._outputs.pop(order.id, None)
            case ForceKey():
                if (output := self._outputs.get(order.id)) is not None:
                    output.wants_key = True
            case Renew():
                if (output := self._outputs.get(order.id)) is not None:
                    output.deadline_s = order.deadline_boot_s
            case Stop() | Open():
                self._stopping = True
        self._arm()

    def _arm(self) -> None:
        """The kernel ends this process at the latest deadline it has (SIGALRM, default action)."""
        last_s = max((o.deadline_s for o in self._outputs.values()), default=self._opened.warm_until_boot_s)
        signal.setitimer(signal.ITIMER_REAL, max(0.001, last_s - boot_s() + _TIMER_SLACK_S))

    def _housekeeping(self) -> None:
        now_s = boot_s()
        self._outputs = {n: o for n, o in self._outputs.items() if now_s < o.deadline_s}
        if not self._outputs and now_s >= self._opened.warm_until_boot_s:
            self._stopping = True
        if time.monotonic() - self._source.last_s > HUNG_S:
            os._exit(3)  # FFmpeg hangs where no thread can reach it
        self._outbox.flush()
        self._report()

    # -- pictures --------------------------------------------------------------------------------

    def _take(self, received: Received) -> None:
        self._packet_s = received.arrived_s
        if received.first:
            self._awaits_key = True
            self._break()
        if self._awaits_key:
            if not received.packet.is_keyframe:
                return
            self._awaits_key = False
        try:
            frames = received.packet.decode()
            for frame in frames:
                assert isinstance(frame, av.VideoFrame)
                self._show(frame, received)
        except PictureTooLarge as error:
            self._on_fault(SourceFault("protocol", f"picture too large: {error}"))
        except (FFmpegError, ValueError):
            self._damaged(received.arrived_s)

    def _damaged(self, at_s: float) -> None:
        self._bad_since_s = at_s if self._bad_since_s is None else self._bad_since_s
        self._break()

    def _break(self) -> None:
        for output in self._outputs.values():
            output.broken = True

    def _show(self, frame: av.VideoFrame, received: Received) -> None:
        if frame.is_corrupt:
            self._damaged(received.arrived_s)
            return
        self._bad_since_s = None
        self._studio.see(frame)
        self._picture_s = received.arrived_s
        self._watcher.look(frame, received.arrived_s)
        with self._lock:
            behind = bool(self._received) and time.monotonic() - received.arrived_s > LATE_S
        if behind:
            return
        for rendition in {o.rendition for o in self._outputs.values()}:
            if self._studio.due(rendition, received.arrived_s):
                self._render(frame, rendition, received)

    def _render(self, frame: av.VideoFrame, rendition: Rendition, received: Received) -> None:
        masked = self._studio.masked(frame, rendition)
        outputs = [o for o in self._outputs.values() if o.rendition is rendition]
        for n, output in enumerate(outputs):
            last = n == len(outputs) - 1
            self._produce(output, masked if last else copied(masked), received)

    def _produce(self, output: _Output, frame: av.VideoFrame, received: Received) -> None:
        if boot_s() >= output.deadline_s:
            return
        encoder, marker = self._equipped(output, frame.width, frame.height)
        if output.wants_key or output.broken:
            encoder.want_key()
        marker.draw(planes(frame), received.capture_us)
        made = encoder.encode(frame, round(received.arrived_s * 90_000))
        if made is None:
            return
        unit, is_key = made
        if output.broken and not is_key:
            return  # a delta frame that nothing precedes helps nobody
        flags = Flag.KEY if is_key else Flag.NONE
        flags |= Flag.DISCONTINUITY if output.broken else Flag.NONE
        flags |= Flag.CAPTURE_REPORTED if received.reported else Flag.CAPTURE_ESTIMATED
        message = Message(
            type=MessageType.FRAME,
            payload=unit,
            flags=flags,
            seq=output.seq,
            epoch=output.order.epoch,
            config=output.config,
            rendition=output.order.rendition,
            capture_us=received.capture_us,
            encoded_us=time.clock_gettime_ns(time.CLOCK_REALTIME) // 1000,
            ingest_us=max(0, round((time.monotonic() - received.arrived_s) * 1e6)),
        )
        output.wants_key = output.wants_key and not is_key
        self._send(output, message)

    def _equipped(self, output: _Output, width: int, height: int) -> tuple[Encoder, Marker]:
        if output.encoder is None or output.marker is None or output.size != (width, height):
            mark = output.order.watermark
            who = f"{mark.organisation} · {mark.reference} · {mark.camera_label}"
            output.encoder = Encoder(output.rendition, width, height)
            output.marker = Marker(who, exercise=mark.exercise, width=width, height=height)
            output.size, output.broken = (width, height), True
            output.config += 1
            config = output.encoder.config(camera=self._opened.camera, grant=output.order.grant)
            self._put(
                output,
                Message(
                    type=MessageType.CONFIG,
                    payload=config,
                    epoch=output.order.epoch,
                    config=output.config,
                    rendition=output.order.rendition,
                ),
            )
        return output.encoder, output.marker

    def _send(self, output: _Output, message: Message) -> None:
        if boot_s() >= output.deadline_s:
            return
        output.broken = not self._put(output, message)
        output.seq += 1  # also when it was lost: the hole tells

    def _put(self, output: _Output, message: Message) -> bool:
        return self._outbox.put(pack_produced(output.order.id, message.pack()))

    # -- health ----------------------------------------------------------------------------------

    def _report(self) -> None:
        status, now_s = self._status(), time.monotonic()
        due = status != self._said or now_s - self._said_s >= _STATUS_S
        if due and self._outbox.put(pack_status(status)):
            self._said, self._said_s = status, now_s

    def _status(self) -> Status:
        now_s = time.monotonic()
        with self._lock:
            fault = self._fault
        if fault is not None and not self._fresh(now_s):
            return Status(state="fault", fault=fault.fault, detail=str(fault))
        if self._bad_since_s is not None and now_s - self._bad_since_s >= GARBAGE_S:
            return Status(state="fault", fault="garbage")
        state: State = "live"
        if self._picture_s == 0.0:
            state = "connecting"
        elif not self._fresh(now_s):
            state = "stalled"
        suspect = self._watcher.suspect(now_s) if state == "live" else None
        return Status(state=state, suspect=suspect)

    def _fresh(self, now_s: float) -> bool:
        return self._picture_s > 0 and now_s - self._picture_s < STALLED_S


def read_framed(connection: socket.socket) -> bytes:
    """One length-prefixed order.

    Raises:
        EOFError: the other side is gone.
        ValueError: longer than any order.
    """
    [length] = LENGTH.unpack(_exactly(connection, LENGTH.size))
    if length > ORDER_MAX:
        raise ValueError("order too long")
    return _exactly(connection, length)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)


def main(connection: socket.socket) -> None:
    """The whole life of a worker process that was just forked."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    select.select([connection], [], [], 10)
    opened = ORDER.validate_json(read_framed(connection))
    if isinstance(opened, Open):
        Worker(connection, opened).run()
