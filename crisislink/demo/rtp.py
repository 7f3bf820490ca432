"""Frames to RTP packets, and the RTCP sender report that says when a frame was captured.

The packets are made by FFmpeg's `rtp` muxer: each write of it is one packet. Its own sender reports are
dropped: they are extrapolated from the first packet, ours carry the wall clock of the very frame.
"""

import struct
from fractions import Fraction
from io import BytesIO
from typing import Self

import av

from crisislink.demo.footage import Clip, ClipFrame
from crisislink.demo.sdp import PayloadType

CLOCK_90K = 90_000
AUDIO_HZ = 8_000
_MTU = 1_472  # Ethernet less IPv4 and UDP
_NTP_EPOCH_S = 2_208_988_800  # 1900 → 1970 (RFC 868)
_AUDIO_SSRC = 0x43_4C_41_55


class _Sink:
    """A file for the muxer: keeps each write apart."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def write(self, data: bytes) -> int:
        packet = bytes(data)
        if not 200 <= packet[1] <= 204:  # RTCP
            self.packets.append(packet)
        return len(packet)


class Packetizer:
    """RTP for one stream of one clip; close it (it is a context manager)."""

    def __init__(self, clip: Clip, payload_type: PayloadType) -> None:
        self._sink = _Sink()
        self._fps = clip.fps
        options = {"payload_type": str(int(payload_type)), "packetsize": "1400"}
        self._out = av.open(self._sink, "w", format="rtp", options=options, buffer_size=_MTU)
        with av.open(BytesIO(clip.container), "r", format="mov") as template:
            self._stream = self._out.add_stream_from_template(template.streams.video[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()

    def packets(self, frame: ClipFrame, tick: int) -> list[bytes]:
        """The RTP packets of `frame`, `tick` frame periods after the camera began; the last has the
        marker.
        """
        packet = av.Packet(frame.data)
        packet.stream = self._stream
        packet.time_base = Fraction(1, self._fps)
        packet.pts = packet.dts = tick
        packet.is_keyframe = frame.key
        self._sink.packets = []
        self._out.mux(packet)
        return self._sink.packets


class AudioPacketizer:
    """A-law to RTP (RFC 3551 §4.5.14): as many samples a packet as one video frame lasts."""

    def __init__(self, clip: Clip) -> None:
        self._audio, self._samples = clip.audio, AUDIO_HZ // clip.fps

    def packet(self, tick: int) -> bytes:
        """The sound of video frame `tick`."""
        start = tick * self._samples % len(self._audio)
        sound = (self._audio + self._audio[: self._samples])[start : start + self._samples]
        time = tick * self._samples & 0xFFFF_FFFF
        return struct.pack(">BBHII", 0x80, PayloadType.PCMA, tick & 0xFFFF, time, _AUDIO_SSRC) + sound


def timestamp(packet: bytes) -> int:
    """The RTP timestamp of a packet (RFC 3550 §5.1)."""
    return int.from_bytes(packet[4:8])


def sender_report(packet: bytes, *, wall_us: int, packets: int, octets: int) -> bytes:
    """The report (RFC 3550 §6.4.1) that ties `packet`'s timestamp to `wall_us`, microseconds since 1970
    UTC.
    """
    seconds, micros = divmod(wall_us, 1_000_000)
    # round up: what comes back from 32 binary digits, cut to whole microseconds, is what went in
    fraction = -(-(micros << 32) // 1_000_000) & 0xFFFF_FFFF
    report = struct.pack(
        ">BBH4sIIIII",
        0x80,
        200,
        6,
        packet[8:12],
        seconds + _NTP_EPOCH_S,
        fraction,
        timestamp(packet),
        packets & 0xFFFF_FFFF,
        octets & 0xFFFF_FFFF,
    )
    cname = b"crisislink-demo"
    item = bytes([1, len(cname)]) + cname + b"\0"
    item += b"\0" * (-len(item) % 4)
    return report + struct.pack(">BBH4s", 0x81, 202, 1 + len(item) // 4, packet[8:12]) + item
