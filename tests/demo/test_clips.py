"""The clips in the package are what their cards say, and what the simulated cameras need."""

from collections import Counter
from hashlib import sha256
from importlib.resources import files
from io import BytesIO

import av
import numpy as np
import pytest
from av.video.frame import PictureType
from PIL import Image, ImageDraw

from crisislink.demo import strip
from crisislink.demo.clips import CARDS, SUB, ClipCard, Codec, Light, card, load_clip
from crisislink.demo.digests import DIGESTS
from crisislink.demo.recording import Recorder, planes_of

NAMES = [n for c in CARDS for n in ([c.name, c.name + SUB] if c.sub else [c.name])]


def content(name: str) -> bytes:
    return (files("crisislink.demo") / "clips" / f"{name}.mov").read_bytes()


def test_there_are_enough_scenes_of_every_kind() -> None:
    assert len(CARDS) >= 14
    codecs = Counter(c.codec for c in CARDS)
    assert codecs[Codec.H264] >= 8
    assert codecs[Codec.H265] >= 2
    assert codecs[Codec.MJPEG] >= 2
    assert {c.light for c in CARDS} == set(Light)
    assert sum(c.audio for c in CARDS) == 1
    assert all(1 <= len(c.masks) <= 3 for c in CARDS)


def test_the_package_holds_exactly_the_rendered_clips() -> None:
    there = {p.name for p in (files("crisislink.demo") / "clips").iterdir()}
    assert there == {f"{n}.mov" for n in NAMES}
    assert set(DIGESTS) == set(NAMES)
    assert {n: sha256(content(n)).hexdigest() for n in NAMES} == DIGESTS
    assert sum(len(content(n)) for n in NAMES) <= 12_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_clip_is_small_has_a_second_s_gop_and_no_b_frames(name: str) -> None:
    clip, shown = load_clip(name), card(name.removesuffix(SUB))
    assert len(content(name)) <= 1_000_000
    if name == shown.name:
        assert (clip.codec, clip.width, clip.height) == (shown.codec, shown.width, shown.height)
        assert shown.sha256 == DIGESTS[name]
    assert clip.fps == shown.fps
    assert 8 <= len(clip.frames) / clip.fps <= 12
    keys = [i for i, f in enumerate(clip.frames) if f.key]
    assert keys == list(range(0, len(clip.frames), clip.fps if clip.codec is not Codec.MJPEG else 1))
    assert bool(clip.audio) == (shown.audio and name == shown.name)
    if clip.audio:
        assert len(clip.audio) == 8_000 * len(clip.frames) // clip.fps


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_moves_and_carries_its_number_even_after_a_small_re_encoding(name: str) -> None:
    before, moved, indexes = None, 0, []
    again = Recorder(Codec.H264, width=640, height=360, fps=25, quality=28, preset="superfast")
    with again, av.open(BytesIO(content(name)), "r") as opened:
        for frame in opened.decode(opened.streams.video[0]):
            assert frame.pict_type != PictureType.B
            full, _, _ = planes_of(frame.reformat(format="yuv420p"))
            indexes.append(strip.read(full, width=frame.width, height=frame.height))
            small = planes_of(frame.reformat(width=640, height=360, format="yuv420p"))
            luma = small[0]
            again.add(small)
            moved += before is not None and int(np.abs(luma[40:340].astype(int) - before).max()) > 40
            before = luma[40:340].astype(int)
    assert indexes == list(range(len(load_clip(name).frames)))
    assert moved >= len(indexes) * 0.9
    with av.open(BytesIO(again.container), "r") as opened:
        lumas = [planes_of(f)[0] for f in opened.decode(video=0)]
    assert [strip.read(y, width=640, height=360) for y in lumas] == indexes


@pytest.mark.parametrize("shown", CARDS, ids=lambda c: c.name)
def test_masks_leave_the_street_visible(shown: ClipCard) -> None:
    picture = Image.new("L", (320, 180))
    for mask in shown.masks:
        ImageDraw.Draw(picture).polygon([(x * 320, y * 180) for x, y in mask.points], fill=255)
    covered = np.asarray(picture) > 0
    assert 0.02 < covered.mean() < 0.45
    assert covered[int(0.62 * 180) :].mean() == 0


def test_a_damaged_clip_is_not_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DIGESTS, "gare", "0" * 64)
    load_clip.cache_clear()
    with pytest.raises(ValueError, match="gare"):
        load_clip("gare")


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (640, 360), (722, 406), (320, 568)])
def test_the_strip_reads_back_at_any_size(width: int, height: int) -> None:
    rng = np.random.default_rng(1)
    for index in (0, 1, 255, 43_690, 65_535):
        luma = rng.integers(16, 235, (height, width), dtype=np.uint8)
        strip.burn(luma, index, width=width, height=height)
        assert strip.read(luma, width=width, height=height) == index


def test_a_picture_without_a_strip_reads_as_none() -> None:
    assert strip.read(np.full((360, 640), 16, np.uint8), width=640, height=360) is None
    assert strip.read(np.full((360, 640), 128, np.uint8), width=640, height=360) is None
    assert strip.read(np.zeros((4, 4), np.uint8), width=4, height=4) is None
    wrong = np.full((360, 640), 16, np.uint8)
    strip.burn(wrong, 5, width=640, height=360)
    wrong[350:, 17 * 8 : 18 * 8] ^= 0xFF  # one bit turned: the parity tells
    assert strip.read(wrong, width=640, height=360) is None


def test_the_strip_does_not_take_what_it_cannot_hold() -> None:
    with pytest.raises(ValueError, match="16 bits"):
        strip.burn(np.zeros((360, 640), np.uint8), 65_536, width=640, height=360)
