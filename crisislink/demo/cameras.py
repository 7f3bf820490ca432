"""The 350 cameras of the demo city: where each stands, what it sees, what it plays, how it behaves.

Numbers 1 … 13 are the places of the seed document, at their published or estimated coordinates. 14 … 27 stand
around the place of the demo story. The next are the special ones, a few hundred metres away, so that a person
can ask for a failing camera too. The rest stand along real streets at invented spots (`simulated`). The same
arguments always give the same city.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count

from crisislink.core.cameras import Camera, FieldOfView, MaskStyle, Mounting, PrivacyMask
from crisislink.core.geo import Position, bearing_deg, distance_m
from crisislink.core.ids import CameraId, OrganisationId, PersonId
from crisislink.demo.behaviour import Behaviour
from crisislink.demo.clips import SUB, card, load_clip
from crisislink.demo.farm import FarmCamera
from crisislink.demo.places import MAIN_PLACE, Street, in_river, moved, streets
from crisislink.demo.scenery import scene_for
from crisislink.demo.spots import EXERCISE, SEEDS, SPECIALS, STORY, Near

TOTAL = 350
EPOCH = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)  # when their masks were validated
FLAPPING, FROZEN, BLACK, GARBAGE, OFFLINE, WRONG_PASSWORD, AUDIO = range(28, 35)
SILENT, STALLED, UNKNOWN_CODEC, NOT_FOUND = range(35, 39)
MASK_MISSING, MASK_UNVALIDATED, NOT_OFFERED, NOT_COVERED = range(39, 43)
_ALSO_MASK_MISSING, _ALSO_MASK_UNVALIDATED, _ALSO_NOT_OFFERED, _ALSO_NOT_COVERED = 120, 181, 242, 303
PIXELATED_SCENE = "canal"  # its masks are mosaics, so that people can see those too
_SPACING_M, _APART_M = 105.0, 45.0
_DOME_EVERY = 7
STEERED = frozenset({14})  # near the main place, so that the story has something to wish for


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCamera:
    """A camera of the inventory, and the play behind it. `clip` names a scene of `demo.clips`."""

    camera: Camera
    clip: str
    behaviour: Behaviour


@dataclass(frozen=True, slots=True)
class _Spot:
    name: str
    quarter: str
    position: Position
    error_m: int
    azimuth_deg: float
    clip: str
    simulated: bool = True
    synthetic: bool = False
    behaviour: Behaviour = Behaviour.NORMAL
    reach_m: float | None = None


def inventory(
    *, owner: OrganisationId, validated_by: PersonId, validated_at: datetime
) -> tuple[DemoCamera, ...]:
    """The whole city, by number from 1, then a few synthetic cameras for exercises.

    Every mask is validated by `validated_by`, but for the few special ones.
    """
    spots = [*_seeds(), *_around(STORY), *_specials()]
    spots += _along_streets(spots, TOTAL - len(spots))
    spots += _around(EXERCISE, synthetic=True)
    mask = PrivacyMask(version=1, polygons=(), sizes=(), validated_by=validated_by, validated_at=validated_at)
    return tuple(_demo_camera(number, spot, owner, mask) for number, spot in enumerate(spots, 1))


def covered_cameras(cameras: Iterable[DemoCamera]) -> Iterator[CameraId]:
    """Those that the demonstration act covers: all but two."""
    left_out = {NOT_COVERED, _ALSO_NOT_COVERED}
    return (c.camera.id for c in cameras if c.camera.number not in left_out)


def farm_camera(demo: DemoCamera) -> FarmCamera:
    """What the farm serves for a camera of the inventory."""
    sub = load_clip(demo.clip + SUB) if card(demo.clip).sub else None
    return FarmCamera(
        number=demo.camera.number,
        clip=load_clip(demo.clip),
        sub=sub,
        title=demo.camera.name,
        behaviour=demo.behaviour,
    )


def _demo_camera(number: int, spot: _Spot, owner: OrganisationId, mask: PrivacyMask) -> DemoCamera:
    scene = card(spot.clip)
    style = MaskStyle.PIXELATED if spot.clip == PIXELATED_SCENE else MaskStyle.SOLID
    shown: PrivacyMask | None = replace(mask, polygons=scene.masks, sizes=scene.sizes, style=style)
    if number in {MASK_MISSING, _ALSO_MASK_MISSING}:
        shown = None
    elif number in {MASK_UNVALIDATED, _ALSO_MASK_UNVALIDATED}:
        shown = replace(mask, polygons=scene.masks, validated_by=None, validated_at=None)
    dome = number > NOT_COVERED and number % _DOME_EVERY == 0
    view = FieldOfView(
        azimuth_deg=round(spot.azimuth_deg) % 360,
        opening_deg=360 if dome else 50 + number * 37 % 41,
        reach_m=spot.reach_m or 60 + number * 53 % 121,
    )
    camera = Camera(
        id=CameraId(f"cam_{number:03d}"),
        number=number,
        owner=owner,
        name=spot.name,
        quarter=spot.quarter,
        position=spot.position,
        position_error_m=spot.error_m,
        view=view,
        mounting=Mounting.PTZ if dome or number in STEERED else Mounting.FIXED,
        mask=shown,
        offered=number not in {NOT_OFFERED, _ALSO_NOT_OFFERED},
        simulated=spot.simulated,
        synthetic=spot.synthetic,
    )
    return DemoCamera(camera=camera, clip=spot.clip, behaviour=spot.behaviour)


def _seeds() -> Iterator[_Spot]:
    for seed in SEEDS:
        yield _Spot(
            seed.name,
            seed.quarter,
            Position(seed.lat, seed.lon),
            seed.error_m,
            seed.azimuth_deg,
            seed.clip,
            simulated=False,
        )


def _around(spots: Iterable[Near], *, synthetic: bool = False) -> Iterator[_Spot]:
    """Around the main place; those with an `off_deg` look at it, that far off their axis."""
    for near in spots:
        position = moved(MAIN_PLACE, near.bearing_deg, near.distance_m)
        sight = bearing_deg(position, MAIN_PLACE)
        azimuth = sight + near.off_deg if near.off_deg is not None else near.bearing_deg
        reach = max(80.0, near.distance_m + 40.0)
        yield _Spot(
            near.name,
            near.quarter,
            position,
            15,
            azimuth % 360,
            near.clip,
            reach_m=reach,
            synthetic=synthetic,
        )


def _specials() -> Iterator[_Spot]:
    for far in SPECIALS:
        position = moved(MAIN_PLACE, far.bearing_deg, far.distance_m)
        yield _Spot(far.name, far.quarter, position, 25, far.azimuth_deg, far.clip, behaviour=far.behaviour)


def _along_streets(placed: Iterable[_Spot], wanted: int) -> list[_Spot]:
    """Street by street, round by round, so that no quarter is served before the others."""
    standing = [s.position for s in placed]
    found: list[_Spot] = []
    for turn in count():
        for street in streets():
            where = _slot(street, turn)
            if where is None or in_river(where) or any(distance_m(where, p) < _APART_M for p in standing):
                continue
            standing.append(where)
            found.append(_on_street(street, where, turn, len(found)))
            if len(found) == wanted:
                return found
    raise AssertionError("unreachable: count() does not end")


def _slot(street: Street, turn: int) -> Position | None:
    """The `turn`-th place from the middle, alternating; None beyond the street's end."""
    offset_m = (turn + 1) // 2 * _SPACING_M * (-1 if turn % 2 else 1)
    if abs(offset_m) > street.length_m / 2:
        return None
    return moved(street.middle, street.azimuth_deg, offset_m)


def _on_street(street: Street, where: Position, turn: int, index: int) -> _Spot:
    back = 180 if turn % 2 else 0  # they look towards each other, along the street
    azimuth = (street.azimuth_deg + back + index * 29 % 21 - 10) % 360
    return _Spot(
        f"{street.name} · {turn + 1}", street.quarter, where, 150, azimuth, scene_for(street.name, index)
    )
