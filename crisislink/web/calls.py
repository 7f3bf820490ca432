"""From an HTTP request to a handler and back: who calls, may they, what do they say; every error a problem.

The order is fixed and fails closed: pace, person, origin, role, body size, form, then the handler. Only a
handler acts; what fails before it has done nothing.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
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
from crisislink.flow.attempts import recorded
from crisislink.flow.commands import Command
from crisislink.flow.embedding import Frame
from crisislink.flow.forced import BLINK_S
from crisislink.flow.machines import Scope
from crisislink.flow.ports import LiveVideo, Ports, ViewOnly
from crisislink.flow.recall import ACTOR_S, JUST_NOW_S
from crisislink.flow.signin import SessionLimits, viewer_for
from crisislink.web import models as m
from crisislink.web import pace, problems
from crisislink.web.auth import SESSION_COOKIE
from crisislink.web.basemap import Basemap
from crisislink.web.machines import MachineOf, bearer_of, bears, machine_calling, no_machine
from crisislink.web.operations import Operation
from crisislink.web.origins import Origins
from crisislink.web.standing import Identity, Unwatched

BODY_S = 15.0
_KEY_MAX = 64
_ID_MAX = 48
_SILENT_S = 0.15
_NUL = b"\\u0000"
"""As JSON writes it. In no text anybody means, and PostgreSQL takes it for a fault."""

ActorOf = Callable[[HTTPConnection], Awaitable[Actor]]
WatcherOf = Callable[[SessionId], Awaitable[Actor]]
Present = Callable[[Collection[SessionId]], Awaitable[Mapping[SessionId, Actor]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What handlers work with. `sign_in` lists the providers, `identity` watches them.

    `sessions`: how long people stay signed in.

    `frames`: where people may be shown our page inside their dispatch software's.

    `actor_of` is the person behind a request; `watcher_of` the one behind a session that only watches, which
    keeps it awake no longer; `remembered` who was behind it, so many seconds ago at most, without asking the
    store. These
    raise `Unauthenticated`. `present` gives those of many whose sessions surely hold.
    """

    ports: Ports
    video: LiveVideo
    origins: Origins
    actor_of: ActorOf
    watcher_of: WatcherOf
    present: Present
    remembered: Callable[[HTTPConnection, float], Actor]
    sign_in: m.SignIn
    sessions: SessionLimits = field(default_factory=SessionLimits)
    identity: Identity = field(default_factory=Unwatched)
    machine_of: MachineOf = no_machine
    frames: Sequence[Frame] = ()
    basemap: Basemap | None = None

    def knows(self, connection: HTTPConnection) -> bool:
        """Whether whoever calls was signed in a moment ago; nobody is asked."""
        try:
            self.remembered(connection, ACTOR_S)
        except Unauthenticated:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One checked request. `body` and `query` are instances of the operation's models."""

    service: Service
    who: Actor | None
    path: dict[str, str]
    body: Any
    query: Any
    command: Command | None
    token: str | None = None
    view: ViewOnly | None = None
    """Of an embedded page: its token, and what it may look at."""

    @property
    def ports(self) -> Ports:
        """The ports."""
        return self.service.ports

    @property
    def actor(self) -> Actor:
        """The person who calls; only operations open to all have none."""
        assert self.who is not None, "this operation needs a signed-in person"
        return self.who


@dataclass(frozen=True, slots=True)
class Download:
    """A file to keep, under this name (ASCII)."""

    content: bytes
    name: str


Answer = BaseModel | Sequence[BaseModel] | Download | Response | None
Handler = Callable[[Call], Awaitable[Answer]]


def route(operation: Operation, handler: Handler, service: Service) -> Route:
    """The Starlette route of one operation."""

    async def endpoint(request: Request) -> Response:
        try:
            call = await _checked(operation, request, service)
            answer = await _handled(handler, call)
        except ValidationError as error:
            return problems.answer(request, *_form(error))
        except CrisisLinkError as error:
            return problems.answer(request, error)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001 - the last line before the caller
            return problems.unexpected(request, error)
        return _response(operation, answer)

    return Route(operation.path, endpoint, methods=[operation.method], name=operation.id)


_WHOSE = frozenset({Reason.ROLE, Reason.OTHER_ORGANISATION})


async def _handled(handler: Handler, call: Call) -> Answer:
    """What the story refuses because of whose it is looks from outside as if it did not exist.

    The register keeps the true reason. A role that may never do this was refused before, whatever the id.
    """
    try:
        return await handler(call)
    except Denied as refusal:
        if refusal.reason in _WHOSE:
            raise NotFound from refusal
        raise


async def _checked(operation: Operation, request: Request, service: Service) -> Call:
    path = {name: str(value) for name, value in request.path_params.items()}
    await _keep_strangers_pace(operation, request, service)
    who, token, view = None, None, None
    if operation.roles is None:
        await _check_stranger(operation, request, service)
    elif operation.embedded:
        token = bearer_of(request)
        who, view = await _viewer(operation, request, service, path, token)
    else:
        who = await _caller(operation, request, service, path)
    raw = await _body(request, operation.body_max_bytes)
    if operation.body is not None and raw and not _is_json(request):
        raise Invalid(Reason.MALFORMED, field="Content-Type")
    if _NUL in raw or any("\0" in value for _, value in request.query_params.multi_items()):
        raise Invalid(Reason.MALFORMED)
    return Call(
        service=service,
        who=who,
        path=path,
        body=None if operation.body is None else operation.body.model_validate_json(raw or b"{}"),
        query=None if operation.query is None else operation.query.model_validate(_query(operation, request)),
        command=_command(operation, request, raw),
        token=token,
        view=view,
    )


async def _check_stranger(operation: Operation, request: Request, service: Service) -> None:
    """What nobody needs to be signed in for changes something for our own pages alone."""
    async with recorded(service.ports, None, operation.id):
        if operation.method == "POST" and not service.origins.same(request):
            raise Denied(Reason.WRONG_ORIGIN)


async def _viewer(
    operation: Operation, request: Request, service: Service, path: dict[str, str], token: str
) -> tuple[Actor, ViewOnly]:
    """Who looks by this token. A cookie that comes along, as from a page of the same site, is nothing."""
    who, view = await viewer_for(service.ports, service.sessions, token)
    await pace.keep(service.ports.rates, pace.pace_of(operation), who.person.id)
    async with recorded(service.ports, who, operation.id, _target(path)):
        _check_person(operation, request, service, who)
        _check_ids(path)
    return who, view


async def _keep_strangers_pace(operation: Operation, request: Request, service: Service) -> None:
    """Whoever was signed in a moment ago is counted by name later, whatever others at the same address do."""
    if bears(request):
        await pace.keep(service.ports.rates, pace.MACHINE, pace.address_of(request))
    elif not service.knows(request):
        await pace.keep(service.ports.rates, pace.STRANGER, pace.address_of(request), urgent=operation.cuts)


async def _caller(operation: Operation, request: Request, service: Service, path: dict[str, str]) -> Actor:
    """Who calls, and may: a person by their session, or dispatch software by its token; never both."""
    scopes: frozenset[Scope] | None = None
    request.state.awake = operation.awake
    if bears(request):
        who, scopes = await machine_calling(service.ports, service.machine_of, request, cookie=SESSION_COOKIE)
    else:
        who = await (_cutter(request, service) if operation.cuts else service.actor_of(request))
    await pace.keep(service.ports.rates, pace.pace_of(operation), who.person.id)
    async with recorded(service.ports, who, operation.id, _target(path)):
        if scopes is None:
            _check_person(operation, request, service, who)
        elif operation.scope not in scopes:
            raise Denied(Reason.SCOPE)
        _check_ids(path)
    return who


def _check_ids(path: dict[str, str]) -> None:
    if any(len(value) > _ID_MAX or not value.isprintable() for value in path.values()):
        raise NotFound


def _check_person(operation: Operation, request: Request, service: Service, who: Actor) -> None:
    """A browser sends its cookie from foreign pages too; no browser sends a bearer from there."""
    if operation.method == "POST" and not service.origins.same(request):
        raise Denied(Reason.WRONG_ORIGIN)
    if operation.roles and not who.has(*operation.roles):
        raise Denied(Reason.ROLE)


async def _cutter(request: Request, service: Service) -> Actor:
    """Who ends access: as the store says, or, where it takes longer than a blink, as was seen just now.

    Where it stays silent, who was seen within a quarter of an hour may, too.

    Raises:
        Unauthenticated: not signed in, or not seen lately.
    """
    asking = asyncio.ensure_future(service.actor_of(request))
    asking.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait({asking}, timeout=BLINK_S)
    if not asking.done():
        with suppress(Unauthenticated):
            return service.remembered(request, JUST_NOW_S)
        await asyncio.wait({asking}, timeout=_SILENT_S)
    if not asking.done() or isinstance(asking.exception(), Unavailable):
        return service.remembered(request, ACTOR_S)
    return asking.result()


def _target(path: dict[str, str]) -> str | None:
    return next((value[:_ID_MAX] for value in path.values()), None)


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == "application/json"


async def _body(request: Request, max_bytes: int) -> bytes:
    """The body, at most so much of it, within `BODY_S`.

    Raises:
        Invalid: it is larger, or announces that it will be; or it does not come.
    """
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > max_bytes:
        raise Invalid(Reason.BODY_TOO_LARGE)
    raw = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > max_bytes:
                    raise Invalid(Reason.BODY_TOO_LARGE)
    except TimeoutError as error:
        raise Invalid(Reason.BODY_TOO_SLOW) from error
    return bytes(raw)


def _query(operation: Operation, request: Request) -> dict[str, object]:
    asked: QueryParams = request.query_params
    assert operation.query is not None
    properties = operation.query.model_json_schema()["properties"]
    lists = {name for name, schema in properties.items() if "array" in json.dumps(schema)}
    return {name: asked.getlist(name) if name in lists else asked[name] for name in asked}


def _command(operation: Operation, request: Request, raw: bytes) -> Command | None:
    key = request.headers.get("idempotency-key")
    if key is None or operation.method != "POST":
        return None
    if not 0 < len(key) <= _KEY_MAX or not key.isascii() or not key.isprintable():
        raise Invalid(Reason.MALFORMED, field="Idempotency-Key")
    asked = b"\x00".join((operation.id.encode(), request.url.path.encode(), raw))
    return Command(key, hashlib.sha256(asked).hexdigest())


def _form(error: ValidationError) -> tuple[Invalid, list[str]]:
    fields = sorted({"/" + "/".join(str(part) for part in e["loc"]) for e in error.errors()})
    reason = Reason.COORDINATES if set(fields) & {"/lat", "/lon"} else Reason.MALFORMED
    return Invalid(reason), fields


def _response(operation: Operation, answer: Answer) -> Response:
    headers = {"Cache-Control": "no-store"}
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status_code=operation.status, headers=headers)
    if isinstance(answer, Download):
        assert operation.file is not None, "the table says which operation answers with a file"
        named = {"Content-Disposition": f'attachment; filename="{answer.name}"'}
        return Response(answer.content, media_type=operation.file, headers=headers | named)
    if isinstance(answer, BaseModel):
        return Response(
            answer.model_dump_json(),
            status_code=operation.status,
            media_type="application/json",
            headers=headers,
        )
    return Response(
        to_json(answer), status_code=operation.status, media_type="application/json", headers=headers
    )
