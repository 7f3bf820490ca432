"""The peers get the same work."""

import json
import os
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crisislink.bench.peers import (
    Work,
    encoder_arguments,
    ffmpeg_arguments,
    go2rtc_config,
    in_memory,
    overlay_png,
)
from crisislink.core.cameras import MaskPolygon
from crisislink.media.encoder import BOUNDS, x264_options
from crisislink.media.frames import Rendition

MASK = MaskPolygon(((0.25, 0.5), (0.75, 0.5), (0.75, 0.9), (0.25, 0.9)))


def _work(rendition: Rendition = Rendition.FOCUS) -> Work:
    return Work(address="rtsp://u:p@127.0.0.1/1", masks=[MASK], source=(1280, 720), rendition=rendition)


@pytest.mark.parametrize("rendition", list(Rendition))
def test_ffmpeg_is_given_every_setting_of_our_encoder(rendition: Rendition) -> None:
    words = encoder_arguments(BOUNDS[rendition])
    given = dict(zip(words[::2], words[1::2], strict=True))
    for name, value in x264_options(BOUNDS[rendition]).items():
        assert given[f"-{name}"] == value
    assert given["-b:v"] == f"{BOUNDS[rendition].kbps}k"


def test_ffmpeg_makes_the_size_and_the_rate_of_the_rendition() -> None:
    small = " ".join(ffmpeg_arguments(_work(Rendition.WALL), "/dev/null"))
    assert "framestep=2,scale=640:360" in small
    same = " ".join(ffmpeg_arguments(_work(), "/dev/null"))
    assert "framestep" not in same
    assert "scale=" not in same


def test_the_image_to_blend_hides_the_masked_area_and_lets_the_rest_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "overlay.png"
    path.write_bytes(overlay_png(_work()))
    alpha = np.asarray(Image.open(path))[..., 3]
    assert alpha.shape == (720, 1280)
    assert (alpha[370:640, 330:950] == 255).all()
    outside = alpha[660:]
    assert outside.max() <= 20
    assert (outside == 0).mean() > 0.5


def test_an_image_in_memory_is_read_from_its_start_each_time_and_gone_afterwards() -> None:
    with in_memory(b"picture") as path:
        assert Path(path).read_bytes() == b"picture"
        assert Path(path).read_bytes() == b"picture"
    assert not os.path.exists(path)  # noqa: PTH110 - a link into /proc that Path would resolve


def test_go2rtc_runs_the_same_command() -> None:
    config = json.loads(go2rtc_config(_work(), "/dev/null", api_port=1984, rtsp_port=8554))
    program, _, command = config["streams"]["camera"].partition(":")
    words = shlex.split(command, posix=True)
    expected = ffmpeg_arguments(_work(), "/dev/null")
    shared = expected[: expected.index("mp4") - 1]
    assert program == "exec"
    assert words[0] == "ffmpeg"
    assert len(words[1:]) > len(shared)
    assert words[-1] == "{output}"
