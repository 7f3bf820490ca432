"""What happens, read once for all sockets of this process, and who may still hear it, asked once for all.

A wake of the bus, or a second, makes it look: the newest entries of the register become events, those who
listen are called by roll, then their sockets send. The roll is called each second, and before anything is
told that was recorded after an entry about people: who signed out hears nothing of what came later.

A socket that is further behind than what is kept here reads the register itself (`web.live`).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from crisislink.core.actors import Actor, Side
from crisislink.core.errors import CrisisLinkError, Denied, Reason, Unauthenticated
from crisislink.flow import live
from crisislink.flow.live import Happening
from crisislink.web import views
from crisislink.web.calls import Service
from crisislink.web.operations import ROOMS

LOOK_S = 1.0
_BATCH = 200
_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class News:
    """One event. Its words differ between the sides, not between the people of one."""

    happening: Happening
    _texts: dict[Side, str] = field(default_factory=dict)

    def text(self, actor: Actor) -> str:
        """As it is sent to this person."""
        side = actor.organisation.side
        if side not in self._texts:
            self._texts[side] = views.happening(self.happening, actor).model_dump_json()
        return self._texts[side]


class Seat:
    """One socket's. `changed` is set when there may be something to tell."""

    def __init__(self, actor: Actor) -> None:
        self.changed = asyncio.Event()
        self._actor = actor
        self._over: BaseException | None = None
        self._anew = False

    def begins_anew(self) -> bool:
        """Whether the store was set back since this was last asked: the numbers count other entries."""
        anew, self._anew = self._anew, False
        return anew

    def set_back(self) -> None:
        """It was."""
        self._anew = True
        self.changed.set()

    def actor(self) -> Actor:
        """Who listens, as the roll was last called.

        Raises:
            CrisisLinkError: they may not listen any more, or nobody could say.
        """
        if self._over is not None:
            raise self._over
        return self._actor

    @property
    def stays(self) -> Actor | None:
        """Who listens; None: they may not any more, and have not left yet."""
        return self._actor if self._over is None else None

    def stay(self, actor: Actor) -> None:
        """They may, with these roles."""
        self._actor = actor

    def end(self, why: BaseException) -> None:
        """They may not."""
        self._over = why
        self.changed.set()


class Feed:
    """One for the service. It reads while somebody listens."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._seats: set[Seat] = set()
        self._reading: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._news: deque[News] = deque(maxlen=_KEPT)
        self._first: int | None = None
        self._called_s = 0.0
        self._incarnation: int | None = None
        self.last = 0

    @asynccontextmanager
    async def attended(self, actor: Actor) -> AsyncIterator[Seat]:
        """A seat, as long as this holds."""
        seat = Seat(actor)
        self._seats.add(seat)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        try:
            yield seat
        finally:
            self._seats.discard(seat)
            if not self._seats and self._reading is not None:
                reading, self._reading, self._first = self._reading, None, None
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)  # gives its connection back

    def covers(self, after: int) -> bool:
        """Whether all that came after this entry is kept here."""
        return self._first is not None and self._first <= after <= self.last

    def after(self, seq: int, actor: Actor) -> Iterator[News]:
        """What came after this entry and concerns the person's organisation, oldest first."""
        own = actor.organisation.id
        return (one for one in tuple(self._news) if one.happening.seq > seq and one.happening.concerns(own))

    async def _read(self) -> None:
        """While somebody listens. Should it fail, no socket goes on as if nothing happened."""
        try:
            await self._look_when_woken()
        except Exception as error:  # noqa: BLE001 - whatever it is: who listens is told, by the close
            self._end_all(error)

    def _end_all(self, error: Exception) -> None:
        for seat in tuple(self._seats):
            seat.end(error)

    async def _look_when_woken(self) -> None:
        async with self._service.ports.bus.listen() as wakes:

            async def hear() -> None:
                async for _ in wakes:
                    self._woken.set()

            hearing = asyncio.create_task(hear())
            try:
                while True:
                    await self._looked()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_S):
                            await self._woken.wait()
                    self._woken.clear()
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)

    async def _looked(self) -> None:
        try:
            await self._look()
        except Exception as error:  # noqa: BLE001 - every socket closes with it; who comes next finds us reading
            self._end_all(error)

    async def _look(self) -> None:
        ports, loop = self._service.ports, asyncio.get_running_loop()
        incarnation = await live.incarnation(ports)
        if self._first is None or incarnation != self._incarnation:
            listened = self._first is not None
            self._begin_at(await live.head(ports))
            self._incarnation = incarnation
            for seat in self._seats if listened else ():
                seat.set_back()
        while True:
            last, happened, people = await live.news(ports, self.last, limit=_BATCH)
            if people or loop.time() >= self._called_s + LOOK_S:
                self._called_s = loop.time()
                await self._call_the_roll()
            if last == self.last:
                if (head := await live.head(ports)) < last:  # a store that was set back
                    self._begin_at(head)
                return
            came = last - self.last
            self._keep(last, happened)
            for seat in self._seats:
                seat.changed.set()
            if came < _BATCH:
                return

    def _begin_at(self, head: int) -> None:
        self._news.clear()
        self._first = self.last = head

    def _keep(self, last: int, happened: list[Happening]) -> None:
        for one in happened:
            if len(self._news) == _KEPT:
                self._first = self._news[0].happening.seq
            self._news.append(News(one))
        self.last = last

    async def _call_the_roll(self) -> None:
        seats = [(seat, actor.session) for seat in self._seats if (actor := seat.stays) is not None]
        present = await self._service.present({session for _, session in seats if session is not None})
        for seat, session in seats:
            try:
                if session is None:
                    raise Unauthenticated
                actor = present.get(session) or await self._service.watcher_of(session)
                if not actor.has(*ROOMS):
                    raise Denied(Reason.ROLE)
                seat.stay(actor)
            except CrisisLinkError as error:
                seat.end(error)
