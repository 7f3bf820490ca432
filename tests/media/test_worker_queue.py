"""What a worker cannot take in time is dropped up to the next key frame, and memory stays bounded."""

import socket

import av
import pytest

from crisislink.media.decoder import Decoder
from crisislink.media.dialing import DirectDialer
from crisislink.media.orders import Open
from crisislink.media.received import Received
from crisislink.media.worker import QUEUE_MAX, Worker


def _received(n: int) -> Received:
    return Received(
        unit=bytes([n]),
        codec="h264",
        key=n % 40 == 0,
        arrived_s=n / 25,
        capture_us=0,
        reported=False,
        first=n == 0,
    )


def test_after_an_overflow_nothing_is_decoded_before_a_key_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []

    def decode(_: Decoder, received: Received) -> list[av.VideoFrame]:
        decoded.append(received.unit[0])
        return []

    monkeypatch.setattr(Decoder, "decode", decode)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        opened = Open(
            camera="cam_001", address="rtsp://127.0.0.1:1/x", polygons=(), sizes=(), warm_until_boot_s=0
        )
        worker = Worker(ours, opened, DirectDialer("127.0.0.1", 1))
        for n in range(3 * QUEUE_MAX):
            worker._on_packet(_received(n))
            assert len(worker._received) <= QUEUE_MAX
            if n == 0:
                _take_all(worker)  # it plays already when it falls behind
        _take_all(worker)
    assert decoded == [0, *range(120, 3 * QUEUE_MAX)]


def _take_all(worker: Worker) -> None:
    while worker._received:
        received = worker._next()
        assert received is not None
        worker._take(received)
