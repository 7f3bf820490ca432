"""Clocks and randomness: the only module that reads them for the story."""

import logging
import secrets
import time
from datetime import UTC, datetime, timedelta
from threading import Lock

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SAYABLE = "ABCDEFGHJKLMNPQRTUVWXYZ2346789"  # no 0/O, 1/I, 5/S
_TIME_CHARS, _RANDOM_BITS = 10, 80
_SET_BACK = timedelta(seconds=2)
_PROMPT_S = 0.2  # an answer that took longer tells the time too badly
_SLOWER = 0.001  # so much slower it goes while it is ahead
_log = logging.getLogger(__name__)


class SystemClock:
    """`flow.ports.Clock` on CLOCK_REALTIME and CLOCK_BOOTTIME.

    Wall time never falls: where the machine's clock is set back, it goes on at the pace of the boot clock. A
    clock that is set forward is believed (a machine that was paused wakes up late): ends come sooner, never
    later. `ahead_s` says how far the machine's own clock is behind what is told here. docs/decisions/0010.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._anchor = _wall(), self.boot_s()

    def now(self) -> datetime:
        """See `flow.ports.Clock`."""
        with self._lock:
            # Wall first: who is interrupted between the two anchors a clock that is late, which mends itself.
            wall, boot_s = _wall(), self.boot_s()
            steady = _onward(self._anchor, boot_s)
            if wall <= steady:
                return steady
            self._anchor = wall, boot_s
            return wall

    @property
    def ahead_s(self) -> float:
        """See the class."""
        return max(0.0, (self.now() - _wall()).total_seconds())

    def boot_s(self) -> float:
        """See `flow.ports.Clock`."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


class StoreClock:
    """`flow.ports.Clock` whose wall time is the database server's: one clock for all its processes.

    What a host's own clock says does not matter: set, stepped or wrong, it ends nothing early or late there.
    `heard` takes what the server said with each transaction; in between, and while it is silent, time goes on
    at the pace of the boot clock. As `SystemClock` it never falls, and believes a clock that is set forward;
    one that is set back by more than two seconds is not followed. docs/decisions/0010.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._anchor: tuple[datetime, float] | None = None
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._refused = False

    def now(self) -> datetime:
        """See `flow.ports.Clock`. The machine's own until something was heard."""
        with self._lock:
            if self._anchor is None:
                return _wall()
            self._latest = max(self._latest, _onward(self._anchor, self.boot_s()))
            return self._latest

    def heard(self, at: datetime, *, asked_s: float, answered_s: float) -> None:
        """The server said that it is `at`, asked and answered at these times of the boot clock."""
        with self._lock:
            boot_s = (asked_s + answered_s) / 2
            if self._anchor is None:
                self._anchor = at, boot_s
                return
            since_s = boot_s - self._anchor[1]
            if answered_s - asked_s > _PROMPT_S or since_s <= 0:
                return
            steady = _onward(self._anchor, boot_s)
            refused, self._refused = self._refused, at < steady - _SET_BACK
            if not self._refused:
                self._anchor = max(at, steady - timedelta(seconds=_SLOWER * since_s)), boot_s
            elif not refused:
                _log.error(
                    "the database server's clock is behind; it is not followed",
                    extra={"behind_s": (steady - at).total_seconds()},
                )

    def boot_s(self) -> float:
        """See `flow.ports.Clock`."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


def _onward(anchor: tuple[datetime, float], boot_s: float) -> datetime:
    return anchor[0] + timedelta(seconds=boot_s - anchor[1])


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
        return "".join(secrets.choice(_SAYABLE) for _ in range(5))

    def token(self) -> str:
        """See `flow.ports.Entropy`."""
        return secrets.token_urlsafe(32)
