"""Small values for seconds, in this process: login states and stream tickets of the embedded mode."""

from collections import OrderedDict

from crisislink.flow.ports import Clock

CAPACITY = 10_000


class InProcessEphemera:
    """`flow.ports.Ephemera`. Bounded: the oldest value makes room, so a flood costs logins, not memory."""

    def __init__(self, clock: Clock, *, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def put(self, key: str, value: str, *, ttl_s: float) -> None:
        """See `flow.ports.Ephemera`."""
        self._kept.pop(key, None)
        self._kept[key] = (self._clock.boot_s() + ttl_s, value)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    async def take(self, key: str) -> str | None:
        """See `flow.ports.Ephemera`."""
        until, value = self._kept.pop(key, (0.0, ""))
        return value if self._clock.boot_s() < until else None

    async def look(self, key: str) -> str | None:
        """See `flow.ports.Ephemera`."""
        until, value = self._kept.get(key, (0.0, ""))
        return value if self._clock.boot_s() < until else None

    async def first(self, key: str, *, ttl_s: float) -> bool:
        """See `flow.ports.Ephemera`."""
        until, _ = self._kept.get(key, (0.0, ""))
        if self._clock.boot_s() < until:
            return False
        await self.put(key, "", ttl_s=ttl_s)
        return True
