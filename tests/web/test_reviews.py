"""Who may read an incident afterwards, and what each side reads."""

import pytest

from crisislink.core.requests import RefusalReason
from crisislink.flow import decisions
from tests.samples import SUPERVISOR
from tests.web.conftest import Site


@pytest.fixture
async def incident(site: Site) -> str:
    """Of a request that was refused for a reason that may not be disclosed, beside a grant."""
    await site.city.grant()
    request = await site.city.request()
    await decisions.refuse(
        site.city.ports, SUPERVISOR, request.id, RefusalReason.JUDICIAL, version=request.version
    )
    return request.incident


async def test_both_rooms_and_the_commission_read_it(site: Site, incident: str) -> None:
    for who, reason in (("lea", None), ("alex", "judicial"), ("ines", "judicial")):
        listed = (await site.get(who, "/api/reviews")).json()
        assert len(listed) == 2
        assert listed[0]["id"] == incident
        answer = await site.get(who, f"/api/reviews/{incident}")
        assert answer.status_code == 200
        told = answer.json()
        assert [m["step"] for m in told["moments"]] == ["opened", "requested", "refused"]
        assert told["requests"][0]["refusal"] == reason
        assert told["figures"]["refused"] == 1
        assert {p["name"] for p in told["persons"]} == {"Lea", "Alex"}


async def test_nobody_else_does(site: Site, incident: str) -> None:
    for who in ("rene", "bob", "ada"):
        answer = await site.get(who, f"/api/reviews/{incident}")
        assert answer.status_code in {403, 404}
        assert "moments" not in answer.json()
    assert (await site.get("rene", "/api/reviews")).json() == []


async def test_an_unknown_incident_is_not_found(site: Site) -> None:
    assert (await site.get("lea", "/api/reviews/inc_none")).status_code == 404


async def test_a_whole_crisis_is_read_and_an_incident_alone_is_as_before(site: Site, incident: str) -> None:
    alone, whole = f"/api/reviews/{incident}", f"/api/reviews/{incident}?crisis=true"
    steps = (await site.get("alex", alone)).json()["moments"]
    assert (await site.get("alex", whole)).json()["moments"] == steps
    granted = (await site.get("alex", "/api/reviews")).json()[1]["id"]
    assert (await site.post("lea", f"/api/incidents/{incident}/group", {"first": granted})).status_code == 200
    for who in ("lea", "alex", "ines"):
        told = (await site.get(who, whole)).json()
        assert [one["id"] for one in told["incidents"]] == [granted, incident]
        assert {one["incident"] for one in told["moments"]} == {granted, incident}
        assert told["figures"]["requests"] == 2
    assert (await site.get("alex", alone)).json()["moments"] == steps
    assert (await site.get("alex", f"{alone}?crisis=perhaps")).status_code == 422
    assert (await site.get("rene", whole)).status_code in {403, 404}
