"""A viewing's end goes into the register, if need be later: pictures never wait for it, nor it for pictures.

While the store is down the end is tried again for ten minutes. What a crash loses, the next start closes as
`lost` (`flow.viewing.close_lost`).
"""

import asyncio
import logging
from collections.abc import Callable

from crisislink.core.errors import CrisisLinkError
from crisislink.flow.ports import ViewPermit
from crisislink.media.leases import Authority

BACKOFF_S = (0.25, 5.0)
FOR_S = 600.0
_log = logging.getLogger(__name__)


class EndRecorder:
    """`note` never waits and never fails; `close` waits a little for what is still to be written."""

    def __init__(self, authority: Authority, *, boot_s: Callable[[], float]) -> None:
        self._authority = authority
        self._boot_s = boot_s
        self._pending: set[asyncio.Task[None]] = set()

    def note(self, permit: ViewPermit, *, frames: int, cause: str) -> None:
        """This viewing is over; the pictures have stopped already."""
        task = asyncio.create_task(self._record(permit, frames=frames, cause=cause))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _record(self, permit: ViewPermit, *, frames: int, cause: str) -> None:
        wait_s, until_s = BACKOFF_S[0], self._boot_s() + FOR_S
        while True:
            try:
                await self._authority.end_viewing(permit, frames=frames, cause=cause)
            except (CrisisLinkError, OSError) as error:
                if self._boot_s() >= until_s:
                    _log.exception("viewing %s: its end could not be recorded", permit.viewing)
                    return
                _log.warning("viewing %s: its end is not recorded yet (%r)", permit.viewing, error)
            else:
                return
            await asyncio.sleep(wait_s)
            wait_s = min(BACKOFF_S[1], wait_s * 2)

    async def close(self, *, patience_s: float) -> None:
        """Give what is pending `patience_s` seconds, then leave it to the next start."""
        if not self._pending:
            return
        _, late = await asyncio.wait(set(self._pending), timeout=patience_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
