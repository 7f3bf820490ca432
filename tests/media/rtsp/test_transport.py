"""What SETUP agrees on, as cameras say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.media.received import SourceFault
from crisislink.media.rtsp.message import Response
from crisislink.media.rtsp.transport import agreed, wish


def _answer(transport: str | None, session: str) -> Response:
    given = (("session", session),) if transport is None else (("transport", transport), ("session", session))
    return Response(200, given, b"")


@pytest.mark.parametrize(
    ("transport", "channels", "ports"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=0-1", (0, 1), None),
        ("RTP/AVP/TCP;interleaved=2-3;ssrc=", (2, 3), None),
        ("RTP/AVP/TCP;unicast; interleaved=4", (4, 5), None),
        ("RTP/AVP/TCP;interleaved=999-1000", (0, 1), None),
        ("RTP/AVP;client_port=1-2;Server_Port=6970-6971", (0, 1), (6970, 6971)),
        ("RTP/AVP;server_port=6970", (0, 1), (6970, 6971)),
        ("RTP/AVP;server_port=70000", (0, 1), None),
        (None, (0, 1), None),
    ],
)
def test_where_packets_will_come(
    transport: str | None, channels: tuple[int, int], ports: tuple[int, int] | None
) -> None:
    agreement = agreed(_answer(transport, "1"))
    assert (agreement.channels, agreement.ports) == (channels, ports)


@pytest.mark.parametrize(
    ("session", "keep_alive_s"),
    [("7", 30), ("7;timeout=20", 10), ("7 ; Timeout = 20", 10), ("7;timeout=0", 2), ("7;timeout=x", 30)],
)
def test_how_often_a_sign_of_life_is_due(session: str, keep_alive_s: float) -> None:
    agreement = agreed(_answer(None, session))
    assert (agreement.session, agreement.keep_alive_s) == ("7", keep_alive_s)


def test_no_session_is_a_fault() -> None:
    with pytest.raises(SourceFault):
        agreed(_answer(None, " ;timeout=5"))


def test_our_wish() -> None:
    assert wish(None)[1] == "RTP/AVP/TCP;unicast;interleaved=0-1"
    assert wish((6, 7))[1] == "RTP/AVP;unicast;client_port=6-7"


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_words_give_small_numbers(transport: str, session: str) -> None:
    agreement = agreed(_answer(transport, "s" + session))
    assert max(agreement.channels) <= 255
    assert max(agreement.ports or (0, 0)) <= 65_535
    assert 2 <= agreement.keep_alive_s <= 1_800
