"""The peers, told to do the same work: RTSP in, the same size, masks, watermark and clock, the same x264
settings, fragments out to a pipe (ffmpeg) or over HTTP (go2rtc).

What is blended over the picture is one image made beforehand, the cheapest way FFmpeg has; it reaches it
through memory, never a file. Only the clock is text drawn by FFmpeg.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

import crisislink.media
from crisislink.core.cameras import MaskPolygon
from crisislink.media.encoder import BOUNDS, Size, fit, key_interval, x264_options
from crisislink.media.frames import Rendition

_FONT = Path(crisislink.media.__file__).parent / "fonts" / "DejaVuSansMono-Bold.ttf"
_INPUT = "-rtsp_transport tcp -fflags nobuffer -flags low_delay -probesize 32 -analyzeduration 0 -threads 1"
_OUTPUTS = {
    "mp4": "-f mp4 -movflags +frag_every_frame+empty_moov+default_base_moof -flush_packets 1 pipe:1",
    "flv": "-f flv -flush_packets 1 pipe:1",  # FFmpeg's MP4 holds a frame until the next one, this does not
    "rtsp": "-rtsp_transport tcp -f rtsp {output}",  # go2rtc puts its own address there
}
_CLOCK = r"%{gmtime\:%Y-%m-%d %H\\\:%M\\\:%S} UTC"
_SOURCE_FPS = 25.0
STREAM = "camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a peer has to do. `address` is a secret of this run."""

    address: str
    masks: Sequence[MaskPolygon]
    source: tuple[int, int]
    rendition: Rendition
    container: Literal["mp4", "flv", "rtsp"] = "mp4"

    @property
    def size(self) -> tuple[int, int]:
        """Of the picture to make."""
        return fit(*self.source, self.rendition)

    @property
    def bound(self) -> Size:
        """Pixels, rate and bits of the rendition."""
        return BOUNDS[self.rendition]


def ffmpeg_arguments(work: Work, overlay: str) -> list[str]:
    """The command line after `ffmpeg`; `overlay`: where the image to blend is read."""
    return [
        *("-hide_banner", "-nostdin", "-loglevel", "error"),
        *_INPUT.split(),
        *("-i", work.address),
        *("-f", "png_pipe", "-i", overlay),
        *("-filter_complex_threads", "1", "-filter_complex", _filters(work), "-map", "[out]", "-an"),
        *("-fps_mode", "passthrough"),
        *encoder_arguments(work.bound),
        *_OUTPUTS[work.container].split(),
    ]


def encoder_arguments(bound: Size) -> list[str]:
    """x264 as the product's encoder has it."""
    given = {
        "c:v": "libx264",
        "threads": "1",
        "b:v": f"{bound.kbps}k",
        "g": str(key_interval(bound)),
        "bf": "0",
        "pix_fmt": "yuv420p",
        "color_range": "tv",
        **x264_options(bound),
    }
    return [word for name, value in given.items() for word in (f"-{name}", value)]


def _filters(work: Work) -> str:
    width, height = work.size
    line = line_height(height)
    step = round(_SOURCE_FPS / work.bound.fps)
    steps = [] if step == 1 else [f"framestep={step}"]
    if work.size != work.source:
        steps.append(f"scale={width}:{height}")
    before = ",".join([*steps, "format=yuv420p"])
    clock = (
        f"drawtext=fontfile={_FONT}:text='{_CLOCK}':fontsize={line - 4}:fontcolor=white:"
        f"box=1:boxcolor=black:x=4:y={line}+2"
    )
    return f"[0:v]{before}[in];[in][1:v]overlay=format=yuv420,{clock}[out]"


def line_height(height: int) -> int:
    """Of a line of the watermark, as the product has it."""
    return max(16, height // 26) // 2 * 2


def overlay_png(work: Work) -> bytes:
    """Masks, the first line of the watermark and its faint tile, as one image with an alpha channel."""
    width, height = work.size
    line = line_height(height)
    image = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(image)
    faint = ImageFont.truetype(str(_FONT), line)
    for n, y in enumerate(range(2 * line, height, 3 * line)):
        for x in range(-(n % 2) * 5 * line, width, 10 * line):
            draw.text((x, y), "7K2QX SAMU 31", font=faint, fill=(255, 255, 255, 20))
    for polygon in work.masks:
        draw.polygon([(x * width, y * height) for x, y in polygon.points], fill=(60, 60, 60, 255))
    draw.rectangle((0, 0, width, 2 * line - 1), fill=(10, 10, 10, 255))
    words = "SAMU 31 · CHU de Toulouse · 7K2QX · 019 Rue de Bayard – angle Belfort"
    draw.text((4, 2), words, font=ImageFont.truetype(str(_FONT), line - 4), fill=(255, 255, 255, 255))
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


@contextmanager
def in_memory(data: bytes) -> Iterator[str]:
    """A path, good for this process and others of its user while inside, to read `data` from."""
    descriptor = os.memfd_create("overlay", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(data)
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)


def go2rtc_config(work: Work, overlay: str, *, api_port: int, rtsp_port: int) -> str:
    """go2rtc with one stream, made by the same FFmpeg command."""
    words = [f'"{word}"' for word in ffmpeg_arguments(replace(work, container="rtsp"), overlay)]
    return json.dumps(
        {
            "api": {"listen": f"127.0.0.1:{api_port}"},
            "rtsp": {"listen": f"127.0.0.1:{rtsp_port}"},
            "webrtc": {"listen": ""},
            "log": {"level": "error"},
            "streams": {STREAM: "exec:ffmpeg " + " ".join(words)},
        }
    )
