"""What leaves the studio is masked to the pixel, limited in range, paced; black when masks fit no longer."""

from itertools import pairwise

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from crisislink.media.coverage import Polygons
from crisislink.media.frames import Rendition
from crisislink.media.masks import BLACK_YUV, MASK_YUV
from crisislink.media.picture import Studio, planes
from crisislink.media.watermark import Marker

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
    return studio.masked(frame, rendition, 0.0)


def _studio(polygons: Polygons) -> Studio:
    return Studio(polygons, [(1920, 1080), (1280, 720), (640, 360), (704, 576), (321, 241), (64, 36)])


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
        (704, 576, "yuvj422p"),
        (704, 576, "yuvj420p"),
        (1280, 720, "yuv420p10le"),
    ],
)
def test_before_the_encoder_every_masked_sample_is_the_mask_colour(
    width: int, height: int, pixels: str, rendition: Rendition
) -> None:
    made = _masked(_studio([_BOX]), _noise(width, height, pixels), rendition)
    assert made.format.name == "yuv420p"
    assert _all_masked(made)
    assert not _black(made)


@pytest.mark.parametrize("pixels", ["yuvj420p", "yuvj422p", "yuv420p"])
def test_a_full_range_picture_becomes_limited(pixels: str) -> None:
    frame = _noise(640, 360, pixels)
    frame.color_range = ColorRange.JPEG
    for plane, value in zip(frame.planes, (255, 128, 128), strict=True):
        np.frombuffer(memoryview(plane), np.uint8)[:] = value
    luma = planes(_masked(_studio([]), frame, Rendition.WALL))[0]
    assert int(luma.min()) == int(luma.max()) == 235


@pytest.mark.parametrize("said", [5, 6, 1, 2], ids=["601", "170M", "709", "unsaid"])
@pytest.mark.parametrize("size", [(640, 360), (1280, 720)], ids=str)
def test_colours_arrive_in_bt_709_whatever_the_camera_codes_in(said: int, size: tuple[int, int]) -> None:
    red, green, blue = 200 / 255, 30 / 255, 40 / 255
    old = said in {5, 6} or (said == 2 and size[1] < 720)
    kr, kb = (0.299, 0.114) if old else (0.2126, 0.0722)

    def coded(kr: float, kb: float) -> tuple[float, float, float]:
        y = kr * red + (1 - kr - kb) * green + kb * blue
        u, v = (blue - y) / (2 * (1 - kb)), (red - y) / (2 * (1 - kr))
        return 16 + 219 * y, 128 + 224 * u, 128 + 224 * v

    frame = av.VideoFrame(*size, "yuv420p")
    frame.colorspace, frame.color_range = said, ColorRange.MPEG
    for plane, value in zip(planes(frame), coded(kr, kb), strict=True):
        plane[:] = round(value)
    made = planes(_masked(_studio([]), frame, Rendition.WALL))
    for plane, value in zip(made, coded(0.2126, 0.0722), strict=True):
        assert abs(int(plane[50, 50]) - value) < 2.5


def test_a_size_the_masks_were_validated_on_is_masked_at_once() -> None:
    studio = _studio([_BOX])
    for width, height in [(1280, 720), (1920, 1080), (640, 360), (1280, 720)]:
        made = _masked(studio, _noise(width, height), Rendition.FOCUS)
        assert not studio.black
        assert _all_masked(made)
        assert not _black(made)


@pytest.mark.parametrize("size", [(640, 480), (1282, 720), (1280, 718), (1024, 576), (3840, 2160)])
def test_any_other_size_is_black_even_of_the_same_shape(size: tuple[int, int]) -> None:
    studio = _studio([_BOX])
    assert not _black(_masked(studio, _noise(1280, 720), Rendition.WALL))
    for rendition in Rendition:
        assert _black(_masked(studio, _noise(*size), rendition))
        assert studio.black
    assert not _black(_masked(studio, _noise(640, 360), Rendition.WALL))
    assert not studio.black


def test_masks_nobody_validated_on_any_picture_show_nothing_from_the_first_frame_on() -> None:
    assert _black(_masked(Studio([_BOX], []), _noise(1280, 720), Rendition.FOCUS))


def test_what_one_grant_reads_is_never_in_anothers_picture() -> None:
    source = _noise(1280, 720)
    source.color_range = ColorRange.MPEG  # as most cameras: nothing to convert, the frame itself would do
    before = [p.copy() for p in planes(source)]
    alone = [p.copy() for p in planes(_masked(_studio([_BOX]), source, Rendition.WALL))]
    studio = _studio([_BOX])
    focus = _masked(studio, source, Rendition.FOCUS)
    Marker("SAMU 31 · 7K2QX", "7K2QX", exercise=True, width=1280, height=720).draw(planes(focus), 0)
    assert all(np.array_equal(a, b) for a, b in zip(planes(source), before, strict=True))
    wall = planes(studio.masked(source, Rendition.WALL, 0.0))
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
    studio = _studio([])
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
    studio = _studio([])
    studio.see(_noise(64, 36))
    assert studio.due(Rendition.WALL, 1000.0)
    burst = [1060 + n * 0.001 for n in range(60)]
    assert sum(studio.due(Rendition.WALL, at) for at in burst) <= 2


def test_sizes_that_nobody_validated_cost_no_masks() -> None:
    studio = _studio([_BOX])
    for width in range(100, 180, 2):
        made = _masked(studio, _noise(width, 90), Rendition.WALL)
        assert [int(plane.max()) for plane in planes(made)] == list(BLACK_YUV)
    assert not studio._masks
