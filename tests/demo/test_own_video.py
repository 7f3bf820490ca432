"""A person's own files: whatever decodes becomes footage, whatever does not is one clear refusal."""

from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from crisislink.core.errors import Invalid
from crisislink.demo import strip
from crisislink.demo.clips import load_video
from crisislink.demo.footage import Clip, Codec
from crisislink.demo.recording import planes_of


def write(
    path: Path,
    *,
    codec: str = "libx264",
    size: tuple[int, int] = (320, 180),
    pix: str = "yuv420p",
    times_ms: list[int] | None = None,
    options: dict[str, str] | None = None,
    sound: bool = False,
    bright_left: bool = False,
) -> Path:
    """A file whose pictures get brighter, or whose left half is bright; one each `times_ms` (default: 1 s
    at 25 fps).
    """
    times = times_ms if times_ms is not None else list(range(0, 1_000, 40))
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, pix
        stream.codec_context.time_base = Fraction(1, 1_000)
        heard = out.add_stream("aac", rate=48_000) if sound else None
        for i, at in enumerate(times):
            grey = np.full((size[1], size[0], 3), 40 + 150 * i // len(times), np.uint8)
            if bright_left:
                grey[:], grey[:, : size[0] // 2] = 40, 220
            frame = VideoFrame.from_ndarray(grey, format="rgb24").reformat(format=pix)
            frame.pts, frame.time_base = at, Fraction(1, 1_000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if heard is not None:
            noise = AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), format="fltp", layout="mono")
            noise.sample_rate, noise.pts = 48_000, 0
            out.mux([*heard.encode(noise), *heard.encode(None)])
    return path


def check(clip: Clip) -> list[NDArray[np.uint8]]:
    """What every own clip must be; gives its luma planes."""
    assert clip.codec is Codec.H264
    assert (clip.fps, clip.audio) == (25, b"")
    assert clip.width <= 1280
    assert clip.height <= 720
    assert clip.width % 2 == clip.height % 2 == 0
    assert [f.key for f in clip.frames] == [i % 25 == 0 for i in range(len(clip.frames))]
    planes = []
    with av.open(BytesIO(clip.container), "r") as opened:
        assert not opened.streams.audio
        assert not opened.streams.video[0].codec_context.has_b_frames
        for i, frame in enumerate(opened.decode(video=0)):
            luma, _, _ = planes_of(frame)
            assert strip.read(luma, width=frame.width, height=frame.height) == i
            planes.append(luma)
    assert len(planes) == len(clip.frames)
    return planes


CASES: dict[str, Callable[[Path], Path]] = {
    "plain": lambda d: write(d / "a.mp4"),
    "with sound": lambda d: write(d / "a.mp4", sound=True),
    "b-frames": lambda d: write(d / "a.mkv", options={"bf": "3"}),
    "ten bits": lambda d: write(
        d / "a.mkv", codec="libx265", pix="yuv420p10le", options={"x265-params": "log-level=none"}
    ),
    "4:4:4": lambda d: write(d / "a.mkv", pix="yuv444p"),
    "odd size": lambda d: write(d / "a.mkv", codec="ffv1", size=(321, 187), pix="yuv444p"),
    "tall": lambda d: write(d / "a.mp4", size=(360, 1080)),
    "huge": lambda d: write(
        d / "a.mp4", size=(3840, 2160), times_ms=[0, 40, 80], options={"preset": "ultrafast"}
    ),
    "tiny": lambda d: write(d / "a.avi", codec="mpeg4", size=(16, 16)),
    "mjpeg": lambda d: write(d / "a.avi", codec="mjpeg", pix="yuvj420p"),
    "one picture": lambda d: write(d / "a.mp4", times_ms=[0]),
    "uneven times": lambda d: write(d / "a.mkv", times_ms=[0, 33, 200, 210, 900, 1_000]),
    "transport stream": lambda d: write(d / "a.ts"),
}


@pytest.mark.parametrize("case", CASES)
def test_any_ordinary_file_becomes_a_camera(tmp_path: Path, case: str) -> None:
    told: list[float] = []
    check(load_video(CASES[case](tmp_path), progress=told.append))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_shape_is_kept_within_the_bounds(tmp_path: Path) -> None:
    clip = load_video(write(tmp_path / "a.mp4", size=(1920, 800), times_ms=[0]))
    assert (clip.width, clip.height) == (1280, 534)
    assert load_video(write(tmp_path / "b.mp4", size=(360, 1080), times_ms=[0])).height == 720


def test_uneven_times_are_shown_at_their_time(tmp_path: Path) -> None:
    planes = check(load_video(write(tmp_path / "a.mkv", times_ms=[0, 400, 960], codec="ffv1")))
    levels = [int(p[20, 40]) for p in planes]
    assert levels[0] == levels[9] < levels[10] == levels[23] < levels[24]


def test_only_the_asked_seconds_are_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", times_ms=list(range(0, 4_000, 40)))
    assert len(load_video(path, seconds=2).frames) == 50


def test_a_picture_file_is_a_second_of_video(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg"):
        Image.new("RGB", (641, 361), (200, 120, 90)).save(tmp_path / name)
        assert len(check(load_video(tmp_path / name))) == 25


def test_a_rotated_film_stands_upright(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", size=(640, 360), bright_left=True)
    data = bytearray(path.read_bytes())
    # the track header's matrix (ISO/IEC 14496-12 §8.3.2): a quarter turn clockwise instead of none
    at = data.index(b"tkhd") + 4 + 40
    one, zero = (1 << 16).to_bytes(4), bytes(4)
    assert data[at : at + 4] == one
    data[at : at + 20] = zero + one + zero + (-(1 << 16)).to_bytes(4, signed=True) + zero
    path.write_bytes(data)
    clip = load_video(path)
    assert (clip.width, clip.height) == (360, 640)
    first = check(clip)[0]
    assert first[40, 180] > 150
    assert first[560, 180] < 100


def hostile(folder: Path) -> dict[str, Path]:
    """Files that are none."""
    good = write(folder / "good.mp4").read_bytes()
    files = {
        "empty.mp4": b"",
        "text.mp4": b"not a film\n" * 500,
        "cut.mp4": good[: len(good) // 2],
        "zeros.mkv": bytes(100_000),
        "list.m3u8": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ngood.mp4\n#EXT-X-ENDLIST\n",
        "concat.txt": b"ffconcat version 1.0\nfile good.mp4\n",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    paths = {name: folder / name for name in files}
    with av.open(str(folder / "sound.mp4"), "w") as out:
        heard = out.add_stream("aac", rate=48_000)
        noise = AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), format="fltp", layout="mono")
        noise.sample_rate, noise.pts = 48_000, 0
        out.mux([*heard.encode(noise), *heard.encode(None)])
    Image.new("1", (9_000, 9_000)).save(folder / "vast.png")
    return paths | {n: folder / n for n in ("sound.mp4", "vast.png", "absent.mp4", ".")}


def test_hostile_files_are_refused_by_name(tmp_path: Path) -> None:
    for name, path in hostile(tmp_path).items():
        with pytest.raises(Invalid) as refused:
            load_video(path)
        assert refused.value.facts["file"] == path.name, name
        assert str(tmp_path) not in str(refused.value.facts)


def test_damage_in_the_middle_is_skipped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ts", times_ms=list(range(0, 2_000, 40)))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2_000] = bytes(range(250)) * 8
    path.write_bytes(data)
    check(load_video(path))
