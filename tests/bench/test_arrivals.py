"""Streams are cut into the same messages however the bytes come, each timed by its last byte."""

from collections.abc import Callable

import pytest

from crisislink.bench.arrivals import Arrival, FlvTags, Fragments, Splitter, WebSocketFrames
from crisislink.media.fanout import framed


def _box(kind: bytes, size: int) -> bytes:
    return (8 + size).to_bytes(4) + kind + bytes(size)


def _tag(kind: int, packet_type: int, size: int) -> bytes:
    body = bytes([0x17, packet_type]) + bytes(size)
    return bytes([kind]) + len(body).to_bytes(3) + bytes(7) + body + (len(body) + 11).to_bytes(4)


MESSAGES = [bytes([n]) * size for n, size in enumerate((3, 200, 70_000))]
FRAGMENTS = [_box(b"moof", 90) + _box(b"mdat", size) for size in (5, 3_000)]
PICTURES = [_tag(9, 1, size) for size in (5, 3_000)]
FLV_HEAD = b"FLV\x01\x01" + (9).to_bytes(4) + bytes(4)

STREAMS: list[tuple[Callable[[], Splitter], bytes, list[bytes]]] = [
    (WebSocketFrames, b"".join(map(framed, MESSAGES)), MESSAGES),
    (Fragments, _box(b"ftyp", 16) + _box(b"moov", 500) + b"".join(FRAGMENTS), FRAGMENTS),
    (FlvTags, FLV_HEAD + _tag(18, 0, 50) + _tag(9, 0, 40) + b"".join(PICTURES), PICTURES),
]


@pytest.mark.parametrize(("made", "stream", "expected"), STREAMS)
@pytest.mark.parametrize("step", [1, 7, 1_000, 1 << 20])
def test_the_messages_do_not_depend_on_how_the_bytes_came(
    made: Callable[[], Splitter], stream: bytes, expected: list[bytes], step: int
) -> None:
    splitter = made()
    found: list[Arrival] = []
    for start in range(0, len(stream), step):
        found += splitter.feed(stream[start : start + step], start + step)
    assert [arrival.data for arrival in found] == expected
    end = len(stream)
    for arrival in reversed(found):  # timed by the read that brought the last byte
        assert arrival.at_ns == -(-end // step) * step
        end -= len(framed(arrival.data)) if made is WebSocketFrames else len(arrival.data)


def test_what_precedes_the_first_picture_is_kept_for_the_decoder() -> None:
    for made, stream, expected in STREAMS[1:]:
        splitter = made()
        splitter.feed(stream, 1)
        assert isinstance(splitter, Fragments | FlvTags)
        assert splitter.head + b"".join(expected) == stream


def test_the_close_code_of_the_server_is_heard() -> None:
    frames = WebSocketFrames()
    assert frames.feed(b"\x88\x02" + (4403).to_bytes(2), 1) == []
    assert frames.closed == 4403


@pytest.mark.parametrize(
    ("splitter", "data"),
    [
        (WebSocketFrames(), b"\x82\x85abcdefghi"),
        (WebSocketFrames(), b"\x02\x01a"),
        (Fragments(), bytes(8)),
        (FlvTags(), bytes(13)),
    ],
)
def test_bytes_of_another_format_are_an_error(splitter: Splitter, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"frame|box|FLV"):
        splitter.feed(data, 1)


def test_a_ping_is_answered_once_with_what_it_said() -> None:
    frames = WebSocketFrames()
    assert frames.feed(b"\x89\x02hi", 1) == []
    assert frames.pongs() == b"\x8a\x82" + bytes(4) + b"hi"
    assert frames.pongs() == b""
