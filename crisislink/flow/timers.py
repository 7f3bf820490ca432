"""What the clock does: requests lapse, grants expire, ENDING becomes ENDED.

No safety hangs on it: a lease gives no time past the end, whoever forgets to record it. This makes the
register and the rooms say so, on time.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from crisislink.core.errors import CrisisLinkError
from crisislink.core.grants import Grant, GrantState, expire, finish
from crisislink.core.requests import lapse
from crisislink.flow.endings import cut_and_confirm
from crisislink.flow.ports import LiveVideo, Ports
from crisislink.flow.viewing import close_lost

_LOOK_S = 1.0
_log = logging.getLogger(__name__)


async def run(ports: Ports, video: LiveVideo) -> None:
    """For ever: do what is due, then wait for the next deadline, at most a second."""
    while True:
        wait_s = _LOOK_S
        try:
            due_at = await advance(ports, video)
            await close_lost(ports)
            if due_at is not None:
                wait_s = min(_LOOK_S, max(0.0, (due_at - ports.clock.now()).total_seconds()))
        except CrisisLinkError:
            _log.exception("timers: the store did not answer; trying again")
        await asyncio.sleep(wait_s)


async def advance(ports: Ports, video: LiveVideo) -> datetime | None:
    """Do all that is due now; the next deadline, or None when nothing waits."""
    now = ports.clock.now()
    async with ports.store.read() as work:
        requests, grants = await work.requests(open_only=True), await work.grants(live_only=True)
    lease = timedelta(seconds=ports.limits.lease_s)
    deadlines = [r.lapses_at for r in requests] + [_deadline(g, lease) for g in grants]
    if any(at <= now for at in deadlines):
        expired = await _settle(ports)
        await cut_and_confirm(ports, video, expired)
    return min((at for at in deadlines if at > now), default=None)


def _deadline(grant: Grant, lease: timedelta) -> datetime:
    return grant.ends_at if grant.ending_at is None else grant.ending_at + lease


async def _settle(ports: Ports) -> list[Grant]:
    expired: list[Grant] = []
    async with ports.store.write() as work:
        now = ports.clock.now()
        for request in await work.requests(open_only=True):
            lapsed, gone = lapse(request, now=now)
            if gone is not None:
                await work.record(gone, lapsed)
        for grant in await work.grants(live_only=True):
            if grant.state is GrantState.ENDING:
                ended, over = finish(grant, acknowledged=False, limits=ports.limits, now=now)
                if over is not None:
                    await work.record(over, ended)
            else:
                ending, end = expire(grant, now=now)
                if end is not None:
                    await work.record(end, ending)
                    expired.append(ending)
    return expired
