"""One track, from packets to `Received`: order, assembly, capture time, bounds. No socket here."""

import secrets
import time
from collections.abc import Iterator

from crisislink.media.received import Received
from crisislink.media.rtsp import rtcp, rtp
from crisislink.media.rtsp.capture import CaptureClock
from crisislink.media.rtsp.jpeg import JpegPayload
from crisislink.media.rtsp.nal import H264, H265, NalPayload
from crisislink.media.rtsp.pace import Pace
from crisislink.media.rtsp.sdp import Track
from crisislink.media.rtsp.units import Assembler, Payload, Unit


def _wall_s() -> float:
    return time.clock_gettime(time.CLOCK_REALTIME)


class TrackReceiver:
    """`reorder`: packets may overtake each other (UDP)."""

    def __init__(self, track: Track, *, reorder: bool) -> None:
        self._track = track
        self._sequence = rtp.Sequence(reorder=reorder)
        self._assembler = Assembler(_payload(track))
        self._clock = CaptureClock(track.clock_hz, wall_s=_wall_s, monotonic_s=time.monotonic)
        self._receiver = rtcp.Receiver(secrets.randbits(32))
        self._heard: tuple[rtcp.SenderReport, float] | None = None
        self._pace = Pace()
        self._first = True
        self.over = False

    @property
    def packets(self) -> int:
        """How many packets of the track came."""
        return self._sequence.received

    @property
    def wait_until_s(self) -> float | None:
        """When `waited` has something to do (CLOCK_MONOTONIC); None: not before the next packet."""
        return self._sequence.wait_until_s

    def packet(self, data: bytes | memoryview, now_s: float) -> Iterator[Received]:
        """What an RTP packet completes.

        Raises:
            SourceFault: more than the service takes from a camera.
        """
        parsed = rtp.parse(data, self._track.payload_type, now_s)
        if parsed is not None:
            for packet in self._sequence.add(parsed):
                yield from self._assembled(packet)

    def waited(self, now_s: float) -> Iterator[Received]:
        """What is behind a hole that will not be filled any more."""
        until_s = self._sequence.wait_until_s
        if until_s is not None and now_s >= until_s:
            for packet in self._sequence.drain(now_s=now_s):
                yield from self._assembled(packet)

    def _assembled(self, packet: rtp.RtpPacket) -> Iterator[Received]:
        for unit in self._assembler.add(packet):
            yield self._received(unit)

    def _received(self, unit: Unit) -> Received:
        self._pace.count(unit.arrived_s)
        capture = self._clock.of(unit.time, unit.arrived_s)
        first, self._first = self._first, False
        return Received(
            unit=unit.data,
            codec=self._track.codec,
            key=unit.key,
            arrived_s=unit.arrived_s,
            capture_us=capture.at_us,
            reported=capture.reported,
            late_s=capture.late_s,
            first=first,
            damaged=unit.damaged,
        )

    def report(self, data: bytes | memoryview) -> None:
        """RTCP of the camera."""
        for said in rtcp.read(data):
            if self._sequence.ssrc not in {None, said.ssrc}:
                continue  # a sender that was, or never will be, this track's
            if isinstance(said, rtcp.Farewell):
                self.over = True
            else:
                self._clock.reported(said.time, said.wall_us)
                self._heard = said, time.monotonic()

    def receiver_report(self, now_s: float) -> bytes | None:
        """What the camera should hear of how it arrives; None before anything did."""
        if self._sequence.ssrc is None:
            return None
        heard, at_s = self._heard or (None, now_s)
        return self._receiver.report(
            self._sequence.ssrc,
            highest=self._sequence.highest,
            received=self._sequence.received,
            lost=self._sequence.lost,
            heard=heard,
            delay_s=now_s - at_s,
        )


def _payload(track: Track) -> Payload:
    if track.codec == "mjpeg":
        return JpegPayload()
    packing = H264 if track.codec == "h264" else H265
    return NalPayload(packing, track.parameter_sets, decoding_order=track.decoding_order)
