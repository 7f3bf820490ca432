"""Signing in with one provider: the way out with a question, the way back with an answer that is checked.

    authorization_url ──▶ browser ──▶ provider ──▶ browser ──▶ finish
      keeps state → question                                     takes it, once, within ten minutes

Authorization code flow with PKCE S256 (RFC 7636), nonce, state bound to the browser, the issuer in the answer
(RFC 9207), and the question pushed beforehand where the provider offers that (RFC 9126). Every failure looks
the same from outside (`LOGIN_FAILED`); our log says which it was.
"""

import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]

from crisislink.adapters.oidc import accesstoken
from crisislink.adapters.oidc.accesstoken import MachineAccess
from crisislink.adapters.oidc.binding import Unbound, check_hands
from crisislink.adapters.oidc.channel import TIMEOUT_S, Channel
from crisislink.adapters.oidc.credentials import Credentials
from crisislink.adapters.oidc.discovery import Discovery, Metadata
from crisislink.adapters.oidc.exchange import Exchange, Proved, Tokens
from crisislink.adapters.oidc.idtoken import (
    Expected,
    already_checked,
)
from crisislink.adapters.oidc.introspection import Introspection
from crisislink.adapters.oidc.logouttoken import Notice, notice
from crisislink.adapters.oidc.profile import ProviderProfile
from crisislink.adapters.oidc.question import Question, digest, parameters
from crisislink.adapters.oidc.untrusted import Untrusted
from crisislink.core.errors import Reason, Unauthenticated, Unavailable
from crisislink.core.ids import SessionId
from crisislink.flow.machines import VerifiedMachine
from crisislink.flow.ports import Clock, Entropy, Ephemera
from crisislink.flow.signin import VerifiedIdentity
from crisislink.flow.trials import Tried

STATE_TTL_S = 600.0
FRESH_S = 300  # a step-up that somebody else than the person sped up is none
_PARAMETER_MAX = 4_096
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
        self._discovery = Discovery(profile, self._channel, clock)
        us = Credentials(profile, clock, entropy)
        self._exchange = Exchange(profile, self._channel, self._discovery, us, clock)
        self._introspection = Introspection(profile, self._channel, self._discovery, us, clock)

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

    async def answers(self) -> bool:
        """Whether its metadata can be had now, past what is kept of them, and are its own."""
        try:
            found = Metadata.read((await self._channel.get(self._discovery.url)).object())
        except (Unavailable, Untrusted):
            return False
        return found.issuer == self.profile.issuer

    async def authorization_url(
        self,
        next: str,
        browser: str,
        *,
        prompt: str | None = None,
        max_age_s: int | None = None,
        acr_values: tuple[str, ...] = (),
        trial: SessionId | None = None,
    ) -> str:
        """Where to send the browser.

        Args:
            next: the path in our own pages to go to afterwards; checked by the caller.
            browser: the login cookie's value; the answer counts only in the same browser.
            prompt: `login` to have the person authenticate again.
            max_age_s: the oldest authentication that will do; checked on return.
            acr_values: the classes of authentication that will do, the profile's own if empty; checked on
                return.
            trial: whose test login it is; its answer opens no session.

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
            trial=trial,
        )
        state = self._entropy.token()
        asked = parameters(
            self.profile, question, state=state, redirect_uri=self._redirect_uri, prompt=prompt
        )
        try:
            metadata = await self._discovery.metadata()
            carried = await self._exchange.pushed(metadata, asked)
            url = add_params_to_uri(metadata.authorization_endpoint, carried)
        except Untrusted as cause:
            raise self._failed(cause) from cause
        key = _key(state, trial=trial is not None)
        await self._ephemera.put(key, question.kept(), ttl_s=STATE_TTL_S)
        return str(url)

    async def step_up_url(self, next: str, browser: str) -> str:
        """Where to send a browser whose person must prove again who they are; as `authorization_url`."""
        return await self.authorization_url(
            next,
            browser,
            prompt="login",
            max_age_s=FRESH_S,
            acr_values=self.profile.ways.step_up_acr_values,
        )

    async def trial_url(self, browser: str, by: SessionId) -> str:
        """Where to send the browser of an administrator who tries the provider: asked as a step-up is."""
        return await self.authorization_url(
            "/",
            browser,
            prompt="login",
            max_age_s=FRESH_S,
            acr_values=self.profile.ways.step_up_acr_values,
            trial=by,
        )

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
            question = self._question(await self._kept(answer, trial=False), browser)
            proved = await self._proved(answer, question)
            return Finished(identity=self._exchange.identity(proved), next=question.next)
        except Untrusted as cause:
            raise self._failed(cause) from cause

    async def tried(self, answer: Mapping[str, str], browser: str | None) -> Tried | None:
        """What the answer to a test login says; None where it is the answer to something else.

        Judged as a sign-in, which may rest on an older authentication than a step-up.

        Raises:
            Unauthenticated: not this browser's, or not this provider's (`LOGIN_FAILED`).
            Unavailable: the provider does not answer our questions.
        """
        claims: Mapping[str, Any] = {}
        try:
            kept = await self._kept(answer, trial=True)
            if kept is None:
                return None
            question = self._question(kept, browser)
        except Untrusted as cause:
            raise self._failed(cause) from cause
        by = SessionId(question.trial or "")
        try:
            ordinary = replace(question, max_age_s=None, acr_values=self.profile.ways.acr_values)
            proved = await self._proved(answer, ordinary)
            claims = proved.everything
            return Tried(by=by, claims=claims, identity=self._exchange.identity(proved), refused=None)
        except Untrusted as cause:
            return Tried(by=by, claims=claims, identity=None, refused=str(cause))

    async def _proved(self, answer: Mapping[str, str], question: Question) -> Proved:
        metadata = await self._discovery.metadata()
        self._check_issuer(answer, required=metadata.authorization_response_iss_parameter_supported)
        tokens = await self._exchanged(metadata, answer, question)
        return await self._exchange.proved(metadata, tokens, question.expected(self.profile, tokens.access))

    async def _kept(self, answer: Mapping[str, str], *, trial: bool) -> str | None:
        if any(len(value) > _PARAMETER_MAX or "\0" in value for value in answer.values()):
            raise Untrusted("a parameter is too long, or no text")
        return await self._ephemera.take(_key(answer.get("state", ""), trial=trial))

    def _question(self, kept: str | None, browser: str | None) -> Question:
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

    async def _exchanged(self, metadata: Metadata, answer: Mapping[str, str], question: Question) -> Tokens:
        code = answer.get("code")
        if not code or "error" in answer:
            raise Untrusted("no code; the provider says ", f"{answer.get('error', '')[:80]!r}")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri}
        if self.profile.ways.pkce:
            form["code_verifier"] = question.verifier
        return await self._exchange.tokens(metadata, form)

    async def renewed(self, refresh_token: str, before: VerifiedIdentity) -> VerifiedIdentity:
        """The same person, vouched for again (OpenID Connect Core 1.0, section 12).

        Raises:
            Unauthenticated: the provider no longer does, or speaks of somebody else (`LOGIN_FAILED`).
            Unavailable: it does not answer.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            metadata = await self._discovery.metadata()
            tokens = await self._exchange.tokens(metadata, form)
            expected = Expected(
                issuer=self.profile.issuer,
                client_id=self.profile.client_id,
                nonce=None,
                algorithms=self.profile.ways.algorithms,
                access_token=tokens.access,
                before=already_checked(before.id_token),
            )
            return self._exchange.identity(await self._exchange.proved(metadata, tokens, expected))
        except Untrusted as cause:
            raise self._failed(cause) from cause

    async def sign_out_url(self, id_token: str | None, browser: str) -> str | None:
        """Where to end the provider's own session; None when it offers no such place or does not answer.

        OpenID Connect RP-Initiated Logout 1.0. The state is bound to the browser like a login's.
        """
        try:
            endpoint = (await self._discovery.metadata()).end_session_endpoint
        except (Unavailable, Untrusted) as cause:
            _log.warning("sign-out there skipped", extra={"provider": self.profile.id, "error": cause})
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
        kept = None if "\0" in state else await self._ephemera.take(f"logout:{state}")
        return kept is not None and browser is not None and kept == f"{self.profile.id}:{digest(browser)}"

    async def told(self, logout_token: str) -> Notice:
        """Who signed out at the provider, as it tells us directly. Whether it did before is not checked here.

        Raises:
            Unauthenticated: the provider did not say this (`LOGIN_FAILED`).
            Unavailable: its keys cannot be had.
        """
        now, profile = self._clock.now(), self.profile
        try:
            key = profile.client_key
            token = logout_token if key is None else key.opened(logout_token)
            return await self._exchange.by_key(lambda keys: notice(token, keys, profile, now=now))
        except Untrusted as cause:
            raise self._failed(cause) from cause

    async def machine(self, token: str, shown: str | None) -> VerifiedMachine:
        """The client that an access token proves.

        Args:
            token: as it came.
            shown: the thumbprint of the certificate that the caller showed in TLS, if there was one.

        Raises:
            Unauthenticated: it proves none (`BEARER`), or not to who bears it (`CERTIFICATE`).
            Unavailable: the provider cannot be asked (`TOKEN_CHECK`).
        """
        access = self.profile.machines
        if access is None:
            raise Unauthenticated(Reason.BEARER)
        try:
            found = await self._vouched(token, access)
            check_hands(found.bound_to, shown, required=access.bound)
        except Untrusted as cause:
            _log.warning("access token refused", extra={"provider": self.profile.id, "why": cause.why})
            reason = Reason.CERTIFICATE if isinstance(cause, Unbound) else Reason.BEARER
            raise Unauthenticated(reason) from cause
        except Unavailable as cause:
            raise Unavailable(Reason.TOKEN_CHECK) from cause
        return replace(found, issuer=self.profile.issuer)  # as the roster knows it, where they differ

    async def _vouched(self, token: str, access: MachineAccess) -> VerifiedMachine:
        now, algorithms = self._clock.now(), self.profile.ways.algorithms
        if access.tokens == "opaque":
            return accesstoken.introspected(await self._introspection.said(token), access, now=now)
        found = await self._exchange.by_key(
            lambda keys: accesstoken.machine(token, keys, access, algorithms, now=now)
        )
        if access.tokens == "jwt":
            return found
        return accesstoken.confirmed(found, await self._introspection.said(token))

    @property
    def _redirect_uri(self) -> str:
        return self._public_url + self.profile.redirect_path

    def _failed(self, cause: Untrusted) -> Unauthenticated:
        _log.warning("sign-in refused", extra={"provider": self.profile.id, "why": cause.why})
        return Unauthenticated(Reason.LOGIN_FAILED)


def _key(state: str, *, trial: bool) -> str:
    """A test login's state opens no session, whatever comes back with it."""
    return f"{'trial' if trial else 'login'}:{state}"
