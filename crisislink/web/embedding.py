"""`/embed/…`: our page inside the dispatch software's, and the little script that puts it there.

    /embed/crisislink-panel.js     the custom element, for their page: <crisislink-panel>
    /embed/{provider}              ours, framed by that provider's `embedded_in` and nobody else
    POST /api/launches             their server → ours: a code
    POST /api/embed/sessions       our page: the code → a token, in the page's memory alone
    /api/embed/…                   what that token opens; nothing else knows it

Where no page may show ours, none of this is there.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from crisislink.core.errors import Denied, NotFound, Reason
from crisislink.core.ids import CameraId, GrantId, IncidentId, NodeId
from crisislink.flow import embedding
from crisislink.flow.embedding import Frame, Viewer
from crisislink.web import embeddingmodels as em
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call
from crisislink.web.grants import ticket_view
from crisislink.web.incidents import room_view

SCRIPT = "/embed/crisislink-panel.js"
_ANY_PAGE = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",  # it is public; with it, a page may pin it by `integrity`
}


def pages(frames: Sequence[Frame], static: Path) -> list[Route]:
    """The page and the script."""
    known = {frame.provider for frame in frames if frame.origins}

    async def page(request: Request) -> Response:
        if request.path_params["provider"] not in known:
            raise NotFound
        return FileResponse(static / "embed.html", headers={"Cache-Control": "no-cache"})

    async def script(_request: Request) -> Response:
        if not known:
            raise NotFound
        return FileResponse(static / "crisislink-panel.js", headers=_ANY_PAGE)

    return [_route(SCRIPT, script, "panel"), _route("/embed/{provider}", page, "embed")]


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], name: str) -> Route:
    return Route(path, endpoint, methods=["GET"], name=name)


def framed(frames: Sequence[Frame]) -> dict[str, tuple[str, ...]]:
    """By path: the origins whose pages may show it."""
    return {f"/embed/{frame.provider}": tuple(sorted(frame.origins)) for frame in frames if frame.origins}


async def embedding_of(call: Call) -> em.EmbeddingView:
    """Which pages may show ours."""
    for frame in call.service.frames:
        if frame.provider == call.path["provider"] and frame.origins:
            return em.EmbeddingView(origins=sorted(frame.origins))
    raise NotFound


async def launch(call: Call) -> em.LaunchView:
    """A code."""
    body: em.NewLaunch = call.body
    wanted = embedding.Wanted(subject=body.subject, incident=IncidentId(body.incident), origin=body.origin)
    service = call.service
    given = await embedding.launch(call.ports, service.sessions, service.frames, call.actor, wanted)
    return em.LaunchView(
        code=given.code,
        expires_in_s=round(embedding.CODE_S),
        url=f"{service.origins.public}/embed/{given.provider}",
    )


async def opened(call: Call) -> em.EmbeddedView:
    """The code's session."""
    body: em.NewEmbedded = call.body
    made = await embedding.embed(call.ports, call.service.sessions, body.code, body.origin)
    assert made.session.view is not None, "made to look"
    return em.EmbeddedView(
        token=made.token,
        incident=made.session.view.incident,
        person=views.person(made.actor.person),
        ends_at=made.session.ends_at,
        server_time=call.ports.clock.now(),
    )


async def closed(call: Call) -> None:
    """It ends."""
    assert call.token is not None, "the operation is an embedded one"
    await embedding.close(call.ports, call.token)


async def room(call: Call) -> m.Room:
    """The incident, at once."""
    return room_view(await embedding.room(call.ports, _viewer(call)), call.actor, call.ports.clock.now())


async def open_ticket(call: Call) -> m.Ticket:
    """A ticket for one camera's stream."""
    body: m.NewTicket = call.body
    ticket = await embedding.open_ticket(
        call.ports,
        _viewer(call),
        GrantId(call.path["grant"]),
        CameraId(body.camera),
        avoid=[NodeId(node) for node in body.avoid],
    )
    return ticket_view(ticket)


def _viewer(call: Call) -> Viewer:
    if call.view is None:
        raise Denied(Reason.ROLE)
    return Viewer(actor=call.actor, view=call.view)
