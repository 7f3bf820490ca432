"""The demo city's names: quarters, streets and landmarks of Toulouse with estimated centres.

The coordinates are estimates for a demonstration (`precision_m` says how far off they may be), not a map:
real installations load their own. `streets` adds what placing cameras needs: the axis and the length.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from crisislink.core.geo import EARTH_RADIUS_M, Position, distance_m
from crisislink.core.places import Place, PlaceKind

MAIN_PLACE = Position(43.61041, 1.45287)  # rue Bertrand de Born: where the demo story plays
_PRECISION_M = {PlaceKind.QUARTER: 400, PlaceKind.STREET: 150, PlaceKind.LANDMARK: 100}
_RIVER_HALF_WIDTH_M = 100.0
# The Garonne's middle, upstream to downstream; the eastern arm passes the Ramier island
_RIVER = tuple(
    Position(lat, lon)
    for lat, lon in (
        (43.5480, 1.4290),
        (43.5650, 1.4340),
        (43.5760, 1.4375),
        (43.5850, 1.4375),
        (43.5930, 1.4385),
        (43.5993, 1.4392),
        (43.6022, 1.4350),
        (43.6042, 1.4295),
        (43.6052, 1.4245),
        (43.6080, 1.4170),
        (43.6130, 1.4105),
        (43.6200, 1.4040),
        (43.6290, 1.4000),
        (43.6550, 1.3900),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A straight piece of street: its middle, its axis clockwise from north, its length."""

    name: str
    quarter: str
    middle: Position
    azimuth_deg: float
    length_m: float


@cache
def gazetteer() -> tuple[Place, ...]:
    """Every place that can be searched by name: about 60 quarters, more than 150 streets, squares and
    landmarks.
    """
    main = Place(
        name="Rue Bertrand de Born",
        kind=PlaceKind.STREET,
        position=MAIN_PLACE,
        precision_m=50,
        quarter="Matabiau",
    )
    return (main, *(_place(row) for row in _rows()))


@cache
def streets() -> tuple[Street, ...]:
    """The places that have an axis, in the table's order."""
    return tuple(
        Street(
            name=row["name"],
            quarter=row["quarter"],
            middle=Position(float(row["lat"]), float(row["lon"])),
            azimuth_deg=float(row["azimuth"]),
            length_m=float(row["length"]),
        )
        for row in _rows()
        if row["azimuth"]
    )


def moved(start: Position, bearing_deg: float, metres: float) -> Position:
    """The point `metres` away on a bearing; flat-earth, right to a decimetre over a kilometre. Six
    decimals.
    """
    north, east = (metres * f(math.radians(bearing_deg)) for f in (math.cos, math.sin))
    lat = start.lat_deg + math.degrees(north / EARTH_RADIUS_M)
    lon = start.lon_deg + math.degrees(east / (EARTH_RADIUS_M * math.cos(math.radians(start.lat_deg))))
    return Position(round(lat, 6), round(lon, 6))


def in_river(point: Position) -> bool:
    """Whether a point lies in the Garonne, as coarsely drawn here."""
    pairs = pairwise(_RIVER)
    return any(_from_segment_m(point, a, b) < _RIVER_HALF_WIDTH_M for a, b in pairs)


def _from_segment_m(point: Position, a: Position, b: Position) -> float:
    narrow = math.cos(math.radians(point.lat_deg))
    across, along = (b.lon_deg - a.lon_deg) * narrow, b.lat_deg - a.lat_deg
    x, y = (point.lon_deg - a.lon_deg) * narrow, point.lat_deg - a.lat_deg
    t = min(1.0, max(0.0, (x * across + y * along) / (across**2 + along**2)))
    foot = Position(a.lat_deg + t * along, a.lon_deg + t * (b.lon_deg - a.lon_deg))
    return distance_m(point, foot)


def _place(row: dict[str, str]) -> Place:
    kind = PlaceKind(row["kind"])
    return Place(
        name=row["name"],
        kind=kind,
        position=Position(float(row["lat"]), float(row["lon"])),
        precision_m=_PRECISION_M[kind],
        quarter=row["quarter"],
    )


def _rows() -> Iterator[dict[str, str]]:
    table = (files("crisislink.demo") / "toulouse.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(table.splitlines(), delimiter=";")
