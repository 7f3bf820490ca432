"""One output inside a worker: its watermark, its encoder, its numbering, and its deadline.

Invariants: nothing is encoded nor handed over at or after the deadline (boot clock); the first frame, and
the first one after anything was lost, is a key frame flagged as a discontinuity; no frame goes out under a
CONFIG that the node did not get.
"""

import time
from collections.abc import Callable

import av

from crisislink.media.encoder import Encoder
from crisislink.media.frames import Flag, Message, MessageType, Rendition
from crisislink.media.orders import AddOutput
from crisislink.media.picture import planes
from crisislink.media.received import Received
from crisislink.media.watermark import Marker

Put = Callable[[int, Message], bool]
"""Hands a message of an output to the node; False when there was no room for it."""


def boot_s() -> float:
    """Seconds on CLOCK_BOOTTIME."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Output:
    """What one `AddOutput` asked for. Times: `deadline_s` on CLOCK_BOOTTIME."""

    def __init__(self, order: AddOutput, *, camera: str, put: Put) -> None:
        self.rendition = Rendition(order.rendition)
        self.deadline_s = order.deadline_boot_s
        self._order, self._camera, self._put = order, camera, put
        self._made: tuple[Encoder, Marker] | None = None
        self._size = (0, 0)
        self._config = self._seq = 0
        self._broken = True  # the next frame does not follow the last one sent
        self._wants_key = False

    def lose(self) -> None:
        """Pictures were lost before the encoder: what comes next does not follow."""
        self._broken = True

    def want_key(self) -> None:
        """Somebody needs a key frame."""
        self._wants_key = True

    def is_over(self) -> bool:
        """Whether its deadline has passed."""
        return boot_s() >= self.deadline_s

    def produce(self, frame: av.VideoFrame, received: Received) -> None:
        """Mark, encode and hand over one masked frame of this output's own; draws into it."""
        if self.is_over():
            return
        made = self._equipped(frame.width, frame.height)
        if made is None:
            return
        encoder, marker = made
        if self._wants_key or self._broken:
            encoder.want_key()
        marker.draw(planes(frame), received.capture_us)
        unit = encoder.encode(frame, round(received.arrived_s * 90_000))
        if unit is None or (self._broken and not unit[1]):
            return  # a delta frame that nothing precedes helps nobody
        self._wants_key = self._wants_key and not unit[1]
        message = self._message(*unit, received)
        self._broken = self.is_over() or not self._put(self._order.id, message)
        self._seq += 1  # also when it was lost: the hole tells

    def _equipped(self, width: int, height: int) -> tuple[Encoder, Marker] | None:
        """Encoder and marker of this size; None while the node has no room for the CONFIG they need."""
        if self._made is not None and self._size == (width, height):
            return self._made
        self._made, self._broken = None, True
        mark = self._order.watermark
        who = " · ".join(filter(None, (mark.organisation, mark.person, mark.reference, mark.camera_label)))
        encoder = Encoder(self.rendition, width, height)
        config = Message(
            type=MessageType.CONFIG,
            payload=encoder.config(camera=self._camera, grant=self._order.grant),
            epoch=self._order.epoch,
            config=self._config + 1,
            rendition=self._order.rendition,
        )
        if self._put(self._order.id, config):
            self._made = (
                encoder,
                Marker(who, mark.reference, exercise=mark.exercise, width=width, height=height),
            )
            self._size, self._config = (width, height), self._config + 1
        return self._made

    def _message(self, unit: bytes, is_key: bool, received: Received) -> Message:  # noqa: FBT001 - as encoded
        flags = Flag.KEY if is_key else Flag.NONE
        flags |= Flag.DISCONTINUITY if self._broken else Flag.NONE
        flags |= Flag.DAMAGED if received.damaged else Flag.NONE
        flags |= Flag.CAPTURE_REPORTED if received.reported else Flag.CAPTURE_ESTIMATED
        return Message(
            type=MessageType.FRAME,
            payload=unit,
            flags=flags,
            seq=self._seq,
            epoch=self._order.epoch,
            config=self._config,
            rendition=self._order.rendition,
            capture_us=received.capture_us,
            encoded_us=time.clock_gettime_ns(time.CLOCK_REALTIME) // 1000,
            ingest_us=max(0, round((time.monotonic() - received.arrived_s) * 1e6)),
        )
