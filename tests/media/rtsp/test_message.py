"""Bytes in any cut give the same messages; nonsense is refused; nothing grows without end."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.media.received import SourceFault
from crisislink.media.rtsp.message import (
    BODY_MAX,
    HEAD_MAX,
    CameraRequest,
    Nothing,
    Packet,
    Reader,
    Response,
    answer,
    request,
)

_SAID = (
    b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 5\r\n\r\nv=0\r\n"
    b"$\x00\x00\x04abcd"
    b"\r\n"
    b'rtsp/1.0 401 Unauthorized\nwww-authenticate: Basic realm="x"\nWWW-Authenticate: Digest nonce="y"\n\n'
    b"$\x01\x00\x00"
    b"OPTIONS rtsp://us RTSP/1.0\r\nCSeq: 77\r\n\r\n"
)


def _all(*chunks: bytes) -> list[object]:
    reader = Reader()
    found: list[object] = []
    for chunk in chunks:
        for heard in reader.feed(chunk):
            if isinstance(heard, Packet):
                found.append((heard.channel, bytes(heard.data)))
            elif not isinstance(heard, Nothing):
                found.append(heard)
    return found


def test_responses_requests_and_packets_are_told_apart() -> None:
    first, packet, second, empty, asked = _all(_SAID)
    assert isinstance(first, Response)
    assert (first.status, first.header("cseq"), first.body) == (200, "1", b"v=0\r\n")
    assert packet == (0, b"abcd")
    assert isinstance(second, Response)
    assert second.all("www-authenticate") == ['Basic realm="x"', 'Digest nonce="y"']
    assert empty == (1, b"")
    assert asked == CameraRequest("OPTIONS", "77")


@given(st.lists(st.integers(1, 40), max_size=40))
def test_the_cut_does_not_matter(sizes: list[int]) -> None:
    chunks, at = [], 0
    for size in sizes:
        chunks.append(_SAID[at : at + size])
        at += size
    assert _all(*chunks, _SAID[at:]) == _all(_SAID)


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01hello",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"RTSP/1.0 OK\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % (BODY_MAX + 1),
        b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"R" * (HEAD_MAX + 1),
    ],
)
def test_what_is_no_rtsp_is_refused(said: bytes) -> None:
    with pytest.raises(SourceFault):
        _all(said)


@given(st.lists(st.binary(max_size=300), max_size=8))
def test_nothing_but_a_fault_comes_of_garbage(chunks: list[bytes]) -> None:
    with suppress(SourceFault):
        _all(*chunks)


@given(st.binary(min_size=1, max_size=60), st.integers(0, len(_SAID) - 1))
def test_nor_of_a_mutated_session(put: bytes, at: int) -> None:
    with suppress(SourceFault):
        _all(_SAID[:at] + put + _SAID[at + len(put) :])


def test_our_words() -> None:
    said = request("SETUP", "rtsp://cam/1", 3, (("Transport", "RTP/AVP/TCP"),))
    assert said.startswith(b"SETUP rtsp://cam/1 RTSP/1.0\r\nCSeq: 3\r\n")
    assert said.endswith(b"Transport: RTP/AVP/TCP\r\n\r\n")
    assert answer(CameraRequest("OPTIONS", "9")) == b"RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\n"
    assert b"501" in answer(CameraRequest("REDIRECT", "9"))


def test_a_run_of_empty_lines_is_one_step() -> None:
    assert len(list(Reader().feed(b"\r\n" * 30_000))) == 1
