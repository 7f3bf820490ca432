"""`/auth/…`: to the identity provider and back, as cookies and redirects; the story of it is `flow/signin`.

        prompt = "login" if request.query_params.get("as") == "another" else None
    GET  /auth/login/{provider}?next=   ─▶ provider       sets the login cookie
    GET  /auth/step-up?next=            ─▶ provider       the session's: who is it, once more
    GET  /auth/callback/{provider}      ─▶ next           new session, new cookie; an old session ends
    GET  /auth/trial                    ─▶ provider       an administrator's test login: opens no session
    POST /auth/logout                   ─▶ provider       session ends here, then there
    GET  /auth/signed-out/{provider}    ─▶ /
    POST /auth/backchannel/{provider}   the provider itself tells us who signed out there: no cookie, no page

Both cookies are `__Host-`: this host only, TLS (browsers accept http on localhost), no script. Errors go to
the front page as `/?problem=<code>`, whose words live with the pages.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from crisislink.core.actors import Actor
from crisislink.core.errors import (
    CrisisLinkError,
    Denied,
    Invalid,
    NotFound,
    Reason,
    Unauthenticated,
    Unavailable,
)
from crisislink.core.ids import SessionId
from crisislink.flow import trials
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import Ports, Session
from crisislink.flow.signin import (
    Notice,
    SessionEnd,
    SessionLimits,
    VerifiedIdentity,
    actor_for,
    session_id,
    sign_in,
    sign_out,
    signed_out_there,
)
from crisislink.flow.trials import Tried
from crisislink.web import pace, problems
from crisislink.web.origins import Origins
from crisislink.web.standing import Identity, Unwatched

SESSION_COOKIE = "__Host-crisislink"
LOGIN_COOKIE = "__Host-crisislink-login"
LOGIN_S = 600
TRIED = "/admin/identite?essai"
_NEXT_MAX = 512
_LOGOUT_MAX_BYTES = 64 * 1024
_LOGOUT_S = 15.0
_UNSTORED = {"Cache-Control": "no-store"}
_log = logging.getLogger(__name__)


class _Finished(Protocol):
    """A login that the provider's answer proved."""

    @property
    def identity(self) -> VerifiedIdentity: ...

    @property
    def next(self) -> str: ...


class LoginClient(Protocol):
    """Our side of one identity provider: `adapters.oidc.OidcClient`."""

    async def authorization_url(self, next: str, browser: str, *, prompt: str | None = None) -> str:
        """Where to send the browser. `prompt` "login": who the provider still knows is asked all the same."""
        ...

    async def answers(self) -> bool:
        """Whether the provider does, asked now."""
        ...

    async def step_up_url(self, next: str, browser: str) -> str:
        """Where to send a browser whose person must prove again who they are."""
        ...

    async def trial_url(self, browser: str, by: SessionId) -> str:
        """Where to send the browser of an administrator who tries the provider."""
        ...

    async def tried(self, answer: Mapping[str, str], browser: str | None) -> Tried | None:
        """What the answer to a test login says; None: it is the answer to something else."""
        ...

    async def finish(self, answer: Mapping[str, str], browser: str | None) -> _Finished:
        """The identity that the answer proves."""
        ...

    async def sign_out_url(self, id_token: str | None, browser: str) -> str | None:
        """Where to end the provider's own session, if it has such a place."""
        ...

    async def signed_out(self, state: str, browser: str | None) -> bool:
        """Whether the return from there is ours."""
        ...

    async def told(self, logout_token: str) -> Notice:
        """Who signed out there."""
        ...


def auth_routes(
    ports: Ports,
    clients: Mapping[str, LoginClient],
    public_url: str,
    limits: SessionLimits,
    *,
    identity: Identity | None = None,
) -> list[Route]:
    """The routes of signing in and out.

    Args:
        ports: the outside.
        clients: one for each provider, by its id.
        public_url: the address under which browsers know us: the only origin that may sign out.
        limits: how long sessions live.
        identity: which providers are known to be down: nobody is sent to one of those.
    """
    door = _Door(ports, clients, Origins(public_url), limits, identity or Unwatched())
    return [
        Route("/auth/login/{provider}", _guarded(door.login), methods=["GET"], name="login"),
        Route("/auth/step-up", _guarded(door.step_up), methods=["GET"], name="step-up"),
        Route("/auth/callback/{provider}", _guarded(door.callback), methods=["GET"], name="callback"),
        Route("/auth/trial", _guarded(door.trial), methods=["GET"], name="trial"),
        Route("/auth/logout", _guarded(door.logout), methods=["POST"], name="logout"),
        Route("/auth/signed-out/{provider}", _guarded(door.signed_out), methods=["GET"], name="signed-out"),
        Route("/auth/backchannel/{provider}", door.backchannel, methods=["POST"], name="backchannel"),
    ]


def actor_of(ports: Ports, limits: SessionLimits) -> Callable[[HTTPConnection], Awaitable[Actor]]:
    """The person behind a request or the events socket, by the session cookie; raises `Unauthenticated`.

    Only what a hand does keeps a session awake (`Operation.awake`, which `calls` notes on the request): a
    socket, a page that reads by itself and a player that opens its picture again do not.
    """

    async def of(connection: HTTPConnection) -> Actor:
        awake: bool = getattr(connection.state, "awake", False)
        return await actor_for(ports, limits, connection.cookies.get(SESSION_COOKIE), activity=awake)

    return of


def browser_of(connection: HTTPConnection) -> SessionId | None:
    """The session whose cookie came along, valid or not."""
    token = connection.cookies.get(SESSION_COOKIE)
    return None if token is None else session_id(token)


def safe_next(wanted: str | None) -> str:
    """A path of our own pages to go to after signing in; `/` for anything else.

    Browsers read `\\` as `/` and skip tabs and newlines, so those are refused, not mended.
    """
    if wanted is None or len(wanted) > _NEXT_MAX or not wanted.isascii() or not wanted.isprintable():
        return "/"
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return "/"
    parts = urlsplit(wanted)
    return "/" if parts.scheme or parts.netloc or parts.path.startswith(("//", "/auth/", "/api/")) else wanted


class _Door:
    def __init__(
        self,
        ports: Ports,
        clients: Mapping[str, LoginClient],
        origins: Origins,
        limits: SessionLimits,
        identity: Identity,
    ) -> None:
        self._ports = ports
        self._clients = clients
        self._origins = origins
        self._limits = limits
        self._identity = identity

    async def login(self, request: Request) -> Response:
        """To the provider."""
        await self._keep_pace(request, pace.SIGN_IN, "login")
        client = await self._answering(request.path_params["provider"])
        browser = self._ports.entropy.token()
        prompt = "login" if request.query_params.get("as") == "another" else None
        return _out(await client.authorization_url(_next(request), browser, prompt=prompt), browser)

    async def step_up(self, request: Request) -> Response:
        """To the provider of this session, to come back with a recent authentication and a new session."""
        await self._keep_pace(request, pace.SIGN_IN, "step-up")
        session, cookie = await self._session(request), self._ports.entropy.token()
        client = await self._answering(session.provider)
        return _out(await client.step_up_url(_next(request), cookie), cookie)

    async def trial(self, request: Request) -> Response:
        """To the provider of this session, once it began a test login (`beginTrial`)."""
        await self._keep_pace(request, pace.SIGN_IN, "trial")
        session, cookie = await self._session(request), self._ports.entropy.token()
        if not await trials.begun(self._ports, session.id):
            raise Unauthenticated(Reason.LOGIN_FAILED)
        client = await self._answering(session.provider)
        return _out(await client.trial_url(cookie, session.id), cookie)

    async def _session(self, request: Request) -> Session:
        browser = browser_of(request)
        session = None if browser is None else await self._ports.sessions.get(browser)
        if session is None or session.view is not None:
            raise Unauthenticated
        return session

    async def callback(self, request: Request) -> Response:
        """Back from it, with an answer."""
        provider = request.path_params["provider"]
        client, answer = self._client(provider), request.query_params
        await self._keep_pace(request, pace.SIGN_IN, "callback")
        if len(answer.multi_items()) != len(answer):
            raise Unauthenticated(Reason.LOGIN_FAILED)
        browser = request.cookies.get(LOGIN_COOKIE)
        if (tried := await client.tried(dict(answer), browser)) is not None:
            return await self._tried(request, provider, tried)
        finished = await client.finish(dict(answer), browser)
        opened = await sign_in(self._ports, self._limits, finished.identity, provider)
        await sign_out(self._ports, request.cookies.get(SESSION_COOKIE), SessionEnd.REPLACED)
        response = _to(safe_next(finished.next))
        _set(response, SESSION_COOKIE, opened.token, self._limits.absolute_s)
        _clear(response, LOGIN_COOKIE)
        return response

    async def _tried(self, request: Request, provider: str, tried: Tried) -> Response:
        """Back from there: the session stays as it was."""
        actor = await actor_for(self._ports, self._limits, request.cookies.get(SESSION_COOKIE))
        await trials.note(self._ports, actor, provider, tried)
        response = _to(TRIED)
        _clear(response, LOGIN_COOKIE)
        return response

    async def logout(self, request: Request) -> Response:
        """The session ends here first, then at the provider."""
        await self._keep_pace(request, pace.SIGN_IN, "logout")
        async with recorded(self._ports, None, "logout"):
            if not self._origins.same(request):
                raise Denied(Reason.WRONG_ORIGIN)
        session = await sign_out(self._ports, request.cookies.get(SESSION_COOKIE), SessionEnd.PERSON)
        browser, url = self._ports.entropy.token(), None
        client = None if session is None else self._clients.get(session.provider)
        if session is not None and client is not None and not self._identity.down_since(session.provider):
            url = await client.sign_out_url(session.id_token, browser)
        response = _to(url or "/")
        _clear(response, SESSION_COOKIE)
        if url is not None:
            _set(response, LOGIN_COOKIE, browser, LOGIN_S)
        return response

    async def signed_out(self, request: Request) -> Response:
        """Back from the provider. Our session was over before, so a stray return does no harm."""
        await self._keep_pace(request, pace.SIGN_IN, "signed-out")
        state = request.query_params.get("state", "")
        client = self._client(request.path_params["provider"])
        if not await client.signed_out(state, request.cookies.get(LOGIN_COOKIE)):
            _log.warning("return from a sign-out that did not begin here")
            return _problem(Reason.LOGIN_FAILED)
        response = _to("/")
        _clear(response, LOGIN_COOKIE)
        return response

    async def backchannel(self, request: Request) -> Response:
        """OpenID Connect Back-Channel Logout 1.0, section 2.5: the provider speaks, no browser is there."""
        try:
            await self._keep_pace(request, pace.NOTICE, "backchannel")
            token = await _logout_token(request)
            provider = request.path_params["provider"]
            notice = await self._client(provider).told(token)
            await signed_out_there(self._ports, provider, notice)
        except ClientDisconnect:
            return Response(status_code=400)
        except (Invalid, Unauthenticated, NotFound) as error:
            _log.info("back-channel sign-out refused", extra={"reason": error.reason})
            return JSONResponse({"error": "invalid_request"}, 400, headers=_UNSTORED)
        except CrisisLinkError as error:
            if error.reason is Reason.TOO_MANY:
                return problems.answer(request, error)
            _log.warning("back-channel sign-out not heard", extra={"reason": error.reason})
            return JSONResponse({"error": "temporarily_unavailable"}, 503, headers=_UNSTORED)
        return Response(status_code=200, headers=_UNSTORED)

    async def _answering(self, provider: str) -> LoginClient:
        """A provider that is down would leave the person on an error page of their browser."""
        client = self._client(provider)
        if self._identity.down_since(provider) is not None and not await client.answers():
            raise Unavailable(Reason.IDENTITY_PROVIDER)
        return client

    async def _keep_pace(self, request: Request, its: pace.Pace, what: str) -> None:
        await pace.keep(self._ports.rates, its, f"{what}:{pace.address_of(request)}")

    def _client(self, provider: str) -> LoginClient:
        client = self._clients.get(provider)
        if client is None:
            raise NotFound
        return client


async def _logout_token(request: Request) -> str:
    """The form's only field we know, of a short body."""
    body = bytearray()
    try:
        async with asyncio.timeout(_LOGOUT_S):
            async for piece in request.stream():
                body += piece
                if len(body) > _LOGOUT_MAX_BYTES:
                    raise Invalid(Reason.BODY_TOO_LARGE)
    except TimeoutError as error:
        raise Invalid(Reason.BODY_TOO_SLOW) from error
    try:
        fields = parse_qs(body.decode("ascii", "replace"), max_num_fields=8)
    except ValueError as error:
        raise Invalid from error
    tokens = fields.get("logout_token", [])
    if len(tokens) != 1:
        raise Invalid
    return tokens[0]


def _guarded(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Errors become words on the front page; a failed answer leaves no login cookie to try again with."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except CrisisLinkError as error:
            _log.info("signing in or out refused", extra={"reason": error.reason})
            return _problem(error.reason, error.facts, request.path_params.get("provider"))
        except Exception:  # noqa: BLE001 - the last line before the person
            _log.exception("signing in or out")
            return _problem(Reason.INTERNAL)

    return guarded


def _problem(
    reason: Reason, facts: Mapping[str, str | int] = MappingProxyType({}), provider: str | None = None
) -> Response:
    """To the front page; for want of a habilitation with what tells whom to ask, and by which reference."""
    told: dict[str, str | int] = {"problem": reason.value}
    if reason is Reason.NO_HABILITATION:
        told |= {"provider": provider or ""} | {k: facts[k] for k in ("reference",) if k in facts}
    response = _to(f"/?{urlencode(told)}")
    if "wait_s" in facts:
        response.headers["Retry-After"] = str(facts["wait_s"])
    _clear(response, LOGIN_COOKIE)
    return response


def _next(request: Request) -> str:
    return safe_next(request.query_params.get("next"))


def _out(url: str, browser: str) -> Response:
    """To the provider; the answer counts only where this cookie is."""
    response = _to(url)
    _set(response, LOGIN_COOKIE, browser, LOGIN_S)
    return response


def _to(url: str) -> Response:
    """303: whatever came, the browser goes on with GET."""
    return RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})


def _set(response: Response, name: str, value: str, max_age_s: int) -> None:
    response.set_cookie(name, value, max_age=max_age_s, path="/", secure=True, httponly=True, samesite="lax")


def _clear(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
