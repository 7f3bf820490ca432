"""Asking the provider whether an access token holds (RFC 7662): opaque ones, and JWTs that may be withdrawn.

Everything but a readable "active" lets nobody in. What the provider said is kept for half a minute, so a
withdrawn token is refused after that at the latest; a token's own end is looked at with every call.

Its answers are JSON from the provider at the other end of TLS; signed ones (RFC 9701) are not asked for.
"""

import asyncio
import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from crisislink.adapters.oidc.channel import TIMEOUT_S, Channel, Reply
from crisislink.adapters.oidc.credentials import Credentials
from crisislink.adapters.oidc.discovery import Discovery
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.untrusted import Untrusted
from crisislink.core.errors import Reason, Unavailable
from crisislink.flow.ports import Clock

KEPT_S = 30.0
KEPT_MAX = 1_000
AT_ONCE = 8
_log = logging.getLogger(__name__)


class Introspection:
    """What one provider says of access tokens. Times are seconds on CLOCK_BOOTTIME."""

    def __init__(
        self,
        profile: ProviderProfile,
        channel: Channel,
        discovery: Discovery,
        credentials: Credentials,
        clock: Clock,
    ) -> None:
        self._profile = profile
        self._channel = channel
        self._discovery = discovery
        self._credentials = credentials
        self._clock = clock
        self._kept: OrderedDict[bytes, tuple[float, Mapping[str, Any] | None]] = OrderedDict()
        self._turns = asyncio.Semaphore(AT_ONCE)  # made-up tokens must not become a crowd at the provider

    async def said(self, token: str) -> Mapping[str, Any]:
        """The members of the provider's answer. Only that it calls the token active is checked.

        Raises:
            Untrusted: it does not.
            Unavailable: it does not answer, or not us.
        """
        digest = hashlib.sha256(token.encode()).digest()
        now_s = self._clock.boot_s()
        kept = self._kept.get(digest)
        if kept is None or now_s >= kept[0] + KEPT_S:
            answer = await self._in_turn(token)
            kept = (now_s, answer if answer.get("active") is True else None)
            self._kept[digest] = kept
            self._kept.move_to_end(digest)
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        if kept[1] is None:
            raise Untrusted("not active, says the provider")
        return kept[1]

    async def _in_turn(self, token: str) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._turns.acquire()
        except TimeoutError as error:
            raise Unavailable(Reason.IDENTITY_PROVIDER) from error
        try:
            return await self._asked(token)
        finally:
            self._turns.release()

    async def _asked(self, token: str) -> Mapping[str, Any]:
        metadata = await self._discovery.metadata()
        mtls = self._profile.ways.authentication == "tls_client_auth"
        endpoint = metadata.at("introspection_endpoint", mtls=mtls)
        if endpoint is None:
            _log.error("the provider offers no introspection", extra={"provider": self._profile.id})
            raise Unavailable(Reason.IDENTITY_PROVIDER) from Untrusted("no introspection_endpoint")
        proof = self._credentials.proof(metadata.token_endpoint)
        form = {"token": token, "token_type_hint": "access_token", **proof.form}
        return self._read(await self._channel.post(endpoint, form, proof.headers))

    def _read(self, reply: Reply) -> Mapping[str, Any]:
        """An answer that is none is the provider's fault or ours, not the token's: nobody comes in."""
        try:
            found = json.loads(reply.body) if reply.status == 200 else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            _log.error(
                "the provider does not introspect for us",
                extra={"provider": self._profile.id, "status": reply.status},
            )
            raise Unavailable(Reason.IDENTITY_PROVIDER) from Untrusted(f"introspection: {reply.status}")
        return found
