"""What a simulated camera says of itself: its session description (RFC 8866), parameter sets included.

H.264 by RFC 6184 §8.1, H.265 by RFC 7798 §7.1, JPEG by RFC 2435, A-law by RFC 3551.
"""

from base64 import b64encode
from enum import IntEnum

from crisislink.demo.footage import Clip, Codec


class PayloadType(IntEnum):
    """RTP payload types in use (RFC 3551 for the static ones)."""

    PCMA = 8
    JPEG = 26
    DYNAMIC = 96
    UNKNOWN = 99


VIDEO_TRACK, AUDIO_TRACK = "track1", "track2"


def payload_type(codec: Codec) -> PayloadType:
    """The video payload type of a codec."""
    return PayloadType.JPEG if codec is Codec.MJPEG else PayloadType.DYNAMIC


def describe(clip: Clip, title: str, *, unknown_codec: bool = False) -> str:
    """The SDP of a clip. `unknown_codec`: name an encoding that nobody can decode."""
    pt = PayloadType.UNKNOWN if unknown_codec else payload_type(clip.codec)
    lines = [
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        f"s={title}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        f"m=video 0 RTP/AVP {pt:d}",
        f"a=framerate:{clip.fps}",
        *(["a=rtpmap:99 X-NOBODY/90000"] if unknown_codec else _video(clip)),
        f"a=control:{VIDEO_TRACK}",
    ]
    if clip.audio:
        lines += [
            f"m=audio 0 RTP/AVP {PayloadType.PCMA:d}",
            "a=rtpmap:8 PCMA/8000",
            f"a=control:{AUDIO_TRACK}",
        ]
    return "".join(f"{line}\r\n" for line in lines)


def _video(clip: Clip) -> list[str]:
    sets = [b64encode(s).decode() for s in clip.parameter_sets]
    match clip.codec:
        case Codec.H264:
            profile = clip.parameter_sets[0][1:4].hex().upper()
            sprop = f"profile-level-id={profile};sprop-parameter-sets={','.join(sets)}"
            return ["a=rtpmap:96 H264/90000", f"a=fmtp:96 packetization-mode=1;{sprop}"]
        case Codec.H265:
            named = {(s[0] >> 1) & 63: text for s, text in zip(clip.parameter_sets, sets, strict=True)}
            sprop = f"sprop-vps={named[32]};sprop-sps={named[33]};sprop-pps={named[34]}"
            return ["a=rtpmap:96 H265/90000", f"a=fmtp:96 {sprop}"]
        case Codec.MJPEG:
            return ["a=rtpmap:26 JPEG/90000"]
