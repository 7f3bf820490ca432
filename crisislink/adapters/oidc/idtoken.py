"""Is this ID token the provider's answer to our question? Pure: keys, expectations and time come in.

OpenID Connect Core 1.0, 3.1.3.7, and stricter where it leaves a choice: the algorithm is pinned by the
profile, whatever the provider's metadata lists; our client is the only audience.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from authlib.oidc.core.util import create_half_hash  # type: ignore[import-untyped]
from joserfc import jws
from joserfc.jwk import KeySet

from crisislink.adapters.oidc.signature import verified
from crisislink.adapters.oidc.untrusted import Untrusted

LEEWAY_S = 30
_SUBJECT_MAX = 255  # OpenID Connect Core 1.0, section 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a good ID token says. `max_age_s` and `acr_values` when we asked for such an authentication.

    `nonce` None and `before`: it renews an earlier one, whose claims these are.
    """

    issuer: str
    client_id: str
    nonce: str | None
    algorithms: tuple[str, ...]
    access_token: str | None
    max_age_s: int | None = None
    acr_values: tuple[str, ...] = ()
    before: Mapping[str, Any] | None = None


def checked(id_token: str, keys: KeySet, expected: Expected, *, now: datetime) -> Mapping[str, Any]:
    """The claims of a good ID token.

    Raises:
        Untrusted: signature, algorithm or a claim is wrong.
    """
    token = verified(id_token, keys, expected.algorithms)
    claims = token.claims
    if token.kind not in {None, "jwt"}:
        raise Untrusted("a token of another kind")
    _check_parties(claims, expected)
    _check_times(claims, expected, now.timestamp())
    _check_answers(claims, expected)
    _check_access_token(claims, token.algorithm, expected.access_token)
    if expected.before is not None:
        _check_same(claims, expected.before)
    return claims


def _check_answers(claims: Mapping[str, Any], expected: Expected) -> None:
    """It answers this question of ours, and as strongly as we asked."""
    if expected.nonce is not None and claims.get("nonce") != expected.nonce:
        raise Untrusted("nonce")
    if expected.acr_values and claims.get("acr") not in expected.acr_values:
        raise Untrusted("acr is not one that was asked for")


def _check_same(claims: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """OpenID Connect Core 1.0, section 12.2."""
    for name in ("iss", "sub", "aud"):
        if claims[name] != before[name]:
            raise Untrusted(f"{name} is not as before")
    for name in ("auth_time", "nonce", "azp"):
        if name in claims and claims[name] != before.get(name):
            raise Untrusted(f"{name} is not as before")


def check_between(claims: Mapping[str, Any], issuer: str, client_id: str) -> None:
    """From that issuer, and for this client alone.

    Raises:
        Untrusted: not so.
    """
    if claims.get("iss") != issuer:
        raise Untrusted("iss")
    if claims.get("aud") not in (client_id, [client_id]):
        raise Untrusted("aud")


def _check_parties(claims: Mapping[str, Any], expected: Expected) -> None:
    check_between(claims, expected.issuer, expected.client_id)
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise Untrusted("azp")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_MAX or not subject.isascii():
        raise Untrusted("sub")


def _check_times(claims: Mapping[str, Any], expected: Expected, now_s: float) -> None:
    if now_s >= seconds(claims, "exp") + LEEWAY_S:
        raise Untrusted("exp")
    if seconds(claims, "iat") > now_s + LEEWAY_S:
        raise Untrusted("iat")
    if "nbf" in claims and seconds(claims, "nbf") > now_s + LEEWAY_S:
        raise Untrusted("nbf")
    if "auth_time" in claims and seconds(claims, "auth_time") > now_s + LEEWAY_S:
        raise Untrusted("auth_time")
    if expected.max_age_s is not None:
        age_s = now_s - seconds(claims, "auth_time")
        if age_s > expected.max_age_s + LEEWAY_S:
            raise Untrusted("auth_time is older than asked")


def seconds(claims: Mapping[str, Any], name: str) -> float:
    """A claim's time in seconds since 1970.

    Raises:
        Untrusted: it is none.
    """
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
    if hashed is None or stated != hashed.decode():
        raise Untrusted("at_hash")


def auth_time(claims: Mapping[str, Any]) -> datetime | None:
    """When the person authenticated (aware UTC), if the provider says so. Claims must be `checked`."""
    return datetime.fromtimestamp(claims["auth_time"], UTC) if "auth_time" in claims else None


def authentication_class(claims: Mapping[str, Any]) -> str | None:
    """The `acr`, if the provider says so."""
    acr = claims.get("acr")
    return acr if isinstance(acr, str) else None


def session_there(claims: Mapping[str, Any]) -> str | None:
    """The provider's name for its own session (`sid`), if it says so."""
    sid = claims.get("sid")
    return sid if isinstance(sid, str) and 0 < len(sid) <= _SUBJECT_MAX else None


def already_checked(id_token: str) -> Mapping[str, Any]:
    """The claims of a token that was `checked` before and lay with us since: no signature is verified."""
    found = json.loads(jws.extract_compact(id_token.encode()).payload or b"{}")
    assert isinstance(found, dict)
    return found
