"""A viewing's end goes into the register, if need be later: pictures never wait for it, nor it for pictures.

What ends together is recorded together. While the store is down the ends are tried again for ten minutes.
What a crash loses, the next start closes as `lost` (`flow.viewing.close_lost`).
"""

import asyncio
import logging
from collections.abc import Callable

from crisislink.core.errors import CrisisLinkError
from crisislink.flow.ports import ViewPermit
from crisislink.flow.viewing import Look
from crisislink.media.leases import Authority

BACKOFF_S = (0.25, 5.0)
FOR_S = 600.0
_log = logging.getLogger(__name__)


class EndRecorder:
    """`note` never waits and never fails; `close` waits a little for what is still to be written."""

    def __init__(self, authority: Authority, *, boot_s: Callable[[], float]) -> None:
        self._authority = authority
        self._boot_s = boot_s
        self._due: list[tuple[Look, float]] = []
        self._writing: asyncio.Task[None] | None = None

    def note(self, permit: ViewPermit, *, frames: int, cause: str) -> None:
        """This viewing is over; the pictures have stopped already."""
        self._due.append((Look(permit, frames, cause), self._boot_s() + FOR_S))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        wait_s = BACKOFF_S[0]
        while self._due:
            batch = tuple(self._due)
            try:
                await self._authority.end_viewings([look for look, _ in batch])
            except (CrisisLinkError, OSError) as error:
                self._give_up(error)
                await asyncio.sleep(wait_s)
                wait_s = min(BACKOFF_S[1], wait_s * 2)
            else:
                del self._due[: len(batch)]
                wait_s = BACKOFF_S[0]

    def _give_up(self, error: Exception) -> None:
        """Say so; and after ten minutes let the oldest go, into the log at least."""
        now_s = self._boot_s()
        _log.warning("viewings' ends are not recorded yet", extra={"count": len(self._due), "error": error})
        for look, until_s in self._due:
            if now_s >= until_s:
                _log.error(
                    "a viewing's end could not be recorded",
                    extra={"viewing": look.permit.viewing, "cause": look.cause},
                )
        self._due = [(look, until_s) for look, until_s in self._due if now_s < until_s]

    async def close(self, *, patience_s: float) -> None:
        """Give what is pending `patience_s` seconds, then leave it to the next start."""
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=patience_s)
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
