"""The machine's clock and randomness: the only module that reads them for the story."""

import secrets
import time
from datetime import UTC, datetime

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SAYABLE = "ABCDEFGHJKLMNPQRTUVWXYZ2346789"  # no 0/O, 1/I, 5/S
_TIME_CHARS, _RANDOM_BITS = 10, 80


class SystemClock:
    """`flow.ports.Clock` on CLOCK_REALTIME and CLOCK_BOOTTIME."""

    def now(self) -> datetime:
        """See `flow.ports.Clock`."""
        return datetime.now(UTC)  # noqa: TID251 - this is the injected clock

    def boot_s(self) -> float:
        """See `flow.ports.Clock`."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


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
