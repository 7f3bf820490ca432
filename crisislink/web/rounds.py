"""Whether people who watch may go on watching: asked every two seconds, once for all of them.

A session that is over, a person whose role ended: all its looks at the grant end; the grant goes on for
others. Hundreds of pictures cost two questions, not hundreds; whoever surely holds by them is asked nothing
more, anybody else is asked about alone and hears why.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from crisislink.core.errors import CrisisLinkError, Denied, Expired, NotFound, Unauthenticated
from crisislink.core.ids import GrantId, SessionId
from crisislink.flow import viewing
from crisislink.flow.ports import ViewPermit
from crisislink.web.calls import Service

EVERY_S = 2.0
_log = logging.getLogger(__name__)
_Key = tuple[SessionId, GrantId]


class Attendee(Protocol):
    """A seat that can be taken away."""

    def dismiss(self, reason: str, code: int, *, retry: bool) -> None:
        """END and close."""
        ...


class Rounds:
    """One for the service. It asks while somebody sits."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._seated: dict[_Key, dict[Attendee, ViewPermit]] = {}
        self._asking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def attended(self, seat: Attendee, permit: ViewPermit) -> AsyncIterator[None]:
        """While this holds, the seat is dismissed as soon as its person may no longer look."""
        key = (permit.session, permit.grant)
        seats = self._seated.setdefault(key, {})
        seats[seat] = permit
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_for_ever())
        try:
            yield
        finally:
            del seats[seat]
            if not seats and self._seated.get(key) is seats:
                del self._seated[key]
            if not self._seated and self._asking is not None:
                asking, self._asking = self._asking, None
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)  # gives its connection back

    async def _ask_for_ever(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            asked = {next(iter(seats.values())): key for key, seats in self._seated.items()}
            sure = await self._sure(asked)
            await asyncio.gather(
                *(self._ask_about(key, permit) for permit, key in asked.items() if permit not in sure)
            )

    async def _sure(self, permits: "dict[ViewPermit, _Key]") -> set[ViewPermit]:
        try:
            actors = await self._service.present({permit.session for permit in permits})
            return await viewing.may_go_on(self._service.ports, actors, permits)
        except Exception:  # noqa: BLE001 - each is asked about alone, and ends where that fails too
            _log.warning("video socket: nobody could say who may go on; asking one by one", exc_info=True)
            return set()

    async def _ask_about(self, key: _Key, permit: ViewPermit) -> None:
        reason, code, retry = "fault", 1011, True
        try:
            await self._may_go_on(permit)
        except Unauthenticated as error:
            reason, code, retry = error.reason.value, 4401, False
        except (Denied, NotFound) as error:
            reason, code, retry = error.reason.value, 4403, False
        except Expired as error:
            reason, code, retry = error.reason.value, 4503, True
        except Exception:  # noqa: BLE001 - who cannot be asked about may not stay
            _log.exception("video socket: the question whether people may go on failed; their looks end")
        else:
            return
        for seat in tuple(self._seated.pop(key, {})):
            seat.dismiss(reason, code, retry=retry)

    async def _may_go_on(self, permit: ViewPermit) -> None:
        try:
            actor = await self._service.watcher_of(permit.session)
            await viewing.check_watching(self._service.ports, actor, permit)
        except (Unauthenticated, Denied, NotFound, Expired):
            raise
        except CrisisLinkError:  # the store does not answer: the lease ends the picture if that lasts
            _log.warning("video socket: nobody could say whether the session still holds", exc_info=True)
