"""The basemap: what the settings admit, and the tiles of a source that is slow, greedy, wrong or hostile."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from crisislink.adapters.basemap.archive import read_archive
from crisislink.adapters.basemap.area import Area, tile_at
from crisislink.adapters.basemap.settings import MapSettings
from crisislink.adapters.basemap.tiles import REST_S, TILE_MAX_BYTES, Source, Tiles
from crisislink.core.errors import NotFound, Reason, Unavailable
from tests.fakes.time import SteadyClock
from tests.pmtiles import PNG, TOULOUSE, VECTOR, archive, plain
from tests.web.studio import served

RED = plain((200, 0, 0))
AREA = Area(10, 16, TOULOUSE)
HERE = (14, *tile_at(14, 1.444, 43.6045))
Answer = Callable[[Request], Awaitable[Response]]


class Upstream:
    """Somebody else's tiles. `answer` may be exchanged; `asked` holds what came."""

    def __init__(self) -> None:
        self.answer: Answer = self.good
        self.asked: list[Request] = []
        self.at_once = self.most = 0

    async def good(self, _request: Request) -> Response:
        """A picture, and a cookie to remember us by."""
        return Response(RED, media_type="image/png", headers={"Set-Cookie": "who=us; Path=/"})

    async def serve(self, request: Request) -> Response:
        """Note it and answer."""
        self.asked.append(request)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            return await self.answer(request)
        finally:
            self.at_once -= 1


@asynccontextmanager
async def tiles_of(
    upstream: Upstream, *, timeout_s: float = 5, kept_bytes: int = 1 << 20, at_once: int = 2
) -> AsyncIterator[tuple[Tiles, SteadyClock]]:
    clock = SteadyClock()
    app = Starlette(routes=[Route("/{path:path}", upstream.serve)])
    async with served(app) as port:
        source = Source(
            template=f"http://127.0.0.1:{port}/{{z}}/{{x}}/{{y}}.png?key=s3cret",
            area=AREA,
            timeout_s=timeout_s,
            kept_bytes=kept_bytes,
            kept_s=600,
            at_once=at_once,
        )
        tiles = Tiles(source, clock)
        try:
            yield tiles, clock
        finally:
            await tiles.close()


async def unavailable(tiles: Tiles, z: int, x: int, y: int) -> None:
    """It says so."""
    with pytest.raises(Unavailable) as refused:
        await tiles.tile(z, x, y)
    assert refused.value.reason is Reason.MAP_TILES
    error = refused.value
    assert error.__suppress_context__ or error.__context__ is None, (
        "what a library says may hold the address, and its key"
    )


async def test_a_tile_is_asked_for_once_and_kept_for_a_while() -> None:
    upstream = Upstream()
    async with tiles_of(upstream) as (tiles, clock):
        found = await asyncio.gather(*(tiles.tile(*HERE) for _ in range(5)))
        assert {(one.content, one.media_type) for one in found} == {(RED, "image/png")}
        assert len(upstream.asked) == 1
        clock.advance(599)
        await tiles.tile(*HERE)
        assert len(upstream.asked) == 1
        clock.advance(2)
        await tiles.tile(*HERE)
        assert len(upstream.asked) == 2
        assert upstream.asked[0].url.path == "/{}/{}/{}.png".format(*HERE)


async def test_nothing_of_a_caller_goes_along_and_no_cookie_comes_back() -> None:
    upstream = Upstream()
    async with tiles_of(upstream) as (tiles, _):
        for n in range(2):
            await tiles.tile(HERE[0], HERE[1] + n, HERE[2])
    for asked in upstream.asked:
        assert set(asked.headers.keys()) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert asked.headers["user-agent"] == "CrisisLink"


async def test_outside_the_area_nobody_is_asked() -> None:
    upstream = Upstream()
    z, x, y = HERE
    async with tiles_of(upstream) as (tiles, _):
        for outside in (
            (z, x + 40, y),
            (z, x, y - 40),
            (9, *tile_at(9, 1.444, 43.6)),
            (17, *tile_at(17, 1.444, 43.6)),
            (z, -1, y),
            (z, x, 1 << z),
        ):
            with pytest.raises(NotFound):
                await tiles.tile(*outside)
    assert upstream.asked == []


async def test_few_are_asked_for_at_once() -> None:
    upstream = Upstream()

    async def slowly(request: Request) -> Response:
        await asyncio.sleep(0.02)
        return await upstream.good(request)

    upstream.answer = slowly
    z, x, y = 16, *tile_at(16, 1.444, 43.6045)
    async with tiles_of(upstream, at_once=2) as (tiles, _):
        await asyncio.gather(*(tiles.tile(z, x + n, y) for n in range(8)))
    assert (upstream.most, len(upstream.asked)) == (2, 8)


async def test_the_oldest_leave_when_the_room_is_full() -> None:
    upstream = Upstream()
    z, x, y = HERE
    async with tiles_of(upstream, kept_bytes=2 * (len(RED) + 1024)) as (tiles, _):
        for n in (0, 1, 0, 2, 0, 1):
            await tiles.tile(z, x + n, y)
    assert [int(asked.url.path.split("/")[2]) - x for asked in upstream.asked] == [0, 1, 2, 1]


async def huge(_request: Request) -> Response:
    """A picture that does not end for long, and does not say so."""

    async def long() -> AsyncIterator[bytes]:
        yield RED
        for _ in range(4 * TILE_MAX_BYTES >> 16):
            yield bytes(1 << 16)

    return StreamingResponse(long(), media_type="image/png")


async def page(_request: Request) -> Response:
    """No picture."""
    return Response(b"<script>alert(1)</script>", media_type="text/html")


async def disguised(_request: Request) -> Response:
    """A page that says it is a picture."""
    return Response(b"<svg onload=alert(1)>", media_type="image/png")


async def drawing(_request: Request) -> Response:
    """A picture that may hold scripts."""
    return Response(b"<svg/>", media_type="image/svg+xml")


async def bomb(_request: Request) -> Response:
    """What grows when it is unpacked."""
    return Response(gzip.compress(RED), media_type="image/png", headers={"Content-Encoding": "gzip"})


async def elsewhere(_request: Request) -> Response:
    """To the cloud's metadata."""
    return RedirectResponse("http://169.254.169.254/latest/meta-data/")


@pytest.mark.parametrize("answer", [huge, page, disguised, drawing, bomb, elsewhere])
async def test_what_is_no_small_picture_is_refused_and_not_kept(answer: Answer) -> None:
    upstream = Upstream()
    upstream.answer = answer
    async with tiles_of(upstream) as (tiles, _):
        await unavailable(tiles, *HERE)
        upstream.answer = upstream.good
        assert (await tiles.tile(*HERE)).content == RED
    assert len(upstream.asked) == 2


async def test_a_slow_source_is_left_alone_for_a_moment_and_what_was_kept_is_given() -> None:
    upstream = Upstream()
    never = asyncio.Event()

    async def silent(_request: Request) -> Response:
        await never.wait()
        return Response()

    z, x, y = HERE
    async with tiles_of(upstream, timeout_s=0.2) as (tiles, clock):
        await tiles.tile(*HERE)
        clock.advance(601)
        upstream.answer = silent
        assert (await tiles.tile(*HERE)).content == RED, "too old, and better than nothing"
        asked = len(upstream.asked)
        await unavailable(tiles, z, x + 1, y)
        assert len(upstream.asked) == asked, "it rests"
        never.set()
        upstream.answer = upstream.good
        clock.advance(REST_S + 1)
        assert (await tiles.tile(z, x + 1, y)).content == RED


async def test_where_the_source_has_none_there_is_none() -> None:
    upstream = Upstream()

    async def none(_request: Request) -> Response:
        return Response(status_code=404)

    async def broken(_request: Request) -> Response:
        return Response(status_code=500)

    upstream.answer = none
    z, x, y = HERE
    async with tiles_of(upstream) as (tiles, _):
        for _again in range(2):
            with pytest.raises(NotFound):
                await tiles.tile(*HERE)
        assert len(upstream.asked) == 1
        upstream.answer = broken
        await unavailable(tiles, z, x + 1, y)


def test_a_tile_of_the_usual_scheme() -> None:
    assert tile_at(0, 1.444, 43.6045) == (0, 0)
    assert tile_at(14, 1.444, 43.6045) == (8257, 5982)
    assert tile_at(3, 180, -90) == (7, 7)
    assert Area(0, 20, None).holds(20, 0, 0)
    assert AREA.holds(*AREA.middle())


def test_an_archive_says_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "city.pmtiles"
    file.write_bytes(archive({HERE: RED, (10, *tile_at(10, 1.444, 43.6)): RED}, PNG))
    found = read_archive(file)
    assert (found.vector, found.zoom_min, found.zoom_max, found.bounds_deg) == (False, 10, 14, TOULOUSE)
    file.write_bytes(archive({HERE: b"\x1a\x00"}, VECTOR))
    assert read_archive(file).vector


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "not a PMTiles archive"),
        (b"PK\x03\x04" + bytes(200), "not a PMTiles archive"),
        (archive({HERE: RED}, PNG)[:7] + b"\x02" + archive({HERE: RED}, PNG)[8:], "version 2"),
        (archive({HERE: RED}, PNG)[:-1], "cut short"),
        (archive({HERE: RED}, 9), "neither vector tiles"),
        (archive({HERE: RED}, PNG, (2, 43, 1, 44)), "covers nothing"),
        (archive({HERE: RED}, PNG)[:98] + b"\x04" + archive({HERE: RED}, PNG)[99:], "gzip or none"),
    ],
)
def test_a_file_that_browsers_could_not_draw_stops_the_start(tmp_path: Path, raw: bytes, said: str) -> None:
    file = tmp_path / "city.pmtiles"
    file.write_bytes(raw)
    with pytest.raises(ValidationError, match=said):
        MapSettings(file=file, attribution="© OpenStreetMap")


TILES = "https://tiles.example/{z}/{x}/{y}.png?key=s3cret"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"file": "/nowhere/city.pmtiles"}, "No such file"),
        ({"tiles": TILES, "file": "/nowhere"}, "either file or tiles"),
        ({"tiles": TILES, "attribution": None}, "attribution is missing"),
        ({"tiles": "ftp://tiles.example/{z}/{x}/{y}"}, "https"),
        ({"tiles": "https://{z}.example/{x}/{y}"}, "host is fixed"),
        ({"tiles": "https://u:p@tiles.example/{z}/{x}/{y}"}, "without a password"),
        ({"tiles": "https://tiles.example/{z}/{x}"}, "once each"),
        ({"tiles": "https://tiles.example/{s}/{z}/{x}/{y}"}, "nothing else in braces"),
        ({"tiles": TILES, "bounds": [2, 43, 1, 44]}, "west, south, east, north"),
        ({"tiles": TILES, "zoom_min": 15, "zoom_max": 9}, "zoom_min is above"),
    ],
)
def test_an_impossible_map_stops_the_start_and_shows_no_key(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        MapSettings.model_validate({"attribution": "© Example"} | wrong)
    assert "s3cret" not in str(refused.value)


def test_without_settings_there_is_no_basemap() -> None:
    assert (MapSettings().archive(), MapSettings().source()) == (None, None)
    assert "s3cret" not in repr(MapSettings(tiles=TILES, attribution="© Example"))
