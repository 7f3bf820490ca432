"""What we ask a provider directly, in a sign-in's name: its tokens, and what they say once they are checked.

Nothing that comes back is believed before `signature` and `idtoken` agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from joserfc.jwk import KeySet

from crisislink.adapters.oidc import userinfo
from crisislink.adapters.oidc.channel import Channel
from crisislink.adapters.oidc.credentials import Credentials
from crisislink.adapters.oidc.discovery import Discovery, Metadata
from crisislink.adapters.oidc.idtoken import (
    Expected,
    auth_time,
    authentication_class,
    checked,
    session_there,
)
from crisislink.adapters.oidc.person import named
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.untrusted import Unsigned, Untrusted
from crisislink.flow.ports import Clock
from crisislink.flow.signin import VerifiedIdentity

_REFERENCE_MAX = 4_096
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Proved:
    """Claims that were checked: those of the ID token, and all, with the userinfo's where it is asked."""

    id_token: str = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)
    everything: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """What the token endpoint gave. Nothing is checked yet."""

    identity: str
    access: str | None


class Exchange:
    """Direct questions to one provider."""

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
        self._mtls = profile.ways.authentication == "tls_client_auth"

    async def pushed(self, metadata: Metadata, asked: Mapping[str, str]) -> Mapping[str, str]:
        """What the browser carries: a reference to the question, where it could be sent beforehand."""
        endpoint = metadata.at("pushed_authorization_request_endpoint", mtls=self._mtls)
        if endpoint is None:
            return asked
        found = await self._posted(metadata, endpoint, asked)
        reference = found.get("request_uri")
        if not isinstance(reference, str) or not 0 < len(reference) <= _REFERENCE_MAX:
            raise Untrusted("no request_uri")
        return {"client_id": self._profile.client_id, "request_uri": reference}

    async def tokens(self, metadata: Metadata, form: Mapping[str, str]) -> Tokens:
        """What the token endpoint gives for this form; raises as `Channel.post` and `Reply.object`."""
        endpoint = metadata.at("token_endpoint", mtls=self._mtls)
        assert endpoint is not None
        found = await self._posted(metadata, endpoint, form)
        if str(found.get("token_type")).lower() != "bearer":
            raise Untrusted("no bearer token")
        identity = _text(found, "id_token")
        if identity is None:
            raise Untrusted("no ID token")
        return Tokens(identity, _text(found, "access_token"))

    async def _posted(self, metadata: Metadata, endpoint: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        proof = self._credentials.proof(metadata.token_endpoint)
        return (await self._channel.post(endpoint, {**form, **proof.form}, proof.headers)).object()

    async def proved(self, metadata: Metadata, tokens: Tokens, expected: Expected) -> Proved:
        """What the tokens say; raises `Untrusted` when that is not what is expected."""
        now, key = self._clock.now(), self._profile.client_key
        id_token = tokens.identity if key is None else key.opened(tokens.identity)
        claims = await self.by_key(lambda keys: checked(id_token, keys, expected, now=now))
        everything = await self._with_userinfo(metadata, expected.access_token, claims)
        return Proved(id_token, claims, everything)

    def identity(self, proved: Proved) -> VerifiedIdentity:
        """Whom that names; raises `Untrusted` when it is nobody, or nobody who may come in."""
        claims, person = proved.claims, named(self._profile, proved.everything)
        return VerifiedIdentity(
            issuer=self._profile.issuer,
            subject=person.subject,
            auth_time=auth_time(claims),
            acr=authentication_class(claims),
            id_token=proved.id_token,
            strong=self._profile.is_strong(authentication_class(claims)),
            name=person.name,
            provider_subject=claims["sub"],
            provider_session=session_there(claims),
        )

    async def _with_userinfo(
        self, metadata: Metadata, access_token: str | None, claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        if self._profile.ways.userinfo == "none":
            return claims
        endpoint = metadata.at("userinfo_endpoint", mtls=self._mtls)
        if endpoint is None or access_token is None:
            raise Untrusted("no userinfo where the profile needs it")
        reply = await userinfo.asked(self._channel, self._profile, endpoint, access_token)
        more = await self.by_key(lambda keys: userinfo.read(self._profile, reply, keys))
        return userinfo.joined(claims, more)

    async def by_key(self, check: Callable[[KeySet], _T]) -> _T:
        """By the keys we hold, and once more by those of this moment: they may just have been changed."""
        try:
            return check(await self._discovery.keys())
        except Unsigned:
            newer = await self._discovery.newer_keys()
            if newer is None:
                raise
            return check(newer)


def _text(tokens: Mapping[str, Any], name: str) -> str | None:
    value = tokens.get(name)
    return value if isinstance(value, str) and value else None
