"""What a worker cannot take in time is dropped up to the next key frame, and memory stays bounded."""

import socket
from typing import cast

import av

from crisislink.media.orders import Open
from crisislink.media.source import Received
from crisislink.media.worker import QUEUE_MAX, Worker


class _Packet:
    """Counts whether it was decoded."""

    def __init__(self, decoded: list[int], n: int, *, key: bool) -> None:
        self._decoded, self._n, self.is_keyframe = decoded, n, key

    def decode(self) -> list[av.VideoFrame]:
        self._decoded.append(self._n)
        return []


def test_after_an_overflow_nothing_is_decoded_before_a_key_frame() -> None:
    ours, theirs = socket.socketpair()
    decoded: list[int] = []
    with ours, theirs:
        worker = Worker(
            ours, Open(camera="cam_001", main="rtsp://127.0.0.1:1/x", polygons=(), warm_until_boot_s=0)
        )
        for n in range(3 * QUEUE_MAX):
            packet = _Packet(decoded, n, key=n % 40 == 0)
            worker._on_packet(
                Received(cast("av.Packet[av.VideoStream]", packet), n / 25, 0, reported=False, first=n == 0)
            )
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
