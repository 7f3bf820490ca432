"""Rate limits within one process: of the embedded mode, and of every process when Redis is gone."""

from collections import OrderedDict

from crisislink.flow.ports import Clock, Rates

CAPACITY = 10_000


class LenientRates:
    """`flow.ports.Rates` that allows `times` as much as it is asked."""

    def __init__(self, rates: Rates, times: int) -> None:
        self._rates = rates
        self._times = times

    async def spend(self, key: str, *, limit: int, per_s: float) -> float:
        """See `flow.ports.Rates`."""
        return await self._rates.spend(key, limit=limit * self._times, per_s=per_s)


class InProcessRates:
    """`flow.ports.Rates` by the generic cell rate algorithm (ITU-T I.371).

    Of each key one number is kept: when it will have paid for all it did. Bounded: the key that was spent on
    longest ago makes room.
    """

    def __init__(self, clock: Clock, *, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self._paid_at_us: OrderedDict[str, int] = OrderedDict()

    async def spend(self, key: str, *, limit: int, per_s: float) -> float:
        """See `flow.ports.Rates`."""
        now_us, per_us = round(self._clock.boot_s() * 1e6), round(per_s * 1e6)
        paid_at_us = max(self._paid_at_us.get(key, 0), now_us) + per_us // limit
        if (wait_us := paid_at_us - now_us - per_us) > 0:
            return wait_us / 1e6
        self._paid_at_us[key] = paid_at_us
        self._paid_at_us.move_to_end(key)
        while len(self._paid_at_us) > self._capacity:
            self._paid_at_us.popitem(last=False)
        return 0.0
