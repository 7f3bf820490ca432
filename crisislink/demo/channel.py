"""One stream of one simulated camera: plays its clip against the clock, to whoever is subscribed.

Invariants: no subscriber, no task and no cost; everybody gets the same packets; a newcomer starts at the live
position, so it waits for the next key frame as with a real camera. What a subscriber is (TCP, UDP) is
`demo.rtsp`.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from crisislink.demo.behaviour import Behaviour
from crisislink.demo.footage import Clip, ClipFrame, Codec
from crisislink.demo.rtp import AudioPacketizer, Packetizer, sender_report, timestamp
from crisislink.demo.sdp import PayloadType, payload_type
from crisislink.demo.still import black

FLAP_S = 3.0
_REPORT_EVERY_S = 1.0
_LATE_S = 1.0
# Bytes after the RTP header that garbage leaves alone, so that it still parses: FU header, JPEG header
_PAYLOAD_HEADER = {Codec.H264: 2, Codec.H265: 3, Codec.MJPEG: 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One frame as it left. `frame`: its strip index (None: black); `monotonic_ns`: CLOCK_MONOTONIC when the
    last byte had been handed to every subscriber's socket; `wall_us`: UTC, the instant of the sender report.
    """

    frame: int | None
    rtp_time: int
    wall_us: int
    monotonic_ns: int


class Subscriber(Protocol):
    """Somebody who watches."""

    def video(self, packets: list[bytes], report: bytes | None) -> None:
        """One frame; never blocks, may hang up by itself."""

    def audio(self, packet: bytes) -> None:
        """The sound of one frame's duration."""

    def hang_up(self) -> None:
        """Ends the connection at once."""


class Channel:
    """Plays `clip`, `phase_s` seconds into it at the monotonic time `start_s`."""

    def __init__(
        self, clip: Clip, *, seed: int, start_s: float, phase_s: float, sent: Callable[[Sent], None] | None
    ) -> None:
        self.clip = clip
        self.behaviour = Behaviour.NORMAL
        self._zero_s = start_s - phase_s
        self._sent = sent
        self._random = random.Random(seed)  # noqa: S311  garbage, not secrets
        self._subscribers: dict[Subscriber, float] = {}
        self._task: asyncio.Task[None] | None = None
        self._shown = Behaviour.NORMAL
        self._shown_since = 0
        self._packets = self._octets = 0

    @property
    def described(self) -> Clip:
        """What a newcomer's first key frame comes from: its parameter sets belong into the SDP, with the
        clip's sound.
        """
        if self.behaviour is not Behaviour.BLACK:
            return self.clip
        return replace(
            black(self.clip.codec, self.clip.width, self.clip.height, self.clip.fps), audio=self.clip.audio
        )

    def subscribe(self, who: Subscriber) -> None:
        """From the next frame on."""
        self._subscribers[who] = -1.0
        if self._task is None:
            self._task = asyncio.create_task(self._play(), name=f"camera {self.clip.name}")
            self._task.add_done_callback(self._over)

    def unsubscribe(self, who: Subscriber) -> None:
        """No packet after this; harmless when not subscribed."""
        self._subscribers.pop(who, None)
        if not self._subscribers and self._task is not None:
            self._task.cancel()

    def hang_up(self) -> None:
        """Ends every subscriber's connection."""
        for who in list(self._subscribers):
            who.hang_up()

    def _over(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self.hang_up()
            raise error
        if self._subscribers:  # somebody came between the cancelling and the end
            self._task = asyncio.create_task(self._play(), name=f"camera {self.clip.name}")
            self._task.add_done_callback(self._over)

    async def _play(self) -> None:
        fps = self.clip.fps
        tick = int((time.monotonic() - self._zero_s) * fps) + 1
        self._packets = self._octets = 0
        self._shown, self._shown_since = self.behaviour, tick
        sound = AudioPacketizer(self.clip) if self.clip.audio else None
        shown_type = (
            PayloadType.UNKNOWN
            if self.behaviour is Behaviour.UNKNOWN_CODEC
            else payload_type(self.clip.codec)
        )
        with Packetizer(self.clip, shown_type) as packetizer:
            while True:
                due_s = self._zero_s + tick / fps
                now_s = time.monotonic()
                if due_s > now_s:
                    await asyncio.sleep(due_s - now_s)
                elif now_s - due_s > _LATE_S:  # this process stood still: go on where a real camera would be
                    tick = int((now_s - self._zero_s) * fps) + 1
                    continue
                else:
                    await asyncio.sleep(0)
                if self.behaviour not in {Behaviour.STALL, Behaviour.SILENT}:
                    self._send(packetizer, sound, tick)
                tick += 1

    def _send(self, packetizer: Packetizer, sound: AudioPacketizer | None, tick: int) -> None:
        frame, index = self._frame(tick)
        packets = packetizer.packets(frame, tick)
        if self._shown is Behaviour.GARBAGE:
            packets = [self._spoiled(p) for p in packets]
        wall_us = time.clock_gettime_ns(time.CLOCK_REALTIME) // 1_000
        now_s = time.monotonic()
        report = sender_report(packets[0], wall_us=wall_us, packets=self._packets, octets=self._octets)
        for who, reported_s in list(self._subscribers.items()):
            due = now_s - reported_s >= _REPORT_EVERY_S
            who.video(packets, report if due else None)
            if due and who in self._subscribers:
                self._subscribers[who] = now_s
        if self._sent is not None:
            self._sent(
                Sent(
                    frame=index,
                    rtp_time=timestamp(packets[0]),
                    wall_us=wall_us,
                    monotonic_ns=time.monotonic_ns(),
                )
            )
        if sound is not None:
            self._send_sound(sound.packet(tick))
        self._packets += len(packets)
        self._octets += sum(len(p) - 12 for p in packets)

    def _send_sound(self, packet: bytes) -> None:
        for who in list(self._subscribers):
            who.audio(packet)

    def _frame(self, tick: int) -> tuple[ClipFrame, int | None]:
        frames = self.clip.frames
        at = tick % len(frames)
        self._look(tick, key=frames[at].key)
        if self._shown is Behaviour.BLACK:
            dark = black(self.clip.codec, self.clip.width, self.clip.height, self.clip.fps).frames
            return dark[(tick - self._shown_since) % len(dark)], None
        if self._shown is Behaviour.FROZEN:
            at = self._shown_since % len(frames)
            while not frames[at].key:
                at -= 1
        return frames[at], at

    def _look(self, tick: int, *, key: bool) -> None:
        """Follows the behaviour; back from another picture only with a key frame, as a camera's encoder
        would.
        """
        stands = self._shown in {Behaviour.BLACK, Behaviour.FROZEN}
        wants = self.behaviour in {Behaviour.BLACK, Behaviour.FROZEN}
        if self.behaviour is not self._shown and (wants or key or not stands):
            self._shown, self._shown_since = self.behaviour, tick

    def _spoiled(self, packet: bytes) -> bytes:
        kept = min(len(packet), 12 + _PAYLOAD_HEADER[self.clip.codec])
        return packet[:kept] + self._random.randbytes(len(packet) - kept)
