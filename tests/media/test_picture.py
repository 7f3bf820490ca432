"""What leaves the studio is masked to the pixel, limited in range, paced; black when masks fit no longer."""

from itertools import pairwise

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from crisislink.media.frames import Rendition
from crisislink.media.overlay import BLACK_YUV, MASK_YUV, Marker
from crisislink.media.picture import Studio, planes

_BOX = ((0.25, 0.4), (0.75, 0.4), (0.75, 0.9), (0.25, 0.9))


def _noise(width: int, height: int, pixels: str = "yuv420p", seed: int = 1) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, pixels)
    random = np.random.default_rng(seed)
    for plane in frame.planes:
        samples = np.frombuffer(memoryview(plane), np.uint8)
        samples[:] = random.integers(0, 256, samples.size, np.uint8)
    return frame


def _masked(studio: Studio, frame: av.VideoFrame, rendition: Rendition) -> av.VideoFrame:
    studio.see(frame)
    return studio.masked(frame, rendition)


def _all_masked(frame: av.VideoFrame) -> bool:
    inside = []
    for plane, value in zip(planes(frame), MASK_YUV, strict=True):
        height, width = plane.shape
        box = plane[int(height * 0.4) : int(height * 0.9), int(width * 0.25) : int(width * 0.75)]
        assert box.size > 100
        inside.append(bool(np.all(box == value)))
    return all(inside)


def _black(frame: av.VideoFrame) -> bool:
    return all(bool(np.all(p == v)) for p, v in zip(planes(frame), BLACK_YUV, strict=True))


@pytest.mark.parametrize("rendition", list(Rendition))
@pytest.mark.parametrize(
    ("width", "height", "pixels"),
    [
        (1920, 1080, "yuv420p"),
        (1280, 720, "yuv420p"),
        (640, 360, "yuv420p"),
        (321, 241, "yuv420p"),
        (640, 480, "yuvj422p"),
        (704, 576, "yuvj420p"),
        (1280, 720, "yuv420p10le"),
    ],
)
def test_before_the_encoder_every_masked_sample_is_the_mask_colour(
    width: int, height: int, pixels: str, rendition: Rendition
) -> None:
    made = _masked(Studio([_BOX]), _noise(width, height, pixels), rendition)
    assert made.format.name == "yuv420p"
    assert _all_masked(made)
    assert not _black(made)


@pytest.mark.parametrize("pixels", ["yuvj420p", "yuvj422p", "yuv420p"])
def test_a_full_range_picture_becomes_limited(pixels: str) -> None:
    frame = _noise(640, 360, pixels)
    frame.color_range = ColorRange.JPEG
    np.frombuffer(memoryview(frame.planes[0]), np.uint8)[:] = 255
    luma = planes(_masked(Studio([]), frame, Rendition.WALL))[0]
    assert int(luma.min()) == int(luma.max()) == 235


def test_a_new_size_of_the_same_shape_is_masked_at_once() -> None:
    studio = Studio([_BOX])
    for width, height in [(1280, 720), (1920, 1080), (640, 360), (1280, 720)]:
        made = _masked(studio, _noise(width, height), Rendition.FOCUS)
        assert not studio.black
        assert _all_masked(made)
        assert not _black(made)


def test_another_shape_is_black_until_the_first_one_is_back() -> None:
    studio = Studio([_BOX])
    assert not _black(_masked(studio, _noise(1280, 720), Rendition.WALL))
    for rendition in Rendition:
        assert _black(_masked(studio, _noise(640, 480), rendition))
        assert studio.black
    assert not _black(_masked(studio, _noise(640, 360), Rendition.WALL))
    assert not studio.black


def test_what_one_grant_reads_is_never_in_anothers_picture() -> None:
    source = _noise(1280, 720)
    source.color_range = ColorRange.MPEG  # as most cameras: nothing to convert, the frame itself would do
    before = [p.copy() for p in planes(source)]
    alone = [p.copy() for p in planes(_masked(Studio([_BOX]), source, Rendition.WALL))]
    studio = Studio([_BOX])
    focus = _masked(studio, source, Rendition.FOCUS)
    Marker("SAMU 31 · 7K2QX", exercise=True, width=1280, height=720).draw(planes(focus), 0)
    assert all(np.array_equal(a, b) for a, b in zip(planes(source), before, strict=True))
    wall = planes(studio.masked(source, Rendition.WALL))
    assert all(np.array_equal(a, b) for a, b in zip(wall, alone, strict=True))


@pytest.mark.parametrize(
    ("source_fps", "rendition", "fps"),
    [
        (30, Rendition.FOCUS, 25),
        (50, Rendition.FOCUS, 25),
        (25, Rendition.FOCUS, 25),
        (10, Rendition.FOCUS, 10),
        (30, Rendition.WALL, 12.5),
        (25, Rendition.WALL, 12.5),
        (15, Rendition.WALL, 12.5),
        (5, Rendition.WALL, 5),
    ],
)
def test_a_rendition_keeps_its_pace(source_fps: int, rendition: Rendition, fps: float) -> None:
    studio = Studio([])
    studio.see(_noise(64, 36))
    jitter = np.random.default_rng(7).uniform(-0.004, 0.004, 20 * source_fps)
    taken = [
        at
        for n, late in enumerate(jitter)
        if studio.due(rendition, at := 1000 + n / source_fps + float(late))
    ]
    assert len(taken) / 20 == pytest.approx(fps, rel=0.03)
    assert max(b - a for a, b in pairwise(taken)) < 2.1 / min(fps, source_fps)


def test_after_a_pause_the_pace_does_not_catch_up() -> None:
    studio = Studio([])
    studio.see(_noise(64, 36))
    assert studio.due(Rendition.WALL, 1000.0)
    burst = [1060 + n * 0.001 for n in range(60)]
    assert sum(studio.due(Rendition.WALL, at) for at in burst) <= 2
