"""A small city in a real SQLite store, with a clock the test turns: what flow and web tests work on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.adapters.journal import FileJournal
from crisislink.adapters.presence import InProcessPresence
from crisislink.adapters.rates import InProcessRates
from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql.databases import Database, SqliteDatabase
from crisislink.adapters.sql.migrate import migrate
from crisislink.adapters.sql.sessions import SqlSessions
from crisislink.adapters.sql.store import SqlStore
from crisislink.adapters.tickets import SealedTickets
from crisislink.core.actors import Actor, Role
from crisislink.core.events import InventoryLoaded
from crisislink.core.geo import Position
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, NodeId
from crisislink.core.incidents import Incident, Nature
from crisislink.core.legal import Purpose
from crisislink.core.limits import Limits
from crisislink.core.requests import AccessRequest, RequestIntent
from crisislink.flow import decisions, incidents, requests
from crisislink.flow.ports import Bus, CameraSource, CameraUrl, NodePresence, Ports, State
from crisislink.flow.recall import Recall
from crisislink.flow.signin import Opened, SessionLimits, VerifiedIdentity, sign_in
from crisislink.flow.timers import Timers
from tests.fakes.time import CountedEntropy, TurnedClock
from tests.fakes.video import NotedVideo
from tests.samples import (
    ACTORS,
    BASIS,
    CAMERAS,
    ORGANISATIONS,
    PLACE,
    REGULATOR,
    SAMU_SUPERVISOR,
    SUPERVISOR,
    T0,
    habilitation,
)

NODE = NodeId("node_1")


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """The ports, and the parts a test wants to turn."""

    ports: Ports
    store: SqlStore
    clock: TurnedClock
    video: NotedVideo
    timers: Timers
    path: Path

    async def kinds(self) -> list[str]:
        """The register's kinds in order, without the inventory."""
        async with self.store.read() as work:
            return [e.kind for e in await work.entries(after=1, limit=1_000)]

    async def incident(self, who: Actor = REGULATOR, place: Position = PLACE) -> Incident:
        """An open incident."""
        new = incidents.NewIncident(
            nature=Nature.BUILDING_COLLAPSE,
            mass_casualty=False,
            place=place,
            place_label="Rue Bertrand de Born",
            precision_m=50,
            case_ref=None,
            exercise=False,
        )
        return await incidents.open_incident(self.ports, who, new, None)

    async def hire(self, *actors: Actor) -> None:
        """These are in the roster from now on."""
        async with self.store.write() as work:
            loaded = InventoryLoaded(organisation=None, what="roster", rows=len(actors), sha256="0" * 64)
            await work.record(loaded, *_roster(actors))

    async def request(
        self, cameras: Sequence[CameraId] = (CAMERAS[0].id, CAMERAS[1].id), *, minutes: int = 10
    ) -> AccessRequest:
        """A request of a fresh incident."""
        incident = await self.incident()
        return await requests.submit(self.ports, REGULATOR, asking(incident, cameras, minutes=minutes), None)

    async def signed_in(self, who: Actor) -> Opened:
        """A new session of theirs, who just proved who they are."""
        assert who.person.subject is not None
        identity = VerifiedIdentity(
            issuer=who.person.issuer,
            subject=who.person.subject,
            auth_time=self.clock.now(),
            acr=None,
            id_token="x.y.z",
            strong=True,
        )
        return await sign_in(self.ports, SessionLimits(), identity, "hopital")

    async def clock_works(self) -> datetime | None:
        """Do all that is due now; the next deadline."""
        return await self.timers.advance()

    async def grant(self, *, minutes: int = 10) -> Grant:
        """A grant of two cameras."""
        request = await self.request(minutes=minutes)
        approval = decisions.Approval(
            cameras=request.cameras, duration_s=request.duration_s, version=request.version
        )
        return await decisions.approve(self.ports, SUPERVISOR, request.id, approval, command=None)


def node_presence(id: NodeId, url: str = "http://localhost:8400", *, load: float = 0.1) -> NodePresence:
    """A media node that lives."""
    return NodePresence(id=id, public_url=url, load=load, draining=False, started_at=T0)


def asking(incident: Incident, cameras: Sequence[CameraId], *, minutes: int = 10) -> requests.NewRequest:
    """What a regulator asks."""
    return requests.NewRequest(
        incident=incident.id,
        cameras=tuple(cameras),
        duration_s=minutes * 60,
        intent=RequestIntent.ACCESS_ROUTE,
        purpose=Purpose.RESCUE,
        extends=None,
    )


@asynccontextmanager
async def small_city(
    folder: Path,
    database: Database | None = None,
    *,
    clock: TurnedClock | None = None,
    bus: Bus | None = None,
) -> AsyncIterator[City]:
    """A seeded city in `folder`, or in a migrated database; closed on leaving."""
    path = folder / "city.db"
    if database is None:
        path.write_bytes(_empty())
        database = SqliteDatabase(path)
    clock, bus, entropy = clock or TurnedClock(), bus or InProcessBus(), CountedEntropy()
    presence = InProcessPresence(clock)
    await presence.announce(node_presence(NODE), ttl_s=1e9)
    store = SqlStore(database, clock=clock, bus=bus, vault=Vault(b"k" * 32))
    ports = Ports(
        store=store,
        sessions=SqlSessions(store),
        ephemera=InProcessEphemera(clock),
        bus=bus,
        presence=presence,
        tickets=SealedTickets(b"k" * 32, clock=clock, entropy=entropy),
        journal=FileJournal(folder / "forced-cuts.jsonl"),
        recall=Recall(),
        rates=InProcessRates(clock),
        clock=clock,
        entropy=entropy,
        limits=Limits(),
    )
    try:
        async with store.write() as work:
            loaded = InventoryLoaded(organisation=None, what="city", rows=len(CAMERAS), sha256="0" * 64)
            await work.assume(clock.now())
            await work.record(loaded, *_rows())
        video = NotedVideo()
        timers = Timers(ports, video, SessionLimits())
        yield City(ports=ports, store=store, clock=clock, video=video, timers=timers, path=path)
    finally:
        await store.close()


@cache
def _empty() -> bytes:
    """A migrated database file, made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        migrate(path)
        return path.read_bytes()


def _rows() -> list[State]:
    # The hospital's roster holds one who may watch: what ends with the last of them must end in tests too.
    kept = [a for a in ACTORS if a is not SAMU_SUPERVISOR]
    rows: list[State] = [*ORGANISATIONS, SAMU_SUPERVISOR.person, *_roster(kept), *CAMERAS, BASIS]
    rows += [
        CameraSource(camera=c.id, main=CameraUrl(f"rtsp://u:p@127.0.0.1:1/{c.number}"), sub=None)
        for c in CAMERAS
    ]
    return rows


def _roster(actors: Sequence[Actor]) -> list[State]:
    held = [habilitation(a.person, role) for a in actors for role in sorted(a.roles, key=Role.__str__)]
    return [*(a.person for a in actors), *held]
