"""The header of a PMTiles archive (version 3): what it holds, before anybody is sent to it.

Specification: https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md. The tiles are read by the
browser, by ranges; no directory is looked into here.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

_HEADER = struct.Struct("<7sB11QBBBBBBiiiiBii")
_COMPRESSIONS = {1: "none", 2: "gzip"}
_KINDS = {1: "vector", 2: "raster", 3: "raster", 4: "raster", 5: "raster"}


@dataclass(frozen=True, slots=True)
class Archive:
    """`bounds_deg`: west, south, east, north."""

    vector: bool
    zoom_min: int
    zoom_max: int
    bounds_deg: tuple[float, float, float, float]


def read_archive(file: Path) -> Archive:
    """What the file says of itself.

    Raises:
        ValueError: it is no PMTiles archive that a browser can draw; says why.
        OSError: it cannot be read.
    """
    with file.open("rb") as opened:
        raw = opened.read(_HEADER.size)
    size = file.stat().st_size
    if len(raw) < _HEADER.size or raw[:7] != b"PMTiles":
        raise ValueError("not a PMTiles archive")
    _, version, *numbers = _HEADER.unpack(raw)
    if version != 3:
        raise ValueError(f"a PMTiles archive of version {version}: only 3 is read (pmtiles convert)")
    if max(at + length for at, length in zip(numbers[0:8:2], numbers[1:8:2], strict=True)) > size:
        raise ValueError("the PMTiles archive is cut short: copy it again")
    _clustered, directories, tiles, kind, zoom_min, zoom_max, *corners = numbers[11:]
    if directories not in _COMPRESSIONS or tiles not in _COMPRESSIONS:
        raise ValueError("the PMTiles archive is compressed in a way browsers cannot read: gzip or none")
    if kind not in _KINDS:
        raise ValueError("the PMTiles archive holds neither vector tiles (MVT) nor pictures")
    west, south, east, north = (corner / 1e7 for corner in corners[:4])
    if not (zoom_min <= zoom_max and west < east and south < north):
        raise ValueError("the PMTiles archive says it covers nothing")
    return Archive(_KINDS[kind] == "vector", zoom_min, zoom_max, (west, south, east, north))
