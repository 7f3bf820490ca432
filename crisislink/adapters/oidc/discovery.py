"""What a provider publishes of itself: metadata and keys, fetched when needed and kept for ten minutes.

Kept no longer, so that a withdrawn key stops being trusted. Asked for again when a token names an unknown
key, but not more than once in `COOLDOWN_S`, so that forged tokens cannot make us hammer the provider.
"""

from collections.abc import Mapping
from typing import Any

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from crisislink.adapters.oidc.idtoken import Untrusted
from crisislink.adapters.oidc.profile import safe_transport
from crisislink.core.errors import Reason, Unavailable
from crisislink.flow.ports import Clock

TTL_S = 600.0
COOLDOWN_S = 30.0
TIMEOUT_S = 5.0
ANSWER_MAX_BYTES = 512 * 1024


class Metadata(BaseModel):
    """The part of OpenID Connect Discovery 1.0 we use."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    authorization_response_iss_parameter_supported: bool = False

    def endpoints(self) -> tuple[str, ...]:
        """Every address to which we or a browser will go."""
        end = () if self.end_session_endpoint is None else (self.end_session_endpoint,)
        return (self.authorization_endpoint, self.token_endpoint, self.jwks_uri, *end)


class Discovery:
    """One provider's metadata and keys. Times are seconds on CLOCK_BOOTTIME."""

    def __init__(self, issuer: str, http: httpx2.AsyncClient, clock: Clock) -> None:
        self._issuer = issuer
        self._http = http
        self._clock = clock
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def metadata(self) -> Metadata:
        """What the provider says of itself.

        Raises:
            Unavailable: it does not answer.
            Untrusted: it speaks for another issuer, or names an address without TLS.
        """
        now_s = self._clock.boot_s()
        if self._metadata is not None and now_s < self._metadata[0] + TTL_S:
            return self._metadata[1]
        raw = await self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            found = Metadata.model_validate(raw)
        except ValidationError as error:
            raise Untrusted(f"metadata: {error.error_count()} faults") from error
        if found.issuer != self._issuer:
            raise Untrusted(f"metadata of another issuer: {found.issuer[:200]!r}")
        if not all(safe_transport(address) for address in found.endpoints()):
            raise Untrusted("metadata names an address without TLS")
        self._metadata = (now_s, found)
        return found

    async def keys(self, kid: str | None) -> KeySet:
        """The provider's keys; fetched again when `kid` is not among them.

        Raises:
            Unavailable: it does not answer.
            Untrusted: what it publishes are no keys.
        """
        now_s = self._clock.boot_s()
        if self._keys is not None and now_s < self._keys[0] + TTL_S:
            fetched_s, keys = self._keys
            known = kid is None or any(key.kid == kid for key in keys.keys)
            if known or now_s < fetched_s + COOLDOWN_S:
                return keys
        raw = await self._get((await self.metadata()).jwks_uri)
        keys = _public_keys(raw)
        self._keys = (now_s, keys)
        return keys

    async def _get(self, url: str) -> Any:
        try:
            answer = await self._http.get(url, follow_redirects=False)
        except httpx2.HTTPError as error:
            raise Unavailable(Reason.IDENTITY_PROVIDER) from error
        if answer.status_code != 200:
            raise Unavailable(Reason.IDENTITY_PROVIDER) from Untrusted(f"{url}: {answer.status_code}")
        if len(answer.content) > ANSWER_MAX_BYTES:
            raise Untrusted(f"{url}: too long an answer")
        try:
            return answer.json()
        except ValueError as error:
            raise Untrusted(f"{url}: no JSON") from error


def _public_keys(raw: Any) -> KeySet:
    """Signing keys only: a symmetric key in a published set would let anybody sign."""
    listed = raw.get("keys") if isinstance(raw, Mapping) else None
    if not isinstance(listed, list):
        raise Untrusted("no key set")
    usable = [
        key
        for key in listed
        if isinstance(key, Mapping) and key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"
    ]
    if not usable:
        raise Untrusted("no signing key")
    try:
        return KeySet.import_key_set({"keys": [dict(key) for key in usable]})
    except (JoseError, ValueError) as error:
        raise Untrusted(f"keys: {error}") from error
