"""One encoder's picture to many sockets: a ring of the last group of pictures, and a cursor per viewer.

No task and no queue per viewer: `Ring.push` frames a message once and offers it to each `Viewer`
(`media/viewer.py`), who takes it, or catches up when credit returns. Invariants:

* the ring begins with a key frame and holds one group of pictures: memory is bounded by the worker's GOP;
* only messages of the epoch the node gave out pass, and that epoch only grows: an old worker's last words,
  however late, reach nobody;
* nothing passes at or after `deadline_s` (boot clock), whoever forgot to cut.

What is asked of the worker (a key frame) goes through `force_key`, at most twice a second.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crisislink.media.frames import (
    FLAGS,
    HEADER,
    PAYLOAD_MAX,
    VERSION,
    BadMessage,
    Flag,
    Message,
    MessageType,
    Rendition,
    unpack,
)

if TYPE_CHECKING:
    from crisislink.media.viewer import Viewer

KEY_INTERVAL_S = 0.5
FRESH_S = 0.5  # older pictures are not sent any more: a key frame can be had sooner
SILENT_S, SILENT_MAX_S, _SILENT_PERIODS = 2.5, 5.0, 2.5
RING_MAX_BYTES = 16 << 20
_CONFIG_MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Picture:
    """One FRAME, ready for the wire. `duration_s`: since the frame before it arrived (0 for the first)."""

    index: int
    arrived_s: float
    epoch: int
    seq: int
    key: bool
    duration_s: float
    framed: bytes


def framed(message: bytes) -> bytes:
    """The message as one unmasked, unfragmented binary WebSocket frame (RFC 6455, 5.2)."""
    size = len(message)
    if size < 126:
        return bytes((0x82, size)) + message
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2) + message
    return b"\x82\x7f" + size.to_bytes(8) + message


class Ring:
    """One output (grant, camera, rendition) of one camera's worker."""

    def __init__(
        self,
        rendition: Rendition,
        *,
        boot_s: Callable[[], float],
        force_key: Callable[[], None],
    ) -> None:
        self.rendition = rendition
        self.viewers: set[Viewer] = set()
        self.epoch = 0
        self.deadline_s = -math.inf
        self.config: bytes | None = None
        self.config_id = 0
        self.boot_s = boot_s
        self._force_key = force_key
        self._ends_at_us = 0
        self._config: Message | None = None
        self._pictures: list[Picture] = []
        self._bytes = 0
        self._end = 0
        self._arrived_s: float | None = None
        self._heard_s, self._gap_s = boot_s(), 0.0
        self._key_asked_s = -math.inf
        self._key_owed = False

    @property
    def end(self) -> int:
        """The index the next picture will have."""
        return self._end

    @property
    def base(self) -> int:
        """The index of the newest key frame; `end` when there is none."""
        return self._pictures[0].index if self._pictures else self._end

    def first_for(self, now_s: float) -> int:
        """Where somebody who joins begins: the newest key frame, unless it is old."""
        if self._pictures and now_s - self._pictures[0].arrived_s <= FRESH_S:
            return self.base
        return self._end

    def picture(self, index: int) -> Picture:
        """The picture at `base` ≤ `index` < `end`."""
        return self._pictures[index - self._pictures[0].index]

    @property
    def silent(self) -> bool:
        """Whether nothing was made for 2.5 s, or 2.5 times as long as before the last picture (at most 5 s).

        The camera may live: then this machine has no time for it, and nobody may be told that all is well.
        """
        return self.boot_s() - self._heard_s > self.patience_s

    @property
    def patience_s(self) -> float:
        """How long no picture may be made, or sent to a viewer, before all is not well."""
        return min(SILENT_MAX_S, max(SILENT_S, _SILENT_PERIODS * self._gap_s))

    def begin(self, epoch: int) -> None:
        """A new encoder speaks from now on; what the old one said is forgotten.

        Raises:
            ValueError: the epoch does not grow.
        """
        if epoch <= self.epoch:
            raise ValueError("an encoder's epoch only grows")
        self.epoch = epoch
        self.config = self._config = None
        self._arrived_s = None
        self._heard_s, self._gap_s = self.boot_s(), 0.0
        self._forget()
        self._key_asked_s, self._key_owed = -math.inf, False

    def ends_at(self, us: int) -> None:
        """The grant's scheduled end (µs UTC), told in CONFIG; STATE corrects it each second."""
        if us != self._ends_at_us:
            self._ends_at_us = us
            self._frame_config()

    def push(self, message: bytes) -> bool:
        """Take a message of the worker and offer it to every viewer; False when it came too late or is stale.

        Raises:
            BadMessage: not a CONFIG or FRAME of this protocol and rendition; the worker is not to be trusted.
        """
        if len(message) < HEADER.size:
            raise BadMessage("shorter than its header")
        version, kind, flags, seq, epoch, config, rendition, *_, length = HEADER.unpack_from(message)
        if version != VERSION or rendition != self.rendition or flags & ~FLAGS:
            raise BadMessage("version, rendition or flags")
        if length != len(message) - HEADER.size or length > PAYLOAD_MAX:
            raise BadMessage("length")
        if kind not in {MessageType.CONFIG, MessageType.FRAME}:
            raise BadMessage("a worker says CONFIG and FRAME only")
        if epoch != self.epoch:
            return False
        if kind == MessageType.CONFIG:
            self._take_config(message)
            return True
        now_s = self.boot_s()
        if now_s >= self.deadline_s:
            return False
        return self._take_frame(message, now_s, seq=seq, config=config, key=bool(flags & Flag.KEY))

    def _take_config(self, message: bytes) -> None:
        if len(message) > _CONFIG_MAX_BYTES:
            raise BadMessage("configuration too large")
        self._config = unpack(message)
        self._forget()  # frames of another configuration do not decode with this one
        self._frame_config()

    def _frame_config(self) -> None:
        if self._config is None:
            return
        try:
            said = json.loads(self._config.payload)
            said["ends_at_us"] = self._ends_at_us
        except (ValueError, TypeError) as error:
            raise BadMessage("configuration is no JSON object") from error
        payload = json.dumps(said, separators=(",", ":")).encode()
        message = Message(
            type=MessageType.CONFIG,
            payload=payload,
            epoch=self.epoch,
            config=self._config.config,
            rendition=self.rendition,
        )
        self.config_id = self._config.config
        self.config = framed(message.pack())

    def _take_frame(self, message: bytes, now_s: float, *, seq: int, config: int, key: bool) -> bool:
        if self._config is None or config != self._config.config:
            raise BadMessage("a frame without its configuration")
        if not key and not self._follows(seq, len(message)):
            self._forget()
            self.ask_key(now_s)
            return False
        gap_s = 0.0 if self._arrived_s is None else max(0.0, now_s - self._arrived_s)
        self._arrived_s = self._heard_s = now_s
        self._gap_s = gap_s
        if key:
            self._forget()
            self._key_owed = False
        picture = Picture(self._end, now_s, self.epoch, seq, key, gap_s, framed(message))
        self._pictures.append(picture)
        self._bytes += len(message)
        self._end += 1
        if self._key_owed:
            self.ask_key(now_s)
        for viewer in tuple(self.viewers):
            viewer.pump(now_s)
        return True

    def _follows(self, seq: int, size: int) -> bool:
        """Whether a delta frame has all it refers to, and a place in the ring."""
        return (
            bool(self._pictures)
            and seq == self._pictures[-1].seq + 1
            and self._bytes + size <= RING_MAX_BYTES
        )

    def _forget(self) -> None:
        self._pictures.clear()
        self._bytes = 0

    def ask_key(self, now_s: float) -> None:
        """Ask the worker for a key frame; within half a second of the last asking, remember it instead."""
        if now_s - self._key_asked_s < KEY_INTERVAL_S:
            self._key_owed = True
            return
        self._key_asked_s, self._key_owed = now_s, False
        self._force_key()
