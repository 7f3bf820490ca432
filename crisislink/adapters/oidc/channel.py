"""Our way of asking one provider: bounded in place, bytes and time, and never led elsewhere.

No redirect is followed, nothing compressed is accepted (a short answer could become a very long one), and the
whole exchange has one deadline: an answer that drips byte by byte is no answer.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from crisislink.adapters.oidc.addresses import origin
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.untrusted import Untrusted
from crisislink.core.errors import Reason, Unavailable

TIMEOUT_S = 5.0
ANSWER_MAX_BYTES = 512 * 1024
_TOO_MANY_REQUESTS = 429
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider answered, whole. `headers` by their names in small letters.

    `certificate_until`: as TLS says it (`Jan  5 09:34:43 2027 GMT`), None without TLS.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    certificate_until: str | None = None

    @property
    def kind(self) -> str:
        """The media type."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def object(self) -> Mapping[str, Any]:
        """The JSON object of a successful answer.

        Raises:
            Untrusted: it is none.
        """
        if self.status not in {200, 201}:
            raise Untrusted(f"{self.status} from {self.url.partition('?')[0]} ", self._error())
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Untrusted("no JSON from ", self.url) from error
        if not isinstance(found, dict):
            raise Untrusted("no JSON object from ", self.url)
        return found

    def _error(self) -> str:
        """What the provider says is wrong (RFC 6749, section 5.2), for the log."""
        return repr(self.body[:200].decode("ascii", "replace"))


class Channel:
    """Connections to one provider. Close it."""

    def __init__(self, profile: ProviderProfile, *, timeout_s: float = TIMEOUT_S) -> None:
        self._id = profile.id
        self._origins = profile.origins
        self._timeout_s = timeout_s
        trust_env = not profile.on_this_machine
        # reading the trust store takes 30 ms: once here, not at each login on the loop that carries the video
        if profile.ca_file is None:
            tls = httpx2.create_ssl_context(trust_env=trust_env)
        else:
            tls = ssl.create_default_context(cafile=profile.ca_file)
        if profile.ways.authentication == "tls_client_auth" and profile.client_key is not None:
            profile.client_key.show_in(tls)
        self._http = httpx2.AsyncClient(verify=tls, timeout=timeout_s, trust_env=trust_env)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    def check(self, url: str) -> str:
        """The address, if the provider may send us or a browser there.

        Raises:
            Untrusted: it may not.
        """
        if origin(url) not in self._origins:
            raise Untrusted("not one of its own addresses: ", f"{url[:200]!r}")
        return url

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask.

        Raises:
            Unavailable: the provider does not answer, or says that it cannot.
            Untrusted: the address is not its own, or the answer is too long or compressed.
        """
        return await self._ask("GET", url, headers or {}, None)

    async def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a form; raises as `get`."""
        return await self._ask("POST", url, headers or {}, form)

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> Reply:
        sent = {"Accept": "application/json, application/jwt", "Accept-Encoding": "identity"} | dict(headers)
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._http.stream(
                    method, self.check(url), headers=sent, data=form, follow_redirects=False
                ) as answer,
            ):
                reply = await _read(url, answer)
        except (httpx2.HTTPError, TimeoutError) as error:
            _log.warning("a provider does not answer", extra={"provider": self._id, "error": error})
            raise Unavailable(Reason.IDENTITY_PROVIDER) from error
        if reply.status >= 500 or reply.status == _TOO_MANY_REQUESTS:
            _log.warning("a provider cannot answer", extra={"provider": self._id, "status": reply.status})
            raise Unavailable(Reason.IDENTITY_PROVIDER)
        return reply


async def _read(url: str, answer: httpx2.Response) -> Reply:
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise Untrusted("compressed: ", url)
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > ANSWER_MAX_BYTES:
            raise Untrusted("too long an answer: ", url)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(url, answer.status_code, headers, bytes(body), _certificate_until(answer))


def _certificate_until(answer: httpx2.Response) -> str | None:
    stream = answer.extensions.get("network_stream")
    tls = None if stream is None else stream.get_extra_info("ssl_object")
    shown = None if tls is None else tls.getpeercert()
    return str(shown["notAfter"]) if shown else None
