"""What the provider's userinfo answer adds to an ID token. The same person, or nothing (Core 1.0, 5.3.2)."""

from collections.abc import Mapping
from typing import Any

from joserfc.jwk import KeySet

from crisislink.adapters.oidc.channel import Channel, Reply
from crisislink.adapters.oidc.idtoken import check_between
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.signature import verified
from crisislink.adapters.oidc.untrusted import Untrusted

_OWN = frozenset({"iss", "aud", "exp", "iat", "nbf", "nonce", "acr", "amr", "auth_time", "azp", "sid", "tid"})


async def asked(channel: Channel, profile: ProviderProfile, endpoint: str, access_token: str) -> Reply:
    """The answer, unread.

    Raises:
        Unavailable: the provider does not answer.
        Untrusted: the address is not the provider's.
    """
    if profile.ways.bearer == "body":
        return await channel.post(endpoint, {"access_token": access_token})
    return await channel.get(endpoint, {"Authorization": f"Bearer {access_token}"})


def read(profile: ProviderProfile, reply: Reply, keys: KeySet) -> Mapping[str, Any]:
    """The claims of an answer; in the form that the profile pins.

    Raises:
        Untrusted: it is in another form, or a signed one that is not for us.
    """
    if profile.ways.userinfo == "json":
        return reply.object()
    if reply.status != 200 or reply.kind != "application/jwt":
        raise Untrusted(f"userinfo: {reply.status} where a signed token was agreed, not ", f"{reply.kind!r}")
    token = reply.body.decode("ascii", "replace").strip()
    if profile.client_key is not None:
        token = profile.client_key.opened(token)
    claims = verified(token, keys, profile.ways.algorithms).claims
    check_between(claims, profile.issuer, profile.client_id)
    return claims


def joined(id_claims: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
    """Both together. What an ID token says about itself, userinfo cannot change.

    Raises:
        Untrusted: userinfo is about somebody else.
    """
    if more.get("sub") != id_claims["sub"]:
        raise Untrusted("sub of userinfo")
    return {name: value for name, value in more.items() if name not in _OWN} | dict(id_claims)
