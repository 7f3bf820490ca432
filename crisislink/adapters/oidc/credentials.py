"""How we prove to a provider who we are, each time we ask it directly (OpenID Connect Core, section 9)."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never
from urllib.parse import quote_plus

from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.flow.ports import Clock, Entropy

ASSERTION_S = 60
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Proof:
    """What to add to the form and to the headers of one request."""

    form: Mapping[str, str]
    headers: Mapping[str, str]


class Credentials:
    """Ours with one provider."""

    def __init__(self, profile: ProviderProfile, clock: Clock, entropy: Entropy) -> None:
        self._profile = profile
        self._clock = clock
        self._entropy = entropy

    def proof(self, token_endpoint: str) -> Proof:
        """For one request; an assertion is good for that one alone."""
        us, method = {"client_id": self._profile.client_id}, self._profile.ways.authentication
        match method:
            case "client_secret_basic":
                return Proof({}, {"Authorization": self._basic()})
            case "client_secret_post":
                return Proof(us | {"client_secret": self._secret()}, {})
            case "private_key_jwt":
                signed = {
                    "client_assertion_type": _JWT_BEARER,
                    "client_assertion": self._signed(token_endpoint),
                }
                return Proof(us | signed, {})
            case "tls_client_auth":
                return Proof(us, {})
            case _:
                assert_never(method)

    def _secret(self) -> str:
        assert self._profile.client_secret is not None
        return self._profile.client_secret.get_secret_value()

    def _basic(self) -> str:
        """RFC 6749, section 2.3.1: both parts are form-encoded first."""
        pair = f"{quote_plus(self._profile.client_id)}:{quote_plus(self._secret())}"
        return f"Basic {b64encode(pair.encode()).decode()}"

    def _signed(self, token_endpoint: str) -> str:
        key, us = self._profile.client_key, self._profile.client_id
        assert key is not None
        to_issuer = self._profile.ways.assertion_audience == "issuer"
        now_s = int(self._clock.now().timestamp())
        return key.signed(
            {
                "iss": us,
                "sub": us,
                "aud": self._profile.issuer if to_issuer else token_endpoint,
                "jti": self._entropy.token(),
                "iat": now_s,
                "nbf": now_s,
                "exp": now_s + ASSERTION_S,
            }
        )
