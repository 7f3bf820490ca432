"""The Starlette application: API, events, video, sign-in, pages; one set of headers over all of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crisislink.core.errors import CrisisLinkError, Invalid, NotFound, Reason
from crisislink.web import (
    city,
    conversation,
    crises,
    embedding,
    grants,
    identity,
    incidents,
    live,
    openapi,
    people,
    problems,
    register,
    requests,
    reviews,
    roster,
    sessions,
)
from crisislink.web.calls import Handler, Service, route
from crisislink.web.operations import OPERATIONS
from crisislink.web.origins import stream_url

STATIC = Path(__file__).parent / "static"
PAGES = (
    *("/", "/accessibilite", "/sessions", "/samu", "/mur", "/cic", "/registre", "/retex"),
    *("/admin", "/admin/{section}"),
)

_HANDLERS: dict[str, Handler] = {
    "signIn": people.sign_in,
    "me": people.me,
    "sessions": sessions.own,
    "endSession": sessions.end_own,
    "cameras": city.cameras,
    "suspendCamera": city.suspend_camera,
    "resumeCamera": city.resume_camera,
    "places": city.places,
    "nearby": city.nearby,
    "mapFile": city.map_file,
    "mapTile": city.map_tile,
    "room": incidents.room,
    "openIncident": incidents.open_incident,
    "closeIncident": incidents.close_incident,
    "groupIncident": incidents.group_incident,
    "handOver": incidents.hand_over,
    "submitRequest": requests.submit,
    "withdrawRequest": requests.withdraw,
    "approveRequest": requests.approve,
    "refuseRequest": requests.refuse,
    "openPreview": requests.open_preview,
    "openTicket": grants.open_ticket,
    "releaseGrant": grants.release,
    "revokeGrant": grants.revoke,
    "sendMessage": conversation.send,
    "answerWish": conversation.answer,
    "noticeGrant": crises.notice_grant,
    "acts": crises.acts,
    "proposeCrisis": crises.propose,
    "confirmCrisis": crises.confirm,
    "declineCrisis": crises.decline,
    "suspendCrisis": crises.suspend,
    "resumeCrisis": crises.resume,
    "endCrisis": crises.end,
    "stopSharing": grants.stop_sharing,
    "resumeSharing": grants.resume_sharing,
    "reviews": reviews.recent,
    "review": reviews.read,
    "crises": reviews.recent_crises,
    "crisisReview": reviews.read_crisis,
    "register": register.entries,
    "verifyRegister": register.verification,
    "administeredSessions": sessions.in_organisation,
    "endSessionsOf": sessions.end_all_of,
    "examineIdentity": identity.examine,
    "roster": roster.listing,
    "exportRoster": roster.export,
    "giveHabilitation": roster.give,
    "moveHabilitation": roster.move_end,
    "withdrawHabilitation": roster.withdraw,
    "newcomer": roster.newcomer,
    "bindPerson": roster.bind,
    "previewRoster": roster.preview,
    "importRoster": roster.confirm,
    "launch": embedding.launch,
    "embedding": embedding.embedding_of,
    "openEmbedded": embedding.opened,
    "closeEmbedded": embedding.closed,
    "embeddedRoom": embedding.room,
    "embeddedCameras": city.cameras,
    "openEmbeddedTicket": embedding.open_ticket,
    "beginTrial": identity.begin_trial,
    "trialResult": identity.trial,
}


def build_app(
    service: Service,
    *,
    more: Sequence[BaseRoute],
    form_targets: Iterable[str],
    media_nodes: Iterable[str] = (),
    tls: bool = False,
    static: Path = STATIC,
    more_health: Callable[[], Mapping[str, str]] = dict,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
) -> Starlette:
    """The whole application.

    Args:
        service: what the handlers work with.
        more: the routes of sign-in and video, which bring their own checks.
        form_targets: origins a form may lead to (the identity providers, for signing out).
        media_nodes: public addresses of media nodes on other hosts, which pages may open streams to.
        tls: browsers reach us over https, and shall never do otherwise.
        static: the built pages.
        more_health: what `/healthz` tells beside "ok"; anybody may read it.
        lifespan: what runs beside it.
    """
    api = [route(operation, _HANDLERS[operation.id], service) for operation in OPERATIONS]
    app = Starlette(
        routes=[
            *api,
            Route("/api/openapi.json", _openapi, name="openapi"),
            Route("/healthz", health(more_health), name="health"),
            *live.routes(service),
            *embedding.pages(service.frames, static),
            *more,
            *(Route(path, _page(static), name=f"page{path}") for path in PAGES),
            Mount("/assets", _Assets(directory=static / "assets", check_dir=False), name="assets"),
        ],
        exception_handlers={HTTPException: _http_problem, CrisisLinkError: _problem},
        lifespan=lifespan,
    )
    app.add_middleware(
        SecurityHeaders,
        form_targets=tuple(form_targets),
        streams=tuple(map(stream_url, media_nodes)),
        tls=tls,
        framed=embedding.framed(service.frames),
    )
    return app


async def _openapi(_request: Request) -> Response:
    return JSONResponse(openapi.document())


def health(more: Callable[[], Mapping[str, str]]) -> Callable[[Request], Response]:
    """`/healthz`: "ok" and what else there is to tell."""

    def answer(_request: Request) -> Response:
        return JSONResponse({"status": "ok", **more()}, headers={"Cache-Control": "no-store"})

    return answer


def _page(static: Path) -> Callable[[Request], Response]:
    def page(_request: Request) -> Response:
        return FileResponse(static / "index.html", headers={"Cache-Control": "no-cache"})

    return page


class _Assets(StaticFiles):
    """Built files carry their digest in the name: they never change."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return problems.answer(request, NotFound())
    if error.status_code == 405:
        return problems.answer(request, Invalid(Reason.METHOD))
    return problems.answer(request, Invalid(Reason.MALFORMED))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, CrisisLinkError)
    return problems.answer(request, error)


_UNUSED = ("camera", "microphone", "geolocation", "display-capture", "usb", "serial", "hid", "bluetooth")


class SecurityHeaders:
    """The headers every response carries, also that to a fault of ours.

    A page may use our own files and nothing inline; what each is for: `docs/threat-model.md`. No page of
    another origin shows one of ours, but for the paths in `framed`: those origins.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        form_targets: tuple[str, ...],
        streams: tuple[str, ...] = (),
        tls: bool = False,
        framed: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self._app = app
        connects = " ".join(("'self'", *streams))
        forms = " ".join(("'self'", *form_targets))
        self._headers = {
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; "
                f"connect-src {connects}; img-src 'self' data: blob:; media-src blob:; "
                "font-src 'self'; manifest-src 'self'; "
                f"base-uri 'none'; form-action {forms}; frame-ancestors 'none'; object-src 'none'"
            ),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
        }
        if tls:
            self._headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        self._framed = {path: self._shown_by(origins) for path, origins in framed.items()}

    def _shown_by(self, origins: tuple[str, ...]) -> dict[str, str]:
        """Without `X-Frame-Options`, which knows no list of origins."""
        headers = {name: value for name, value in self._headers.items() if name != "X-Frame-Options"}
        policy = headers["Content-Security-Policy"]
        named = f"frame-ancestors {' '.join(origins)}"
        return headers | {"Content-Security-Policy": policy.replace("frame-ancestors 'none'", named)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to HTTP responses; those a handler set itself stay."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        started = False
        its = self._framed.get(scope["path"], self._headers)

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in its.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        except Exception as error:
            if started:
                raise
            await problems.unexpected(Request(scope), error)(scope, receive, with_headers)
