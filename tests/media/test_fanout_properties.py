"""Whatever worker, clock and client do, a viewer's four promises hold (Hypothesis, stateful)."""

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crisislink.media.fanout import Ring
from crisislink.media.frames import Flag, Message, MessageType, Rendition
from crisislink.media.viewer import CREDIT_S, Farewell, Viewer
from tests.fakes.picture import KeptSocket, config, frame
from tests.fakes.time import TurnedClock


class WatchedSocket(KeptSocket):
    """Looks at each write at the instant it happens."""

    clock: TurnedClock
    machine: "Watching"

    def write(self, data: bytes) -> None:
        """Check, then keep."""
        before = len(self.heard)
        super().write(data)
        for message in self.heard[before:]:
            self.machine.look(message)


class Watching(RuleBasedStateMachine):
    """A worker with two renditions, a client that may lie, a lease that may run out."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = TurnedClock()
        self.deadline_s = self.clock.boot + 30.0
        self.epoch = 0
        self.rings: dict[Rendition, Ring] = {}
        self.seqs: dict[Rendition, int] = {}
        self.arrived: dict[tuple[int, int], float] = {}
        self.last_arrival: dict[int, float] = {}
        self.seen: list[Message] = []
        self.acknowledged: set[tuple[int, int]] = set()
        self.highest: dict[int, int] = {}
        self.ended = False

    @initialize()
    def begin(self) -> None:
        for rendition in Rendition:
            ring = Ring(rendition, boot_s=self.clock.boot_s, force_key=lambda: None)
            ring.deadline_s = self.deadline_s
            self.rings[rendition] = ring
            self._restart(rendition)
        self.socket = WatchedSocket()
        self.socket.clock, self.socket.machine = self.clock, self
        self.viewer = Viewer(self.rings[Rendition.FOCUS], self.socket, on_slow=lambda _: None)
        self.viewer.start()

    def _restart(self, rendition: Rendition) -> None:
        self.epoch += 1
        self.seqs[rendition] = 0
        self.rings[rendition].begin(self.epoch)
        self.rings[rendition].push(config(self.epoch, rendition))

    def look(self, message: Message) -> None:
        assert not self.ended, "nothing after END"
        if message.type is MessageType.END:
            self.ended = True
            return
        assert self.clock.boot < self.deadline_s, "nothing but END after the deadline"
        assert message.epoch >= self.highest.get(message.rendition, 0), "no epoch of a rendition falls"
        if message.type is MessageType.FRAME:
            self.highest[message.rendition] = message.epoch
        if message.type is not MessageType.FRAME:
            return
        if self.seen:
            last = self.seen[-1]
            follows = (message.epoch, message.seq) == (last.epoch, last.seq + 1)
            assert follows or message.flags & Flag.KEY, "after a hole a key frame"
        else:
            assert message.flags & Flag.KEY, "the first picture is a key frame"
        self.seen.append(message)

    @rule(
        rendition=st.sampled_from(Rendition),
        key=st.booleans(),
        lost=st.sampled_from([0, 0, 0, 0, 1]),
        wait_s=st.sampled_from([0.0, 0.04, 0.04, 0.2, 1.5]),
        size=st.sampled_from([10, 10_000, 300_000]),
    )
    def produce(self, rendition: Rendition, *, key: bool, lost: int, wait_s: float, size: int) -> None:
        self.clock.advance(wait_s)
        ring = self.rings[rendition]
        seq = self.seqs[rendition] = self.seqs[rendition] + 1 + lost
        gap_s = self.clock.boot - self.last_arrival.get(ring.epoch, self.clock.boot)
        if ring.push(frame(ring.epoch, seq, key=key, size=size, rendition=rendition)):
            self.last_arrival[ring.epoch] = self.clock.boot
        self.arrived[ring.epoch, seq] = gap_s

    @rule(rendition=st.sampled_from(Rendition), pictures=st.integers(1, 40))
    def film(self, rendition: Rendition, pictures: int) -> None:
        for at in range(pictures):
            self.produce(rendition=rendition, key=at == 0, lost=0, wait_s=0.04, size=1_000)

    @rule(rendition=st.sampled_from(Rendition))
    def worker_dies(self, rendition: Rendition) -> None:
        old = self.rings[rendition].epoch
        self._restart(rendition)
        assert not self.rings[rendition].push(
            frame(old, self.seqs[rendition] + 1, key=True, rendition=rendition)
        )

    @precondition(lambda self: self.seen)
    @rule(back=st.integers(0, 40))
    def acknowledge(self, back: int) -> None:
        at = max(0, len(self.seen) - 1 - back)
        picture = self.seen[at]
        self.acknowledged |= {(m.epoch, m.seq) for m in self.seen[: at + 1]}
        self.viewer.acknowledge(picture.seq, epoch=picture.epoch)

    @rule(seq=st.integers(0, 2**32 - 1))
    def lie(self, seq: int) -> None:
        newest = self.seen[-1].epoch if self.seen else 0
        if any((m.epoch, m.seq) == (newest, seq) for m in self.seen):
            return
        for message in self.seen:  # what was sent before that epoch is left behind, whatever the number
            if (message.epoch, message.seq) not in self.acknowledged:
                if message.epoch == newest:
                    break
                self.acknowledged.add((message.epoch, message.seq))
        self.viewer.acknowledge(seq)

    @rule(rendition=st.sampled_from(Rendition))
    def move(self, rendition: Rendition) -> None:
        if not self.viewer.over and self.viewer.ring.rendition is not rendition:
            self.viewer.move(self.rings[rendition])

    @rule(wish=st.sampled_from(["pause", "resume", "want_key"]))
    def wish(self, wish: str) -> None:
        getattr(self.viewer, wish)()

    @rule()
    def tell(self) -> None:
        self.viewer.tell(MessageType.STATE, {"state": "live"})

    @rule(left_s=st.sampled_from([-1.0, 0.0, 5.0, 30.0]))
    def lease(self, left_s: float) -> None:
        self.deadline_s = self.clock.boot + left_s
        for ring in self.rings.values():
            ring.deadline_s = self.deadline_s

    @precondition(lambda self: len(self.seen) > 20)
    @rule()
    def cut(self) -> None:
        self.viewer.end(Farewell("revoked", 4403))
        assert self.viewer.over

    @invariant()
    def at_most_a_second_is_unacknowledged(self) -> None:
        open_s = [
            self.arrived[m.epoch, m.seq] for m in self.seen if (m.epoch, m.seq) not in self.acknowledged
        ]
        assert math.fsum(open_s) <= CREDIT_S + 1e-6 or len(open_s) == 1


TestWatching = Watching.TestCase
TestWatching.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
