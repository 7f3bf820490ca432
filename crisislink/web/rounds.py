"""Whether people who watch may go on watching: asked every two seconds, once for each session and grant.

A session that is over, a person whose role ended: all its looks at the grant end; the grant goes on for
others. Sixteen pictures on one wall cost one question, not sixteen.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from crisislink.core.errors import CrisisLinkError, Denied, NotFound, Unauthenticated
from crisislink.core.ids import GrantId, SessionId
from crisislink.flow import viewing
from crisislink.flow.ports import ViewPermit
from crisislink.web.calls import Service

EVERY_S = 2.0
_log = logging.getLogger(__name__)


class Attendee(Protocol):
    """A seat that can be taken away."""

    def dismiss(self, reason: str, code: int, *, retry: bool) -> None:
        """END and close."""
        ...


class Rounds:
    """One for the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._seated: dict[tuple[SessionId, GrantId], dict[Attendee, ViewPermit]] = {}
        self._asking: dict[tuple[SessionId, GrantId], asyncio.Task[None]] = {}

    @contextmanager
    def attended(self, seat: Attendee, permit: ViewPermit) -> Iterator[None]:
        """While this holds, the seat is dismissed as soon as its person may no longer look."""
        key = (permit.session, permit.grant)
        seats = self._seated.setdefault(key, {})
        seats[seat] = permit
        if key not in self._asking:
            self._asking[key] = asyncio.create_task(self._ask_for_ever(key, seats))
        try:
            yield
        finally:
            del seats[seat]
            if not seats and self._seated.get(key) is seats:
                self._forget(key).cancel()

    def _forget(self, key: tuple[SessionId, GrantId]) -> "asyncio.Task[None]":
        del self._seated[key]
        return self._asking.pop(key)

    async def _ask_for_ever(
        self,
        key: tuple[SessionId, GrantId],
        seats: dict[Attendee, ViewPermit],
    ) -> None:
        """Until somebody is dismissed; whoever comes later begins anew."""
        reason, code, retry = "fault", 1011, True
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                await self._may_go_on(next(iter(seats.values())))
        except Unauthenticated as error:
            reason, code, retry = error.reason.value, 4401, False
        except (Denied, NotFound) as error:
            reason, code, retry = error.reason.value, 4403, False
        except Exception:  # noqa: BLE001 - who cannot be asked about may not stay
            _log.exception("video socket: the question whether people may go on failed; their looks end")
        if self._seated.get(key) is seats:
            self._forget(key)
        for seat in tuple(seats):
            seat.dismiss(reason, code, retry=retry)

    async def _may_go_on(self, permit: ViewPermit) -> None:
        try:
            actor = await self._service.watcher_of(permit.session)
            await viewing.check_watching(self._service.ports, actor, permit)
        except (Unauthenticated, Denied, NotFound):
            raise
        except CrisisLinkError:  # the store does not answer: the lease ends the picture if that lasts
            _log.warning("video socket: nobody could say whether the session still holds", exc_info=True)
