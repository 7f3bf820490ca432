"""The rooms talk over HTTP and hear of it on their sockets; every refusal says what to do."""

import asyncio
import json
from typing import Any

import pytest

from crisislink.core.errors import Reason
from tests.samples import CAMERAS
from tests.talk import movable_grant
from tests.web.conftest import Site
from tests.web.test_live import room, said, served

WISH = {"kind": "wish", "template": "north", "camera": CAMERAS[0].id}


async def granted(site: Site) -> str:
    return f"/api/grants/{(await movable_grant(site.city)).id}/messages"


async def test_both_rooms_hear_a_message_at_once_and_once_and_who_was_away_reads_it_later(
    site: Site,
) -> None:
    path = await granted(site)
    async with served(site) as port:
        async with room(port, "omar") as omar, room(port, "lea") as lea, room(port, "rene") as rene:
            for socket in (omar, lea, rene):
                await socket.send(json.dumps({"after": 0}))
                await said(socket, until="tick")
            sent = await site.post("lea", path, WISH)
            assert sent.status_code == 201
            for socket in (omar, lea):
                told = (await said(socket, until="message.sent", within_s=1))[-1]
                assert told["message"] == sent.json()
                assert told["person"]["name"] == "Lea"
            others = await said(rene, until="tick")
            assert not [one for one in others if one["type"] == "event"]
            last = told["id"]
        await site.post("omar", f"/api/messages/{sent.json()['id']}/answer", {"answer": "done"})
        await site.post("omar", path, {"text": "C'est tourné"})
        async with room(port, "lea") as lea:
            await lea.send(json.dumps({"after": last}))
            heard = [one for one in await said(lea, until="tick") if one["type"] == "event"]
    assert [one["kind"] for one in heard] == ["message.answered", "message.sent"]
    assert heard[0]["message"]["answer"] == "done"
    snapshot = (await site.get("lea", "/api/room")).json()
    assert [(one["text"], one["answer"]) for one in snapshot["messages"]] == [
        ("Tournez vers le nord", "done"),
        ("C'est tourné", None),
    ]
    assert "Omar" in {person["name"] for person in snapshot["persons"]}


@pytest.mark.parametrize(
    ("body", "code", "does"),
    [
        ({"text": "M. Dupont au sol"}, Reason.PATIENT_NAME, "Retirez-le"),
        ({"text": "né le 12/03/1958"}, Reason.PATIENT_BIRTH, "Retirez la date"),
        ({"text": "1 85 05 78 006 084 91"}, Reason.PATIENT_NIR, "Retirez le numéro"),
        ({"text": "06 12 34 56 78"}, Reason.PATIENT_CONTACT, "autre salle est affiché"),
        ({"text": "femme de 54 ans"}, Reason.PATIENT_AGE, "dites où"),
        ({"text": "arrêt cardiaque"}, Reason.PATIENT_MEDICAL, "Dites ce qu'il faut voir"),
        ({"text": "12 rue Matabiau"}, Reason.PATIENT_HOME, "Nommez un carrefour"),
        ({"text": "pati\u200bent"}, Reason.TEXT_CHARACTERS, "sans emoji"),
        ({"text": "x" * 141}, Reason.TEXT_LENGTH, "140"),
        ({"kind": "wish", "text": "Plus haut", "camera": CAMERAS[1].id}, Reason.CAMERA_FIXED, "orientable"),
        ({"text": "a", "template": "heard"}, Reason.MALFORMED, "Corrigez"),
        ({"text": "x" * 4_001}, Reason.MALFORMED, "Corrigez"),
        ({"kind": "order", "text": "a"}, Reason.MALFORMED, "Corrigez"),
        ({}, Reason.MALFORMED, "Corrigez"),
    ],
)
async def test_a_refusal_names_its_reason_and_what_to_do(
    site: Site, body: dict[str, Any], code: Reason, does: str
) -> None:
    answer = await site.post("lea", await granted(site), body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert does in answer.json()["detail"]
    assert "Dupont" not in answer.text


async def test_who_may_not_talk_and_what_is_over_say_so(site: Site) -> None:
    path = await granted(site)
    for who, status in (("rene", 404), ("bob", 404), ("ada", 403), ("ines", 403)):
        assert (await site.post(who, path, {"text": "Bonjour"})).status_code == status
    wish = (await site.post("lea", path, WISH)).json()
    answer = f"/api/messages/{wish['id']}/answer"
    assert (await site.post("omar", answer, {"answer": "cannot"})).status_code == 422
    done = await site.post("omar", answer, {"answer": "cannot", "obstacle": "mask"})
    assert (done.status_code, done.json()["obstacle"]) == (200, "mask")
    late = await site.post("alex", answer, {"answer": "done"})
    assert (late.status_code, late.json()["code"]) == (409, "already_answered")
    await site.post("lea", path.replace("messages", "release"), {})
    over = await site.post("lea", path, {"text": "Bonjour"})
    assert (over.status_code, over.json()["code"]) == (410, "grant_over")


async def test_the_same_key_says_it_once_and_too_much_is_told_to_wait(site: Site) -> None:
    path = await granted(site)
    twice = await asyncio.gather(
        *(site.post("lea", path, {"text": "Bonjour"}, idempotency_key="k") for _ in range(2))
    )
    assert twice[0].json() == twice[1].json()
    for _ in range(site.city.ports.talk.sends_max - 2):
        await site.post("lea", path, {"text": "Bonjour"})
    answer = await site.post("lea", path, {"text": "Bonjour"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")


async def test_the_two_rooms_read_it_afterwards_and_the_commission_reads_that_it_was_said(
    site: Site,
) -> None:
    path = await granted(site)
    await site.post("lea", path, {"text": "Bonjour"})
    [incident] = (await site.get("lea", "/api/room")).json()["incidents"]
    for who, text in (("lea", "Bonjour"), ("omar", "Bonjour"), ("ines", None)):
        review = (await site.get(who, f"/api/reviews/{incident['id']}")).json()
        assert [one["text"] for one in review["messages"]] == [text]
        assert (review["messages"][0]["salt"] is None) is (text is None)
        assert "text" in [moment["step"] for moment in review["moments"]]
    page = await site.get("ines", "/api/register?limit=1000")
    assert "Bonjour" not in page.text
