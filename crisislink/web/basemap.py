"""What is drawn under the cameras, as the pages' routes give it (`docs/map.md`)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from crisislink.web import models as m


class Tile(Protocol):
    """One picture."""

    @property
    def content(self) -> bytes:
        """Its bytes."""

    @property
    def media_type(self) -> str:
        """`image/…`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """`view`: what pages are told. One of the others holds it: a file, or `tile(z, x, y)`."""

    view: m.BasemapView
    file: Path | None = None
    tile: Callable[[int, int, int], Awaitable[Tile]] | None = None
