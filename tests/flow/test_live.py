"""What the police room is told beside requests and grants: escalations, cameras held back or failing."""

from crisislink.flow import live, suspensions, viewing
from tests.city import City
from tests.samples import CAMERAS, REGULATOR, SUPERVISOR

CAMERA = CAMERAS[0].id


async def test_a_room_entered_late_knows_how_far_an_unanswered_request_went(city: City) -> None:
    request = await city.request()
    assert (await live.room(city.ports, SUPERVISOR)).escalations == []
    for _ in range(2):  # one level at a time
        city.clock.advance(31)
        await city.clock_works()
    told = (await live.room(city.ports, SUPERVISOR)).escalations
    assert [(e.request, e.level) for e in told] == [(request.id, 2)]


async def test_each_escalation_is_told_live_with_its_level(city: City) -> None:
    await city.request()
    after = (await live.room(city.ports, SUPERVISOR)).as_of
    city.clock.advance(31)
    await city.clock_works()
    _, happened = await live.since(city.ports, SUPERVISOR, after, limit=10)
    assert [(h.kind, h.body["level"]) for h in happened] == [("request.escalated", 1)]


async def test_a_city_knows_its_paused_cameras_and_the_hospital_does_not_hear_of_them(city: City) -> None:
    await suspensions.hold_back(city.ports, city.video, SUPERVISOR, CAMERA, moved=False)
    assert [p.camera for p in (await live.room(city.ports, SUPERVISOR)).pauses] == [CAMERA]
    assert (await live.room(city.ports, REGULATOR)).pauses == []
    after = (await live.room(city.ports, SUPERVISOR)).as_of
    await suspensions.resume_camera(city.ports, SUPERVISOR, CAMERA)
    assert (await live.room(city.ports, SUPERVISOR)).pauses == []
    _, happened = await live.since(city.ports, SUPERVISOR, after, limit=10)
    assert [h.pause is not None and h.pause.cause is None for h in happened] == [True]


async def test_a_camera_fails_in_the_room_until_it_recovers_or_its_grant_is_newer(city: City) -> None:
    await viewing.camera_failed(city.ports, CAMERA, "unreachable")
    city.clock.advance(1)
    await city.grant()
    assert (await live.room(city.ports, SUPERVISOR)).failing == [], "that was before anybody could watch it"
    await viewing.camera_failed(city.ports, CAMERA, "garbage")
    [failing] = (await live.room(city.ports, SUPERVISOR)).failing
    assert (failing.camera, failing.fault, failing.since) == (CAMERA, "garbage", city.clock.now())
    assert (await live.room(city.ports, REGULATOR)).failing == []
    await viewing.camera_recovered(city.ports, CAMERA)
    assert (await live.room(city.ports, SUPERVISOR)).failing == []
