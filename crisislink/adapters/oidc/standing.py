"""Does each provider answer now? Asked in the background, so that people see it before they click.

A provider is down when its metadata cannot be had within `PATIENCE_S`, or is another issuer's; it is up again
with the first good answer. Nobody's session depends on this: who is signed in stays so.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Protocol

from crisislink.adapters.oidc import examination
from crisislink.adapters.oidc.advice import Observation
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.flow.ports import Clock, Entropy

ROUND_S = 15.0
AGAIN_S = 5.0
PATIENCE_S = 3.0
_log = logging.getLogger(__name__)


class Asked(Protocol):
    """Our side of one provider: `OidcClient`."""

    @property
    def profile(self) -> ProviderProfile: ...

    async def answers(self) -> bool:
        """Whether its metadata can be had now, and are its own."""
        ...


class Standings:
    """The providers, watched. `public_url` is ours, whose callbacks an examination looks for."""

    def __init__(
        self, clients: Mapping[str, Asked], *, public_url: str, clock: Clock, entropy: Entropy
    ) -> None:
        self._clients = clients
        self._public_url = public_url
        self._clock = clock
        self._entropy = entropy
        self._down: dict[str, datetime] = {}

    async def run(self) -> None:
        """Ask all of them, again and again."""
        while True:
            await self.ask()
            await asyncio.sleep(AGAIN_S if self._down else ROUND_S)

    async def ask(self) -> None:
        """Ask all of them once; a slow one does not keep the others waiting."""
        await asyncio.gather(*(self._look(*each) for each in self._clients.items()))

    async def _look(self, id: str, client: Asked) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                up = await client.answers()
        except TimeoutError:
            up = False
        except Exception:  # noqa: BLE001 - the last line before the whole service
            # whatever a provider says, it must not stop the service
            _log.exception("a provider could not be looked at", extra={"provider": id})
            up = False
        if up and self._down.pop(id, None) is not None:
            _log.warning("a provider answers again", extra={"provider": id})
        if not up and id not in self._down:
            self._down[id] = self._clock.now()
            _log.warning("a provider does not answer", extra={"provider": id})

    def down_since(self, provider: str) -> datetime | None:
        """Since when the provider of this id does not answer."""
        return self._down.get(provider)

    async def examine(self, issuer: str) -> AsyncIterator[tuple[str, Observation]]:
        """All that can be seen of this issuer's providers, by their ids."""
        for name, client in self._clients.items():
            if client.profile.issuer != issuer:
                continue
            looks = examination.examine(
                client.profile, public_url=self._public_url, clock=self._clock, entropy=self._entropy
            )
            async for look in looks:
                yield name, look
