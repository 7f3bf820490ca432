"""Another's raster tiles, read for the browsers: they never speak to a stranger, nor a stranger to them.

The host is the settings' alone; a caller chooses three numbers, within an area. Nothing of a caller goes
along: no cookie, no address, no name. No redirect is followed. What comes back must be a picture, by type and
by its first bytes, and small. What was read is kept for a while; while the source does not answer, older
pictures are given, and it is left alone for a moment.
"""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

from crisislink.adapters.basemap.area import Area
from crisislink.core.errors import NotFound, Reason, Unavailable
from crisislink.flow.ports import Clock

TILE_MAX_BYTES = 1 << 20
REST_S = 10.0
"""How long a source that does not answer is not asked again."""
_ENTRY_BYTES = 1024
_TIRED = frozenset({401, 403, 429})
_PICTURES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/webp": (b"RIFF",),
}
_log = logging.getLogger(__name__)

Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`template`: `https://…{z}…{x}…{y}…`; it may hold a key, and is never logged.

    `at_once`: requests to the source at the same time. `kept_bytes`, `kept_s`: what is kept, and how long.
    """

    template: str
    area: Area
    timeout_s: float
    kept_bytes: int
    kept_s: float
    at_once: int


class _Bad(Exception):
    """The source's answer cannot be used; the words are ours."""


class _Down(Exception):
    """The source says that it cannot answer, or not us: the status."""


class Tiles:
    """Close it."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._http = httpx2.AsyncClient(
            headers={
                "User-Agent": "CrisisLink",
                "Accept": ", ".join(_PICTURES),
                "Accept-Encoding": "identity",
            },
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=source.timeout_s,
            follow_redirects=False,
        )
        self._places = asyncio.Semaphore(source.at_once)
        self._kept: OrderedDict[Key, tuple[Tile | None, float]] = OrderedDict()
        self._kept_bytes = 0
        self._flying: dict[Key, asyncio.Task[Tile | None]] = {}
        self._rests_until_s = float("-inf")

    async def close(self) -> None:
        """Give the connections back."""
        for task in self._flying.values():
            task.cancel()
        await asyncio.gather(*self._flying.values(), return_exceptions=True)
        await self._http.aclose()

    async def tile(self, z: int, x: int, y: int) -> Tile:
        """One tile; many who ask at once are one request.

        Raises:
            NotFound: outside the area, or the source has none there.
            Unavailable: the source does not answer, or not with a picture (`MAP_TILES`).
        """
        key = (z, x, y)
        if not self._source.area.holds(z, x, y):
            raise NotFound
        known = self._kept.get(key)
        if known is None or known[1] + self._source.kept_s <= self._clock.boot_s():
            try:
                tile = await self._asked(key)
            except Unavailable:
                if known is None:
                    raise
                tile = known[0]
        else:
            self._kept.move_to_end(key)
            tile = known[0]
        if tile is None:
            raise NotFound
        return tile

    async def _asked(self, key: Key) -> Tile | None:
        task = self._flying.get(key)
        if task is None:
            task = self._flying[key] = asyncio.create_task(self._fetched(key))
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    def _landed(self, key: Key, done: "asyncio.Task[Tile | None]") -> None:
        del self._flying[key]
        if not done.cancelled():
            done.exception()  # whoever waited has it; they may all have left

    async def _fetched(self, key: Key) -> Tile | None:
        if self._clock.boot_s() < self._rests_until_s:
            raise Unavailable(Reason.MAP_TILES)
        try:
            async with asyncio.timeout(2 * self._source.timeout_s):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable(Reason.MAP_TILES) from None
        try:
            async with asyncio.timeout(self._source.timeout_s):
                tile = await self._read(key)
        except _Bad as bad:
            _log.warning("a map tile cannot be used", extra={"why": str(bad)})
            raise Unavailable(Reason.MAP_TILES) from None
        except (_Down, httpx2.HTTPError, TimeoutError) as error:
            self._rests_until_s = self._clock.boot_s() + REST_S
            _log.warning("the source of map tiles does not answer", extra={"error": error})
            raise Unavailable(Reason.MAP_TILES) from None
        finally:
            self._places.release()
        self._keep(key, tile)
        return tile

    async def _read(self, key: Key) -> Tile | None:
        url = self._source.template
        for name, number in zip(("{z}", "{x}", "{y}"), key, strict=True):
            url = url.replace(name, str(number))
        async with self._http.stream("GET", url) as answer:
            if answer.status_code in {204, 404}:
                return None
            if answer.status_code >= 500 or answer.status_code in _TIRED:
                raise _Down(answer.status_code)
            if answer.status_code != 200:
                raise _Bad(f"status {answer.status_code}")
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind not in _PICTURES or answer.headers.get("content-encoding", "identity") != "identity":
                raise _Bad("not a picture")
            content = bytearray()
            async for piece in answer.aiter_raw():
                content += piece
                if len(content) > TILE_MAX_BYTES:
                    raise _Bad("too large")
        if not content.startswith(_PICTURES[kind]):
            raise _Bad("not the picture it says")
        return Tile(bytes(content), kind)

    def _keep(self, key: Key, tile: Tile | None) -> None:
        before = self._kept.pop(key, None)
        if before is not None:
            self._kept_bytes -= _weight(before[0])
        self._kept[key] = (tile, self._clock.boot_s())
        self._kept_bytes += _weight(tile)
        while self._kept_bytes > self._source.kept_bytes:
            _, (oldest, _) = self._kept.popitem(last=False)
            self._kept_bytes -= _weight(oldest)


def _weight(tile: Tile | None) -> int:
    return _ENTRY_BYTES + (0 if tile is None else len(tile.content))
