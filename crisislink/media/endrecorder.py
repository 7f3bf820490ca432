"""A viewing's end goes into the register, if need be later: pictures never wait for it, nor it for pictures.

What ends together is recorded together. While the store is down the ends wait: nobody begins to look then, so
they are no more than looked when it went. What a crash loses, the next start closes as `lost`
(`flow.viewing.close_lost`).
"""

import asyncio
import logging

from crisislink.core.errors import CrisisLinkError
from crisislink.flow.ports import ViewPermit
from crisislink.flow.viewing import Look
from crisislink.media.leases import Authority

BACKOFF_S = (0.25, 5.0)
_log = logging.getLogger(__name__)


class EndRecorder:
    """`note` never waits and never fails; `close` waits a little for what is still to be written."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._due: list[Look] = []
        self._writing: asyncio.Task[None] | None = None

    def note(self, permit: ViewPermit, *, frames: int, cause: str) -> None:
        """This viewing is over; the pictures have stopped already."""
        self._due.append(Look(permit, frames, cause))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        wait_s = BACKOFF_S[0]
        while self._due:
            batch = tuple(self._due)
            try:
                await self._authority.end_viewings(batch)
            except (CrisisLinkError, OSError) as error:
                _log.warning(
                    "viewings' ends are not recorded yet", extra={"count": len(self._due), "error": error}
                )
                await asyncio.sleep(wait_s)
                wait_s = min(BACKOFF_S[1], wait_s * 2)
            else:
                del self._due[: len(batch)]
                wait_s = BACKOFF_S[0]

    async def close(self, *, patience_s: float) -> None:
        """Give what is pending `patience_s` seconds, then leave it to the next start."""
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=patience_s)
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
