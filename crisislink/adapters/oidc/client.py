"""Signing in with one provider: the way out with a question, the way back with an answer that is checked.

    authorization_url ──▶ browser ──▶ provider ──▶ browser ──▶ finish
      keeps state → question                                     takes it, once, within ten minutes

Authorization code flow with PKCE S256 (RFC 7636), nonce, state bound to the browser, the issuer in the answer
(RFC 9207), and the question pushed beforehand where the provider offers that (RFC 9126). Every failure looks
the same from outside (`LOGIN_FAILED`); our log says which it was.
"""

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from joserfc.jwk import KeySet

from crisislink.adapters.oidc import userinfo
from crisislink.adapters.oidc.channel import TIMEOUT_S, Channel
from crisislink.adapters.oidc.credentials import Credentials
from crisislink.adapters.oidc.discovery import Discovery, Metadata
from crisislink.adapters.oidc.idtoken import (
    Expected,
    already_checked,
    auth_time,
    authentication_class,
    checked,
    session_there,
)
from crisislink.adapters.oidc.person import named
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.question import Question, digest, parameters
from crisislink.adapters.oidc.untrusted import Unsigned, Untrusted
from crisislink.core.errors import Reason, Unauthenticated, Unavailable
from crisislink.flow.ports import Clock, Entropy, Ephemera
from crisislink.flow.signin import VerifiedIdentity

STATE_TTL_S = 600.0
_PARAMETER_MAX = 4_096
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Who it is, and where they wanted to go."""

    identity: VerifiedIdentity
    next: str


class OidcClient:
    """Our side of one provider. Close it, or use it as an async context."""

    def __init__(
        self,
        profile: ProviderProfile,
        *,
        public_url: str,
        clock: Clock,
        entropy: Entropy,
        ephemera: Ephemera,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.profile = profile
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._entropy = entropy
        self._ephemera = ephemera
        self._channel = Channel(profile, timeout_s=timeout_s)
        self._credentials = Credentials(profile, clock, entropy)
        self._discovery = Discovery(profile, self._channel, clock)
        self._mtls = profile.ways.authentication == "tls_client_auth"

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
        await self._channel.close()

    async def authorization_url(
        self,
        next: str,
        browser: str,
        *,
        prompt: str | None = None,
        max_age_s: int | None = None,
        acr_values: tuple[str, ...] = (),
    ) -> str:
        """Where to send the browser.

        Args:
            next: the path in our own pages to go to afterwards; checked by the caller.
            browser: the login cookie's value; the answer counts only in the same browser.
            prompt: `login` to have the person authenticate again.
            max_age_s: the oldest authentication that will do; checked on return.
            acr_values: the classes of authentication that will do, the profile's own if empty; checked on
                return.

        Raises:
            Unavailable: the provider does not answer.
            Unauthenticated: it cannot be trusted (`LOGIN_FAILED`).
        """
        question = Question(
            provider=self.profile.id,
            browser=digest(browser),
            nonce=self._entropy.token(),
            verifier=self._entropy.token(),
            next=next,
            max_age_s=max_age_s,
            acr_values=acr_values or self.profile.ways.acr_values,
        )
        state = self._entropy.token()
        asked = parameters(
            self.profile, question, state=state, redirect_uri=self._redirect_uri, prompt=prompt
        )
        try:
            metadata = await self._discovery.metadata()
            url = add_params_to_uri(metadata.authorization_endpoint, await self._pushed(metadata, asked))
        except Untrusted as cause:
            raise self._failed(cause) from cause
        await self._ephemera.put(_key(state), question.kept(), ttl_s=STATE_TTL_S)
        return str(url)

    async def _pushed(self, metadata: Metadata, asked: Mapping[str, str]) -> Mapping[str, str]:
        """What the browser carries: a reference to the question, where it could be sent beforehand."""
        endpoint = metadata.at("pushed_authorization_request_endpoint", mtls=self._mtls)
        if endpoint is None:
            return asked
        found = await self._posted(metadata, endpoint, asked)
        reference = found.get("request_uri")
        if not isinstance(reference, str) or not 0 < len(reference) <= _PARAMETER_MAX:
            raise Untrusted("no request_uri")
        return {"client_id": self.profile.client_id, "request_uri": reference}

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
            question = await self._question(answer, browser)
            metadata = await self._discovery.metadata()
            self._check_issuer(answer, required=metadata.authorization_response_iss_parameter_supported)
            tokens = await self._exchanged(metadata, answer, question)
            expected = question.expected(self.profile, _text(tokens, "access_token"))
            identity = await self._identity(metadata, tokens, expected)
        except Untrusted as cause:
            raise self._failed(cause) from cause
        return Finished(identity=identity, next=question.next)

    async def _question(self, answer: Mapping[str, str], browser: str | None) -> Question:
        if any(len(value) > _PARAMETER_MAX for value in answer.values()):
            raise Untrusted("a parameter is too long")
        kept = await self._ephemera.take(_key(answer.get("state", "")))
        if kept is None:
            raise Untrusted("state unknown, used or too old")
        question = Question.of(kept)
        if question.provider != self.profile.id:
            raise Untrusted("state of another provider")
        if browser is None or not hmac.compare_digest(question.browser, digest(browser)):
            raise Untrusted("state of another browser")
        return question

    def _check_issuer(self, answer: Mapping[str, str], *, required: bool) -> None:
        """RFC 9207: an answer that names its issuer must name ours."""
        if "iss" not in answer and not required:
            return
        if answer.get("iss") != self.profile.issuer:
            raise Untrusted("iss of the answer")

    async def _exchanged(
        self, metadata: Metadata, answer: Mapping[str, str], question: Question
    ) -> Mapping[str, Any]:
        code = answer.get("code")
        if not code or "error" in answer:
            raise Untrusted(f"no code; the provider says {answer.get('error', '')[:80]!r}")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri}
        if self.profile.ways.pkce:
            form["code_verifier"] = question.verifier
        return await self._tokens(metadata, form)

    async def renewed(self, refresh_token: str, before: VerifiedIdentity) -> VerifiedIdentity:
        """The same person, vouched for again (OpenID Connect Core 1.0, section 12).

        Raises:
            Unauthenticated: the provider no longer does, or speaks of somebody else (`LOGIN_FAILED`).
            Unavailable: it does not answer.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            metadata = await self._discovery.metadata()
            tokens = await self._tokens(metadata, form)
            expected = Expected(
                issuer=self.profile.issuer,
                client_id=self.profile.client_id,
                nonce=None,
                algorithms=self.profile.ways.algorithms,
                access_token=_text(tokens, "access_token"),
                before=already_checked(before.id_token),
            )
            return await self._identity(metadata, tokens, expected)
        except Untrusted as cause:
            raise self._failed(cause) from cause

    async def _tokens(self, metadata: Metadata, form: Mapping[str, str]) -> Mapping[str, Any]:
        endpoint = metadata.at("token_endpoint", mtls=self._mtls)
        assert endpoint is not None
        found = await self._posted(metadata, endpoint, form)
        if str(found.get("token_type")).lower() != "bearer":
            raise Untrusted("no bearer token")
        return found

    async def _posted(self, metadata: Metadata, endpoint: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        proof = self._credentials.proof(metadata.token_endpoint)
        return (await self._channel.post(endpoint, {**form, **proof.form}, proof.headers)).object()

    async def _identity(
        self, metadata: Metadata, tokens: Mapping[str, Any], expected: Expected
    ) -> VerifiedIdentity:
        id_token = _text(tokens, "id_token")
        if id_token is None:
            raise Untrusted("no ID token")
        if self.profile.client_key is not None:
            id_token = self.profile.client_key.opened(id_token)
        opened, now = id_token, self._clock.now()
        claims = await self._by_key(lambda keys: checked(opened, keys, expected, now=now))
        person = named(self.profile, await self._with_userinfo(metadata, expected.access_token, claims))
        return VerifiedIdentity(
            issuer=self.profile.issuer,
            subject=person.subject,
            auth_time=auth_time(claims),
            acr=authentication_class(claims),
            id_token=id_token,
            name=person.name,
            provider_subject=claims["sub"],
            provider_session=session_there(claims),
        )

    async def _with_userinfo(
        self, metadata: Metadata, access_token: str | None, claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        if self.profile.ways.userinfo == "none":
            return claims
        endpoint = metadata.at("userinfo_endpoint", mtls=self._mtls)
        if endpoint is None or access_token is None:
            raise Untrusted("no userinfo where the profile needs it")
        reply = await userinfo.asked(self._channel, self.profile, endpoint, access_token)
        more = await self._by_key(lambda keys: userinfo.read(self.profile, reply, keys))
        return userinfo.joined(claims, more)

    async def _by_key(self, check: Callable[[KeySet], _T]) -> _T:
        """By the keys we hold, and once more by those of this moment: they may just have been changed."""
        try:
            return check(await self._discovery.keys())
        except Unsigned:
            newer = await self._discovery.newer_keys()
            if newer is None:
                raise
            return check(newer)

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
        await self._ephemera.put(f"logout:{state}", f"{self.profile.id}:{digest(browser)}", ttl_s=STATE_TTL_S)
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
        return kept is not None and browser is not None and kept == f"{self.profile.id}:{digest(browser)}"

    @property
    def _redirect_uri(self) -> str:
        return self._public_url + self.profile.redirect_path

    def _failed(self, cause: Untrusted) -> Unauthenticated:
        _log.warning("sign-in with %s refused: %s", self.profile.id, cause)
        return Unauthenticated(Reason.LOGIN_FAILED)


def _text(tokens: Mapping[str, Any], name: str) -> str | None:
    value = tokens.get(name)
    return value if isinstance(value, str) and value else None


def _key(state: str) -> str:
    return f"login:{state}"
