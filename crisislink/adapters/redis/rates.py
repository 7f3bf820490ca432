"""Rate limits over all processes: one number a key, on Redis's own clock, moved atomically by a script."""

from crisislink.adapters.redis.link import Down, RedisLink
from crisislink.flow.ports import Rates

# As `adapters/rates.py`. A number that cannot be (Redis's clock was set back) counts as "all spent now".
_SPEND = """
local t = redis.call('TIME')
local now, per, step = t[1] * 1000000 + t[2], tonumber(ARGV[1]), tonumber(ARGV[2])
local stored = tonumber(redis.call('GET', KEYS[1]) or 0) or 0
if stored ~= stored then stored = 0 end -- not a number
local paid_at = math.min(math.max(stored, now), now + per) + step
local wait = paid_at - now - per
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', paid_at), 'PX', math.ceil((paid_at - now) / 1000))
return 0
"""


class RedisRates:
    """`flow.ports.Rates` shared by all processes. `alone` counts for this process when Redis is gone."""

    def __init__(self, link: RedisLink, alone: Rates) -> None:
        self._link = link
        self._alone = alone

    async def spend(self, key: str, *, limit: int, per_s: float, urgent: bool = False) -> float:
        """See `flow.ports.Rates`. Redis sees a digest of the key."""
        if urgent:
            return await self._alone.spend(key, limit=limit, per_s=per_s)
        per_us = round(per_s * 1e6)
        name = self._link.seal.name("rate", key)
        try:
            wait_us = await self._link.ask("EVAL", _SPEND, 1, name, per_us, per_us // limit)
        except Down:
            return await self._alone.spend(key, limit=limit, per_s=per_s)
        return int(wait_us) / 1e6
