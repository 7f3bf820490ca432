"""A refused attempt is an action too: it is in the register before the person reads the refusal.

Of nobody we know, the first few are; the rest is counted, and `keep_count` writes the counts.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crisislink.core.actors import Actor
from crisislink.core.errors import CrisisLinkError, Denied, Expired, NotFound
from crisislink.core.events import AccessDenied, AccessDeniedOften
from crisislink.flow.forced import enter
from crisislink.flow.ports import ForcedCut, Ports

_LOOK_S = 10.0
_log = logging.getLogger(__name__)


@asynccontextmanager
async def recorded(
    ports: Ports,
    actor: Actor | None,
    action: str,
    target: str | None = None,
    *,
    refusals: tuple[type[CrisisLinkError], ...] = (Denied, Expired, NotFound),
    order: ForcedCut | None = None,
) -> AsyncIterator[None]:
    """Record a refusal raised inside, in a transaction of its own; it goes on.

    Open it around the transaction that may refuse, never inside it: what that one wrote rolls back.
    `order`: the cut that is refused; other processes may have heard of it, and one entry tells of it for all.
    """
    try:
        yield
    except refusals as refusal:
        if actor is None and target is None and not _alone(ports, action, refusal):
            raise
        event = AccessDenied(
            organisation=None if actor is None else actor.organisation.id,
            actor=None if actor is None else actor.person.id,
            action=action,
            target=target,
            reason=refusal.reason.value,
        )
        async with ports.store.write() as work:
            if order is None or await enter(work, order):
                await work.record(event)
        raise


def _alone(ports: Ports, action: str, refusal: CrisisLinkError) -> bool:
    return ports.strangers.alone(action, refusal.reason.value, boot_s=ports.clock.boot_s())


async def keep_count(ports: Ports) -> None:
    """For ever: write the counts of strangers' attempts as their windows end; all, when cancelled."""
    try:
        while True:
            await asyncio.sleep(_LOOK_S)
            await note_counts(ports)
    finally:
        await note_counts(ports, closing=True)


async def note_counts(ports: Ports, *, closing: bool = False) -> None:
    """The counts that are due, each an entry. What the store does not take now is due again."""
    try:
        for one in ports.strangers.due(boot_s=ports.clock.boot_s(), closing=closing):
            often = AccessDeniedOften(
                action=one.action, reason=one.reason, count=one.count, within_s=one.within_s
            )
            async with ports.store.write() as work:
                await work.record(often)
            ports.strangers.noted(one)
    except CrisisLinkError:
        _log.warning("strangers' attempts could not be recorded yet", exc_info=True)
