"""The demo city: 350 cameras where they should be, and the ground they stand on."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from crisislink.core.cameras import Mounting
from crisislink.core.errors import Reason
from crisislink.core.geo import Position, angle_between_deg, bearing_deg, distance_m, inside
from crisislink.core.ids import OrganisationId, PersonId
from crisislink.core.legal import Purpose, covering
from crisislink.core.places import Names, PlaceKind
from crisislink.demo import cameras
from crisislink.demo.behaviour import Behaviour
from crisislink.demo.cameras import TOTAL, DemoCamera, covered_cameras, farm_camera, inventory
from crisislink.demo.clips import CARDS, Codec, card
from crisislink.demo.legal import PERIMETER, legal_bases
from crisislink.demo.places import MAIN_PLACE, gazetteer, in_river, streets

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CITY, HOSPITAL = OrganisationId("org_city"), OrganisationId("org_samu")
# domain.md, "Places of the seed document"; 50 m where coordinates are published
SEED = [
    ("Arnaud Bernard", "Place St Julien", 43.60864, 1.43763, 50),
    ("Compans", "Rue du Canon d'Arcole", 43.6125, 1.4360, 250),
    ("Côte Pavée", "Place de l'Ormeau", 43.57907, 1.48367, 50),
    ("Empalot", "Place d'Empalot", 43.5795, 1.4415, 100),
    ("Matabiau", "Rue Matabiau", 43.6100, 1.4485, 150),
    ("Matabiau", "Rue Bertrand de Born", 43.61041, 1.45287, 50),
    ("Matabiau", "Rue Jules Dalou", 43.6115, 1.4500, 250),
    ("Matabiau", "Rue Raymond IV", 43.61244, 1.45148, 50),
    ("Minimes", "Chemin du Prat Long", 43.628, 1.427, 500),
    ("Reynerie", "Place Abbal, cheminement Gluck", 43.5712, 1.4020, 200),
    ("Saint-Martin", "Route de Bayonne", 43.605, 1.378, 700),
    ("Sesquières", "Allée des Foulques", 43.662, 1.410, 500),
    ("Sesquières", "Chemin de Fenouillet", 43.663, 1.416, 700),
]


@pytest.fixture(scope="module")
def city() -> tuple[DemoCamera, ...]:
    return _with_exercise()[:TOTAL]


def _with_exercise() -> tuple[DemoCamera, ...]:
    return inventory(owner=CITY, validated_by=PersonId("per_1"), validated_at=NOW)


def by_number(city: tuple[DemoCamera, ...], number: int) -> DemoCamera:
    return city[number - 1]


def test_there_are_350_cameras_numbered_and_named_once(city: tuple[DemoCamera, ...]) -> None:
    assert [c.camera.number for c in city] == list(range(1, 351))
    assert len({c.camera.id for c in city}) == len({c.camera.name for c in city}) == 350
    assert all(c.camera.owner == CITY for c in city)


def test_the_same_city_each_time(city: tuple[DemoCamera, ...]) -> None:
    assert _with_exercise()[:TOTAL] == city


def test_synthetic_cameras_come_after_the_city_s_own(city: tuple[DemoCamera, ...]) -> None:
    everything = [d.camera for d in _with_exercise()]
    assert [c.number for c in everything if c.synthetic] == [351, 352, 353, 354]
    assert all(c.shareable and "Exercice" in c.name for c in everything if c.synthetic)
    assert not any(d.camera.synthetic for d in city)


def test_the_seed_document_s_places_are_exact(city: tuple[DemoCamera, ...]) -> None:
    rows = [
        (c.quarter, c.name, c.position.lat_deg, c.position.lon_deg, c.position_error_m)
        for c in (d.camera for d in city[:13])
    ]
    assert rows == SEED
    assert [d.camera.simulated for d in city] == [False] * 13 + [True] * 337


def test_cameras_stand_in_toulouse_on_dry_ground_and_apart(city: tuple[DemoCamera, ...]) -> None:
    for c in (d.camera for d in city):
        assert inside(c.position, PERIMETER), c.name
        assert not in_river(c.position), c.name
    spread = city[42:]
    assert min(distance_m(a.camera.position, b.camera.position) for a, b in combinations(spread, 2)) >= 45
    assert len({d.camera.quarter for d in city}) >= 40


def test_views_are_plausible(city: tuple[DemoCamera, ...]) -> None:
    moved = [d.camera for d in city if d.camera.mounting is Mounting.PTZ]
    domes = [c for c in moved if c.number not in cameras.STEERED]
    assert len(moved) - len(domes) == len(cameras.STEERED)
    assert 0.10 < len(domes) / 350 < 0.20
    assert all(c.view.opening_deg == 360 for c in domes)
    for c in (d.camera for d in city if d.camera.mounting is Mounting.FIXED):
        assert 50 <= c.view.opening_deg <= 90
    assert all(60 <= d.camera.view.reach_m <= 180 for d in city if d.camera.number > 27)


def test_the_story_s_place_is_well_seen(city: tuple[DemoCamera, ...]) -> None:
    near = [d for d in city if distance_m(d.camera.position, MAIN_PLACE) <= 300 and d.camera.shareable]
    assert len(near) >= 10
    on_axis = [
        d
        for d in near
        if 20 < distance_m(d.camera.position, MAIN_PLACE) <= d.camera.view.reach_m
        and angle_between_deg(d.camera.view.azimuth_deg, bearing_deg(d.camera.position, MAIN_PLACE)) <= 15
    ]
    assert len(on_axis) >= 5
    assert {card(d.clip).codec for d in on_axis} == set(Codec)
    assert len({d.clip for d in near}) >= 6
    assert all(d.behaviour is Behaviour.NORMAL for d in near)


def test_each_failure_has_its_camera_a_few_hundred_metres_away(city: tuple[DemoCamera, ...]) -> None:
    wanted = {
        cameras.FLAPPING: Behaviour.FLAP,
        cameras.FROZEN: Behaviour.FROZEN,
        cameras.BLACK: Behaviour.BLACK,
        cameras.GARBAGE: Behaviour.GARBAGE,
        cameras.OFFLINE: Behaviour.OFFLINE,
        cameras.WRONG_PASSWORD: Behaviour.WRONG_PASSWORD,
        cameras.SILENT: Behaviour.SILENT,
        cameras.STALLED: Behaviour.STALL,
        cameras.UNKNOWN_CODEC: Behaviour.UNKNOWN_CODEC,
        cameras.NOT_FOUND: Behaviour.NOT_FOUND,
    }
    assert {d.camera.number: d.behaviour for d in city if d.behaviour is not Behaviour.NORMAL} == wanted
    assert card(by_number(city, cameras.AUDIO).clip).audio
    for number in (*wanted, cameras.AUDIO):
        camera = by_number(city, number).camera
        assert 300 < distance_m(camera.position, MAIN_PLACE) < 900
        assert camera.shareable


def test_a_handful_may_not_be_shared_each_for_its_reason(city: tuple[DemoCamera, ...]) -> None:
    assert by_number(city, cameras.MASK_MISSING).camera.not_shareable is Reason.MASK_MISSING
    assert by_number(city, cameras.MASK_UNVALIDATED).camera.not_shareable is Reason.MASK_UNVALIDATED
    assert by_number(city, cameras.NOT_OFFERED).camera.not_shareable is Reason.CAMERA_NOT_SHAREABLE
    assert sum(not d.camera.shareable for d in city) == 6


def test_every_camera_plays_and_shows_its_scene_s_masks(city: tuple[DemoCamera, ...]) -> None:
    for demo in city:
        served = farm_camera(demo)
        assert served.number == demo.camera.number
        assert served.clip.name == demo.clip
        if demo.camera.mask is not None:
            assert demo.camera.mask.polygons == card(demo.clip).masks
    assert {d.clip for d in city} == {c.name for c in CARDS}


def test_the_gazetteer_knows_the_city() -> None:
    places = gazetteer()
    assert sum(p.kind is PlaceKind.QUARTER for p in places) >= 40
    assert sum(p.kind is not PlaceKind.QUARTER for p in places) >= 150
    assert len({p.name for p in places if p.kind is PlaceKind.STREET}) == sum(
        p.kind is PlaceKind.STREET for p in places
    )
    assert all(inside(p.position, PERIMETER) for p in places)
    assert len(streets()) >= 100
    for asked, name in (
        ("Bertand de Born", "Rue Bertrand de Born"),
        ("gare matabiau", "Gare Toulouse-Matabiau"),
        ("purpan samu", "Hôpital Purpan, SAMU 31"),
        ("zenith", "Zénith Toulouse Métropole"),
    ):
        assert Names(places).find(asked, limit=1)[0].name == name


def test_the_river_is_where_it_is() -> None:
    assert in_river(Position(43.5993, 1.4392))  # Pont Neuf
    assert not in_river(MAIN_PLACE)


def test_the_demonstration_act_covers_the_story_and_leaves_two_cameras_out(
    city: tuple[DemoCamera, ...],
) -> None:
    (act,) = bases = legal_bases(
        city=CITY,
        hospital=HOSPITAL,
        cameras=covered_cameras(city),
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=1),
    )
    assert "démonstration" in act.title
    assert act.max_duration_s == 1_800

    def asked(*numbers: int, purpose: Purpose = Purpose.RESCUE) -> object:
        chosen = tuple(by_number(city, n).camera for n in numbers)
        return covering(
            bases, beneficiary=HOSPITAL, purpose=purpose, place=MAIN_PLACE, cameras=chosen, now=NOW
        )

    assert asked(6, 14, 15) is act
    assert asked(6, purpose=Purpose.TRAFFIC) is Reason.PURPOSE_NOT_COVERED
    assert asked(cameras.NOT_COVERED) is Reason.OUTSIDE_LEGAL_BASIS
    assert act.cameras is not None
    assert len(act.cameras) == 348
