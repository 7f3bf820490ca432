"""What a provider publishes of itself: metadata and keys, fetched when needed and kept for ten minutes.

Kept no longer, so that a withdrawn key stops being trusted. Asked for again when no key fits a signature, but
for that reason not more than once in `COOLDOWN_S`, so that forged tokens cannot make us hammer the provider.
"""

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from crisislink.adapters.oidc.channel import Channel
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.untrusted import Untrusted
from crisislink.flow.ports import Clock

TTL_S = 600.0
COOLDOWN_S = 30.0
_KEYS_MAX = 64
_MODULUS_MIN = 342  # 2048 bits in base64url


class Aliases(BaseModel):
    """Where to go instead when we prove who we are in TLS (RFC 8705, section 5)."""

    model_config = ConfigDict(frozen=True)

    token_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None


_NO_ALIASES = Aliases()
_ADDRESSES = ("_endpoint", "_uri")


class Metadata(BaseModel):
    """The part of OpenID Connect Discovery 1.0 (and RFC 8414, 8705, 9126, 9207) we use."""

    model_config = ConfigDict(frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    mtls_endpoint_aliases: Aliases = _NO_ALIASES
    authorization_response_iss_parameter_supported: bool = False
    backchannel_logout_supported: bool = False
    scopes_supported: tuple[str, ...] = ()
    acr_values_supported: tuple[str, ...] = ()
    claims_supported: tuple[str, ...] = ()
    code_challenge_methods_supported: tuple[str, ...] = ()
    id_token_signing_alg_values_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = ()

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Metadata":
        """As published; nothing is believed yet.

        Raises:
            Untrusted: a field is missing or of another type.
        """
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            faults = ", ".join(str(fault["loc"][0]) for fault in error.errors()[:4])
            raise Untrusted(f"metadata: {faults}") from error

    def at(self, name: str, *, mtls: bool) -> str | None:
        """Where this endpoint is; the alias for those who prove who they are in TLS, where there is one."""
        alias: str | None = getattr(self.mtls_endpoint_aliases, name, None) if mtls else None
        own: str | None = getattr(self, name)
        return alias or own

    def endpoints(self) -> tuple[str, ...]:
        """Every address to which we or a browser may go."""
        named = (self.model_dump(), self.mtls_endpoint_aliases.model_dump())
        return tuple(
            url
            for part in named
            for name, url in part.items()
            if name.endswith(_ADDRESSES) and url is not None
        )


class Discovery:
    """One provider's metadata and keys. Times are seconds on CLOCK_BOOTTIME."""

    def __init__(self, profile: ProviderProfile, channel: Channel, clock: Clock) -> None:
        self._profile = profile
        self._channel = channel
        self._clock = clock
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._hurried_s = float("-inf")

    @property
    def url(self) -> str:
        """Where the metadata is."""
        return self._profile.issuer.rstrip("/") + self._profile.ways.discovery_path

    async def metadata(self) -> Metadata:
        """What the provider says of itself.

        Raises:
            Unavailable: it does not answer.
            Untrusted: it speaks for another issuer, or names an address that is not its own.
        """
        now_s = self._clock.boot_s()
        if self._metadata is not None and now_s < self._metadata[0] + TTL_S:
            return self._metadata[1]
        found = Metadata.read((await self._channel.get(self.url)).object())
        if found.issuer != self._profile.issuer:
            raise Untrusted(f"metadata of another issuer: {found.issuer[:200]!r}")
        for address in found.endpoints():
            self._channel.check(address)
        self._metadata = (now_s, found)
        return found

    async def keys(self) -> KeySet:
        """The provider's keys; raises as `metadata`, or `Untrusted` when what it publishes are no keys."""
        if self._keys is not None and self._clock.boot_s() < self._keys[0] + TTL_S:
            return self._keys[1]
        return await self._fetched_keys()

    async def newer_keys(self) -> KeySet | None:
        """The keys as they are now, for a signature that none of `keys` made; None when asked too often."""
        now_s = self._clock.boot_s()
        if now_s < self._hurried_s + COOLDOWN_S:
            return None
        self._hurried_s = now_s
        return await self._fetched_keys()

    async def _fetched_keys(self) -> KeySet:
        now_s = self._clock.boot_s()
        raw = (await self._channel.get((await self.metadata()).jwks_uri)).object()
        keys = public_keys(raw)
        self._keys = (now_s, keys)
        return keys


def public_keys(raw: Mapping[str, Any]) -> KeySet:
    """Signing keys only: a symmetric key in a published set would let anybody sign.

    Raises:
        Untrusted: there is none.
    """
    listed = raw.get("keys")
    if not isinstance(listed, list) or len(listed) > _KEYS_MAX:
        raise Untrusted("no key set")
    usable = [key for each in listed if isinstance(each, dict) and (key := _key(each)) is not None]
    if not usable:
        raise Untrusted("no signing key")
    return KeySet(usable)


def _key(raw: dict[str, Any]) -> Key | None:
    """A key that may sign; one that we do not understand is no key (RFC 7517, section 5)."""
    if not _signs(raw):
        return None
    try:
        return JWKRegistry.import_key(raw)
    except (JoseError, ValueError, TypeError):
        return None


def _signs(key: Mapping[str, Any]) -> bool:
    operations = key.get("key_ops", ["verify"])
    return (
        (key.get("kty") == "EC" or (key.get("kty") == "RSA" and len(str(key.get("n"))) >= _MODULUS_MIN))
        and key.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
    )
