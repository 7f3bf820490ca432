"""The provider's routes: pages, cookies, and the doors to the protocol in `issuer.py`.

A login page carries a ticket, good once, for ten minutes, in the browser that got it (a cookie beside it): a
foreign page cannot choose a person for somebody. Who chose themselves stays known to their browser for one
shift and goes on with one click.
"""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from authlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from crisislink.demo.identity import page
from crisislink.demo.identity.issuer import Issuer
from crisislink.demo.identity.messages import Ask, Login
from crisislink.demo.identity.settings import ProviderConfig, is_loopback
from crisislink.flow.ports import Clock

TICKET_TTL_S = 600.0
KNOWN_TTL_S = 43_200
_KEPT_MAX = 1_000
_Kept = TypeVar("_Kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ticket:
    browser: str
    query: str
    until_s: float


def build_provider(config: ProviderConfig, clock: Clock | None = None) -> Starlette:
    """The provider as an ASGI application, to be served at `config.base_url` and nowhere else.

    `clock` is the machine's unless a test turns its own.
    """
    clock = clock or _MachineClock()
    mounts: list[BaseRoute] = []
    for one in config.issuers:
        issuer = Issuer(one, config.issuer(one.name), clock)
        mounts.append(Mount(f"/{one.name}", routes=_Door(issuer).routes()))
    return Starlette(routes=mounts, middleware=[Middleware(_LoopbackOnly, host=config.host)])


class _MachineClock:
    """`flow.ports.Clock`, here because the demo does not know the adapters."""

    def now(self) -> datetime:
        """Wall time."""
        return datetime.fromtimestamp(time.clock_gettime(time.CLOCK_REALTIME), UTC)

    def boot_s(self) -> float:
        """Seconds on CLOCK_BOOTTIME."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


class _Door:
    """The routes of one issuer."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._name = issuer.config.name
        self._people = {p.subject: p for p in issuer.config.people}
        self._tickets: OrderedDict[str, _Ticket] = OrderedDict()
        self._known: OrderedDict[str, Login] = OrderedDict()
        targets = {
            f"{urlsplit(uri).scheme}://{urlsplit(uri).netloc}"
            for client in issuer.config.clients
            for uri in (*client.redirect_uris, *client.post_logout_redirect_uris)
        }
        # browsers hold form-action against redirects too, so it names where the service waits
        self._headers = {
            "Content-Security-Policy": (
                "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
                f"form-action 'self' {' '.join(sorted(targets))}"
            ),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }

    def routes(self) -> list[Route]:
        """All of them, below the issuer's path."""
        return [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/jwks", self._jwks),
            Route("/authorize", self._authorize, methods=["GET", "POST"]),
            Route("/login", self._login, methods=["POST"]),
            Route("/token", self._token, methods=["POST"]),
            Route("/userinfo", self._user_info, methods=["GET", "POST"]),
            Route("/logout", self._logout, methods=["GET", "POST"]),
            Route("/page.css", self._style),
        ]

    async def _discovery(self, _request: Request) -> Response:
        return JSONResponse(self._issuer.metadata())

    async def _jwks(self, _request: Request) -> Response:
        return JSONResponse(self._issuer.jwks())

    async def _style(self, _request: Request) -> Response:
        return Response(page.STYLE, media_type="text/css")

    async def _authorize(self, request: Request) -> Response:
        """The page of persons; or, for `prompt=none`, the answer at once."""
        ask = await _ask(request)
        asked = ask.payload.data
        login = self._fresh(request, asked.get("prompt", ""), asked.get("max_age"))
        try:
            grant = self._issuer.get_consent_grant(ask, end_user=login)
        except OAuth2Error as error:
            return self._refuse(ask, error)
        if grant.prompt is None and asked.get("prompt") == "none":
            return self._answer(ask, login)
        ticket, browser = secrets.token_urlsafe(32), self._browser(request) or secrets.token_urlsafe(32)
        until_s = self._issuer.clock.boot_s() + TICKET_TTL_S
        kept = _Ticket(browser=browser, query=str(QueryParams(asked)), until_s=until_s)
        _keep(self._tickets, ticket, kept)
        known = None if login is None else login.person
        response = self._html(page.choose(self._issuer.config, ticket=ticket, known=known))
        self._set_cookie(response, self._form_cookie, browser, int(TICKET_TTL_S))
        return response

    async def _login(self, request: Request) -> Response:
        """A person was chosen."""
        form = await request.form()
        ticket = self._tickets.pop(str(form.get("ticket", "")), None)
        browser = self._browser(request)
        if ticket is None or self._issuer.clock.boot_s() >= ticket.until_s or browser is None:
            return self._stale("ticket unknown, used or too old")
        if not secrets.compare_digest(ticket.browser.encode(), browser.encode()):
            return self._stale("another browser's ticket")
        query = QueryParams(ticket.query)
        ask = Ask("GET", str(request.url), request.headers, query)
        if "continue" in form:
            login = self._fresh(request, query.get("prompt", ""), query.get("max_age"))
            if login is None or login.person.subject != form["continue"]:
                return self._stale("nobody to continue as")
            return self._answer(ask, login)
        person = self._people.get(str(form.get("subject", "")))
        if person is None:
            return self._stale("nobody chosen")
        return self._begin(request, ask, Login(person, int(self._issuer.clock.now().timestamp())))

    def _begin(self, request: Request, ask: Ask, login: Login) -> Response:
        self._known.pop(request.cookies.get(self._known_cookie, ""), None)
        known = secrets.token_urlsafe(32)
        _keep(self._known, known, login)
        response = self._answer(ask, login)
        self._set_cookie(response, self._known_cookie, known, KNOWN_TTL_S)
        return response

    def _fresh(self, request: Request, prompt: str, max_age: str | None) -> Login | None:
        """Who chose themselves before, if that is still good for this request."""
        login = self._known.get(request.cookies.get(self._known_cookie, ""))
        if login is None or "login" in prompt.split():
            return None
        limit_s = int(max_age) if max_age is not None and max_age.isdecimal() else KNOWN_TTL_S
        age_s = self._issuer.clock.now().timestamp() - login.at_s
        return login if age_s <= min(limit_s, KNOWN_TTL_S) else None

    def _answer(self, ask: Ask, login: Login | None) -> Response:
        try:
            grant = self._issuer.get_authorization_grant(ask)
        except OAuth2Error as error:
            return self._refuse(ask, error)
        response = self._issuer.create_authorization_response(ask, grant_user=login, grant=grant)
        return self._sent_back(response)

    def _refuse(self, ask: Ask, error: OAuth2Error) -> Response:
        if error.redirect_uri is None:
            return self._html(
                page.refused(self._issuer.config, str(error.error), str(error.description or "")), 400
            )
        return self._sent_back(self._issuer.handle_error_response(ask, error))

    def _sent_back(self, response: Response) -> Response:
        """RFC 9207: every answer names its issuer. 303, so that a POST becomes a GET."""
        if (location := response.headers.get("location")) is not None:
            iss = {"iss": self._issuer.identifier}
            response.headers["location"] = add_params_to_uri(location, iss)
            response.status_code = 303
        response.headers.update(self._headers)
        return response

    async def _token(self, request: Request) -> Response:
        response: Response = self._issuer.create_token_response(await _ask(request))
        return response

    async def _user_info(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        info = self._issuer.user_info(token) if scheme.lower() == "bearer" else None
        if info is None:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return JSONResponse({"error": "invalid_token"}, 401, challenge)
        return JSONResponse(info, headers={"Cache-Control": "no-store"})

    async def _logout(self, request: Request) -> Response:
        """OpenID Connect RP-Initiated Logout 1.0; without a good hint the person is asked first."""
        ask = await _ask(request)
        try:
            asked = self._issuer.validate_endpoint_request("end_session", ask)
        except OAuth2Error as error:
            return self._refuse(ask, error)
        if asked.needs_confirmation and not (request.method == "POST" and ask.form.get("confirm") == "yes"):
            return self._html(page.confirm_sign_out(self._issuer.config))
        self._known.pop(request.cookies.get(self._known_cookie, ""), None)
        back = self._issuer.create_endpoint_response("end_session", asked)
        response: Response = back or self._html(page.signed_out(self._issuer.config))
        if back is not None:
            response.status_code = 303
        response.delete_cookie(self._known_cookie, path=f"/{self._name}")
        return response

    @property
    def _form_cookie(self) -> str:
        return f"demo-form-{self._name}"

    @property
    def _known_cookie(self) -> str:
        return f"demo-known-{self._name}"

    def _browser(self, request: Request) -> str | None:
        return request.cookies.get(self._form_cookie)

    def _set_cookie(self, response: Response, name: str, value: str, max_age_s: int) -> None:
        response.set_cookie(
            name, value, max_age=max_age_s, path=f"/{self._name}", httponly=True, samesite="lax"
        )

    def _html(self, html: str, status: int = 200) -> Response:
        return HTMLResponse(html, status, self._headers)

    def _stale(self, why: str) -> Response:
        return self._html(page.refused(self._issuer.config, "stale_page", why), 400)


def _keep(kept: OrderedDict[str, _Kept], key: str, value: _Kept) -> None:
    kept[key] = value
    while len(kept) > _KEPT_MAX:
        kept.popitem(last=False)


async def _ask(request: Request) -> Ask:
    parameters = request.query_params if request.method == "GET" else await request.form()
    return Ask(request.method, str(request.url), request.headers, parameters)


class _LoopbackOnly:
    """Refuses callers from elsewhere, and other names for this machine (DNS rebinding)."""

    def __init__(self, app: ASGIApp, *, host: str) -> None:
        self._app = app
        self._host = host.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            caller, _ = scope.get("client") or ("", 0)
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            if not is_loopback(caller) or hosts != [self._host]:
                refusal = PlainTextResponse("loopback only", 421)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)
