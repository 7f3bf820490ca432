"""`[map]` of the settings: what is drawn under the cameras (`docs/map.md`)."""

import re
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from crisislink.adapters.basemap.archive import Archive, read_archive
from crisislink.adapters.basemap.area import Area
from crisislink.adapters.basemap.tiles import Source


class MapSettings(BaseModel):
    """With neither `file` nor `tiles`: our own schematic ground, and nothing is asked of anybody."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    file: Path | None = None
    """A PMTiles archive on this machine: pictures, or vector tiles in the Protomaps basemap schema."""
    tiles: SecretStr | None = None
    """Another's raster tiles: `https://…{z}…{x}…{y}`, read by this service. It may hold a key."""
    attribution: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Whose map it is, always shown; needed with either."""
    zoom_min: Annotated[int, Field(ge=0, le=22)] = 0
    zoom_max: Annotated[int, Field(ge=0, le=22)] = 19
    """Of `tiles`: nothing outside is asked for."""
    bounds: tuple[float, float, float, float] | None = None
    """Of `tiles`: west, south, east, north of the city, degrees; nothing outside is asked for."""
    photo: bool = False
    """Pictures from the air: the dark theme dims them, where it turns a drawn map's light into dark."""
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 5.0
    cache_mb: Annotated[int, Field(ge=1, le=4_096)] = 64
    cache_s: Annotated[int, Field(ge=60)] = 86_400
    at_once: Annotated[int, Field(ge=1, le=32)] = 6
    """Requests to the source of `tiles` at the same time."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """A map that could not be drawn, or would leave the configured host, stops the start."""
        if self.file is not None and self.tiles is not None:
            raise ValueError("either file or tiles: one map is drawn")
        if self.attribution is None and (self.file is not None or self.tiles is not None):
            raise ValueError("attribution is missing: say whose map it is")
        if self.tiles is not None:
            _check_template(self.tiles.get_secret_value())
        if self.zoom_min > self.zoom_max:
            raise ValueError("zoom_min is above zoom_max")
        if self.bounds is not None:
            west, south, east, north = self.bounds
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                raise ValueError("bounds are west, south, east, north, in degrees")
        self.archive()
        return self

    def archive(self) -> Archive | None:
        """What `file` says of itself.

        Raises:
            ValueError: it cannot be read, or browsers could not draw it.
        """
        if self.file is None:
            return None
        try:
            return read_archive(self.file)
        except OSError as error:
            raise ValueError(f"file: {error.strerror}") from error

    def source(self) -> Source | None:
        """As the proxy wants it."""
        if self.tiles is None:
            return None
        return Source(
            template=self.tiles.get_secret_value(),
            area=Area(self.zoom_min, self.zoom_max, self.bounds),
            timeout_s=self.timeout_s,
            kept_bytes=self.cache_mb << 20,
            kept_s=self.cache_s,
            at_once=self.at_once,
        )


def _check_template(template: str) -> None:
    """Raises ValueError, without the address: it may hold a key."""
    parts = urlsplit(template)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError("tiles is an address https://host/…, without a password")
    if any(template.count(name) != 1 for name in ("{z}", "{x}", "{y}")):
        raise ValueError("tiles holds {z}, {x} and {y}, once each")
    if "{" in parts.netloc or re.search(r"[\s{}]", re.sub(r"\{[zxy]\}", "", template)):
        raise ValueError("tiles holds nothing else in braces, no blank, and its host is fixed")
