"""Did the provider tell us that somebody signed out there? Pure, like `idtoken`.

OpenID Connect Back-Channel Logout 1.0, section 2.6. Anybody on the net can send such a token: only signature,
audience and age make it one, and its `jti` makes it count once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc.jwk import KeySet

from crisislink.adapters.oidc.idtoken import LEEWAY_S, check_between, seconds
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.signature import verified
from crisislink.adapters.oidc.untrusted import Untrusted

EVENT = "http://schemas.openid.net/event/backchannel-logout"
AGE_MAX_S = 600
_NAME_MAX = 255
_JTI_MAX = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Who signed out there: one session of the provider's where it names one, else all of a subject's.

    `jti` names the token; the same one is refused for `remembered_s`, after which it is too old.
    """

    subject: str | None
    session: str | None
    jti: str
    remembered_s: float = AGE_MAX_S + 2.0 * LEEWAY_S


def notice(token: str, keys: KeySet, profile: ProviderProfile, *, now: datetime) -> Notice:
    """What a good logout token says. Whether its `jti` came before is the caller's to find out.

    Raises:
        Untrusted: signature, algorithm or a claim is wrong.
    """
    found = verified(token, keys, profile.ways.algorithms)
    claims = found.claims
    if found.kind not in {None, "jwt", "logout+jwt"}:
        raise Untrusted("a token of another kind")
    check_between(claims, profile.issuer, profile.client_id)
    _check_age(claims, now.timestamp())
    if "nonce" in claims:
        raise Untrusted("nonce: this is an ID token")
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(EVENT), Mapping):
        raise Untrusted("events")
    subject, session = _name(claims, "sub"), _name(claims, "sid")
    if subject is None and session is None:
        raise Untrusted("neither sub nor sid")
    return Notice(subject=subject, session=session, jti=_jti(claims))


def _check_age(claims: Mapping[str, Any], now_s: float) -> None:
    issued_s = seconds(claims, "iat")
    if issued_s > now_s + LEEWAY_S or issued_s < now_s - AGE_MAX_S - LEEWAY_S:
        raise Untrusted("iat")
    if now_s >= seconds(claims, "exp") + LEEWAY_S:
        raise Untrusted("exp")


def _name(claims: Mapping[str, Any], claim: str) -> str | None:
    if claim not in claims:
        return None
    value = claims[claim]
    if not isinstance(value, str) or not 0 < len(value) <= _NAME_MAX or not value.isprintable():
        raise Untrusted(claim)
    return value


def _jti(claims: Mapping[str, Any]) -> str:
    value = claims.get("jti")
    if not isinstance(value, str) or not 0 < len(value) <= _JTI_MAX or not value.isprintable():
        raise Untrusted("jti")
    return value
