"""The connection to Redis, with patience in tenths of seconds: redis-py's own defaults wait for a minute.

A server that is stopped answers nothing, and TCP does not notice. So every call has its own short timeout,
and after one that failed none is tried for a moment: a dead Redis slows nothing down but the first call.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

PATIENCE_S = 0.3
REST_S = 1.0
PREFIX = "crisislink"
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Away(Exception):
    """Redis does not answer, or did not a moment ago."""


class RedisLink:
    """Close it with `close`. `away`: whether the last call failed."""

    def __init__(self, url: str) -> None:
        self.client: Redis = Redis.from_url(
            url,
            socket_timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
            max_connections=32,
            client_name=PREFIX,
        )
        self.away = False
        self._resting_until_s = 0.0

    async def call(self, work: Callable[[Redis], Awaitable[_T]]) -> _T:
        """What `work` answers.

        Raises:
            Away: it failed, or is not tried.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._resting_until_s:
            raise Away
        try:
            async with asyncio.timeout(2 * PATIENCE_S):
                answer = await work(self.client)
        except (RedisError, OSError, TimeoutError) as error:
            self.note(away=True)
            self._resting_until_s = loop.time() + REST_S
            raise Away from error
        self.note(away=False)
        return answer

    def note(self, *, away: bool) -> None:
        """What was just seen of it."""
        if away is not self.away:
            _log.warning("Redis %s", "does not answer: going on without it" if away else "answers again")
        self.away = away

    async def close(self) -> None:
        """Give the connections back."""
        try:
            async with asyncio.timeout(2 * PATIENCE_S):
                await self.client.aclose()
        except (RedisError, OSError, TimeoutError):
            return
