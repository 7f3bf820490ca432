"""A person's own video file as a simulated camera: whatever FFmpeg can decode becomes footage in memory.

The file is not trusted: sizes, counts and time are bounded, everything wrong with it is one `Invalid` with
the file's name. Nothing is written to disk. Sound is left behind.
"""

import time
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from crisislink.core.errors import Invalid, Reason
from crisislink.demo import strip
from crisislink.demo.footage import Clip, Codec, read_clip
from crisislink.demo.recording import Planes, Recorder, planes_of

FPS = 25
MAX_WIDTH, MAX_HEIGHT = 1280, 720
_MAX_PIXELS = 8_192 * 4_320
_MIN_SIDE = 16
_READABLE_WIDTH = 320  # smaller pictures are enlarged: the data strip would be too fine
_MAX_BYTES = 8 << 30
_MAX_WORK_S = 120.0
_MAX_DECODED = 20_000  # frames read in vain or shown, whatever the file says of its time
_GAP_S = 5.0  # a hole in the timestamps is shown no longer than this


# Containers that hold pictures themselves. Playlists (HLS, DASH, concat) would open other files and
# addresses.
_FORMATS = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,gif,apng,mxf,nut,ivf,dv,rm,wtv,yuv4mpegpipe,h264,hevc,av1,obu,"
    "m4v,mpegvideo,mjpeg,image2,png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe"
)


class _Unfit(Exception):
    """What is wrong with the file, in a few words."""


def load_video(path: Path, *, seconds: float = 20, progress: Callable[[float], None] | None = None) -> Clip:
    """The first `seconds` of a file: H.264, ≤ 1280 x 720, 25 fps, a key frame a second, data strip burned in.

    `progress` is told the share done, 0 … 1, from the calling thread. A picture file makes a second of video.

    Raises:
        Invalid: not a readable video; facts `field`, `file` (its name) and `problem`.
    """
    if not 0 < seconds <= 600:
        raise Invalid(Reason.MALFORMED, field="seconds")
    try:
        return _converted(path, seconds, progress or (lambda _: None))
    except (_Unfit, OSError, FFmpegError, ValueError, MemoryError, OverflowError) as error:
        problem = str(error) if isinstance(error, _Unfit) else "unreadable"
        raise Invalid(Reason.MALFORMED, field="video", file=path.name, problem=problem) from error


def _converted(path: Path, seconds: float, progress: Callable[[float], None]) -> Clip:
    if not path.is_file():  # a pipe or a device could block or never end
        raise _Unfit("not a file")
    if path.stat().st_size > _MAX_BYTES:
        raise _Unfit("too large")
    # pattern_type: a name such as a%03d.png means that one file, not a series of others
    options = {"protocol_whitelist": "file", "format_whitelist": _FORMATS, "pattern_type": "none"}
    with av.open(str(path.resolve()), options=options, metadata_errors="ignore") as source:
        pictures = _steady(_decoded(source), count=round(seconds * FPS))
        first = next(pictures, None)
        if first is None:
            raise _Unfit("no picture in it")
        height, width = first[0].shape
        with Recorder(Codec.H264, width=width, height=height, fps=FPS, quality=23) as recorder:
            for index, planes in enumerate(chain([first], pictures)):
                luma = planes[0].copy()
                strip.burn(luma, index, width=width, height=height)
                recorder.add((luma, planes[1], planes[2]))
                progress(min(1.0, (index + 1) / (seconds * FPS)))
    progress(1.0)
    return read_clip(path.stem, recorder.container)


def _decoded(source: InputContainer) -> Iterator[tuple[float, Planes]]:
    """Pictures with their time in seconds from the first, never falling; damaged packets are skipped."""
    if not source.streams.video:
        raise _Unfit("no picture in it")
    video = source.streams.video[0]
    video.codec_context.options = {"max_pixels": str(_MAX_PIXELS)}
    video.thread_type = "SLICE"  # frame threads keep many large pictures in memory
    give_up_s, at_s = time.monotonic() + _MAX_WORK_S, 0.0
    size: tuple[int, int] | None = None
    zero_s: float | None = None
    for frame in islice(_frames(source, video, give_up_s), _MAX_DECODED):
        size = size or _size(frame, video)
        own_s = at_s + 1 / FPS if frame.pts is None else frame.time
        zero_s = own_s if zero_s is None else zero_s
        at_s = min(max(at_s, own_s - zero_s), at_s + _GAP_S)
        yield at_s, _planes(frame, size)


def _frames(source: InputContainer, video: VideoStream, give_up_s: float) -> Iterator[VideoFrame]:
    for packet in source.demux(video):
        if time.monotonic() > give_up_s:
            return
        try:
            yield from packet.decode()
        except InvalidDataError:
            continue


def _steady(pictures: Iterator[tuple[float, Planes]], *, count: int) -> Iterator[Planes]:
    """At most `count` pictures, FPS a second: each instant shows the last picture at or before it."""
    shown: Planes | None = None
    given = 0
    for at_s, planes in pictures:
        while shown is not None and given < count and given / FPS < at_s - 1e-6:
            yield shown
            given += 1
        if given >= count:
            return
        shown = planes
    # The last picture, or a file of one picture: long enough to be a loop of whole seconds
    while shown is not None and (given == 0 or given % FPS):
        yield shown
        given += 1


def _size(frame: VideoFrame, video: VideoStream) -> tuple[int, int]:
    """Upright width and height to show: within the bounds, even, the shape kept (pixel shape included)."""
    if frame.width * frame.height > _MAX_PIXELS:
        raise _Unfit("picture too large")
    width, height = float(frame.width * (video.sample_aspect_ratio or 1)), float(frame.height)
    if frame.rotation % 180:
        width, height = height, width
    wanted = max(1.0, _READABLE_WIDTH / width)
    scale = min(wanted, MAX_WIDTH / width, MAX_HEIGHT / height)
    even = [max(_MIN_SIDE, round(side * scale / 2) * 2) for side in (width, height)]
    return min(even[0], MAX_WIDTH), min(even[1], MAX_HEIGHT)


def _planes(frame: VideoFrame, size: tuple[int, int]) -> Planes:
    """4:2:0 planes of `size`, limited range, turned upright."""
    if frame.width * frame.height > _MAX_PIXELS:
        raise _Unfit("picture too large")
    turns = round(frame.rotation / 90) % 4
    width, height = size if turns % 2 == 0 else size[::-1]
    plain = frame.reformat(width=width, height=height, format="yuv420p", dst_color_range="MPEG")
    # FFmpeg counts the angle counter-clockwise, as NumPy does
    luma, u, v = (np.rot90(plane, turns).copy() for plane in planes_of(plain))
    return luma, u, v
