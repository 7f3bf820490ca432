"""The API from outside: the story by HTTP, and every bad input as a clear problem, nothing half-done."""

import json
from collections import defaultdict
from typing import Any

import pytest

from crisislink.core.actors import Role
from crisislink.core.errors import Reason
from crisislink.flow.newcomers import Newcomer, keep
from crisislink.web import openapi
from crisislink.web.operations import OPERATIONS
from crisislink.web.problems import WORDS
from tests.samples import ADMINISTRATOR, CAMERAS, COLLEAGUES, PLACE
from tests.web.conftest import ORIGIN, Site
from tests.web.matrix import BODIES, Thing

NEW_INCIDENT: dict[str, Any] = {
    "nature": "building_collapse",
    "lat": PLACE.lat_deg,
    "lon": PLACE.lon_deg,
    "place_label": "Rue Bertrand de Born",
}


def asking(incident: str, *cameras: str, **more: Any) -> dict[str, Any]:
    chosen = list(cameras) or [CAMERAS[0].id, CAMERAS[1].id]
    return {"incident": incident, "cameras": chosen, "duration_s": 600, "intent": "access_route"} | more


async def opened(site: Site) -> str:
    return str((await site.post("lea", "/api/incidents", NEW_INCIDENT)).json()["id"])


async def asked(site: Site, **more: Any) -> dict[str, Any]:
    answer = await site.post("lea", "/api/requests", asking(await opened(site), **more))
    body: dict[str, Any] = answer.json()
    assert answer.status_code == 201, body
    return body


async def approved(site: Site) -> dict[str, Any]:
    request = await asked(site)
    decision = {"cameras": request["cameras"], "duration_s": 600, "version": 1}
    answer = await site.post("alex", f"/api/requests/{request['id']}/approve", decision)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


RECENT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "approveRequest": (
        "alex",
        "/api/requests/{request}/approve",
        {"cameras": [CAMERAS[0].id], "duration_s": 600, "version": 1},
    ),
    "giveHabilitation": (
        "ada",
        "/api/admin/habilitations",
        {
            "person": "per_bob",
            "role": "camera_operator",
            "designated_by": "le maire",
            "act": "arrêté 1",
            "first_day": "2026-11-23",
            "last_day": "2026-12-31",
        },
    ),
    "moveHabilitation": (
        "ada",
        "/api/admin/habilitations/hab_1/end",
        {"last_day": "2026-11-30", "was": "2026-12-01T00:00:00Z"},
    ),
    "withdrawHabilitation": ("ada", "/api/admin/habilitations/hab_1/withdraw", {}),
    "bindPerson": ("ada", "/api/admin/people/per_bob/identity", {"reference": "{reference}"}),
    "importRoster": (
        "ada",
        "/api/admin/roster/import",
        dict(BODIES["POST /api/admin/roster/import"]),
    ),
    "proposeCrisis": ("maud", "/api/crises", dict(BODIES["POST /api/crises"])),
    "confirmCrisis": ("alex", "/api/crises/{proposal}/confirm", {"version": 1}),
    "resumeCrisis": ("alex", "/api/crises/{crisis}/resume", {}),
}
"""For each operation that needs a recent authentication: who does it, where, and what they say."""


def test_every_operation_that_needs_a_recent_authentication_is_tried() -> None:
    assert RECENT.keys() == {operation.id for operation in OPERATIONS if operation.recent}


@pytest.mark.parametrize("operation", RECENT)
async def test_without_a_recent_authentication_nothing_is_done_and_the_problem_says_so(
    site: Site, operation: str
) -> None:
    who, path, body = RECENT[operation]
    if body.get("reference"):
        stranger = Newcomer(issuer=ADMINISTRATOR.person.issuer, subject="sub-new", name="N")
        body = {"reference": await keep(site.city.ports, stranger)}
    thing = Thing(site.city)
    there = {one: await getattr(thing, one)() for one in ("proposal", "crisis") if f"{{{one}}}" in path}
    if "crisis" in there:
        await site.post("alex", f"/api/crises/{there['crisis']}/suspend", {"cut": False})
    site.city.clock.advance(site.city.ports.limits.recent_s)
    there["request"] = (await asked(site))["id"]
    answer = await site.post(who, path.format(**there), body)
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up"), answer.text
    assert (await denials(site))[-1][1] == "step_up"
    assert not set(await site.city.kinds()) & {"request.approved"}


async def denials(site: Site) -> list[tuple[str, str]]:
    async with site.city.store.read() as work:
        entries = await work.entries(after=0, limit=1000, kinds=["access.denied"])
    return [(body["action"], body["reason"]) for body in (json.loads(e.body) for e in entries)]


async def test_incidents_are_grouped_in_a_crisis_and_parted(site: Site) -> None:
    first, second = await opened(site), await opened(site)
    path = f"/api/incidents/{second}/group"
    joined = await site.post("lea", path, {"first": first})
    assert (joined.status_code, joined.json()["crisis"]) == (200, first)
    room = (await site.get("lea", "/api/room")).json()
    assert {i["id"]: i["crisis"] for i in room["incidents"]} == {first: first, second: first}
    assert (await site.post("lea", path, {"first": None})).json()["crisis"] is None
    assert (await site.post("lea", path, {"first": second})).status_code == 422


async def test_an_incident_is_handed_over_and_who_comes_second_reads_it(site: Site) -> None:
    await site.city.hire(*COLLEAGUES)
    incident = await opened(site)
    path, lea = f"/api/incidents/{incident}/handover", "per_lea"
    offered = await site.post("lea", path, {"act": "offer", "holder": lea})
    assert (offered.status_code, offered.json()["wish"]) == (200, "offered")
    passed = await site.post("nora", path, {"act": "ask", "holder": lea})
    assert (passed.json()["holder"], passed.json()["relieved"]) == ("per_nora", [lea])
    late = await site.post("sami", path, {"act": "ask", "holder": lea})
    assert (late.status_code, late.json()["code"]) == (409, "handed_on")
    room = (await site.get("lea", "/api/room")).json()
    assert [(c["incident"], c["holder"]) for c in room["charges"]] == [(incident, "per_nora")]
    assert (await site.post("lea", path, {"act": "seize", "holder": lea})).json()["fields"] == ["/act"]


async def test_the_story_by_http(site: Site) -> None:
    grant = await approved(site)
    room = (await site.get("alex", "/api/room")).json()
    assert [g["id"] for g in room["grants"]] == [grant["id"]]
    assert {p["name"] for p in room["persons"]} == {"Lea", "Alex"}
    ticket = await site.post("lea", f"/api/grants/{grant['id']}/tickets", {"camera": CAMERAS[0].id})
    assert ticket.status_code == 201
    assert ticket.json()["url"] == "ws://localhost:8400/stream"
    revoked = await site.post("omar", f"/api/grants/{grant['id']}/revoke", {"cameras": [CAMERAS[0].id]})
    assert [v["cause"] for v in revoked.json()["views"]] == ["revoked", None]
    over = await site.post("lea", f"/api/grants/{grant['id']}/tickets", {"camera": CAMERAS[0].id})
    assert (over.status_code, over.json()["code"]) == (410, "grant_over")
    released = await site.post("lea", f"/api/grants/{grant['id']}/release", {})
    assert released.json()["state"] == "ended"
    page = (await site.get("ines", "/api/register?limit=2")).json()
    assert page["head"]["size"] == page["entries"][0]["seq"]
    assert (await site.get("ines", "/api/register/verification")).json()["ok"] is True


async def test_cameras_places_and_reasons(site: Site) -> None:
    cameras = (await site.get("lea", "/api/cameras")).json()
    assert len(cameras) == len(CAMERAS)
    assert "rtsp" not in json.dumps(cameras)
    near = (await site.get("lea", f"/api/nearby?lat={PLACE.lat_deg}&lon={PLACE.lon_deg}")).json()
    assert near[0]["sight"] == "on_axis"
    found = (await site.get("alex", "/api/places", params={"q": "rue n 4"})).json()
    assert found[0]["camera"] == CAMERAS[3].id


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"lat": 91}, "coordinates", "/lat"),
        ({"lon": -180.1}, "coordinates", "/lon"),
        ({"lat": "north"}, "coordinates", "/lat"),
        ({"nature": "party"}, "malformed", "/nature"),
        ({"surprise": 1}, "malformed", "/surprise"),
        ({"place_label": ""}, "malformed", "/place_label"),
        ({"place_label": "x" * 200}, "malformed", "/place_label"),
        ({"precision_m": -1}, "malformed", "/precision_m"),
        ({"case_ref": "a b"}, "malformed", "/case_ref"),
    ],
)
async def test_a_bad_field_is_named(site: Site, change: dict[str, Any], code: str, field: str) -> None:
    answer = await site.post("lea", "/api/incidents", NEW_INCIDENT | change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["fields"] == [field]
    assert answer.headers["content-type"] == "application/problem+json"
    assert await site.city.kinds() == []


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 422, "malformed"),
        (b"[]", 422, "malformed"),
        (b"\xff\xfe", 422, "malformed"),
        (b'{"lat": NaN}', 422, "coordinates"),
        (b"[" * 40_000, 422, "malformed"),
        (b'{"place_label": "' + b"x" * 70_000 + b'"}', 413, "body_too_large"),
    ],
)
async def test_a_hostile_body_is_a_problem(site: Site, raw: bytes, status: int, code: str) -> None:
    headers = {"x-person": "lea", "origin": ORIGIN, "content-type": "application/json"}
    answer = await site.client.post("/api/incidents", content=raw, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_endless_body_is_cut_off(site: Site) -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b" " * 10_000

    headers = {"x-person": "lea", "origin": ORIGIN, "content-type": "application/json"}
    answer = await site.client.post("/api/incidents", content=endless(), headers=headers)
    assert answer.status_code == 413


async def test_only_json_is_read(site: Site) -> None:
    headers = {"x-person": "lea", "origin": ORIGIN, "content-type": "text/plain"}
    answer = await site.client.post("/api/incidents", content=json.dumps(NEW_INCIDENT), headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:8400.evil.example"},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
        {"origin": ORIGIN, "sec-fetch-site": "same-site"},
    ],
)
async def test_another_origin_changes_nothing_and_is_recorded(site: Site, headers: dict[str, str]) -> None:
    answer = await site.client.post(
        "/api/incidents", json=NEW_INCIDENT, headers={"x-person": "lea"} | headers
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")
    assert await site.city.kinds() == ["access.denied"]


async def test_unknown_camera_and_unknown_request_are_not_found_and_recorded(site: Site) -> None:
    incident = await opened(site)
    answer = await site.post("lea", "/api/requests", asking(incident, "cam_none"))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    decision = {"cameras": ["cam_001"], "duration_s": 600, "version": 1}
    answer = await site.post("alex", "/api/requests/req_none/approve", decision)
    assert answer.status_code == 404
    answer = await site.post("alex", f"/api/requests/{'x' * 500}/approve", decision)
    assert answer.status_code == 404
    assert [reason for _, reason in await denials(site)] == ["not_found"] * 3


async def test_outside_every_legal_basis(site: Site) -> None:
    paris = await site.post("lea", "/api/incidents", NEW_INCIDENT | {"lat": 48.85, "lon": 2.35})
    answer = await site.post("lea", "/api/requests", asking(paris.json()["id"]))
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_legal_basis")
    assert await denials(site) == [("request.submit", "outside_legal_basis")]


async def test_wrong_organisation_and_self_approval(site: Site) -> None:
    request = await asked(site)
    decision = {"cameras": request["cameras"], "duration_s": 600, "version": 1}
    for who, status, code in (("lea", 403, "role"), ("bob", 404, "not_found"), ("omar", 403, "role")):
        answer = await site.post(who, f"/api/requests/{request['id']}/approve", decision)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [reason for _, reason in await denials(site)] == ["role", "other_organisation", "role"]


async def test_a_judicial_reason_is_not_disclosed_to_the_hospital(site: Site) -> None:
    request = await asked(site)
    refusal = {"reason": "judicial", "version": 1}
    answer = await site.post("alex", f"/api/requests/{request['id']}/refuse", refusal)
    assert answer.json()["refusal"] == "judicial"
    [seen] = (await site.get("lea", "/api/room")).json()["requests"]
    assert (seen["state"], seen["refusal"]) == ("refused", None)


async def test_the_same_key_repeats_the_answer_another_body_conflicts(site: Site) -> None:
    incident = await opened(site)
    first = await site.post("lea", "/api/requests", asking(incident), idempotency_key="k1")
    again = await site.post("lea", "/api/requests", asking(incident), idempotency_key="k1")
    assert first.json() == again.json()
    other = await site.post("lea", "/api/requests", asking(incident, duration_s=300), idempotency_key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency")
    long = await site.post("lea", "/api/requests", asking(incident), idempotency_key="k" * 65)
    assert long.json()["fields"] == ["/Idempotency-Key"]


async def test_words_follow_the_language_asked_for(site: Site) -> None:
    for accept, title in (
        ("fr-FR,fr;q=0.9", "Connexion nécessaire"),
        ("en", "Sign-in needed"),
        ("", "Connexion nécessaire"),
    ):
        answer = await site.client.get("/api/me", headers={"accept-language": accept})
        assert answer.json()["title"] == title


def test_every_reason_has_words_that_format() -> None:
    for reason in Reason:
        words = WORDS[reason]
        assert len(words) == 4
        for text in words:
            assert text.format_map(defaultdict(int))


async def test_an_unknown_address_and_a_wrong_method_are_problems(site: Site) -> None:
    answer = await site.client.get("/api/none")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = await site.client.delete("/api/room")
    assert (answer.status_code, answer.json()["code"]) == (405, "method")


async def test_a_fault_of_ours_shows_no_trace(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(site.city.store, "read", broken)
    answer = await site.get("lea", "/api/room")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text


async def test_pages_and_headers(site: Site) -> None:
    for path in ("/", "/samu", "/cic", "/mur", "/registre"):
        page = await site.client.get(path)
        assert "CrisisLink" in page.text
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self' https://idp.example" in policy
        assert page.headers["x-content-type-options"] == "nosniff"
    asset = await site.client.get("/assets/app-1.js")
    assert "immutable" in asset.headers["cache-control"]
    for escape in ("/assets/../index.html", "/assets/%2e%2e/index.html"):
        assert (await site.client.get(escape)).status_code == 404


async def test_the_served_document_is_the_one_in_the_repository(site: Site) -> None:
    served = (await site.client.get("/api/openapi.json")).json()
    assert served == openapi.document()


def test_every_operation_names_roles_that_exist_on_a_side() -> None:
    assert all(role.sides for operation in OPERATIONS for role in operation.roles or ())
    assert frozenset({Role.AUDITOR}) == next(o.roles for o in OPERATIONS if o.id == "register")


async def test_a_camera_is_suspended_and_resumed(site: Site) -> None:
    grant = await approved(site)
    [camera, *_] = [view["camera"] for view in grant["views"]]
    answer = await site.post("omar", f"/api/cameras/{camera}/suspend", {"moved": True})
    assert (answer.status_code, answer.json()["cause"]) == (200, "camera_moved")
    [seen] = (await site.get("lea", "/api/room")).json()["grants"]
    assert [v["suspension"] for v in seen["views"] if v["camera"] == camera] == ["camera_moved"]
    shown = (await site.get("lea", "/api/cameras")).json()
    assert [c["id"] for c in shown if c["not_shareable"] == "camera_suspended"] == [camera]
    refused = await site.post("lea", f"/api/grants/{grant['id']}/tickets", {"camera": camera})
    assert (refused.status_code, refused.json()["code"]) == (403, "camera_suspended")
    assert (await site.post("omar", f"/api/cameras/{camera}/resume", {})).status_code == 403
    answer = await site.post("alex", f"/api/cameras/{camera}/resume", {})
    assert (answer.status_code, answer.json()["cause"]) == (200, None)
    [seen] = (await site.get("lea", "/api/room")).json()["grants"]
    assert all(view["suspended_at"] is None for view in seen["views"])
