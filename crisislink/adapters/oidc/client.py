"""Signing in with one provider: the way out with a question, the way back with an answer that is checked.

    authorization_url ──▶ browser ──▶ provider ──▶ browser ──▶ finish
      keeps state → (nonce, verifier, provider, next, browser)   takes it, once, within ten minutes

Authorization code flow with PKCE S256 (RFC 7636), nonce, state bound to the browser, and the issuer in the
answer (RFC 9207). Every failure looks the same from outside (`LOGIN_FAILED`); our log says which it was.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

import httpx2
from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

from crisislink.adapters.oidc.discovery import TIMEOUT_S, Discovery
from crisislink.adapters.oidc.idtoken import (
    Expected,
    Untrusted,
    auth_time,
    authentication_class,
    checked,
    key_id,
)
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.core.errors import Reason, Unauthenticated, Unavailable
from crisislink.flow.ports import Clock, Entropy, Ephemera
from crisislink.flow.signin import VerifiedIdentity

STATE_TTL_S = 600.0
_PARAMETER_MAX = 4_096
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """A question on its way. `browser` is the SHA-256 of the login cookie that must come back."""

    provider: str
    browser: str
    nonce: str
    verifier: str
    next: str
    max_age_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Who it is, and where they wanted to go."""

    identity: VerifiedIdentity
    next: str


class OidcClient:
    """Our side of one provider. Close it, or use it as an async context."""

    def __init__(
        self, profile: ProviderProfile, *, public_url: str, clock: Clock, entropy: Entropy, ephemera: Ephemera
    ) -> None:
        self.profile = profile
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._entropy = entropy
        self._ephemera = ephemera
        loopback = profile.issuer.startswith("http://")
        self._trust_env = not loopback  # a proxy of the environment must never see loopback
        # reading the trust store takes 30 ms: once here, not at each login on the loop that carries the video
        self._tls = httpx2.create_ssl_context(trust_env=self._trust_env)
        self._http = httpx2.AsyncClient(verify=self._tls, timeout=TIMEOUT_S, trust_env=self._trust_env)
        self._discovery = Discovery(profile.issuer, self._http, clock)

    async def __aenter__(self) -> Self:
        """Nothing to open."""
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def authorization_url(
        self, next: str, browser: str, *, prompt: str | None = None, max_age_s: int | None = None
    ) -> str:
        """Where to send the browser.

        Args:
            next: the path in our own pages to go to afterwards; checked by the caller.
            browser: the login cookie's value; the answer counts only in the same browser.
            prompt: `login` to have the person authenticate again.
            max_age_s: the oldest authentication that will do; checked on return.

        Raises:
            Unavailable: the provider does not answer.
            Unauthenticated: it cannot be trusted (`LOGIN_FAILED`).
        """
        try:
            metadata = await self._discovery.metadata()
        except Untrusted as cause:
            raise self._failed(cause) from cause
        pending = _Pending(
            provider=self.profile.id,
            browser=_digest(browser),
            nonce=self._entropy.token(),
            verifier=self._entropy.token(),
            next=next,
            max_age_s=max_age_s,
        )
        state = self._entropy.token()
        await self._ephemera.put(_key(state), json.dumps(asdict(pending)), ttl_s=STATE_TTL_S)
        asked: dict[str, str] = {"nonce": pending.nonce}
        if prompt is not None:
            asked["prompt"] = prompt
        if max_age_s is not None:
            asked["max_age"] = str(max_age_s)
        async with self._oauth() as client:
            url, _ = client.create_authorization_url(
                metadata.authorization_endpoint, state=state, code_verifier=pending.verifier, **asked
            )
        return str(url)

    async def finish(self, answer: Mapping[str, str], browser: str | None) -> Finished:
        """The identity that the provider's answer proves.

        Args:
            answer: the parameters of the redirect back.
            browser: the login cookie's value, if it came.

        Raises:
            Unauthenticated: anything about the answer is wrong (`LOGIN_FAILED`).
            Unavailable: the provider does not answer our questions.
        """
        try:
            pending = await self._question(answer, browser)
            metadata = await self._discovery.metadata()
            self._check_issuer(answer, required=metadata.authorization_response_iss_parameter_supported)
            tokens = await self._exchange(metadata.token_endpoint, answer, pending)
            identity = await self._identity(tokens, pending)
        except Untrusted as cause:
            raise self._failed(cause) from cause
        return Finished(identity=identity, next=pending.next)

    async def _question(self, answer: Mapping[str, str], browser: str | None) -> _Pending:
        if any(len(value) > _PARAMETER_MAX for value in answer.values()):
            raise Untrusted("a parameter is too long")
        kept = await self._ephemera.take(_key(answer.get("state", "")))
        if kept is None:
            raise Untrusted("state unknown, used or too old")
        pending = _Pending(**json.loads(kept))
        if pending.provider != self.profile.id:
            raise Untrusted("state of another provider")
        if browser is None or not hmac.compare_digest(pending.browser, _digest(browser)):
            raise Untrusted("state of another browser")
        return pending

    def _check_issuer(self, answer: Mapping[str, str], *, required: bool) -> None:
        """RFC 9207: an answer that names its issuer must name ours."""
        if "iss" not in answer and not required:
            return
        if answer.get("iss") != self.profile.issuer:
            raise Untrusted("iss of the answer")

    async def _exchange(
        self, endpoint: str, answer: Mapping[str, str], pending: _Pending
    ) -> Mapping[str, Any]:
        code = answer.get("code")
        if not code or "error" in answer:
            raise Untrusted(f"no code; the provider says {answer.get('error', '')[:80]!r}")
        async with self._oauth() as client:
            try:
                tokens = await client.fetch_token(
                    endpoint, grant_type="authorization_code", code=code, code_verifier=pending.verifier
                )
            except httpx2.HTTPError as error:
                raise Unavailable(Reason.IDENTITY_PROVIDER) from error
            except (OAuthError, ValueError) as error:
                raise Untrusted(f"code: {error}") from error
        assert isinstance(tokens, Mapping)
        return tokens

    async def _identity(self, tokens: Mapping[str, Any], pending: _Pending) -> VerifiedIdentity:
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str):
            raise Untrusted("no ID token")
        expected = Expected(
            issuer=self.profile.issuer,
            client_id=self.profile.client_id,
            nonce=pending.nonce,
            algorithms=self.profile.algorithms,
            access_token=access_token if isinstance(access_token, str) else None,
            max_age_s=pending.max_age_s,
        )
        keys = await self._discovery.keys(key_id(id_token))
        claims = checked(id_token, keys, expected, now=self._clock.now())
        return VerifiedIdentity(
            issuer=self.profile.issuer,
            subject=claims["sub"],
            auth_time=auth_time(claims),
            acr=authentication_class(claims),
            id_token=id_token,
        )

    async def sign_out_url(self, id_token: str | None, browser: str) -> str | None:
        """Where to end the provider's own session; None when it offers no such place or does not answer.

        OpenID Connect RP-Initiated Logout 1.0. The state is bound to the browser like a login's.
        """
        try:
            endpoint = (await self._discovery.metadata()).end_session_endpoint
        except (Unavailable, Untrusted) as cause:
            _log.warning("sign-out at %s skipped: %s", self.profile.id, cause)
            return None
        if endpoint is None:
            return None
        state = self._entropy.token()
        await self._ephemera.put(
            f"logout:{state}", f"{self.profile.id}:{_digest(browser)}", ttl_s=STATE_TTL_S
        )
        asked = {
            "client_id": self.profile.client_id,
            "post_logout_redirect_uri": self._public_url + self.profile.signed_out_path,
            "state": state,
        }
        if id_token is not None:
            asked["id_token_hint"] = id_token
        return str(add_params_to_uri(endpoint, asked))

    async def signed_out(self, state: str, browser: str | None) -> bool:
        """Whether the return from signing out belongs to a sign-out this browser began here."""
        kept = await self._ephemera.take(f"logout:{state}")
        return kept is not None and browser is not None and kept == f"{self.profile.id}:{_digest(browser)}"

    def _oauth(self) -> AsyncOAuth2Client:
        """A client for one exchange: it remembers the token it fetched, so it is not shared."""
        return AsyncOAuth2Client(
            client_id=self.profile.client_id,
            client_secret=self.profile.client_secret.get_secret_value(),
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - a method's name
            scope=" ".join(self.profile.scopes),
            redirect_uri=self._public_url + self.profile.redirect_path,
            code_challenge_method="S256",
            verify=self._tls,
            timeout=TIMEOUT_S,
            trust_env=self._trust_env,
        )

    def _failed(self, cause: Untrusted) -> Unauthenticated:
        _log.warning("sign-in with %s refused: %s", self.profile.id, cause)
        return Unauthenticated(Reason.LOGIN_FAILED)


def _digest(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()


def _key(state: str) -> str:
    return f"login:{state}"
