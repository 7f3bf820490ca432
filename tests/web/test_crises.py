"""A declared crisis over the API: two supervisors, a grant at once, suspension, end; and in reviews."""

from typing import Any

from tests.samples import BASIS, CAMERAS, CITY, PLACE, SAMU
from tests.web.conftest import Site

PERIMETER: dict[str, Any] = {
    "points": [{"lat": PLACE.lat_deg, "lon": PLACE.lon_deg}],
    "radius_m": 200,
}
NEW: dict[str, Any] = {
    "hospital": SAMU.id,
    "city": CITY.id,
    "perimeter": PERIMETER,
    "cameras": [CAMERAS[0].id, CAMERAS[1].id],
    "grant_s": 600,
    "lasts_s": 3_600,
}


async def declared(site: Site) -> dict[str, Any]:
    proposed = await site.post("maud", "/api/crises", NEW)
    assert proposed.status_code == 201, proposed.text
    body: dict[str, Any] = proposed.json()
    confirmed = await site.post("alex", f"/api/crises/{body['id']}/confirm", {"version": body["version"]})
    assert confirmed.status_code == 200, confirmed.text
    declaration: dict[str, Any] = confirmed.json()
    return declaration


async def asked(site: Site) -> dict[str, Any]:
    incident = await site.city.incident()
    body = {
        "incident": incident.id,
        "cameras": [CAMERAS[0].id],
        "duration_s": 600,
        "intent": "danger_zone",
    }
    answer = await site.post("lea", "/api/requests", body)
    assert answer.status_code == 201, answer.text
    request: dict[str, Any] = answer.json()
    return request


async def test_the_whole_of_it(site: Site) -> None:
    declaration = await declared(site)
    assert declaration["state"] == "active"
    assert declaration["perimeter"] == PERIMETER
    request = await asked(site)
    assert (request["state"], request["declaration"]) == ("approved", declaration["id"])
    for who in ("lea", "omar"):
        room = (await site.get(who, "/api/room")).json()
        assert [one["id"] for one in room["crises"]] == [declaration["id"]]
        [grant] = room["grants"]
        assert (grant["declaration"], grant["noticed_at"]) == (declaration["id"], None)
        assert {"Maud", "Alex"} <= {person["name"] for person in room["persons"]}
    noticed = (await site.post("omar", f"/api/grants/{grant['id']}/notice")).json()
    assert noticed["noticed_by"] == "per_omar"
    path = f"/api/crises/{declaration['id']}"
    suspended = await site.post("omar", f"{path}/suspend", {"cut": True})
    assert suspended.json()["state"] == "suspended"
    [grant] = (await site.get("omar", "/api/room")).json()["grants"]
    assert grant["cause"] == "crisis_suspended"
    assert (await site.post("alex", f"{path}/resume")).json()["state"] == "active"
    assert (await site.post("maud", f"{path}/end")).json()["state"] == "ended"
    review = (await site.get("ines", f"/api/reviews/{request['incident']}")).json()
    steps = {moment["step"] for moment in review["moments"] if moment["declaration"] is not None}
    assert steps == {
        "crisis_proposed",
        "crisis_declared",
        "approved_in_crisis",
        "crisis_suspended",
        "crisis_resumed",
        "crisis_ended",
    }
    assert (review["figures"]["automatic"], review["figures"]["answer_median_s"]) == (1, None)
    assert [one["ref"] for one in review["crises"]] == [declaration["ref"]]
    for who in ("lea", "omar", "ines"):
        assert [one["id"] for one in (await site.get(who, "/api/crises")).json()] == [declaration["id"]]
        whole = (await site.get(who, f"{path}/review")).json()
        assert (whole["declaration"]["cause"], whole["began_at"]) == ("by_hand", declaration["proposed_at"])
        assert {moment["step"] for moment in whole["moments"]} > steps
        unused = [moment["step"] for moment in whole["moments"] if moment["unused"]]
        assert unused == ["approved_in_crisis", "grant_ended"]


async def test_the_acts_that_bound_it_are_told_to_those_who_declare(site: Site) -> None:
    for who, found in (("maud", [BASIS.id]), ("alex", [BASIS.id]), ("bob", [])):
        assert [act["id"] for act in (await site.get(who, "/api/acts")).json()] == found
    assert (await site.get("lea", "/api/acts")).status_code == 403


async def test_a_perimeter_that_is_none_is_refused_in_words(site: Site) -> None:
    bow = [(0.0, 0.0), (0.001, 0.001), (0.0, 0.001), (0.001, 0.0)]
    points = [{"lat": PLACE.lat_deg + north, "lon": PLACE.lon_deg + east} for north, east in bow]
    answer = await site.post("maud", "/api/crises", NEW | {"perimeter": {"points": points}})
    assert (answer.status_code, answer.json()["code"]) == (422, "perimeter")
    assert "64" in answer.json()["detail"]


async def test_another_citys_supervisor_finds_no_crisis_to_touch(site: Site) -> None:
    declaration = await declared(site)
    for act, body in (("confirm", {"version": 2}), ("suspend", {}), ("resume", None), ("end", None)):
        answer = await site.post("bob", f"/api/crises/{declaration['id']}/{act}", body)
        assert answer.status_code in {403, 404}, act
    assert (await site.get("bob", "/api/room")).json()["crises"] == []
    assert (await site.get("bob", "/api/crises")).json() == []
    assert (await site.get("bob", f"/api/crises/{declaration['id']}/review")).status_code in {403, 404}
