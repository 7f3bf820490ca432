"""Builds everything; the only place that knows every adapter.

`service` opens the store, closes what a crash left open, starts the media node and the timers, and gives the
application; leaving it ends every picture and worker before the store closes.
"""

import asyncio
import gc
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import FrameType
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from crisislink.adapters.basemap.tiles import Tiles
from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.adapters.journal import NoJournal, claimed
from crisislink.adapters.keys import KeyFiles
from crisislink.adapters.oidc import OidcClient
from crisislink.adapters.oidc.machines import Machines
from crisislink.adapters.oidc.standing import Standings
from crisislink.adapters.presence import InProcessPresence
from crisislink.adapters.rates import InProcessRates, LenientRates
from crisislink.adapters.redis.bus import RedisBus
from crisislink.adapters.redis.link import RedisLink
from crisislink.adapters.redis.presence import RedisPresence
from crisislink.adapters.redis.rates import RedisRates
from crisislink.adapters.redis.sessions import RedisSessions
from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql.databases import Database, PostgresqlDatabase, SqliteDatabase
from crisislink.adapters.sql.ephemera import SqlEphemera
from crisislink.adapters.sql.migrate import migrate
from crisislink.adapters.sql.presence import SqlPresence
from crisislink.adapters.sql.sessions import SqlSessions
from crisislink.adapters.sql.store import SqlStore
from crisislink.adapters.system import StoreClock, SystemClock, SystemEntropy
from crisislink.adapters.tickets import SealedTickets
from crisislink.config import ProviderSettings, Settings
from crisislink.core.events import ServiceStarted
from crisislink.core.ids import NodeId, SessionId
from crisislink.flow import attempts, authority, conversation, timers, viewing
from crisislink.flow.ports import (
    Authority,
    Bus,
    Clock,
    Entropy,
    Ephemera,
    Journal,
    Ports,
    Presence,
    Rates,
    Sessions,
)
from crisislink.flow.recall import Recall
from crisislink.flow.register import Verdict, verify
from crisislink.flow.signin import SessionLimits, actor_in, present
from crisislink.media.crew import hire_from
from crisislink.media.leases import FlowAuthority
from crisislink.media.membership import Cluster, Membership
from crisislink.media.networks import CameraNetworks
from crisislink.media.node import MediaNode
from crisislink.media.nursery import Nursery
from crisislink.media.rounds import Rounds
from crisislink.media.workers import Hire
from crisislink.web import auth, stream
from crisislink.web import models as m
from crisislink.web.app import build_app, health
from crisislink.web.basemap import Basemap
from crisislink.web.calls import Service
from crisislink.web.front import Front
from crisislink.web.origins import Origins
from crisislink.web.socket import server_options

_GRACE_S = 3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The service, ready to be served."""

    app: Starlette
    ports: Ports
    member: Membership | None

    async def leave(self) -> None:
        """Send those who watch elsewhere, end every worker. Before the server's sockets close."""
        if self.member is not None:
            await self.member.leave()


@dataclass(frozen=True, slots=True)
class _Carrying:
    member: Membership
    nursery: Nursery


@asynccontextmanager
async def opened(settings: Settings, *, serves: bool = False) -> AsyncIterator[Ports]:
    """The ports on the settings' store, migrated. Closed on leaving. `serves`: people give orders here.

    Raises:
        Taken: another process that serves works in the same folder.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    entropy, files = SystemEntropy(), KeyFiles(settings.key_file)
    keys = files.load()
    database, clock = await _database(settings)
    async with AsyncExitStack() as stack:
        journal: Journal = NoJournal()
        if serves:
            journal = stack.enter_context(claimed(settings.data_dir / "forced-cuts.jsonl"))
        link = await stack.enter_async_context(_link(settings, keys[0], clock))
        bus = await stack.enter_async_context(_bus(link, clock, entropy))
        vault = Vault(*keys, reread=files.load)
        store = SqlStore(database, clock=clock, bus=bus, vault=vault)
        stack.push_async_callback(store.close)
        yield Ports(
            store=store,
            sessions=_sessions(link, store, clock),
            ephemera=_ephemera(settings, store, clock),
            bus=bus,
            presence=_presence(settings, link, store, clock),
            tickets=SealedTickets(*keys, clock=clock, entropy=entropy),
            journal=journal,
            recall=Recall(),
            rates=_rates(settings, link, clock),
            clock=clock,
            entropy=entropy,
            limits=settings.rules.limits(),
            talk=settings.talk.rules(),
        )


@asynccontextmanager
async def _link(settings: Settings, key: bytes, clock: Clock) -> AsyncIterator[RedisLink | None]:
    if settings.redis_url is None:
        yield None
        return
    link = RedisLink(settings.redis_url.get_secret_value(), key=key, clock=clock)
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def _bus(link: RedisLink | None, clock: Clock, entropy: Entropy) -> AsyncIterator[Bus]:
    if link is None:
        yield InProcessBus()
        return
    bus = RedisBus(link, clock=clock, entropy=entropy)
    async with _beside(bus.run()):
        yield bus


def _sessions(link: RedisLink | None, store: SqlStore, clock: Clock) -> Sessions:
    truth = SqlSessions(store)
    return truth if link is None else RedisSessions(link, truth, clock=clock)


def _rates(settings: Settings, link: RedisLink | None, clock: Clock) -> Rates:
    alone = InProcessRates(clock)
    return LenientRates(alone if link is None else RedisRates(link, alone), settings.pace)


def _ephemera(settings: Settings, store: SqlStore, clock: Clock) -> Ephemera:
    if settings.database_url is None:
        return InProcessEphemera(clock)
    return SqlEphemera(store, clock=clock)


async def _database(settings: Settings) -> tuple[Database, Clock]:
    """Migrated; and the clock that all its processes share."""
    if settings.database_url is None:
        await asyncio.to_thread(migrate, settings.database)
        return SqliteDatabase(settings.database), SystemClock()
    url, clock = settings.database_url.get_secret_value(), StoreClock()
    await asyncio.to_thread(migrate, url)
    database = PostgresqlDatabase(url, witness=settings.data_dir / "crisislink.witness", clock=clock)
    async with database.reading():
        return database, clock


@asynccontextmanager
async def service(settings: Settings, ports: Ports, *, hire: Hire | None = None) -> AsyncIterator[Running]:
    """The whole service on open ports. `hire`: other workers than the nursery's (the benchmark's)."""
    await authority.assume(ports)
    await _note_start(ports)
    async with AsyncExitStack() as stack:
        clients = {
            p.id: await stack.enter_async_context(_client(p, settings, ports)) for p in settings.providers
        }
        carrying = None
        if settings.media.beside:
            carrying = await stack.enter_async_context(_carrying(settings, ports, hire))
        standings = Standings(
            clients, public_url=str(settings.public_url), clock=ports.clock, entropy=ports.entropy
        )
        await stack.enter_async_context(_beside(standings.run()))
        made = replace(
            _service(settings, ports, None if carrying is None else carrying.member.node),
            identity=standings,
            machine_of=Machines(clients.values()).verified,
            basemap=await _basemap(settings, ports, stack),
        )
        await stack.enter_async_context(_beside(attempts.keep_count(ports)))
        await stack.enter_async_context(_beside(timers.run(ports, made.video, _session_limits(settings))))
        await stack.enter_async_context(_beside(conversation.erase_for_ever(ports)))
        yield Running(
            app=_app(settings, made, clients, carrying),
            ports=ports,
            member=None if carrying is None else carrying.member,
        )


@asynccontextmanager
async def media(settings: Settings, ports: Ports) -> AsyncIterator[Running]:
    """A media node alone, on open ports: it carries pictures, and knows no page and no provider."""
    async with _carrying(settings, ports, None) as carrying, _beside(attempts.keep_count(ports)):
        node = carrying.member.node
        app = Starlette(
            routes=[
                stream.route(_service(settings, ports, node), node, browser_of=_browser_of(settings)),
                Route("/healthz", health(lambda: _health(ports, carrying)), name="health"),
            ]
        )
        yield Running(app=app, ports=ports, member=carrying.member)


@asynccontextmanager
async def _carrying(settings: Settings, ports: Ports, hire: Hire | None) -> AsyncIterator[_Carrying]:
    """A media node in this process, announced and at work; on leaving, its viewers are sent elsewhere."""
    async with Nursery.started(complete=settings.containment == "require") as nursery:
        authority = FlowAuthority(ports)
        networks = CameraNetworks(settings.cameras.networks, loopback=settings.demo)
        node = MediaNode(
            id=NodeId(ports.entropy.id("node")),
            authority=authority,
            bus=ports.bus,
            clock=ports.clock,
            limits=ports.limits,
            hire=hire or hire_from(nursery, networks),
            mark_person=settings.watermark.person,
        )
        member = Membership(node, ports, public_url=settings.node_url, capacity=settings.media.capacity)
        await member.join()
        try:
            async with _beside(member.run()), _beside(_rounds(settings, ports, node, networks)):
                yield _Carrying(member=member, nursery=nursery)
        finally:
            await member.leave()
            await authority.rest()


async def _rounds(settings: Settings, ports: Ports, node: MediaNode, networks: CameraNetworks) -> None:
    if (every_s := settings.cameras.round_s) > 0:
        await Rounds(ports, node, networks, every_s=every_s).run()


def _presence(settings: Settings, link: RedisLink | None, store: SqlStore, clock: Clock) -> Presence:
    if settings.database_url is None:
        return InProcessPresence(clock)
    truth = SqlPresence(store, clock=clock, limits=settings.rules.limits())
    return truth if link is None else RedisPresence(link, truth, clock=clock)


async def _note_start(ports: Ports) -> None:
    lost = await viewing.close_lost(ports)
    async with ports.store.write() as work:
        await work.record(ServiceStarted(incarnation=ports.entropy.id("svc"), viewings_lost=lost))


async def _basemap(settings: Settings, ports: Ports, stack: AsyncExitStack) -> Basemap | None:
    chosen, archive, source = settings.map, settings.map.archive(), settings.map.source()
    if archive is not None:
        view = m.BasemapView(
            kind="vector_file" if archive.vector else "raster_file",
            attribution=chosen.attribution or "",
            zoom_min=archive.zoom_min,
            zoom_max=archive.zoom_max,
            bounds=list(archive.bounds_deg),
            photo=chosen.photo,
        )
        return Basemap(view=view, file=chosen.file)
    if source is None:
        return None
    tiles = Tiles(source, ports.clock)
    stack.push_async_callback(tiles.close)
    view = m.BasemapView(
        kind="raster_tiles",
        attribution=chosen.attribution or "",
        zoom_min=chosen.zoom_min,
        zoom_max=chosen.zoom_max,
        bounds=None if chosen.bounds is None else list(chosen.bounds),
        photo=chosen.photo,
    )
    return Basemap(view=view, tile=tiles.tile)


def _client(provider: ProviderSettings, settings: Settings, ports: Ports) -> OidcClient:
    return OidcClient(
        provider.profile(),
        public_url=str(settings.public_url),
        clock=ports.clock,
        entropy=ports.entropy,
        ephemera=ports.ephemera,
    )


def _service(settings: Settings, ports: Ports, beside: MediaNode | None) -> Service:
    limits = _session_limits(settings)
    return Service(
        ports=ports,
        video=Cluster(ports.bus, ports.presence, ports.entropy, beside=beside),
        origins=Origins(str(settings.public_url)),
        actor_of=auth.actor_of(ports, limits),
        watcher_of=partial(actor_in, ports, limits, activity=False),
        present=lambda sessions: present(ports, limits, sessions),
        remembered=lambda connection, within_s: ports.recall.actor(
            auth.browser_of(connection) or SessionId(""), boot_s=ports.clock.boot_s(), within_s=within_s
        ),
        sign_in=m.SignIn(
            providers=[
                m.Provider(id=p.id, label=p.label, side=p.side, url=f"/auth/login/{p.id}", help=p.help)
                for p in settings.providers
            ],
            demo=settings.demo,
        ),
        sessions=limits,
        frames=tuple(p.frame() for p in settings.providers if p.embedded_in),
    )


def _session_limits(settings: Settings) -> SessionLimits:
    return SessionLimits(idle_s=settings.sessions.idle_s, absolute_s=settings.sessions.absolute_s)


def _app(
    settings: Settings, made: Service, clients: dict[str, OidcClient], carrying: _Carrying | None
) -> Starlette:
    public_url = str(settings.public_url).rstrip("/")
    limits = _session_limits(settings)
    more = list(auth.auth_routes(made.ports, clients, public_url, limits, identity=made.identity))
    streams = []
    if carrying is not None:
        streams = [stream.route(made, carrying.member.node, browser_of=_browser_of(settings))]
    return build_app(
        made,
        more=[*more, *streams],
        form_targets=sorted({_origin(at) for c in clients.values() for at in c.profile.addresses}),
        media_nodes=sorted({_origin(str(url)) for url in settings.media.nodes}),
        tls=public_url.startswith("https:"),
        more_health=lambda: _health(made.ports, carrying),
    )


def _health(ports: Ports, carrying: _Carrying | None) -> dict[str, str]:
    """`between`: whether the processes reach each other at once."""
    between = {"between": "degraded" if ports.bus.degraded else "ok"}
    return between if carrying is None else {"containment": carrying.nursery.confinement.state, **between}


def _browser_of(settings: Settings) -> stream.BrowserOf:
    """On the host of the pages a browser sends its session's cookie along: without it, no picture."""
    if urlsplit(settings.node_url).hostname != urlsplit(str(settings.public_url)).hostname:
        return lambda _socket: None
    return lambda socket: auth.browser_of(socket) or SessionId("")


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


_NEW_OBJECTS = 5_000  # so many more than went, and the young are looked through: 3 ms


class _Server(uvicorn.Server):
    """Told to stop, it lets `leave` finish first; told again, it stops at once."""

    def __init__(self, config: uvicorn.Config, leave: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._leave = leave
        self._leaving: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; then the garbage collector leaves alone what lives as long as the process.

        A full collection of all of it stopped every picture and every answer for 100 ms, now and then.
        """
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn's, later. Nothing is raised again afterwards: what we hold is closed in order."""
        del sig, frame
        if self._leaving is not None:
            self.should_exit = self.force_exit = True
            return
        self._loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        self._leaving = self._leaving or asyncio.create_task(self._leave_first())

    async def _leave_first(self) -> None:
        try:
            await self._leave()
        finally:
            self.should_exit = True


def server(settings: Settings, running: Running) -> uvicorn.Server:
    """Uvicorn as the video socket needs it. The service's own context is the lifespan."""
    config = uvicorn.Config(
        Front(running.app, proxies=settings.proxies, certificates=settings.client_certificates),
        proxy_headers=False,  # `Front` looks at them
        host=settings.host,
        port=settings.port,
        lifespan="off",
        log_config=None,  # `crisislink/log.py` says what is printed
        access_log=False,
        server_header=False,
        forwarded_allow_ips=[str(network) for network in settings.proxies],
        date_header=True,
        timeout_graceful_shutdown=_GRACE_S,
        **server_options(),
    )
    return _Server(config, running.leave)


async def run(settings: Settings) -> None:
    """Serve until told to stop."""
    async with opened(settings, serves=True) as ports, service(settings, ports) as running:
        await server(settings, running).serve()


async def run_media(settings: Settings) -> None:
    """Carry pictures until told to stop."""
    async with opened(settings) as ports, media(settings, ports) as running:
        await server(settings, running).serve()


async def told_time(settings: Settings, *, trust: bool) -> tuple[datetime, Authority | None]:
    """What time it is for this installation, and what its store knows. `trust`: first `believe_clock`."""
    async with opened(settings) as ports:
        if trust:
            await authority.believe_clock(ports)
        async with ports.store.read() as work:
            return ports.clock.now(), await work.authority()


async def verify_register(settings: Settings) -> Verdict:
    """The verdict on the settings' register."""
    async with opened(settings) as ports:
        return await verify(ports.store)
