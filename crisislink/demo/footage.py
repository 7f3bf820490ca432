"""Footage in memory: the access units of one clip, ready to be sent by a simulated camera.

Invariants: frame `i` of `frames` carries the strip index `i` (`demo.strip`), there are no B-frames, and the
clip starts with a key frame, so playing it in a loop is playing its frames in order. What clips exist is
`demo.clips`; how they become RTP is `demo.rtp`.
"""

import struct
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream


class Codec(StrEnum):
    """What a simulated camera can send; the values are FFmpeg's names."""

    H264 = "h264"
    H265 = "hevc"
    MJPEG = "mjpeg"


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One access unit; H.264/H.265 as 4-byte length-prefixed NAL units, key frames with their parameter
    sets.
    """

    data: bytes
    key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A looping video. `audio`: G.711 A-law at 8 kHz, mono, as long as the video, or empty.

    `container` is the same footage in QuickTime: the RTP muxer takes its stream parameters from it.
    """

    name: str
    codec: Codec
    width: int
    height: int
    fps: int
    frames: tuple[ClipFrame, ...] = field(repr=False)
    parameter_sets: tuple[bytes, ...] = field(repr=False)
    audio: bytes = field(repr=False)
    container: bytes = field(repr=False)


def read_clip(name: str, container: bytes) -> Clip:
    """The footage of a QuickTime file made by `demo.recording`.

    Raises:
        ValueError: it is not such a file (no video, other codec, first frame not a key frame).
    """
    with av.open(BytesIO(container), "r", format="mov") as opened:
        if not opened.streams.video:
            raise ValueError(f"{name}: no video")
        video = opened.streams.video[0]
        sets = parameter_sets(video)
        frames: list[ClipFrame] = []
        audio: list[bytes] = []
        head = b"".join(struct.pack(">I", len(s)) + s for s in sets)
        for packet in opened.demux():
            if not packet.size:
                continue
            if isinstance(packet.stream, VideoStream):
                data = bytes(packet)
                frames.append(ClipFrame(head + data if packet.is_keyframe else data, packet.is_keyframe))
            elif isinstance(packet.stream, AudioStream) and packet.stream.codec_context.name == "pcm_alaw":
                audio.append(bytes(packet))
        if not frames or not frames[0].key:
            raise ValueError(f"{name}: does not start with a key frame")
        return Clip(
            name=name,
            codec=Codec(video.codec_context.name),
            width=video.width,
            height=video.height,
            fps=round(video.average_rate or 25),
            frames=tuple(frames),
            parameter_sets=sets,
            audio=b"".join(audio),
            container=container,
        )


def parameter_sets(video: VideoStream) -> tuple[bytes, ...]:
    """The NAL units of avcC (ISO/IEC 14496-15 §5.3.3.1) or hvcC (§8.3.3.1), in order; none for MJPEG."""
    extra = bytes(video.codec_context.extradata or b"")
    match Codec(video.codec_context.name):
        case Codec.H264:
            sps, at = _units(extra, 6, extra[5] & 31)
            pps, _ = _units(extra, at + 1, extra[at])
            return (*sps, *pps)
        case Codec.H265:
            found: list[bytes] = []
            at = 23
            for _ in range(extra[22]):
                units, at = _units(extra, at + 3, int.from_bytes(extra[at + 1 : at + 3]))
                # x265 adds an SEI with its settings: of no use to a decoder, and 2 KiB in every key frame
                found += [u for u in units if (u[0] >> 1) & 63 in {32, 33, 34}]
            return tuple(found)
        case Codec.MJPEG:
            return ()


def _units(extra: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    units = []
    for _ in range(count):
        size = int.from_bytes(extra[at : at + 2])
        units.append(extra[at + 2 : at + 2 + size])
        at += 2 + size
    return units, at
