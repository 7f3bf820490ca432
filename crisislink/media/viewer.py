"""One person's look at one picture: cursor, credit, and the last word.

The client acknowledges what it received. Credit is what it may hold without having done so: 0.3 s of
pictures at first, more while acknowledgements come promptly, at most one second and 1 MiB; half as much each
time they do not. So what waits on a slow line stays short: a second of pictures takes three to cross a line
that carries a third of them. Acknowledgement lag, never the state of the socket alone, says that a viewer is
slow: then nothing is sent until it answers, and it goes on from the newest key frame after a GAP. Invariants,
held by a property test (`tests/media/test_fanout_properties.py`):

* nothing but END is written at or after the ring's deadline, by the clock right before each write (a process
  may be stopped between two viewers), and nothing at all after END;
* the epoch of a rendition never falls;
* after a hole in the sequence the next picture is a key frame;
* unacknowledged pictures never exceed one second, unless a single picture lasts longer.

`end` is the cut: the viewer is dead before a byte of farewell is written.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from crisislink.media.fanout import FRESH_S, Picture, Ring, framed
from crisislink.media.frames import Flag, Message, MessageType, Rendition
from crisislink.media.ladder import Ladder

CREDIT_S = 1.0
CREDIT_LEAST_S, CREDIT_FIRST_S, CREDIT_STEP_S = 0.1, 0.3, 0.1
PROMPT_S = 0.25  # a newest picture acknowledged later than this waited on the way
CREDIT_BYTES = 1 << 20
WAITING_BYTES = 1 << 20  # more than this waiting on this machine: slow, whatever it acknowledges
LAG_S = 0.4
ROUND_TRIP_MAX_S = 0.3
JUMPS, JUMPS_WITHIN_S = 2, 10.0
SILENCE_S = 10.0
FAREWELL_S = 0.25


class ViewerSocket(Protocol):
    """The way to one browser. Writing never blocks; nothing raises once the connection is gone."""

    def write(self, data: bytes) -> None:
        """Bytes that are whole WebSocket frames already."""
        ...

    def unsent(self) -> int:
        """Bytes written that have not left this machine: in the transport, and unsent in the kernel."""
        ...

    def waiting(self) -> int:
        """Bytes written that the kernel has not taken. Costs nothing to ask."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake; nothing may be written after it."""
        ...

    def abort(self) -> None:
        """Reset the connection; what the kernel has not sent is thrown away."""
        ...

    async def closed(self) -> None:
        """Return when the connection is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Farewell:
    """How a view ends: the reason in END, the WebSocket close code, and whether trying again makes sense."""

    reason: str
    code: int
    retry: bool = False


@dataclass(slots=True)
class _Sent:
    epoch: int
    seq: int
    duration_s: float
    size: int
    sent_s: float


def json_message(
    type: MessageType,
    said: dict[str, object],
    ring: Ring | None = None,
    *,
    flags: Flag = Flag.NONE,
) -> bytes:
    """A framed message whose payload is JSON."""
    message = Message(
        type=type,
        payload=json.dumps(said, separators=(",", ":")).encode(),
        flags=flags,
        epoch=0 if ring is None else ring.epoch,
        config=0 if ring is None else ring.config_id,
        rendition=0 if ring is None else ring.rendition,
    )
    return framed(message.pack())


def end_message(farewell: Farewell, ring: Ring | None = None) -> bytes:
    """END, framed."""
    said: dict[str, object] = {"reason": farewell.reason, "retry": farewell.retry}
    return json_message(MessageType.END, said, ring)


class Viewer:
    """Made by `MediaNode.join`. `on_slow` is called when it jumped twice within ten seconds."""

    def __init__(self, ring: Ring, socket: ViewerSocket, *, on_slow: Callable[["Viewer"], None]) -> None:
        self.ring = ring
        self.ladder = Ladder(ring.rendition)
        self.frames = 0
        self.paused = False
        self.farewell: Farewell | None = None
        self._pictured_s: float | None = None
        self._highest: dict[Rendition, int] = {}
        self._socket = socket
        self._on_slow = on_slow
        self._boot_s = ring.boot_s
        self._round_trip_s = ROUND_TRIP_MAX_S
        self._unacknowledged: deque[_Sent] = deque()
        self._unacknowledged_s = 0.0
        self._unacknowledged_bytes = 0
        self._credit_s = CREDIT_FIRST_S
        self._cursor = ring.first_for(self._boot_s())
        self._last: tuple[int, int] | None = None
        self._awaits_key = True
        self._behind = False
        self._full_since_s: float | None = None
        self._gap_due = False
        self._config: bytes | None = None
        self._jumps: deque[float] = deque(maxlen=JUMPS)

    def highest_epoch(self, rendition: Rendition) -> int:
        """Of the pictures of this rendition it was sent."""
        return self._highest.get(rendition, 0)

    @property
    def over(self) -> bool:
        """Nothing is ever written again."""
        return self.farewell is not None

    @property
    def unacknowledged_s(self) -> float:
        """Seconds of pictures sent and not acknowledged."""
        return self._unacknowledged_s

    # -- pictures --------------------------------------------------------------------------------

    def start(self) -> None:
        """Take a place at the ring: configuration and what is there at once, a fresh key frame soon."""
        now_s = self._boot_s()
        self.ring.viewers.add(self)
        self.ring.ask_key(now_s)
        self.pump(now_s)

    def move(self, ring: Ring) -> None:
        """Go on from another ring (another rendition), from its newest key frame.

        While its epoch is below one of that rendition this viewer has seen, nothing is sent.
        """
        self.ring.viewers.discard(self)
        self.ring = ring
        self._cursor, self._awaits_key = ring.first_for(self._boot_s()), True
        self._gap_due = self.frames > 0
        self.start()

    def pump(self, now_s: float) -> None:
        """Send what the viewer may have now. Called at every picture, acknowledgement and tick."""
        ring = self.ring
        if self.paused or self.farewell is not None or now_s >= ring.deadline_s:
            return
        if ring.epoch < self.highest_epoch(ring.rendition) or self._slow(now_s):
            return
        if self._cursor < ring.base:
            self._jump(now_s)
        while self._cursor < ring.end:
            picture = ring.picture(self._cursor)
            if self._awaits_key and not picture.key:
                self._cursor += 1
            elif now_s - picture.arrived_s > FRESH_S:
                self._skip(now_s)  # what waited for credit is not worth its way any more
            elif not self._may_hold(picture) or not self._send(picture):
                return

    def _may_hold(self, picture: Picture) -> bool:
        if not self._unacknowledged:
            return True
        return (
            self._unacknowledged_s + picture.duration_s <= self._credit_s
            and self._unacknowledged_bytes + len(picture.framed) <= CREDIT_BYTES
        )

    def _send(self, picture: Picture) -> bool:
        """In one write, with what must come before it; False when it is too late by now."""
        said = picture.framed
        if self._gap_due:
            said = framed(self._gap()) + said
        if self.ring.config is not self._config:
            assert self.ring.config is not None, "a ring with pictures has a configuration"
            said = self.ring.config + said
        now_s = self._boot_s()
        if now_s >= self.ring.deadline_s:
            return False
        self._socket.write(said)
        self._config, self._gap_due = self.ring.config, False
        size = len(picture.framed)
        self._unacknowledged.append(_Sent(picture.epoch, picture.seq, picture.duration_s, size, now_s))
        self._unacknowledged_s += picture.duration_s
        self._unacknowledged_bytes += size
        self._cursor = picture.index + 1
        self._awaits_key = False
        self._last = (picture.epoch, picture.seq)
        self._highest[self.ring.rendition] = picture.epoch
        self.frames += 1
        self._pictured_s = now_s
        return True

    def unlit(self, now_s: float) -> bool:
        """It was sent no picture for so long that it is not told that all is well, though some are made."""
        sent_s = self._pictured_s
        return not self.paused and sent_s is not None and now_s - sent_s > self.ring.patience_s

    def _gap(self) -> bytes:
        return Message(
            type=MessageType.GAP,
            payload=b"",
            flags=Flag.DISCONTINUITY,
            seq=0 if self._last is None else self._last[1],
            epoch=self.ring.epoch,
            config=self.ring.config_id,
            rendition=self.ring.rendition,
        ).pack()

    # -- slowness --------------------------------------------------------------------------------

    def _slow(self, now_s: float) -> bool:
        """Whether acknowledgements lag; on the way back, the jump to the newest key frame is prepared."""
        lag_s = now_s - self._unacknowledged[0].sent_s if self._unacknowledged else 0.0
        if lag_s > LAG_S + self._round_trip_s or self._socket.waiting() > WAITING_BYTES:
            if not self._behind:
                self._behind = True
                self.ring.ask_key(now_s)
            return True
        if self._behind:
            self._behind = False
            if self.ring.base <= self._cursor < self.ring.end:
                self._skip(now_s)
        return False

    def _skip(self, now_s: float) -> None:
        """Leave out what is left of this group of pictures; the next key frame comes on demand."""
        self._cursor, self._awaits_key = self.ring.end, True
        self.ring.ask_key(now_s)
        self._note_jump(now_s)

    def _jump(self, now_s: float) -> None:
        """The cursor's group of pictures is gone: go on from the newest key frame."""
        self._cursor = self.ring.base
        if not self._awaits_key:
            self._awaits_key = True
            self._note_jump(now_s)

    def _note_jump(self, now_s: float) -> None:
        self._gap_due = self.frames > 0
        self._jumps.append(now_s)
        if len(self._jumps) == JUMPS and now_s - self._jumps[0] <= JUMPS_WITHIN_S:
            self._jumps.clear()
            self._on_slow(self)

    # -- what the client says --------------------------------------------------------------------

    def acknowledge(self, received: int, *, epoch: int | None = None) -> None:
        """The client has all pictures up to `received` of `epoch` (None: of the newest it was sent)."""
        now_s = self._boot_s()
        newest = 0 if self._last is None else self._last[0]
        at = self._acknowledged(received, newest if epoch is None else epoch)
        if at:
            for _ in range(at):
                gone = self._unacknowledged.popleft()
                self._unacknowledged_s -= gone.duration_s
                self._unacknowledged_bytes -= gone.size
            self._round_trip_s = min(self._round_trip_s, now_s - gone.sent_s)
            self._adapt(now_s - gone.sent_s)
        if not self._unacknowledged:
            self._unacknowledged_s = 0.0  # no drift from adding and taking floats
        self.pump(now_s)

    def _adapt(self, lag_s: float) -> None:
        """More credit while the newest pictures arrive promptly, half of it when they waited."""
        if lag_s <= PROMPT_S + self._round_trip_s:
            self._credit_s = min(CREDIT_S, self._credit_s + CREDIT_STEP_S)
        else:
            self._credit_s = max(CREDIT_LEAST_S, self._credit_s / 2)

    def _acknowledged(self, received: int, epoch: int) -> int:
        """How many of the oldest unacknowledged pictures this covers; a number never sent covers none.

        Who speaks of an epoch it was shown has left behind what was sent before it.
        """
        covered = shown = 0
        for at, sent in enumerate(self._unacknowledged, 1):
            if sent.epoch == epoch and not shown:
                shown = at
            if (sent.epoch, sent.seq) == (epoch, received):
                covered = at
        if not shown and self._last is not None and self._last[0] == epoch:
            shown = len(self._unacknowledged) + 1
        return max(covered, shown - 1) if shown else covered

    def want_key(self) -> None:
        """The client cannot decode: nothing until a new key frame."""
        self._cursor, self._awaits_key = self.ring.end, True
        self._gap_due = self.frames > 0
        self.ring.ask_key(self._boot_s())

    def pause(self) -> None:
        """Nothing but STATE from now on."""
        self.paused = True

    def resume(self) -> None:
        """Pictures again, from the newest key frame."""
        if self.paused:
            now_s = self._boot_s()
            self.paused = False
            self._cursor, self._awaits_key = self.ring.first_for(now_s), True
            self._gap_due = self.frames > 0
            self._pictured_s = now_s
            self.ring.ask_key(now_s)
            self.pump(now_s)

    def silent(self, now_s: float) -> bool:
        """The client has had a picture for ten seconds and not acknowledged it, whatever else it says; or it
        has read so little for as long that a megabyte waits here.
        """
        if self._socket.waiting() <= WAITING_BYTES:
            self._full_since_s = None
        elif self._full_since_s is None:
            self._full_since_s = now_s
        elif now_s - self._full_since_s > SILENCE_S:
            return True
        return bool(self._unacknowledged) and now_s - self._unacknowledged[0].sent_s > SILENCE_S

    # -- what is not a picture -------------------------------------------------------------------

    def tell(self, type: MessageType, said: dict[str, object], flags: Flag = Flag.NONE) -> None:
        """STATE or CLOCK: JSON without a picture."""
        if self._socket.waiting() > WAITING_BYTES:
            return  # it does not read, so it hears nothing anyway
        if self.farewell is None and self._boot_s() < self.ring.deadline_s:
            self._socket.write(json_message(type, said, self.ring, flags=flags))

    # -- the cut ---------------------------------------------------------------------------------

    def end(self, farewell: Farewell) -> bool:
        """No further picture; say END and close, or reset at once when pictures still wait on this machine.

        Returns False when it had ended already. `gone` waits for the connection to go.
        """
        if self.farewell is not None:
            return False
        self.farewell = farewell
        self.ring.viewers.discard(self)
        if self._socket.unsent() > 0:
            self._socket.abort()
        else:
            self._socket.write(end_message(farewell, self.ring))
            self._socket.close(farewell.code, farewell.reason)
        return True

    async def gone(self) -> None:
        """Return when the connection is closed; reset it after 250 ms."""
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self._socket.closed()
        except TimeoutError:
            self._socket.abort()
