"""The watermark is read at every size, survives the encoder and the scissors, and says the second."""

import base64
import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import islice

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crisislink.check.picture import TILE_SCORE, fine, tile_score
from crisislink.demo.clips import card
from crisislink.media.encoder import Encoder, fit
from crisislink.media.frames import Rendition
from crisislink.media.masks import Plane, Planes
from crisislink.media.picture import Studio, planes
from crisislink.media.watermark import TILE_STEP, Marker, moment, text_rows, tile

_GREY = 201


def _planes(width: int, height: int, grey: int = _GREY) -> Planes:
    half = (height // 2, width // 2)
    return (
        np.full((height, width), grey, np.uint8),
        np.full(half, grey, np.uint8),
        np.full(half, grey, np.uint8),
    )


def _marked(line: str, at_us: int, *, exercise: bool = False) -> Planes:
    made = _planes(640, 360)
    Marker(line, "7K2QX", exercise=exercise, width=640, height=360).draw(made, at_us)
    return made


def _ink(luma: NDArray[np.uint8], top: int) -> int:
    return int(np.count_nonzero(luma[top : top + 16] > 150))


def test_the_text_at_wall_size_has_ink_in_both_lines_and_light_on_dark() -> None:
    luma, u, _ = _marked("SAMU 31 · 7K2QX · 014 Allées François-Verdier", 1_700_000_000_000_000)
    for top in (0, 16):
        band = luma[top : top + 16]
        assert _ink(luma, top) > 300
        assert int(band.max()) >= 220
        assert int(np.median(band)) == 24
    assert np.all(u[:16] == 128)
    assert np.all((luma[32:] == _GREY) | (luma[32:] == _GREY - TILE_STEP))


def test_accents_are_drawn() -> None:
    plain, accented = (_marked(word, 0)[0] for word in ("Allees cote ca", "Allées côté ça"))
    missing = _marked("All\ue000es c\ue000t\ue000 \ue000a", 0)[0]
    assert _ink(accented, 0) > _ink(plain, 0)
    assert not np.array_equal(accented[:16], missing[:16])


def test_a_long_line_is_made_smaller_until_it_fits() -> None:
    luma = _marked("M" * 70, 0)[0]
    assert np.all(luma[:16, -3:] == 24), "the last letter is cut at the border"


def test_an_exercise_says_so_in_a_third_band_of_its_own_colour() -> None:
    luma, _, v = _marked("SAMU 31", 0, exercise=True)
    assert np.all(v[16:24] == 175)
    assert int(np.median(luma[32:48])) == 150
    assert np.count_nonzero(luma[32:48] < 40) > 300, "dark letters, readable on the band"
    assert not np.any(_marked("SAMU 31", 0)[2][16:24] == 175)


def test_the_time_changes_with_the_second_and_not_within_it() -> None:
    marker = Marker("SAMU 31", "7K2QX", exercise=False, width=640, height=360)
    seen = []
    for at_us in (10_000_000, 10_999_999, 11_000_000):
        made = _planes(640, 360)
        marker.draw(made, at_us)
        seen.append(made[0])
    assert np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[1][16:32], seen[2][16:32])
    assert np.array_equal(seen[1][:16], seen[2][:16])


@pytest.mark.parametrize(
    ("utc", "says"),
    [
        (datetime(2026, 7, 14, 22, 30, 5, tzinfo=UTC), "2026-07-14 22:30:05 UTC · 00:30:05 Paris (+02:00)"),
        (datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), "2026-10-25 00:59:59 UTC · 02:59:59 Paris (+02:00)"),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "2026-10-25 01:00:00 UTC · 02:00:00 Paris (+01:00)"),
    ],
)
def test_the_moment_is_utc_and_paris_with_its_offset(utc: datetime, says: str) -> None:
    assert moment(int(utc.timestamp())) == says


# -- the tile ----------------------------------------------------------------------------------------

_SIZES = [(1280, 720), (960, 540), (640, 360), (320, 180), (352, 288)]


def _word(reference: str, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The letters of one reference alone, as the tile draws them."""
    lonely = tile(reference, 0, *size)
    rows, columns = np.nonzero(lonely)
    line = lonely[rows.min() : rows.min() + max(9, size[1] // 32) + 2]
    first = np.flatnonzero(line.any(axis=0))
    gaps = np.flatnonzero(np.diff(first) > max(4, max(9, size[1] // 32) // 2))
    end = first[gaps[0]] if gaps.size else first[-1]
    del columns
    word = line[:, first[0] : end + 1]
    inked = np.flatnonzero(word.any(axis=1))
    return np.asarray(word[inked[0] : inked[-1] + 1])


@pytest.mark.parametrize("size", _SIZES, ids=str)
@given(st.floats(0, 0.75), st.floats(0, 0.75))
@settings(max_examples=25, deadline=None)
def test_every_quarter_holds_a_whole_word(size: tuple[int, int], left: float, top: float) -> None:
    width, height = size
    letters, word = tile("7K2QX", 0, width, height), _word("7K2QX", size)
    y, x = int(top * height), int(left * width)
    crop = letters[y : y + height // 4, x : x + width // 4]
    high, wide = word.shape
    assert any(
        np.array_equal(crop[r : r + high, c : c + wide], word)
        for r in range(crop.shape[0] - high + 1)
        for c in range(crop.shape[1] - wide + 1)
    )


@pytest.mark.parametrize("size", _SIZES, ids=str)
def test_the_tile_is_faint_and_small(size: tuple[int, int]) -> None:
    for grey in (0, 16, 60, 126, 200, 235, 255):
        plain, marked = _planes(*size, grey), _planes(*size, grey)
        Marker("SAMU 31", "7K2QX", exercise=False, width=size[0], height=size[1]).draw(marked, 0)
        below = text_rows(size[1])[-1][1]
        off = np.abs(marked[0][below:].astype(int) - plain[0][below:])
        assert set(np.unique(off)) == {0, TILE_STEP}
        assert (off > 0).mean() < 0.10
        assert np.array_equal(marked[1][below:], plain[1][below:])


@pytest.mark.parametrize("rendition", list(Rendition))
@pytest.mark.parametrize("level", [45, 130, 205], ids=["night", "grey", "day"])
def test_the_tile_survives_the_encoder(rendition: Rendition, level: int) -> None:
    """Averaged over two seconds of noise, the decoded picture correlates with its own tile and no other."""
    width, height = fit(1280, 720, rendition)
    marker = Marker("SAMU 31", "7K2QX", exercise=False, width=width, height=height)
    encoder = Encoder(rendition, width, height)
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = encoder._codec.extradata
    random, total, count = np.random.default_rng(31), np.zeros((height, width)), 0
    for n in range(24):
        frame = av.VideoFrame(width, height, "yuv420p")
        luma, u, v = planes(frame)
        luma[:] = np.clip(level + random.normal(0, 6, luma.shape), 16, 235).astype(np.uint8)
        u[:], v[:] = 120, 132
        marker.draw(planes(frame), 60_000_000)
        unit = encoder.encode(frame, n * 7_200)
        assert unit is not None
        prefixed = unit[0]
        annexb, at = b"", 0
        while at < len(prefixed):
            size = int.from_bytes(prefixed[at : at + 4])
            annexb += b"\0\0\0\1" + prefixed[at + 4 : at + 4 + size]
            at += 4 + size
        for shown in decoder.decode(av.Packet(annexb)):
            total += planes(shown)[0]
            count += 1
    below = text_rows(height)[-1][1]
    seen = (total / count - np.median(total / count))[below:] * (1 if level < 126 else -1)
    fits = {
        reference: float(np.corrcoef(seen.ravel(), tile(reference, 1, width, height)[below:].ravel())[0, 1])
        for reference in ("M9ZP4", "7K2QX", "7K2OX", "AAAAA", "2QX7K", "ZZ000")
    }
    assert max(fits, key=lambda reference: fits[reference]) == "7K2QX"
    assert fits["7K2QX"] > 0.2


@cache
def _street(clip: str, rendition: Rendition, reference: str | None) -> Plane:
    """The luma of the eighth picture of a demonstration camera, encoded and decoded; marked at minute 1 of
    1970 for the grant `reference`, if any.
    """
    width, height = fit(card(clip).width, card(clip).height, rendition)
    studio, encoder = Studio([], card(clip).sizes), Encoder(rendition, width, height)
    marker = Marker("SAMU 31", reference or "", exercise=False, width=width, height=height)
    viewer = av.CodecContext.create("h264", "r")
    assert isinstance(viewer, av.VideoCodecContext)
    viewer.extradata = base64.b64decode(json.loads(encoder.config(camera="c", grant="g"))["avcc"])
    with av.open(BytesIO((files("crisislink.demo") / "clips" / f"{clip}.mov").read_bytes()), "r") as film:
        for n, source in enumerate(islice(film.decode(video=0), 8)):
            studio.see(source)
            picture = studio.masked(source, rendition, n / 25)
            if reference is not None:
                marker.draw(planes(picture), 60_000_000)
            unit = encoder.encode(picture, n * 3_600)
            assert unit is not None
            [shown] = viewer.decode(av.Packet(unit[0]))
    return planes(shown)[0].copy()


_STREETS = ["gare", "rue_nuit", "stade", "canal"]
_OTHERS = ("M9ZP4", "7K2HX", "AAAAA", "2QX7K", "ZZ444", "7M2QX", "K72XQ")  # no look-alikes: see `reference`


@pytest.mark.parametrize("rendition", list(Rendition))
@pytest.mark.parametrize("clip", _STREETS)
def test_one_decoded_picture_of_a_street_tells_its_grant_from_others(clip: str, rendition: Rendition) -> None:
    luma = _street(clip, rendition, "7K2QX")
    found = {reference: tile_score(luma, reference, 1) for reference in ("7K2QX", *_OTHERS)}
    assert max(found, key=lambda reference: found[reference]) == "7K2QX", found
    assert found["7K2QX"] > 2.5


@pytest.mark.parametrize("clip", _STREETS)
def test_the_check_finds_the_tile_where_it_is_and_only_there(clip: str) -> None:
    assert tile_score(_street(clip, Rendition.FOCUS, "7K2QX"), "7K2QX", 1) > TILE_SCORE
    assert tile_score(_street(clip, Rendition.FOCUS, None), "7K2QX", 1) < TILE_SCORE / 2


@pytest.mark.parametrize("crop", [(190, 10), (330, 500), (530, 950)], ids=str)
def test_a_crop_laid_on_its_place_still_tells_its_grant(crop: tuple[int, int]) -> None:
    """A quarter of the width and height of a decoded picture, as it would be compared with the original."""
    (top, left), (width, height) = crop, (1280, 720)
    part = slice(top, top + height // 4), slice(left, left + width // 4)
    seen = fine(_street("gare", Rendition.FOCUS, "7K2QX")[part])
    found = {
        reference: float(np.corrcoef(seen.ravel(), tile(reference, 1, width, height)[part].ravel())[0, 1])
        for reference in ("7K2QX", *_OTHERS)
    }
    assert max(found, key=lambda reference: found[reference]) == "7K2QX", found


def test_the_exercise_band_is_there_at_the_smallest_size() -> None:
    made = _planes(320, 180)
    Marker("SAMU 31", "7K2QX", exercise=True, width=320, height=180).draw(made, 0)
    assert np.all(made[2][16:24] == 175)
    assert np.count_nonzero(made[0][32:48] < 40) > 150
