"""A media node with an authority, workers and a clock in the test's hand."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.core.ids import GrantId, NodeId, SessionId, ViewingId
from crisislink.core.limits import Limits
from crisislink.flow.ports import Brief, CameraSource, CameraUrl, Clock, ViewPermit
from crisislink.media.frames import Rendition
from crisislink.media.node import MediaNode
from crisislink.media.viewer import Viewer
from tests.fakes.picture import HeldAuthority, HeldWorker, KeptSocket
from tests.fakes.time import TurnedClock
from tests.samples import CAMERAS, CITY, MASK, REGULATOR, SAMU, T0

GRANT, CAMERA = GrantId("gr_1"), CAMERAS[0].id
BRIEF = Brief(
    grant=GRANT,
    camera=CAMERA,
    source=CameraSource(camera=CAMERA, main=CameraUrl("rtsp://127.0.0.1/1"), sub=None),
    mask=MASK,
    camera_label="1 Rue",
    organisation_label="SAMU 31",
    grant_ref="R0001",
    exercise=False,
    ends_at=T0 + timedelta(seconds=600),
)


class House:
    """The node is not run: what happens each second is called by hand (`tick`, `watch`)."""

    def __init__(
        self, clock: Clock | None = None, *, brief: Brief = BRIEF, mark_person: bool = False
    ) -> None:
        self.clock, self.bus = TurnedClock(), InProcessBus()
        self.authority = HeldAuthority(brief)
        self.workers: list[HeldWorker] = []
        self.hired = asyncio.Event()
        self.node = MediaNode(
            id=NodeId("node_1"),
            authority=self.authority,
            bus=self.bus,
            clock=clock or self.clock,
            limits=Limits(),
            hire=self._hire,
            mark_person=mark_person,
        )
        self._viewings = 0

    def _hire(self, brief: Brief, warm_until_s: float) -> HeldWorker:
        worker = HeldWorker(brief, warm_until_s)
        self.workers.append(worker)
        self.hired.set()
        return worker

    @property
    def worker(self) -> HeldWorker:
        return self.workers[-1]

    def permit(self, label: str = REGULATOR.person.display_name) -> ViewPermit:
        self._viewings += 1
        return ViewPermit(
            viewing=ViewingId(f"vw_{self._viewings}"),
            grant=GRANT,
            camera=CAMERA,
            person=REGULATOR.person.id,
            session=SessionId("ses_lea"),
            beneficiary=SAMU.id,
            owner=CITY.id,
            person_label=label,
        )

    async def join(self, rendition: Rendition = Rendition.FOCUS) -> tuple[Viewer, KeptSocket]:
        socket = KeptSocket()
        viewer = await self.node.join(self.permit(), socket, rendition)
        await within(self.hired.wait())
        await within(self.worker.employed.wait())
        return viewer, socket


async def within(what: Awaitable[object]) -> None:
    """Wait for an event, two seconds at most."""
    async with asyncio.timeout(2):
        await what


async def until(true: Callable[[], bool]) -> None:
    """Let the loop turn until it is so, two seconds at most."""
    async with asyncio.timeout(2):
        while not true():
            await asyncio.sleep(0)
