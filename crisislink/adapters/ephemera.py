"""Small values for seconds, in this process: login states and stream tickets of the embedded mode."""

from collections import OrderedDict

from crisislink.flow.ports import Clock

CAPACITY = 10_000


class InProcessEphemera:
    """`flow.ports.Ephemera`. Bounded: the oldest value makes room, so a flood costs logins, not memory.

    What came once (`first`) makes room for nothing: a flood of logins must not let it come again.
    """

    def __init__(self, clock: Clock, *, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._came: dict[str, float] = {}

    async def put(self, key: str, value: str, *, ttl_s: float) -> None:
        """See `flow.ports.Ephemera`."""
        self._kept.pop(key, None)
        self._kept[key] = (self._clock.boot_s() + ttl_s, value)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    async def take(self, key: str) -> str | None:
        """See `flow.ports.Ephemera`."""
        came_until = self._came.pop(key, 0.0)
        until, value = self._kept.pop(key, (came_until, ""))
        return value if self._clock.boot_s() < until else None

    async def look(self, key: str) -> str | None:
        """See `flow.ports.Ephemera`."""
        until, value = self._kept.get(key, (0.0, ""))
        return value if self._clock.boot_s() < until else None

    async def first(self, key: str, *, ttl_s: float) -> bool:
        """See `flow.ports.Ephemera`."""
        now_s = self._clock.boot_s()
        if len(self._came) >= self._capacity:
            self._came = {name: until for name, until in self._came.items() if now_s < until}
        if now_s < self._came.get(key, 0.0) or len(self._came) >= self._capacity:
            return False
        self._came[key] = now_s + ttl_s
        return True
