"""One picture through everything a worker does to pictures, before it is confined: then all is loaded."""

import time
from contextlib import suppress
from fractions import Fraction

import av

from crisislink.core.cameras import MaskStyle
from crisislink.media.decoder import Decoder, Undecodable
from crisislink.media.frames import Message, Rendition
from crisislink.media.orders import AddOutput, Watermark
from crisislink.media.output import Output, boot_s
from crisislink.media.picture import Studio, planes
from crisislink.media.received import Codec, Received
from crisislink.media.watcher import Watcher

_SIZE = (320, 180)
_ENCODERS: tuple[tuple[Codec, str, str], ...] = (
    ("h264", "libx264", "yuv420p"),
    ("mjpeg", "mjpeg", "yuvj420p"),
)
_SQUARE = ((0.1, 0.5), (0.4, 0.5), (0.4, 0.9))


def rehearse() -> None:
    """A grey picture, decoded from each codec, watched, masked in both styles, marked and encoded."""
    said: list[bytes] = []

    def put(_: int, message: Message) -> bool:
        said.append(message.pack())
        return True

    for style in MaskStyle:
        studio, watcher, output = (
            Studio([_SQUARE], [_SIZE], style),
            Watcher(),
            Output(_order(), camera="·", put=put),
        )
        for codec, encoder, pixels in _ENCODERS:
            for received in _units(codec, encoder, pixels):
                for frame, _ in Decoder().decode(received):
                    studio.see(frame)
                    watcher.look(frame, received.arrived_s, damaged=False)
                    output.produce(studio.masked(frame, Rendition.WALL, received.arrived_s), received)
    assert said, "the rehearsal made no picture"
    with suppress(Undecodable):  # there is no encoder for it that we could be sure of
        Decoder().decode(_received(b"\0\0\0\1\x40\1", "hevc"))


def _order() -> AddOutput:
    return AddOutput(
        id=0,
        rendition=Rendition.WALL.value,
        epoch=1,
        watermark=Watermark(organisation="·", reference="AAAAA", camera_label="·", exercise=True),
        deadline_boot_s=boot_s() + 60,
        grant="·",
    )


def _units(codec: Codec, encoder: str, pixels: str) -> list[Received]:
    made = av.CodecContext.create(encoder, "w")
    assert isinstance(made, av.VideoCodecContext)
    made.width, made.height = _SIZE
    made.pix_fmt = pixels
    made.framerate = Fraction(25)
    made.thread_count = 1
    frame = av.VideoFrame(*_SIZE, "yuv420p")
    for plane in planes(frame):
        plane[:] = 128
    frame = frame.reformat(format=pixels)
    return [_received(bytes(p), codec) for p in (*made.encode(frame), *made.encode(None))]


def _received(unit: bytes, codec: Codec) -> Received:
    now_s = time.monotonic()
    return Received(
        unit=unit, codec=codec, key=True, arrived_s=now_s, capture_us=0, reported=False, first=True
    )
