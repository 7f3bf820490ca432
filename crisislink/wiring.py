"""Builds everything; the only place that knows every adapter.

`service` opens the store, closes what a crash left open, starts the media node and the timers, and gives the
application; leaving it ends every picture and worker before the store closes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.adapters.oidc import OidcClient, ProviderProfile
from crisislink.adapters.secrets import CameraVault, load_key
from crisislink.adapters.sql.migrate import migrate
from crisislink.adapters.sql.sessions import SqlSessions
from crisislink.adapters.sql.store import SqlStore
from crisislink.adapters.system import SystemClock, SystemEntropy
from crisislink.config import ProviderSettings, Settings
from crisislink.core.actors import Actor
from crisislink.core.events import ServiceStarted
from crisislink.flow import timers, viewing
from crisislink.flow.ports import Ports
from crisislink.flow.register import Verdict, verify
from crisislink.flow.signin import SessionLimits
from crisislink.media.crew import hire_from
from crisislink.media.leases import FlowAuthority
from crisislink.media.node import MediaNode
from crisislink.media.nursery import Nursery
from crisislink.media.workers import Hire
from crisislink.web import auth, stream
from crisislink.web import models as m
from crisislink.web.app import build_app
from crisislink.web.calls import Service
from crisislink.web.origins import Origins
from crisislink.web.socket import server_options

_GRACE_S = 3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The service, ready to be served."""

    app: Starlette
    ports: Ports
    node: MediaNode


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Ports]:
    """The ports on the settings' store, migrated. Closed on leaving."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    await asyncio.to_thread(migrate, settings.database)
    clock, bus = SystemClock(), InProcessBus()
    store = SqlStore(settings.database, clock=clock, bus=bus, vault=CameraVault(load_key(settings.key_file)))
    try:
        yield Ports(
            store=store,
            sessions=SqlSessions(store),
            ephemera=InProcessEphemera(clock),
            bus=bus,
            clock=clock,
            entropy=SystemEntropy(),
            limits=settings.rules.limits(),
        )
    finally:
        await store.close()


@asynccontextmanager
async def service(settings: Settings, ports: Ports, *, hire: Hire | None = None) -> AsyncIterator[Running]:
    """The whole service on open ports. `hire`: other workers than the nursery's (the benchmark's)."""
    await _note_start(ports)
    async with AsyncExitStack() as stack:
        clients = {
            p.id: await stack.enter_async_context(_client(p, settings, ports)) for p in settings.providers
        }
        nursery = await stack.enter_async_context(Nursery.started(complete=settings.containment == "require"))
        node = MediaNode(
            authority=FlowAuthority(ports),
            bus=ports.bus,
            clock=ports.clock,
            limits=ports.limits,
            hire=hire or hire_from(nursery),
            mark_person=settings.watermark.person,
        )
        stack.push_async_callback(node.close)
        for work in (node.run(), timers.run(ports, node)):
            await stack.enter_async_context(_beside(work))
        yield Running(app=_app(settings, ports, node, clients, nursery), ports=ports, node=node)


async def _note_start(ports: Ports) -> None:
    lost = await viewing.close_lost(ports)
    async with ports.store.write() as work:
        await work.record(ServiceStarted(incarnation=ports.entropy.id("svc"), viewings_lost=lost))


def _client(provider: ProviderSettings, settings: Settings, ports: Ports) -> OidcClient:
    profile = ProviderProfile(
        id=provider.id,
        label=provider.label,
        side=provider.side,
        issuer=provider.issuer,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        algorithms=provider.algorithms,
    )
    return OidcClient(
        profile,
        public_url=str(settings.public_url),
        clock=ports.clock,
        entropy=ports.entropy,
        ephemera=ports.ephemera,
    )


def _app(
    settings: Settings, ports: Ports, node: MediaNode, clients: dict[str, OidcClient], nursery: Nursery
) -> Starlette:
    public_url = str(settings.public_url).rstrip("/")
    limits = SessionLimits(idle_s=settings.sessions.idle_s, absolute_s=settings.sessions.absolute_s)
    origins = Origins(public_url)
    made = Service(
        ports=ports,
        video=node,
        origins=origins,
        actor_of=_actor_of(ports, limits),
        sign_in=m.SignIn(
            providers=[
                m.Provider(id=p.id, label=p.label, side=p.side, url=f"/auth/login/{p.id}")
                for p in settings.providers
            ],
            demo=settings.demo,
        ),
    )
    return build_app(
        made,
        more=[*auth.auth_routes(ports, clients, public_url, limits), stream.route(made, node)],
        form_targets=sorted({_origin(p.issuer) for p in settings.providers}),
        health=lambda: {"containment": nursery.confinement.state},
    )


def _actor_of(ports: Ports, limits: SessionLimits) -> Callable[[HTTPConnection], Awaitable[Actor]]:
    acting = auth.actor_of(ports, limits)
    watching = auth.actor_of(ports, limits, activity=False)

    async def of(connection: HTTPConnection) -> Actor:
        """A socket's own rechecks keep no session awake."""
        return await (acting if connection.scope["type"] == "http" else watching)(connection)

    return of


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@asynccontextmanager
async def _beside(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """A task beside the service. When it dies the process must not go on without it."""
    task = asyncio.create_task(work)
    task.add_done_callback(_fatal)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _fatal(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.critical("a part of the service died; stopping", exc_info=error)
        asyncio.get_running_loop().call_soon(_stop)


def _stop() -> None:
    raise SystemExit(1)


def server(settings: Settings, app: Starlette) -> uvicorn.Server:
    """Uvicorn as the video socket needs it. The service's own context is the lifespan."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        lifespan="off",
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=_GRACE_S,
        **server_options(),
    )
    return uvicorn.Server(config)


async def run(settings: Settings) -> None:
    """Serve until told to stop."""
    async with opened(settings) as ports, service(settings, ports) as running:
        try:
            await server(settings, running.app).serve()
        finally:
            await running.node.close()


async def verify_register(settings: Settings) -> Verdict:
    """The verdict on the settings' register."""
    async with opened(settings) as ports:
        return await verify(ports.store)
