"""An ID token is believed only if it is the pinned provider's signed answer to our own question, now."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter

from crisislink.adapters.oidc.idtoken import Expected, checked
from crisislink.adapters.oidc.untrusted import Untrusted
from tests.samples import T0

ISSUER = "https://idp.example"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
KEYS = KeySet.import_key_set({"keys": [KEY.as_dict(private=False), CURVE.as_dict(private=False)]})
NOW_S = int(T0.timestamp())
EXPECTED = Expected(
    issuer=ISSUER, client_id="us", nonce="n-1", algorithms=("RS256",), access_token="at", max_age_s=None
)
Claims = dict[str, Any]


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


GOOD: Claims = {
    "iss": ISSUER,
    "aud": "us",
    "sub": "someone",
    "iat": NOW_S,
    "exp": NOW_S + 60,
    "nonce": "n-1",
    "at_hash": base64url(hashlib.sha256(b"at").digest()[:16]),
}


def signed(claims: Claims, key: RSAKey = KEY) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)


def test_a_good_token_is_believed() -> None:
    claims = checked(signed(GOOD), KEYS, EXPECTED, now=T0)
    assert claims["sub"] == "someone"


@pytest.mark.parametrize("aud", ["us", ["us"]])
def test_we_are_the_only_audience_in_either_spelling(aud: object) -> None:
    assert checked(signed(GOOD | {"aud": aud}), KEYS, EXPECTED, now=T0)["aud"] == aud


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "https://other.example"}, "iss"),
        ({"iss": ISSUER + "/"}, "iss"),
        ({"aud": "them"}, "aud"),
        ({"aud": "them", "azp": "us"}, "aud"),
        ({"aud": ["us", "them"], "azp": "us"}, "aud"),
        ({"aud": None}, "aud"),
        ({"azp": "them"}, "azp"),
        ({"sub": ""}, "sub"),
        ({"sub": None}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "s" * 256}, "sub"),
        ({"exp": NOW_S - 30}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": str(NOW_S + 60)}, "exp"),
        ({"iat": NOW_S + 31}, "iat"),
        ({"iat": None}, "iat"),
        ({"nbf": NOW_S + 31}, "nbf"),
        ({"auth_time": NOW_S + 31}, "auth_time"),
        ({"nonce": "n-2"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": 1}, "nonce"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
        ({"at_hash": None}, "at_hash"),
    ],
)
def test_a_wrong_claim_is_refused(changed: Claims, why: str) -> None:
    with pytest.raises(Untrusted, match=why):
        checked(signed(GOOD | changed), KEYS, EXPECTED, now=T0)


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "iat", "exp", "nonce"])
def test_an_absent_claim_is_refused(name: str) -> None:
    with pytest.raises(Untrusted, match=name):
        checked(signed({k: v for k, v in GOOD.items() if k != name}), KEYS, EXPECTED, now=T0)


def test_clocks_may_differ_by_thirty_seconds() -> None:
    token = signed(GOOD | {"iat": NOW_S + 30, "exp": NOW_S + 60})
    assert checked(token, KEYS, EXPECTED, now=T0)
    assert checked(token, KEYS, EXPECTED, now=T0 + timedelta(seconds=89))
    with pytest.raises(Untrusted, match="exp"):
        checked(token, KEYS, EXPECTED, now=T0 + timedelta(seconds=90))


def by_hand(alg: str, secret: bytes | None) -> str:
    """As an attacker writes it: no library would."""
    signed_part = ".".join(base64url(json.dumps(p).encode()) for p in ({"alg": alg, "kid": "one"}, GOOD))
    if secret is None:
        return f"{signed_part}."
    return f"{signed_part}.{base64url(hmac.digest(secret, signed_part.encode(), 'sha256'))}"


def none() -> str:
    return by_hand("none", None)


def none_in_other_letters() -> str:
    return by_hand("NoNe", None)


def confused() -> str:
    """HS256, keyed with the public key that everybody can read."""
    return by_hand("HS256", KEY.as_pem(private=False))


def of_another_algorithm() -> str:
    return jwt.encode({"alg": "ES256", "kid": "two"}, GOOD, CURVE, ["ES256"])


def of_another_key() -> str:
    return signed(GOOD, OTHER)


def tampered() -> str:
    head, _, signature = signed(GOOD).split(".")
    return f"{head}.{signed(GOOD | {'sub': 'chief'}).split('.')[1]}.{signature}"


def with_unknown_crit() -> str:
    registry = JWSRegistry({"x": HeaderParameter("x", "int")}, ["RS256"])
    return jwt.encode({"alg": "RS256", "kid": "one", "crit": ["x"], "x": 1}, GOOD, KEY, registry=registry)


@pytest.mark.parametrize(
    "make",
    [
        none,
        none_in_other_letters,
        confused,
        of_another_algorithm,
        of_another_key,
        tampered,
        with_unknown_crit,
    ],
)
def test_a_signature_by_anything_but_the_pinned_way_is_refused(make: Callable[[], str]) -> None:
    with pytest.raises(Untrusted, match="signature"):
        checked(make(), KEYS, EXPECTED, now=T0)


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "a.b.c.d.e", "ü.ü.ü", "e30.e30."])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Untrusted):
        checked(token, KEYS, EXPECTED, now=T0)


def test_a_fresh_authentication_is_proved_by_its_time() -> None:
    fresh = Expected(
        issuer=ISSUER, client_id="us", nonce="n-1", algorithms=("RS256",), access_token="at", max_age_s=60
    )
    assert checked(signed(GOOD | {"auth_time": NOW_S - 60}), KEYS, fresh, now=T0)
    for claims in (GOOD | {"auth_time": NOW_S - 91}, GOOD):
        with pytest.raises(Untrusted, match="auth_time"):
            checked(signed(claims), KEYS, fresh, now=datetime.fromtimestamp(NOW_S, UTC))
