"""One camera's process: source → picture → encoder → socket. It trusts nobody and outlives nothing.

Three threads: the source receives, the control thread hears the node, the main thread decodes, masks, marks,
encodes and sends. When it is late it skips encoding, never decoding. It ends when its socket closes, when it
has no output and is no longer kept warm, when FFmpeg hangs, and, by a kernel timer that needs no cooperation
of Python, at the latest deadline it was given. One output's encoder is `media/output.py`, the way to the node
`media/outbox.py`.
"""

import os
import select
import signal
import socket
import ssl
import threading
import time
from collections import deque

import av
from pydantic import ValidationError

from crisislink.media.decoder import Decoder, Undecodable
from crisislink.media.dialing import Dialer
from crisislink.media.frames import Message, Rendition
from crisislink.media.orders import (
    ORDER,
    AddOutput,
    DropOutput,
    ForceKey,
    Open,
    Order,
    Renew,
    State,
    Status,
    Stop,
    Suspect,
    pack_produced,
    pack_status,
)
from crisislink.media.outbox import Outbox, read_framed
from crisislink.media.output import Output, boot_s
from crisislink.media.picture import Studio, copied
from crisislink.media.received import Received, SourceFault
from crisislink.media.source import Source
from crisislink.media.watcher import Watcher

QUEUE_MAX = 50
GARBAGE_S = 2.0
HUNG_S = 6.0
HUNG_EXIT = 3
LATE_S = 0.200
_LOOK_S = 0.25
_STATUS_S = 0.4
_TIMER_SLACK_S = 0.1
_FAREWELL_S = 1.0  # for the camera's TEARDOWN, when there is no picture to protect any more


class Worker:
    """The main thread's part, and what the other two threads share with it under `_lock`."""

    def __init__(
        self,
        connection: socket.socket,
        opened: Open,
        dialer: Dialer,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._socket = connection
        self._opened = opened
        self._outbox = Outbox(connection)
        self._lock = threading.Condition()
        self._received: deque[Received] = deque()
        self._overflowed = False
        self._orders: deque[Order] = deque()
        self._stopping = False
        self._outputs: dict[int, Output] = {}
        self._studio = Studio(opened.polygons, opened.sizes, opened.style)
        self._watcher = Watcher()
        self._fault: SourceFault | None = None
        self._source = Source(
            opened.address, dialer, tls=tls, on_packet=self._on_packet, on_fault=self._on_fault
        )
        self._decoder = Decoder()
        self._awaits_key = True
        self._picture_s = 0.0
        self._capture_us: int | None = None
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
        self._studio.prepare()
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
                self._outputs[order.id] = Output(order, camera=self._opened.camera, put=self._put)
            case DropOutput():
                self._outputs.pop(order.id, None)
            case ForceKey():
                if (output := self._outputs.get(order.id)) is not None:
                    output.want_key()
            case Renew():
                if (output := self._outputs.get(order.id)) is not None:
                    output.deadline_s = order.deadline_boot_s
            case Stop() | Open():
                self._stopping = True
        self._arm()

    def _arm(self) -> None:
        """The kernel ends this process at the latest deadline it has (SIGALRM, default action)."""
        if self._outputs:
            left_s = max(o.deadline_s for o in self._outputs.values()) - boot_s() + _TIMER_SLACK_S
        else:
            left_s = max(0.0, self._opened.warm_until_boot_s - boot_s()) + _FAREWELL_S
        signal.setitimer(signal.ITIMER_REAL, max(0.001, left_s))

    def _housekeeping(self) -> None:
        self._outputs = {n: o for n, o in self._outputs.items() if not o.is_over()}
        if not self._outputs and boot_s() >= self._opened.warm_until_boot_s:
            self._stopping = True
        if time.monotonic() - self._source.last_s > HUNG_S:
            self._abandon()
        self._outbox.flush()
        self._report()

    def _abandon(self) -> None:
        """FFmpeg hangs where no thread can reach it: say so, and leave the rest to the next worker."""
        self._outbox.put(
            pack_status(Status(state="fault", fault="unreachable", detail="the connection hangs"))
        )
        os._exit(HUNG_EXIT)

    # -- pictures --------------------------------------------------------------------------------

    def _take(self, received: Received) -> None:
        if received.first:
            self._awaits_key, self._decoder = True, Decoder()
            self._watcher.begin_anew()
            self._break()
        if self._awaits_key:
            if not received.key:
                return
            self._awaits_key = False
        try:
            for frame, own in self._decoder.decode(received):
                self._show(frame, own)
        except Undecodable:
            self._damaged(received.arrived_s)

    def _damaged(self, at_s: float) -> None:
        self._bad_since_s = at_s if self._bad_since_s is None else self._bad_since_s
        self._break()

    def _break(self) -> None:
        for output in self._outputs.values():
            output.lose()

    def _show(self, frame: av.VideoFrame, received: Received) -> None:
        if frame.is_corrupt:
            self._damaged(received.arrived_s)
            return
        self._bad_since_s = None
        self._studio.see(frame)
        self._picture_s, self._capture_us = received.arrived_s, received.capture_us
        self._watcher.look(frame, received.arrived_s, damaged=received.damaged)
        if self._late(received):
            return
        for rendition in {o.rendition for o in self._outputs.values()}:
            if self._studio.due(rendition, received.arrived_s):
                self._render(frame, rendition, received)

    def _late(self, received: Received) -> bool:
        """Whether a newer picture is waiting already, and this one is too old to be worth its encoding."""
        with self._lock:
            waiting = bool(self._received)
        return waiting and time.monotonic() - received.arrived_s + received.late_s > LATE_S

    def _render(self, frame: av.VideoFrame, rendition: Rendition, received: Received) -> None:
        masked = self._studio.masked(frame, rendition, received.arrived_s)
        outputs = [o for o in self._outputs.values() if o.rendition is rendition]
        for n, output in enumerate(outputs):
            last = n == len(outputs) - 1
            output.produce(masked if last else copied(masked), received)

    def _put(self, id: int, message: Message) -> bool:
        return self._outbox.put(pack_produced(id, message.pack()))

    # -- health ----------------------------------------------------------------------------------

    def _report(self) -> None:
        status, now_s = self._status(), time.monotonic()
        due = self._said is None or status.differs(self._said) or now_s - self._said_s >= _STATUS_S
        if due and self._outbox.put(pack_status(status)):
            self._said, self._said_s = status, now_s

    def _status(self) -> Status:
        now_s = time.monotonic()
        fault = self._faulty(now_s)
        state: State = "live"
        suspect: Suspect | None = None
        if fault is not None:
            state = "fault"
        elif self._picture_s == 0.0:
            state = "connecting"
        elif not self._fresh(now_s):
            state = "stalled"
        else:
            suspect = self._watcher.suspect(now_s)
        return Status(
            state=state,
            fault=None if fault is None else fault.fault,
            suspect=suspect,
            detail="" if fault is None else str(fault),
            capture_us=self._capture_us,
            source_size=self._studio.source,
            source_fps=self._watcher.fps,
        )

    def _faulty(self, now_s: float) -> SourceFault | None:
        """Why there is no picture, if there is a reason beside the camera's silence."""
        with self._lock:
            fault = self._fault
        if not self._fresh(now_s) and fault is not None:
            return fault
        if self._bad_since_s is not None and now_s - self._bad_since_s >= GARBAGE_S:
            return SourceFault("garbage", "what arrives cannot be decoded")
        if self._studio.black:
            return SourceFault("protocol", "no person has validated the masks on a picture of this size")
        return None

    def _fresh(self, now_s: float) -> bool:
        return self._picture_s > 0 and now_s - self._picture_s < self._watcher.patience_s


def main(connection: socket.socket, dialer: Dialer, tls: ssl.SSLContext | None) -> None:
    """The whole life of a worker process that was just forked."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    select.select([connection], [], [], 10)
    try:
        opened = ORDER.validate_json(read_framed(connection))
    except EOFError:
        return  # the node changed its mind
    if isinstance(opened, Open):
        Worker(connection, opened, dialer, tls).run()
