"""An exercise: synthetic cameras only, said in every entry, counted nowhere; in earnest none of them."""

import json
from dataclasses import replace

import pytest

from crisislink.core.errors import Denied, Reason
from crisislink.core.events import InventoryLoaded
from crisislink.core.geo import Position
from crisislink.core.incidents import Incident, Nature
from crisislink.core.talkrules import MessageKind
from crisislink.flow import (
    automatic,
    conversation,
    decisions,
    endings,
    incidents,
    live,
    requests,
    search,
    viewing,
)
from tests.city import City, asking
from tests.flow.test_declared_crisis import declared
from tests.flow.test_handover import watching
from tests.samples import CAMERAS, PLACE, REGULATOR, SUPERVISOR

SYNTHETIC, REAL = CAMERAS[0], CAMERAS[1]


async def synthetic(city: City, *, yes: bool = True, version: int = 2) -> None:
    async with city.store.write() as work:
        loaded = InventoryLoaded(organisation=None, what="cameras", rows=1, sha256="0")
        await work.record(loaded, replace(SYNTHETIC, synthetic=yes, version=version))


async def opened(city: City, *, exercise: bool = True) -> Incident:
    new = incidents.NewIncident(
        nature=Nature.FIRE,
        mass_casualty=False,
        place=PLACE,
        place_label="Rue Bertrand de Born",
        precision_m=50,
        case_ref=None,
        exercise=exercise,
    )
    return await incidents.open_incident(city.ports, REGULATOR, new, None)


async def test_the_whole_story_of_an_exercise_says_so_in_every_entry_and_counts_nowhere(city: City) -> None:
    await synthetic(city)
    incident = await opened(city)
    asked = await requests.submit(city.ports, REGULATOR, asking(incident, [SYNTHETIC.id]), None)
    city.clock.advance(20)
    approval = decisions.Approval(cameras=asked.cameras, duration_s=600, version=1)
    grant = await decisions.approve(city.ports, SUPERVISOR, asked.id, approval, command=None)
    permit = await watching(city, REGULATOR, grant)
    await viewing.lease(city.ports, grant.id, SYNTHETIC.id, None)
    assert (await viewing.brief(city.ports, grant.id, SYNTHETIC.id)).exercise, "burned into the picture"
    await endings.stop_sharing(city.ports, city.video, SUPERVISOR)
    await viewing.end_viewings(city.ports, [viewing.Look(permit, 1, "sharing_stopped")])
    await incidents.close_incident(city.ports, city.video, REGULATOR, incident.id)

    async with city.store.read() as work:
        entries = [json.loads(e.body) for e in await work.entries(after=2, limit=100)]
    silent = {e["kind"] for e in entries if e.get("exercise") is not True}
    assert silent == {"sharing.stopped"}, "which is the city's, not the exercise's"
    assert (await live.room(city.ports, REGULATOR)).answer_median_s is None


async def test_an_entry_in_earnest_has_the_bytes_it_always_had(city: City) -> None:
    grant = await city.grant()
    await viewing.lease(city.ports, grant.id, CAMERAS[0].id, None)
    async with city.store.read() as work:
        said = {e.kind: json.loads(e.body) for e in await work.entries(after=1, limit=100)}
    assert said.pop("incident.opened")["exercise"] is False
    assert len(said) == 3
    assert not any("exercise" in body for body in said.values())


async def test_a_real_camera_is_refused_in_an_exercise_and_a_synthetic_one_in_earnest(city: City) -> None:
    await synthetic(city)
    for exercise, camera, why in (
        (True, REAL, Reason.REAL_IN_EXERCISE),
        (False, SYNTHETIC, Reason.SYNTHETIC_IN_EARNEST),
    ):
        incident = await opened(city, exercise=exercise)
        with pytest.raises(Denied) as refused:
            await requests.submit(city.ports, REGULATOR, asking(incident, [camera.id]), None)
        assert refused.value.reason is why


async def test_what_the_inventory_says_later_ends_it_at_the_next_question(city: City) -> None:
    await synthetic(city)
    incident = await opened(city)
    asked = await requests.submit(city.ports, REGULATOR, asking(incident, [SYNTHETIC.id]), None)
    approval = decisions.Approval(cameras=asked.cameras, duration_s=600, version=1)
    await synthetic(city, yes=False, version=3)
    with pytest.raises(Denied) as refused:
        await decisions.approve(city.ports, SUPERVISOR, asked.id, approval, command=None)
    assert refused.value.reason is Reason.REAL_IN_EXERCISE
    await synthetic(city, version=4)
    grant = await decisions.approve(city.ports, SUPERVISOR, asked.id, approval, command=None)
    held = await viewing.lease(city.ports, grant.id, SYNTHETIC.id, None)
    await synthetic(city, yes=False, version=5)
    ask = (grant.id, SYNTHETIC.id, held.epoch)
    assert await viewing.leases(city.ports, [ask]) == {}
    for question in (viewing.lease(city.ports, *ask), viewing.brief(city.ports, *ask[:2])):
        with pytest.raises(Denied):
            await question


async def test_a_crisis_declared_for_an_exercise_grants_to_exercises_alone_and_says_so(city: City) -> None:
    await synthetic(city)
    for exercise, camera, why in (
        (True, REAL, Reason.REAL_IN_EXERCISE),
        (False, SYNTHETIC, Reason.SYNTHETIC_IN_EARNEST),
    ):
        with pytest.raises(Denied) as refused:
            await declared(city, exercise=exercise, cameras=(camera.id,))
        assert refused.value.reason is why
    await declared(city, exercise=True, cameras=(SYNTHETIC.id,))
    asked = await requests.submit(
        city.ports, REGULATOR, asking(await opened(city), [SYNTHETIC.id], minutes=5), None
    )
    assert asked.grant is not None, "at once"
    await automatic.notice_grant(city.ports, SUPERVISOR, asked.grant)
    text = conversation.NewMessage(kind=MessageKind.TEXT, text="Merci", template=None, camera=None)
    await conversation.send(city.ports, REGULATOR, asked.grant, text, None)
    async with city.store.read() as work:
        entries = [json.loads(e.body) for e in await work.entries(after=2, limit=100)]
    silent = {e["kind"] for e in entries if e.get("exercise") is not True}
    assert silent == {"access.denied"}

    in_earnest = asking(await opened(city, exercise=False), [REAL.id], minutes=5)
    assert (await requests.submit(city.ports, REGULATOR, in_earnest, None)).open, "a person decides"


async def test_each_finds_its_own_cameras_near_a_place_and_has_numbers_of_its_own(city: City) -> None:
    await synthetic(city)
    place = Position(PLACE.lat_deg, PLACE.lon_deg)
    near = {
        exercise: [
            s.camera.id
            for s in await search.nearby(
                city.ports, REGULATOR, place, precision_m=10, radius_m=500, limit=9, exercise=exercise
            )
        ]
        for exercise in (True, False)
    }
    assert near[True] == [SYNTHETIC.id]
    assert SYNTHETIC.id not in near[False]
    assert near[False]
    numbers = [(await opened(city, exercise=e)).number for e in (False, True, False, True)]
    assert numbers == ["2026-0001", "EX-2026-0001", "2026-0002", "EX-2026-0002"]


async def test_pages_without_a_room_are_told_of_exercises_by_number_and_only_who_is_part_of_them(
    city: City,
) -> None:
    async def told() -> tuple[list[str], list[str]]:
        async with city.store.read() as work:
            hospital, owner = REGULATOR.organisation.id, SUPERVISOR.organisation.id
            return await incidents.exercises(work, hospital), await incidents.exercises(work, owner)

    await synthetic(city)
    await opened(city, exercise=False)
    assert await told() == ([], [])
    first = await opened(city)
    city.clock.advance(1)
    second = await opened(city)
    assert await told() == ([second.number, first.number], [])
    asked = await requests.submit(city.ports, REGULATOR, asking(first, [SYNTHETIC.id]), None)
    assert await told() == ([second.number, first.number], [first.number]), "something of it waits"
    approval = decisions.Approval(cameras=asked.cameras, duration_s=600, version=1)
    await decisions.approve(city.ports, SUPERVISOR, asked.id, approval, command=None)
    assert await told() == ([second.number, first.number], [first.number]), "something of it is seen"
    for one in (first, second):
        await incidents.close_incident(city.ports, city.video, REGULATOR, one.id)
    assert await told() == ([], [])
