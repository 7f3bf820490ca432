"""The rooms talk: who may, what is refused, what the register keeps, and when the words go."""

import asyncio
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from crisislink.adapters.rates import InProcessRates
from crisislink.core.actors import Actor
from crisislink.core.conversation import Answer, Obstacle
from crisislink.core.errors import Conflict, Denied, Expired, Invalid, NotFound, Reason, Unavailable
from crisislink.core.handover import Act
from crisislink.core.ids import CameraId, IncidentId, MessageId
from crisislink.core.talkrules import MessageKind
from crisislink.flow import conversation, endings, live, reviews
from crisislink.flow.commands import Command
from crisislink.flow.handover import hand_over
from tests.city import City
from tests.samples import (
    ADMINISTRATOR,
    AUDITOR,
    CAMERAS,
    CHIEF,
    OPERATOR,
    OTHER_REGULATOR,
    OTHER_SUPERVISOR,
    REGULATOR,
    SUPERVISOR,
)
from tests.talk import SAID, TURNS, movable_grant, say, wish


async def entries(city: City, *kinds: str) -> list[dict[str, Any]]:
    async with city.store.read() as work:
        return [json.loads(e.body) for e in await work.entries(after=0, limit=1_000, kinds=kinds)]


async def test_both_rooms_write_and_the_register_keeps_who_and_when_only(city: City) -> None:
    grant = await movable_grant(city)
    first = await say(city, grant.id, camera=TURNS)
    await say(city, grant.id, OPERATOR, text="Bien vu", camera=None)
    sent = await entries(city, "message.sent")
    assert [(e["actor"], e["category"], e["camera"]) for e in sent] == [
        (REGULATOR.person.id, "text", TURNS),
        (OPERATOR.person.id, "text", None),
    ]
    async with city.store.read() as work:
        kept = await work.message(first.id)
        everything = b"".join(e.body for e in await work.entries(after=0, limit=1_000))
    assert kept.words is not None
    assert kept.words.text == SAID
    assert sent[0]["sha256"] == hashlib.sha256(f"{kept.words.salt}\n{SAID}".encode()).hexdigest()
    assert "camion" not in everything.decode()
    assert REGULATOR.person.display_name not in everything.decode()


async def test_words_are_sealed_in_the_file(city: City) -> None:
    await say(city, (await movable_grant(city)).id, text="mot reconnaissable")
    await city.store.close()
    assert b"reconnaissable" not in city.path.read_bytes()


@pytest.mark.parametrize("who", [ADMINISTRATOR, AUDITOR, OTHER_REGULATOR, OTHER_SUPERVISOR])
async def test_nobody_else_talks_and_the_attempt_is_recorded(city: City, who: Actor) -> None:
    grant = await movable_grant(city)
    with pytest.raises(Denied):
        await say(city, grant.id, who)
    [entry] = await entries(city, "access.denied")
    assert (entry["action"], entry["actor"], entry["target"]) == ("message.send", who.person.id, grant.id)


class HandingOver(InProcessRates):
    """Between the question whether a wish may be sent and its entry the incident passes to another."""

    def __init__(self, city: City, incident: IncidentId) -> None:
        super().__init__(city.clock)
        self._city, self._incident = city, incident

    async def spend(self, key: str, *, limit: int, per_s: float, urgent: bool = False) -> float:
        city, lea = self._city, REGULATOR.person.id
        await hand_over(city.ports, city.video, CHIEF, self._incident, Act.TAKE, holder=lea)
        return await super().spend(key, limit=limit, per_s=per_s, urgent=urgent)


async def test_who_is_relieved_while_they_wish_does_not_wish(city: City) -> None:
    await city.hire(CHIEF)
    grant = await movable_grant(city)
    late = replace(city, ports=replace(city.ports, rates=HandingOver(city, grant.incident)))
    with pytest.raises(Denied) as refused:
        await wish(late, grant.id)
    assert refused.value.reason is Reason.HANDED_OVER
    assert await entries(city, "message.sent") == []


async def test_only_the_hospital_wishes_and_only_the_police_answer(city: City) -> None:
    grant = await movable_grant(city)
    with pytest.raises(Denied):
        await say(
            city, grant.id, SUPERVISOR, kind=MessageKind.WISH, text=None, template="north", camera=TURNS
        )
    wished = await wish(city, grant.id)
    for who in (REGULATOR, OTHER_SUPERVISOR, AUDITOR):
        with pytest.raises(Denied):
            await conversation.answer(city.ports, who, wished.id, Answer.DONE, None)
    answered = await conversation.answer(
        city.ports, OPERATOR, wished.id, Answer.CANNOT, Obstacle.OUT_OF_REACH
    )
    assert (answered.answer, answered.obstacle) == (Answer.CANNOT, Obstacle.OUT_OF_REACH)
    [entry] = await entries(city, "message.answered")
    assert (entry["answer"], entry["obstacle"], entry["actor"]) == (
        "cannot",
        "out_of_reach",
        OPERATOR.person.id,
    )
    assert city.video.cuts == [], "nothing is steered, nothing is cut"


async def test_two_answer_at_once_and_the_first_stands(city: City) -> None:
    wished = await wish(city, (await movable_grant(city)).id)
    done = await asyncio.gather(
        conversation.answer(city.ports, OPERATOR, wished.id, Answer.DONE, None),
        conversation.answer(city.ports, SUPERVISOR, wished.id, Answer.CANNOT, Obstacle.OTHER),
        return_exceptions=True,
    )
    assert [type(one) for one in done].count(Conflict) == 1
    assert len(await entries(city, "message.answered")) == 1


async def test_a_patients_text_is_refused_recorded_without_its_words_and_not_kept(city: City) -> None:
    grant = await movable_grant(city)
    with pytest.raises(Invalid) as refused:
        await say(city, grant.id, text="Mme Reconnaissable, 54 ans")
    assert refused.value.reason is Reason.PATIENT_NAME
    [entry] = await entries(city, "access.denied")
    assert (entry["action"], entry["reason"]) == ("message.send", "patient_name")
    async with city.store.read() as work:
        assert list(await work.messages([grant.id], limit=10)) == []
    await city.store.close()
    assert b"Reconnaissable" not in city.path.read_bytes()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"text": "x" * 141}, Reason.TEXT_LENGTH),
        ({"text": "pati\u200bent"}, Reason.TEXT_CHARACTERS),
        ({"text": " "}, Reason.MALFORMED),
        ({"text": None}, Reason.MALFORMED),
        ({"template": "heard"}, Reason.MALFORMED),
        ({"text": None, "template": "none"}, Reason.MALFORMED),
        ({"text": None, "template": "clear"}, Reason.MALFORMED),
        ({"text": None, "template": "north"}, Reason.MALFORMED),
        ({"kind": MessageKind.WISH}, Reason.MALFORMED),
        ({"kind": MessageKind.WISH, "camera": CAMERAS[1].id}, Reason.CAMERA_FIXED),
    ],
)
async def test_what_cannot_be_sent_is_refused_with_its_reason(
    city: City, more: dict[str, Any], reason: Reason
) -> None:
    grant = await movable_grant(city)
    with pytest.raises(Invalid) as refused:
        await say(city, grant.id, **more)
    assert refused.value.reason is reason
    assert await entries(city, "message.sent") == []


async def test_a_camera_the_grant_never_held_is_not_found(city: City) -> None:
    grant = await movable_grant(city)
    for camera in (CAMERAS[5].id, CameraId("cam_none")):
        with pytest.raises(NotFound):
            await say(city, grant.id, camera=camera)
    with pytest.raises(NotFound):
        await conversation.answer(city.ports, OPERATOR, MessageId("msg_none"), Answer.DONE, None)


async def test_the_same_command_twice_says_it_once(city: City) -> None:
    grant = await movable_grant(city)
    first = await say(city, grant.id, command=Command("k", "d"))
    assert await say(city, grant.id, command=Command("k", "d")) == first
    assert len(await entries(city, "message.sent")) == 1
    with pytest.raises(Conflict):
        await say(city, grant.id, command=Command("k", "other"))
    await endings.release(city.ports, city.video, REGULATOR, grant.id, None)
    assert await say(city, grant.id, command=Command("k", "d")) == first, "it was said, whatever came then"


async def test_who_writes_too_much_waits_and_others_do_not(city: City) -> None:
    grant = await movable_grant(city)
    for n in range(city.ports.talk.sends_max):
        await say(city, grant.id, text=f"message {n}")
    with pytest.raises(Unavailable) as refused:
        await say(city, grant.id)
    assert refused.value.reason is Reason.TOO_MANY
    await say(city, grant.id, OPERATOR)
    city.clock.advance(10)
    await say(city, grant.id)


async def test_it_ends_with_the_grant_and_is_read_only_afterwards(city: City) -> None:
    grant = await movable_grant(city)
    wished = await wish(city, grant.id)
    await say(city, grant.id, OPERATOR, text="Je regarde")
    assert len((await live.room(city.ports, REGULATOR)).messages) == 2
    await endings.revoke(city.ports, city.video, SUPERVISOR, grant.id, None, preempt=False)
    for attempt in (
        say(city, grant.id),
        wish(city, grant.id),
        conversation.answer(city.ports, OPERATOR, wished.id, Answer.DONE, None),
    ):
        with pytest.raises(Expired):
            await attempt
    assert (await live.room(city.ports, REGULATOR)).messages == []
    for who in (REGULATOR, OPERATOR):
        read = await reviews.read(city.ports, who, grant.incident)
        assert [m.words.text for m in read.messages if m.words] == ["Tournez vers le nord", "Je regarde"]


async def test_the_commission_reads_that_it_was_said_and_not_what(city: City) -> None:
    grant = await movable_grant(city)
    await say(city, grant.id)
    read = await reviews.read(city.ports, AUDITOR, grant.incident)
    assert [(m.author, m.words) for m in read.messages] == [(REGULATOR.person.id, None)]
    assert any(m.message == read.messages[0].id for m in read.review.moments)


async def test_words_go_when_their_time_is_over_and_the_register_says_so(city: City) -> None:
    grant = await movable_grant(city)
    sent = await say(city, grant.id, command=Command("k", "digest of the words"))
    await endings.release(city.ports, city.video, REGULATOR, grant.id, None)
    city.clock.advance(city.ports.talk.kept_for.total_seconds() - 1)
    assert await conversation.erase_once(city.ports) == 0
    city.clock.advance(1)
    read = await reviews.read(city.ports, REGULATOR, grant.incident)
    assert read.messages[0].words is None, "unreadable at that instant, erased or not"
    assert await conversation.erase_once(city.ports) == 1
    assert await conversation.erase_once(city.ports) == 0
    async with city.store.read() as work:
        assert (await work.message(sent.id)).words is None
    [entry] = await entries(city, "message.erased")
    assert entry["messages"] == [sent.id]
    await city.store.close()
    assert b"digest of the words" not in city.path.read_bytes()


async def test_the_feed_gives_a_message_with_what_became_of_it(city: City) -> None:
    grant = await movable_grant(city)
    wished = await wish(city, grant.id)
    await conversation.answer(city.ports, OPERATOR, wished.id, Answer.DONE, None)
    _, told = await live.since(city.ports, REGULATOR, 0, limit=1_000)
    said = [one for one in told if one.message is not None]
    assert [one.kind for one in said] == ["message.sent", "message.answered"]
    assert [one.message.answer for one in said if one.message] == [Answer.DONE, Answer.DONE]
    _, others = await live.since(city.ports, OTHER_REGULATOR, 0, limit=1_000)
    assert not [one for one in others if one.message is not None]
