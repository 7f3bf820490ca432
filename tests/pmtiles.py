"""A PMTiles archive (version 3) of a few tiles, made byte by byte: one root directory, nothing compressed."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

HEADER = "<7sB11QBBBBBBiiiiBii"
VECTOR, PNG = 1, 2
TOULOUSE = (1.35, 43.53, 1.52, 43.67)


def archive(
    tiles: Mapping[tuple[int, int, int], bytes],
    kind: int,
    bounds_deg: tuple[float, float, float, float] = TOULOUSE,
) -> bytes:
    """`tiles` by z, x, y. `bounds_deg`: west, south, east, north."""
    ids = sorted((tile_id(*at), content) for at, content in tiles.items())
    data = b"".join(content for _, content in ids)
    directory = _directory([(one, len(content)) for one, content in ids])
    at = struct.calcsize(HEADER)
    metadata = b"{}"
    zooms = [z for z, _, _ in tiles]
    west, south, east, north = (round(corner * 1e7) for corner in bounds_deg)
    header = struct.pack(
        HEADER,
        b"PMTiles",
        3,
        *(at, len(directory), at + len(directory), len(metadata)),
        *(at + len(directory) + len(metadata), 0, at + len(directory) + len(metadata), len(data)),
        *(len(ids), len(ids), len(ids)),
        *(1, 1, 1, kind, min(zooms), max(zooms)),
        *(west, south, east, north, min(zooms), 0, 0),
    )
    return header + directory + metadata + data


def _directory(entries: list[tuple[int, int]]) -> bytes:
    numbers = [len(entries)]
    numbers += [
        one - before for (one, _), before in zip(entries, [0, *(one for one, _ in entries)], strict=False)
    ]
    numbers += [1] * len(entries)
    numbers += [length for _, length in entries]
    numbers += [1] + [0] * (len(entries) - 1)  # an offset: one more than it is; 0: right after the one before
    return b"".join(map(varint, numbers))


def varint(number: int) -> bytes:
    """Little-endian base 128."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def tile_id(z: int, x: int, y: int) -> int:
    """Along the Hilbert curve of its zoom, after all tiles of the zooms before."""
    found = ((1 << 2 * z) - 1) // 3
    side = 1 << z
    while side > 1:
        side >>= 1
        right, low = int(x & side > 0), int(y & side > 0)
        found += side * side * ((3 * right) ^ low)
        x, y = x & (side - 1), y & (side - 1)
        if not low:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
    return found


def plain(colour: tuple[int, int, int]) -> bytes:
    """A PNG tile of one colour."""
    out = BytesIO()
    Image.new("RGB", (256, 256), colour).save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Shape:
    """A line (`area` False) or a ring, in the tile's own 4096 × 4096 units, and what it is."""

    points: tuple[tuple[int, int], ...]
    facts: Mapping[str, str]
    area: bool = False


def vector(layers: Mapping[str, Iterable[Shape]]) -> bytes:
    """A Mapbox vector tile (MVT 2.1) of texts and shapes."""
    return b"".join(_field(3, _layer(name, list(shapes))) for name, shapes in layers.items())


def _layer(name: str, shapes: list[Shape]) -> bytes:
    keys = sorted({key for shape in shapes for key in shape.facts})
    values = sorted({value for shape in shapes for value in shape.facts.values()})
    features = [
        _field(2, b"".join(varint(n) for k, v in one.facts.items() for n in (keys.index(k), values.index(v))))
        + _number(3, 3 if one.area else 2)
        + _field(4, _drawn(one))
        for one in shapes
    ]
    return (
        _field(1, name.encode())
        + b"".join(_field(2, one) for one in features)
        + b"".join(_field(3, key.encode()) for key in keys)
        + b"".join(_field(4, _field(1, value.encode())) for value in values)
        + _number(5, 4096)
        + _number(15, 2)
    )


def _drawn(shape: Shape) -> bytes:
    steps = [1 << 3 | 1]
    x, y = 0, 0
    for n, (to_x, to_y) in enumerate(shape.points):
        if n == 1:
            steps.append(len(shape.points) - 1 << 3 | 2)
        steps += [_zigzag(to_x - x), _zigzag(to_y - y)]
        x, y = to_x, to_y
    if shape.area:
        steps.append(1 << 3 | 7)
    return b"".join(map(varint, steps))


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)
