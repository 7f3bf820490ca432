"""The way to Redis: short patience, no retries, and a breaker.

A frozen server (its host paused, its disk stuck) accepts connections and answers nothing. So one question
waits `PATIENCE_S` at most; then nobody asks for `SHUT_S`, then one question tries for all.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from crisislink.adapters.redis.seal import Seal
from crisislink.flow.ports import Clock

PATIENCE_S = 0.25
SHUT_S = 1.0
BEAT_S = 0.5
_HEALTH_S = 5
_CONNECTIONS = 16
_log = logging.getLogger(__name__)


class Down(Exception):
    """Redis does not answer: go on without it."""


class RedisLink:
    """`url`: `redis://`, `rediss://` (TLS, certificate checked) or `unix://`; `key`: the installation's.

    Close it with `close`.
    """

    def __init__(self, url: str, *, key: bytes, clock: Clock) -> None:
        self.seal = Seal(key)
        self._clock = clock
        self._asking = _client(url, health_s=_HEALTH_S)
        self._hearing = _client(url, health_s=0)  # a subscription beats by itself, see `_messages`
        self._shut_until_s = 0.0
        self._degraded = False

    @property
    def degraded(self) -> bool:
        """The last question was not answered."""
        return self._degraded

    async def ask(self, *command: str | bytes | int, urgent: bool = False) -> Any:
        """Redis's answer to a command. `urgent` tries even when others no longer do.

        Raises:
            Down: no answer in time, or a refusal. Whether the command was carried out is not known.
        """
        if not (urgent or self._may_try()):
            raise Down
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await self._asking.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            raise Down from error
        self._answered()
        return answer

    def _may_try(self) -> bool:
        now_s = self._clock.boot_s()
        if now_s < self._shut_until_s:
            return False
        if self._degraded:
            self._shut_until_s = now_s + PATIENCE_S  # this one tries for all
        return True

    def _failed(self, error: Exception) -> None:
        if not self._degraded:
            _log.warning("Redis does not serve: slower until it does", extra={"error": error})
        self._degraded = True
        self._shut_until_s = self._clock.boot_s() + SHUT_S

    def _answered(self) -> None:
        if self._degraded:
            _log.warning("Redis serves again")
        self._degraded = False
        self._shut_until_s = 0.0

    @asynccontextmanager
    async def hearing(self, *channels: str) -> AsyncIterator[AsyncIterator[tuple[str, bytes]]]:
        """What is said on these channels, as (channel, message), from entering on.

        Raises:
            Down: at entering or in the iteration, a second after Redis fell silent at the latest.
        """
        subscription = self._hearing.pubsub()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await _subscribed(subscription, channels)
            yield _messages(subscription)
        except (RedisError, OSError, TimeoutError) as error:
            raise Down from error
        finally:
            await subscription.aclose()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Give the connections back."""
        for client in (self._asking, self._hearing):
            await client.aclose(close_connection_pool=True)


def _client(url: str, *, health_s: int) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=PATIENCE_S,
        socket_timeout=None,  # ours are `asyncio.timeout`; its own way to wait can lose a cancellation
        socket_connect_timeout=PATIENCE_S,
        health_check_interval=health_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # every Redis and Valkey speaks it, and it has no server pushes to obey
        driver_info=None,
    )
    return Redis(connection_pool=pool)


async def _subscribed(subscription: PubSub, channels: tuple[str, ...]) -> None:
    await subscription.subscribe(*channels)
    missing = len(channels)
    while missing:
        message = await subscription.get_message(timeout=PATIENCE_S)
        missing -= message is not None and message["type"] == "subscribe"


async def _messages(subscription: PubSub) -> AsyncIterator[tuple[str, bytes]]:
    asked = False
    while True:
        message = await subscription.get_message(timeout=BEAT_S)
        if message is not None:
            asked = False
            if message["type"] == "message":
                yield message["channel"].decode(), message["data"]
        elif asked:
            raise TimeoutError
        else:
            asked = True
            async with asyncio.timeout(PATIENCE_S):
                await subscription.ping()
