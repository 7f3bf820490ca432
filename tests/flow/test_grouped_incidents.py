"""Several incidents in one crisis: named by the first, for one hospital, told to its room."""

import json

import pytest

from crisislink.core.errors import Denied, Invalid
from crisislink.flow import incidents, live
from tests.city import City
from tests.samples import OTHER_REGULATOR, REGULATOR


async def test_incidents_that_are_grouped_bear_the_name_of_the_first(city: City) -> None:
    first, second, third = [await city.incident() for _ in range(3)]
    joined = await incidents.group_incident(city.ports, REGULATOR, second.id, first.id)
    assert joined.crisis == first.id
    assert (await incidents.group_incident(city.ports, REGULATOR, third.id, second.id)).crisis == first.id
    room = await live.room(city.ports, REGULATOR)
    assert [i.crisis for i in room.incidents] == [first.id] * 3
    kinds = await city.kinds()
    await incidents.group_incident(city.ports, REGULATOR, third.id, first.id)
    assert await city.kinds() == kinds, "again changes nothing"

    alone = await incidents.group_incident(city.ports, REGULATOR, third.id, None)
    assert alone.crisis is None
    _, told = await live.since(city.ports, REGULATOR, 0, limit=100)
    grouped = [h for h in told if h.kind == "incident.grouped"]
    assert [h.body["crisis"] for h in grouped] == [first.id] * 3 + [None]
    assert all(h.incident is not None for h in grouped)


async def test_only_open_incidents_of_ones_own_hospital_are_grouped(city: City) -> None:
    first, second = await city.incident(), await city.incident()
    others = await city.incident(OTHER_REGULATOR)
    with pytest.raises(Invalid):
        await incidents.group_incident(city.ports, REGULATOR, first.id, first.id)
    with pytest.raises(Denied):
        await incidents.group_incident(city.ports, REGULATOR, first.id, others.id)
    with pytest.raises(Denied):
        await incidents.group_incident(city.ports, OTHER_REGULATOR, first.id, others.id)
    await incidents.close_incident(city.ports, city.video, REGULATOR, second.id)
    with pytest.raises(Denied):
        await incidents.group_incident(city.ports, REGULATOR, first.id, second.id)
    async with city.store.read() as work:
        assert (await work.incident(first.id)).crisis is None
        denied = await work.entries(after=0, limit=1_000, kinds=["access.denied"])
    assert {json.loads(e.body)["action"] for e in denied} == {"incident.group"}
