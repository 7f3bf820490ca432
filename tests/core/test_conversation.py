"""Messages as values: what binds them to the register, who is first to answer, what is left when they go."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.actors import Side
from crisislink.core.cameras import Mounting
from crisislink.core.conversation import Answer, Message, Obstacle, Words, answer, erase, kept, send
from crisislink.core.errors import Conflict, CrisisLinkError, Expired, Invalid, NotFound, Reason
from crisislink.core.grants import EndCause, Grant, end, end_views
from crisislink.core.ids import MessageId
from crisislink.core.talkrules import MessageKind, TalkRules, Template
from tests.core.test_policy import GRANT
from tests.samples import CAMERAS, OPERATOR, REGULATOR, SUPERVISOR, T0

WORDS = Words("Tournez vers le nord", "salt", "north")
TURNS = replace(CAMERAS[0], mounting=Mounting.PTZ)


def wish(grant: Grant = GRANT) -> Message:
    return send(
        grant, REGULATOR, id=MessageId("msg_1"), kind=MessageKind.WISH, camera=TURNS, words=WORDS, now=T0
    )[0]


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_commitment_binds_to_the_text_and_needs_the_salt(text: str, other: str) -> None:
    made = Words(text, "one salt").commitment
    assert made == Words(text, "one salt", "template").commitment
    assert made != Words(text, "another salt").commitment
    assert (made == Words(other, "one salt").commitment) == (text == other)


def test_words_do_not_show_in_a_log() -> None:
    assert "nord" not in repr(wish())
    assert "nord" not in repr(WORDS)


def test_the_entry_tells_who_and_when_and_not_what() -> None:
    _, event = send(
        GRANT, REGULATOR, id=MessageId("msg_1"), kind=MessageKind.WISH, camera=TURNS, words=WORDS, now=T0
    )
    assert (event.actor, event.category, event.camera) == (REGULATOR.person.id, "wish", TURNS.id)
    assert event.sha256 == WORDS.commitment
    assert "nord" not in repr(event)


def _sent(grant: Grant, **more: object) -> CrisisLinkError:
    facts = {"kind": MessageKind.WISH, "camera": TURNS, "now": T0} | more
    with pytest.raises(CrisisLinkError) as refused:
        send(grant, REGULATOR, id=MessageId("msg_1"), words=WORDS, **facts)  # type: ignore[arg-type]
    return refused.value


def test_a_wish_is_about_one_camera_that_can_be_moved_and_is_seen() -> None:
    assert _sent(GRANT, camera=None).reason is Reason.MALFORMED
    assert _sent(GRANT, camera=CAMERAS[0]).reason is Reason.CAMERA_FIXED
    assert isinstance(_sent(GRANT, camera=replace(TURNS, id=CAMERAS[5].id)), NotFound)
    gone, _ = end_views(GRANT, [TURNS.id], EndCause.REVOKED, actor=SUPERVISOR, now=T0)
    assert isinstance(_sent(gone), Expired)


def test_nothing_is_said_once_access_is_over() -> None:
    over, _ = end(GRANT, EndCause.REVOKED, actor=SUPERVISOR, now=T0)
    assert isinstance(_sent(over, kind=MessageKind.TEXT), Expired)
    assert isinstance(_sent(GRANT, kind=MessageKind.TEXT, now=GRANT.ends_at), Expired)
    with pytest.raises(Expired):
        answer(wish(), over, OPERATOR, Answer.DONE, None, now=T0)


def test_the_first_answer_stands() -> None:
    done, event = answer(wish(), GRANT, OPERATOR, Answer.DONE, None, now=T0)
    assert (done.answer, done.answered_by, done.version) == (Answer.DONE, OPERATOR.person.id, 2)
    assert event is not None
    assert answer(done, GRANT, OPERATOR, Answer.DONE, None, now=T0) == (done, None)
    for who, said, why in (
        (SUPERVISOR, Answer.DONE, None),
        (OPERATOR, Answer.CANNOT, Obstacle.MASK),
    ):
        with pytest.raises(Conflict):
            answer(done, GRANT, who, said, why, now=T0)


def test_cannot_has_a_reason_and_done_has_none() -> None:
    for said, why in ((Answer.CANNOT, None), (Answer.DONE, Obstacle.OTHER)):
        with pytest.raises(Invalid):
            answer(wish(), GRANT, OPERATOR, said, why, now=T0)
    text = replace(wish(), kind=MessageKind.TEXT)
    with pytest.raises(Invalid):
        answer(text, GRANT, OPERATOR, Answer.DONE, None, now=T0)


def test_words_go_and_that_they_were_said_stays() -> None:
    [gone], event = erase(GRANT, [wish()])
    assert (gone.words, gone.version, event.messages) == (None, 2, (gone.id,))
    over, _ = end(GRANT, EndCause.REVOKED, actor=SUPERVISOR, now=T0)
    month = timedelta(days=30)
    assert kept(over, month, now=T0 + month - timedelta(microseconds=1))
    assert not kept(over, month, now=T0 + month)
    assert kept(GRANT, month, now=T0 + 2 * month), "it has not ended"


def test_rules_that_cannot_be_are_refused() -> None:
    city = Template(code="a", side=Side.CITY, kind=MessageKind.TEXT, fr="Oui", en="Yes")
    with pytest.raises(ValueError, match="only the hospital"):
        replace(city, kind=MessageKind.WISH)
    with pytest.raises(ValueError, match="same code"):
        TalkRules(templates=(city, city))
    with pytest.raises(ValueError, match="positive"):
        TalkRules(text_max=0)
