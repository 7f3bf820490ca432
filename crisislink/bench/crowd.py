"""Many viewers in one process of their own: sockets, an epoll loop, and only headers are looked at.

    stdin   a JSON line: handshake and first message of each viewer; then `go`, then `stop`
    stdout  `ready` when every viewer has a picture; after `stop` what was seen between the two, as JSON

For each message: how long after `encoded_us` (CLOCK_MONOTONIC, see `bench.film`) its last byte was read.
It must be faster than who writes; its own share of a core is in the answer.
"""

import base64
import json
import select
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from crisislink.bench.watching import ACK_S, acknowledgement
from crisislink.media.frames import HEADER, MessageType

_READ_BYTES = 1 << 18
_START_S = 60.0
_TURNS = 25  # acknowledgements are spread over as many steps of the quarter of a second
_AT_ONCE = 50  # connections that are being opened at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What one viewer says first, for each; on the wire in base64. `silent`: none acknowledges."""

    host: str
    port: int
    openings: Sequence[tuple[bytes, bytes]]
    silent: bool = False

    def line(self) -> bytes:
        """As it travels."""
        pairs = [[base64.b64encode(part).decode() for part in pair] for pair in self.openings]
        told = {"host": self.host, "port": self.port, "openings": pairs, "silent": self.silent}
        return json.dumps(told).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> "Crowd":
        """From a line."""
        told = json.loads(line)
        pairs = [(base64.b64decode(one), base64.b64decode(two)) for one, two in told["openings"]]
        return cls(host=told["host"], port=told["port"], openings=pairs, silent=told["silent"])


@dataclass(slots=True)
class _Member:
    line: socket.socket
    hello: bytes
    upgraded: bool = False
    pictured: bool = False
    pending: bytearray = field(default_factory=bytearray)
    epoch: int = 0
    seq: int = -1


class Gathering:
    """All viewers, and what they saw since `go`."""

    def __init__(self) -> None:
        self.members: dict[int, _Member] = {}
        self.pictured = 0
        self.lags_us: list[int] = []
        self.holes = 0
        self.ended = self.refused = 0
        self._counting = self._silent = False
        self._poll = select.epoll()
        self._buffer = memoryview(bytearray(_READ_BYTES))
        self._turn, self._turn_s = 0, time.monotonic()

    def join(self, crowd: Crowd) -> None:
        """Connect everybody, a few at a time, and wait until each has a picture or was turned away.

        Raises:
            TimeoutError: somebody waits after a minute.
        """
        self._silent = crowd.silent
        waiting, until_s = list(crowd.openings), time.monotonic() + _START_S
        while self.pictured + self.refused < len(crowd.openings):
            while waiting and len(self.members) - self.pictured - self.refused < _AT_ONCE:
                self._connect(crowd, *waiting.pop(0))
            self.step()
            if time.monotonic() > until_s:
                raise TimeoutError(f"{self.pictured} of {len(crowd.openings)} have a picture")

    def _connect(self, crowd: Crowd, handshake: bytes, hello: bytes) -> None:
        line = socket.create_connection((crowd.host, crowd.port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(handshake)
        line.settimeout(0)
        self.members[line.fileno()] = _Member(line, hello)
        self._poll.register(line, select.EPOLLIN)

    def watch(self, descriptor: int) -> None:
        """Be told by `step` when there is something to read there."""
        self._poll.register(descriptor, select.EPOLLIN)

    def go(self) -> None:
        """Count from now on."""
        self.lags_us.clear()
        self.holes, self._counting = 0, True

    def step(self) -> bool:
        """Read what is there, say what is due. True: a watched descriptor has something."""
        other = False
        for descriptor, _ in self._poll.poll(0.005):
            member = self.members.get(descriptor)
            if member is None:
                other = True
            else:
                self._read(member, descriptor)
        self._acknowledge()
        return other

    def _read(self, member: _Member, descriptor: int) -> None:
        try:
            size = member.line.recv_into(self._buffer)
        except BlockingIOError:
            return
        except ConnectionError:
            size = 0
        at_us = time.monotonic_ns() // 1_000
        if not size:
            self._poll.unregister(descriptor)
            self.ended += member.pictured
            self.refused += not member.pictured
        elif member.pending or not member.upgraded:
            member.pending += self._buffer[:size]
            del member.pending[: self._take(member, memoryview(bytes(member.pending)), at_us)]
        else:
            taken = self._take(member, self._buffer[:size], at_us)
            if taken < size:
                member.pending += self._buffer[taken:size]

    def _take(self, member: _Member, data: memoryview, at_us: int) -> int:
        """Look at all whole messages; how many bytes they were."""
        start = 0
        if not member.upgraded:
            start = bytes(data).find(b"\r\n\r\n") + 4
            if start < 4:
                return 0
            member.upgraded = True
            member.line.send(member.hello)
        end = len(data)
        while start + 4 <= end:
            length, head = data[start + 1], 2
            if length == 126:
                length, head = data[start + 2] << 8 | data[start + 3], 4
            elif length == 127:
                if start + 10 > end:
                    break
                length, head = int.from_bytes(data[start + 2 : start + 10]), 10
            if start + head + length > end:
                break
            if length >= HEADER.size and data[start + head + 1] == MessageType.FRAME:
                self._note(member, data[start + head :], at_us)
            start += head + length
        return start

    def _note(self, member: _Member, message: memoryview, at_us: int) -> None:
        _, _, _, seq, epoch, _, _, _, encoded_us, _, _ = HEADER.unpack_from(message)
        if not member.pictured:
            member.pictured = True
            self.pictured += 1
        if self._counting:
            self.lags_us.append(at_us - encoded_us)
            self.holes += seq != member.seq + 1
        member.epoch, member.seq = epoch, seq

    def _acknowledge(self) -> None:
        now_s = time.monotonic()
        while self._turn_s <= now_s and not self._silent:
            self._turn_s += ACK_S / _TURNS
            self._turn = (self._turn + 1) % _TURNS
            for descriptor, member in self.members.items():
                if descriptor % _TURNS == self._turn and member.pictured:
                    with suppress(OSError):
                        member.line.send(acknowledgement(member.epoch, member.seq))


def main() -> None:
    """The process."""
    gathering = Gathering()
    gathering.join(Crowd.read(sys.stdin.buffer.readline()))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    gathering.watch(sys.stdin.fileno())
    _until(gathering, b"go\n")
    gathering.go()
    wall_s, cpu_s = time.monotonic(), time.process_time()
    _until(gathering, b"stop\n")
    seen = {
        "seconds": time.monotonic() - wall_s,
        "cpu_s": time.process_time() - cpu_s,
        "viewers": gathering.pictured - gathering.ended,
        "lost": gathering.ended + gathering.refused,
        "holes": gathering.holes,
        "lags_us": gathering.lags_us,
    }
    sys.stdout.write(json.dumps(seen) + "\n")


def _until(gathering: Gathering, word: bytes) -> None:
    while not gathering.step():
        pass
    if sys.stdin.buffer.readline() != word:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
