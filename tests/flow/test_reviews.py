"""The review of a whole crisis: of each incident what one may read of it alone, and of no other."""

from dataclasses import replace

import pytest

from crisislink.core.actors import Actor
from crisislink.core.errors import Denied
from crisislink.core.events import InventoryLoaded
from crisislink.core.ids import IncidentId
from crisislink.core.review import Step
from crisislink.core.suspension import SuspendCause
from crisislink.flow import incidents, reviews, suspensions
from tests.city import City
from tests.samples import AUDITOR, OTHER_CITY, OTHER_REGULATOR, OTHER_SUPERVISOR, REGULATOR, SUPERVISOR

LOADED = InventoryLoaded(organisation=None, what="requests", rows=1, sha256="0" * 64)


async def test_each_reads_the_incidents_of_a_crisis_that_are_theirs(city: City) -> None:
    granted, asked, unasked = await city.grant(), await city.request(), await city.incident()
    others = await city.incident(OTHER_REGULATOR)
    for one in (asked.incident, unasked.id):
        await incidents.group_incident(city.ports, REGULATOR, one, granted.incident)

    async def read(who: Actor, named: IncidentId) -> list[IncidentId]:
        found = await reviews.read(city.ports, who, named, crisis=True)
        told = [one.id for one in found.review.incidents]
        assert {m.incident for m in found.review.moments} == set(told)
        assert {one.incident for one in found.requests} <= set(told)
        return told

    for who in (REGULATOR, AUDITOR):
        assert await read(who, asked.incident) == [granted.incident, asked.incident, unasked.id]
    assert await read(SUPERVISOR, asked.incident) == [granted.incident, asked.incident]
    assert await read(OTHER_REGULATOR, others.id) == [others.id], "it stands alone"
    for who, named in (
        (SUPERVISOR, unasked.id),
        (OTHER_SUPERVISOR, asked.incident),
        (OTHER_REGULATOR, unasked.id),
    ):
        with pytest.raises(Denied):
            await read(who, named)
    alone = await reviews.read(city.ports, REGULATOR, asked.incident)
    assert [one.id for one in alone.review.incidents] == [asked.incident]


async def test_a_city_that_was_asked_beside_another_reads_its_own_part(city: City) -> None:
    granted, asked = await city.grant(), await city.request()
    await incidents.group_incident(city.ports, REGULATOR, asked.incident, granted.incident)
    async with city.store.write() as work:
        blagnac = replace(asked, owner=OTHER_CITY.id, version=asked.version + 1)
        await work.record(LOADED, blagnac)
    for who, named in ((SUPERVISOR, granted.incident), (OTHER_SUPERVISOR, asked.incident)):
        read = await reviews.read(city.ports, who, named, crisis=True)
        assert [one.id for one in read.review.incidents] == [named]
        assert {one.owner for one in read.requests} == {who.organisation.id}
        assert read.review.figures.requests == 1


async def test_a_view_that_was_suspended_and_resumed_is_told_with_its_reason(city: City) -> None:
    grant, other = await city.grant(), await city.request()
    camera = grant.views[0].camera
    await suspensions.hold_back(city.ports, city.video, SUPERVISOR, camera, moved=False)
    await suspensions.resume_camera(city.ports, SUPERVISOR, camera)
    read = await reviews.read(city.ports, REGULATOR, grant.incident)
    told = [m for m in read.review.moments if m.step in {Step.VIEW_SUSPENDED, Step.VIEW_RESUMED}]
    assert [(m.step, m.actor, m.cameras, m.cause) for m in told] == [
        (Step.VIEW_SUSPENDED, SUPERVISOR.person.id, (camera,), SuspendCause.CITY),
        (Step.VIEW_RESUMED, SUPERVISOR.person.id, (camera,), SuspendCause.CITY),
    ]
    read = await reviews.read(city.ports, REGULATOR, other.incident)
    assert Step.VIEW_SUSPENDED not in {m.step for m in read.review.moments}
