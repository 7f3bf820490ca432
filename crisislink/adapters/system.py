"""The machine's clock and randomness: the only module that reads them for the story."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from threading import Lock

from crisislink.core.ids import SAYABLE

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_CHARS, _RANDOM_BITS = 10, 80


class SystemClock:
    """`flow.ports.Clock` on CLOCK_REALTIME and CLOCK_BOOTTIME.

    Wall time never falls: where the machine's clock is set back, it goes on at the pace of the boot clock. A
    clock that is set forward is believed (a machine that was paused wakes up late): ends come sooner, never
    later. `ahead_s` says how far the machine's own clock is behind what is told here. docs/decisions/0010.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._anchor, self._anchor_boot_s = _wall(), self.boot_s()

    def now(self) -> datetime:
        """See `flow.ports.Clock`."""
        with self._lock:
            # Wall first: who is interrupted between the two anchors a clock that is late, which mends itself.
            wall, boot_s = _wall(), self.boot_s()
            steady = self._anchor + timedelta(seconds=boot_s - self._anchor_boot_s)
            if wall <= steady:
                return steady
            self._anchor, self._anchor_boot_s = wall, boot_s
            return wall

    @property
    def ahead_s(self) -> float:
        """See the class."""
        return max(0.0, (self.now() - _wall()).total_seconds())

    def boot_s(self) -> float:
        """See `flow.ports.Clock`."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


def _wall() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the injected clock


class SystemEntropy:
    """`flow.ports.Entropy` on the kernel's generator."""

    def id(self, prefix: str) -> str:
        """`prefix_` and 26 characters: 48 bits of milliseconds, 80 of chance (the layout of ULID)."""
        value = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        digits = (_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))
        return f"{prefix}_{''.join(digits)}"

    def reference(self) -> str:
        """See `flow.ports.Entropy`."""
        return "".join(secrets.choice(SAYABLE) for _ in range(5))

    def token(self) -> str:
        """See `flow.ports.Entropy`."""
        return secrets.token_urlsafe(32)
