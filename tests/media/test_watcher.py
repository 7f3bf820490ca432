"""What a decoded picture looks like is said: how fast, black, frozen, damaged."""

import av
import numpy as np
import pytest

from crisislink.media.picture import planes
from crisislink.media.watcher import PATIENCE_MAX_S, Watcher


def _noise(seed: int) -> av.VideoFrame:
    made = av.VideoFrame(320, 180, "yuv420p")
    random = np.random.default_rng(seed)
    for plane in planes(made):
        plane[:] = random.integers(60, 200, plane.shape, dtype=np.uint8)
    return made


def test_it_measures_the_source_and_names_what_is_wrong() -> None:
    watcher = Watcher()
    assert watcher.fps is None
    for n in range(100):
        watcher.look(_noise(n), 50 + n / 20, damaged=False)
    assert watcher.fps == 20
    assert watcher.suspect(55) is None
    for n in range(220):
        watcher.look(_noise(99), 55 + n / 20, damaged=False)
    assert watcher.suspect(64.5) is None
    assert watcher.suspect(66) == "frozen"
    dark = av.VideoFrame(320, 180, "yuv420p")
    planes(dark)[0][:] = 17
    watcher.look(dark, 66.3, damaged=True)
    assert watcher.suspect(68.4) == "black"


def test_a_damaged_picture_is_said_for_a_second() -> None:
    watcher = Watcher()
    for n in range(60):
        watcher.look(_noise(n), n / 25, damaged=n == 30)
    assert watcher.suspect(30 / 25 + 0.9) == "damaged"
    assert watcher.suspect(30 / 25 + 1.0) is None


@pytest.mark.parametrize(("fps", "patience_s"), [(25, 0.9), (5, 0.9), (1, 2.5), (0.5, 5.0)])
def test_a_slow_camera_is_given_two_and_a_half_of_its_pictures(fps: float, patience_s: float) -> None:
    watcher = Watcher()
    assert watcher.patience_s == 0.9
    for n in range(20):
        watcher.look(_noise(n), n / fps, damaged=False)
    assert watcher.patience_s == pytest.approx(patience_s)


def test_one_long_pause_makes_it_no_more_patient() -> None:
    watcher = Watcher()
    for n in range(100):
        watcher.look(_noise(n), n / 25, damaged=False)
    watcher.look(_noise(1), 304.0, damaged=False)
    assert watcher.patience_s == 0.9
    watcher.begin_anew()
    assert watcher.patience_s == 0.9
    watcher.look(_noise(1), 400.0, damaged=False)
    watcher.look(_noise(2), 460.0, damaged=False)
    assert watcher.patience_s == PATIENCE_MAX_S


def test_a_clock_that_the_camera_burns_in_does_not_make_a_picture_move() -> None:
    watcher, still = Watcher(), _noise(1)
    still = av.VideoFrame(1280, 720, "yuv420p")
    for plane in planes(still):
        plane[:] = np.random.default_rng(1).integers(60, 200, plane.shape, dtype=np.uint8)
    for n in range(12 * 25):
        planes(still)[0][16:48, 1100:1132] = 16 if n // 25 % 2 else 235  # a digit changes each second
        watcher.look(still, n / 25, damaged=False)
    assert watcher.suspect(12.0) == "frozen"
