"""Is this ID token the provider's answer to our question? Pure: keys, expectations and time come in.

OpenID Connect Core 1.0, 3.1.3.7, and stricter where it leaves a choice: the algorithm is pinned by the
profile, whatever the provider's metadata lists; our client is the only audience.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from authlib.oidc.core.util import create_half_hash  # type: ignore[import-untyped]
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

LEEWAY_S = 30
_SUBJECT_MAX = 255  # OpenID Connect Core 1.0, section 2


class Untrusted(Exception):
    """The provider's answer does not prove who someone is. The text is for our log, never for the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a good ID token says. `max_age_s` when we asked for a fresh authentication."""

    issuer: str
    client_id: str
    nonce: str
    algorithms: tuple[str, ...]
    access_token: str | None
    max_age_s: int | None = None


def key_id(id_token: str) -> str | None:
    """The `kid` of the token's header, before anything is believed.

    Raises:
        Untrusted: it is no signed token.
    """
    try:
        kid = jws.extract_compact(id_token.encode()).headers().get("kid")
    except (JoseError, ValueError) as error:
        raise Untrusted(f"no signed token: {error}") from error
    if kid is not None and not isinstance(kid, str):
        raise Untrusted("kid is no text")
    return kid


def checked(id_token: str, keys: KeySet, expected: Expected, *, now: datetime) -> Mapping[str, Any]:
    """The claims of a good ID token.

    Raises:
        Untrusted: signature, algorithm or a claim is wrong.
    """
    try:
        token = jwt.decode(id_token, keys, algorithms=list(expected.algorithms))
    except (JoseError, ValueError, TypeError) as error:
        raise Untrusted(f"signature: {error}") from error
    claims = token.claims
    _check_parties(claims, expected)
    _check_times(claims, expected, now.timestamp())
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise Untrusted("nonce")
    _check_access_token(claims, str(token.header["alg"]), expected.access_token)
    return claims


def _check_parties(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise Untrusted("iss")
    if claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise Untrusted("aud")
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise Untrusted("azp")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_MAX:
        raise Untrusted("sub")


def _check_times(claims: Mapping[str, Any], expected: Expected, now_s: float) -> None:
    if now_s >= _seconds(claims, "exp") + LEEWAY_S:
        raise Untrusted("exp")
    if _seconds(claims, "iat") > now_s + LEEWAY_S:
        raise Untrusted("iat")
    if "nbf" in claims and _seconds(claims, "nbf") > now_s + LEEWAY_S:
        raise Untrusted("nbf")
    if "auth_time" in claims and _seconds(claims, "auth_time") > now_s + LEEWAY_S:
        raise Untrusted("auth_time")
    if expected.max_age_s is not None:
        age_s = now_s - _seconds(claims, "auth_time")
        if age_s > expected.max_age_s + LEEWAY_S:
            raise Untrusted("auth_time is older than asked")


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
        raise Untrusted(name)
    return float(value)


def _check_access_token(claims: Mapping[str, Any], algorithm: str, access_token: str | None) -> None:
    if "at_hash" not in claims:
        return
    if access_token is None:
        raise Untrusted("at_hash without an access token")
    hashed = create_half_hash(access_token, algorithm)
    stated = claims["at_hash"]
    if hashed is None or not isinstance(stated, str) or not hmac.compare_digest(hashed, stated.encode()):
        raise Untrusted("at_hash")


def auth_time(claims: Mapping[str, Any]) -> datetime | None:
    """When the person authenticated (aware UTC), if the provider says so. Claims must be `checked`."""
    return datetime.fromtimestamp(claims["auth_time"], UTC) if "auth_time" in claims else None


def authentication_class(claims: Mapping[str, Any]) -> str | None:
    """The `acr`, if the provider says so."""
    acr = claims.get("acr")
    return acr if isinstance(acr, str) else None
