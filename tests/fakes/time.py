"""A clock the test turns, and identifiers that count."""

from datetime import datetime, timedelta

from tests.samples import T0


class TurnedClock:
    """`flow.ports.Clock`; wall and boot time move together unless the test says otherwise."""

    def __init__(self, start: datetime = T0) -> None:
        self.wall = start
        self.boot = 1_000.0

    def now(self) -> datetime:
        """Wall time."""
        return self.wall

    def boot_s(self) -> float:
        """Boot time."""
        return self.boot

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += timedelta(seconds=seconds)
        self.boot += seconds


class SteadyClock(TurnedClock):
    """Its `wall` may be set back, and it never falls all the same, as the product's."""

    def __init__(self, start: datetime = T0) -> None:
        super().__init__(start)
        self._anchor, self._anchor_boot = start, self.boot

    def now(self) -> datetime:
        """Wall time, or further."""
        steady = self._anchor + timedelta(seconds=self.boot - self._anchor_boot)
        if self.wall <= steady:
            return steady
        self._anchor, self._anchor_boot = self.wall, self.boot
        return self.wall


class CountedEntropy:
    """`flow.ports.Entropy` without surprise."""

    def __init__(self) -> None:
        self._next = 0

    def _number(self) -> int:
        self._next += 1
        return self._next

    def id(self, prefix: str) -> str:
        """`prefix_000001`, …"""
        return f"{prefix}_{self._number():06d}"

    def reference(self) -> str:
        """`R0001`, …"""
        return f"R{self._number():04d}"

    def token(self) -> str:
        """Not random at all."""
        return f"token-{self._number()}"
