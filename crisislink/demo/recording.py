"""Encoding pictures into footage that a simulated camera can play: one key frame a second, no B-frames.

Used by the scenes renderer, by `demo.ownvideo` and for black pictures. All in memory.
"""

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO
from typing import Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from crisislink.demo.footage import Codec

_COLOUR = "colorprim=bt709:transfer=bt709:colormatrix=bt709"

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
_ENCODERS = {Codec.H264: "libx264", Codec.H265: "libx265", Codec.MJPEG: "mjpeg"}


def _options(codec: Codec, fps: int, quality: float, preset: str) -> dict[str, str]:
    """`quality` is the CRF, for MJPEG the quantiser (2 best … 31)."""
    gop = f"keyint={fps}:min-keyint={fps}:scenecut=0:bframes=0:open-gop=0"
    match codec:
        case Codec.H264:
            params = f"{gop}:{_COLOUR}:threads=1:sliced-threads=0:rc-lookahead={fps}"
            return {"preset": preset, "profile": "main", "crf": str(quality), "x264-params": params}
        case Codec.H265:
            params = f"{gop}:{_COLOUR}:pools=none:frame-threads=1:log-level=error:info=0"
            return {"preset": preset, "crf": str(quality), "x265-params": params}
        case Codec.MJPEG:
            # RFC 2435 has no field for Huffman tables: they must be the standard ones
            return {"qmin": str(int(quality)), "qmax": str(int(quality)), "huffman": "default"}


def planes_of(frame: VideoFrame) -> Planes:
    """The planes of a yuv420p frame of even size; luma h x w, chroma h/2 x w/2."""
    packed = np.asarray(frame.to_ndarray(), np.uint8).ravel()
    luma, chroma = frame.width * frame.height, frame.width * frame.height // 4
    half = (frame.height // 2, frame.width // 2)
    return (
        packed[:luma].reshape(frame.height, frame.width),
        packed[luma : luma + chroma].reshape(half),
        packed[luma + chroma :].reshape(half),
    )


class Recorder:
    """Takes 4:2:0 planes (luma h x w, chroma h/2 x w/2, even sizes), gives a QuickTime file in `container`.

    MJPEG planes are full range (JFIF), the others limited range BT.709.
    """

    def __init__(
        self, codec: Codec, *, width: int, height: int, fps: int, quality: float, preset: str = "veryfast"
    ) -> None:
        self.container = b""
        self._file = BytesIO()
        self._out = av.open(self._file, "w", format="mov")
        stream = self._out.add_stream(
            _ENCODERS[codec], rate=fps, options=_options(codec, fps, quality, preset)
        )
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuvj420p" if codec is Codec.MJPEG else "yuv420p"
        stream.codec_context.thread_count = 1
        self._video, self._format, self._count, self._fps = stream, stream.pix_fmt, 0, fps

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if failed is None:
            self._out.mux(self._video.encode(None))
        self._out.close()
        self.container = self._file.getvalue()

    def add(self, planes: Planes) -> None:
        """One picture."""
        height, width = planes[0].shape
        packed = np.concatenate([p.ravel() for p in planes]).reshape(height * 3 // 2, width)
        frame = VideoFrame.from_ndarray(packed, format=self._format)
        frame.pts, frame.time_base = self._count, Fraction(1, self._fps)
        self._count += 1
        self._out.mux(self._video.encode(frame))


def with_sound(container: bytes, samples: Sequence[int], *, hz: int = 8_000) -> bytes:
    """The same QuickTime file with a G.711 A-law track of 16-bit `samples`."""
    file = BytesIO()
    with av.open(BytesIO(container), "r", format="mov") as source, av.open(file, "w", format="mov") as out:
        video = out.add_stream_from_template(source.streams.video[0])
        audio = out.add_stream("pcm_alaw", rate=hz)
        audio.layout = "mono"
        frame = AudioFrame.from_ndarray(np.asarray([samples], np.int16), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = hz, 0, Fraction(1, hz)
        sound = [*audio.encode(frame), *audio.encode(None)]
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = video
                out.mux(packet)
        out.mux(sound)
    return file.getvalue()
