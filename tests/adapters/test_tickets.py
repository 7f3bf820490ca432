"""A stream ticket opens at one node, once, soon; nothing else does."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from crisislink.adapters.tickets import SealedTickets
from crisislink.core.errors import Denied
from crisislink.core.ids import CameraId, GrantId, NodeId, PersonId, SessionId
from crisislink.flow.ports import TicketClaim
from crisislink.flow.viewing import TICKET_MAX_CHARS
from tests.fakes.time import CountedEntropy, TurnedClock

HERE = NodeId("node_01JD0000000000000000000000")
CLAIM = TicketClaim(
    node=HERE,
    session=SessionId("a" * 64),
    person=PersonId("per_01JD0000000000000000000000"),
    grant=GrantId("gr_01JD0000000000000000000000"),
    camera=CameraId("cam_01JD0000000000000000000000"),
)


def _tickets(key: bytes = b"k" * 32) -> tuple[SealedTickets, TurnedClock]:
    clock = TurnedClock()
    return SealedTickets(key, clock=clock, entropy=CountedEntropy()), clock


def test_while_the_key_changes_both_open() -> None:
    old, clock = _tickets()
    both = SealedTickets(b"n" * 32, b"k" * 32, clock=clock, entropy=CountedEntropy())
    assert both.open(old.seal(CLAIM), HERE) == CLAIM
    with pytest.raises(Denied):
        old.open(both.seal(CLAIM), HERE)


def test_it_says_what_was_sealed_once() -> None:
    tickets, _ = _tickets()
    sealed = tickets.seal(CLAIM)
    assert len(sealed) <= TICKET_MAX_CHARS
    assert tickets.open(sealed, HERE) == CLAIM
    with pytest.raises(Denied):
        tickets.open(sealed, HERE)


def test_every_process_with_the_key_opens_it() -> None:
    assert _tickets()[0].open(_tickets()[0].seal(CLAIM), HERE) == CLAIM


def test_it_opens_at_no_other_node_and_is_not_spent_there() -> None:
    tickets, _ = _tickets()
    sealed = tickets.seal(CLAIM)
    with pytest.raises(Denied):
        tickets.open(sealed, NodeId("node_other"))
    assert tickets.open(sealed, HERE) == CLAIM


@pytest.mark.parametrize("passed_s", [31.1, 3_600, -3_600])
def test_it_opens_neither_late_nor_on_a_clock_that_is_off(passed_s: float) -> None:
    tickets, clock = _tickets()
    sealed = tickets.seal(CLAIM)
    clock.advance(passed_s)
    with pytest.raises(Denied):
        tickets.open(sealed, HERE)


def _forged(header: dict[str, str], key: OctKey) -> str:
    tickets, _ = _tickets()
    said = json.loads(base64.urlsafe_b64decode(tickets.seal(CLAIM).split(".")[1] + "=="))
    return jwt.encode(header, said, key, algorithms=["HS256"])


def test_another_key_or_another_kind_of_token_opens_nothing() -> None:
    tickets, _ = _tickets()
    for key in (OctKey.import_key(b"x" * 32), OctKey.import_key(b"k" * 32)):
        with pytest.raises(Denied):
            tickets.open(_forged({"alg": "HS256", "typ": "crisislink-stream+jwt"}, key), HERE)
    with pytest.raises(Denied):
        tickets.open(_forged({"alg": "HS256", "typ": "JWT"}, tickets._keys[0]), HERE)
    head, body, _ = tickets.seal(CLAIM).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"crisislink-stream+jwt"}').decode().rstrip("=")
    for unsigned in (f"{none}.{body}.", f"{head}.{body}."):
        with pytest.raises(Denied):
            tickets.open(unsigned, HERE)


@given(
    st.one_of(st.text(max_size=2_000), st.from_regex(r"[A-Za-z0-9_-]{0,200}(\.[A-Za-z0-9_-]{0,200}){0,4}"))
)
def test_whatever_is_no_ticket_is_refused(text: str) -> None:
    with pytest.raises(Denied):
        _tickets()[0].open(text, HERE)
