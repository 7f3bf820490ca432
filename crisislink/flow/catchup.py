"""Forced cuts that waited for the store (`flow.forced`) reach the register: late, marked, in order."""

import json
import logging

from crisislink.core.errors import CrisisLinkError, Expired, Invalid, NotFound, Reason, Unavailable
from crisislink.core.events import AccessDenied, CrisisResumed, SharingResumed
from crisislink.flow import forced
from crisislink.flow.crisisends import suspend_in
from crisislink.flow.endings import Darkened, cut, darkened, end_some, ended_by, ordered_by, stop_all
from crisislink.flow.ports import ForcedCut, LiveVideo, Ports, UnitOfWork

_LOOKED_AT = 100
_log = logging.getLogger(__name__)


async def catch_up(ports: Ports, video: LiveVideo) -> None:
    """Write the forced cuts that waited for the store into the register, marked late, in their order.

    Raises:
        Unavailable: the store still does not answer; the rest waits on.
    """
    for order in tuple(ports.journal.pending()):
        dark: list[Darkened] = []
        try:
            await _record_late(ports, order, dark)
        except (Expired, NotFound, Invalid) as refusal:  # over since, or nothing a restored store knows of
            await _note_unknown(ports, order, refusal)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - whatever is wrong with one must not keep all else from ending
            _log.exception(
                "a forced cut holds, and cannot be recorded; trying again", extra={"cut": order.id}
            )
            continue
        await forced.settled(ports, order)
        await cut(ports, video, dark)


async def _record_late(ports: Ports, order: ForcedCut, dark: list[Darkened]) -> None:
    async with ports.store.read() as work:
        actor = await ordered_by(work, order.actor, now=ports.clock.now())
        if await _resumed_since(work, order):
            raise Expired(Reason.ALREADY_OVER)
    if order.everything:
        if (await stop_all(ports, order, actor, dark, late=True)).stopped_by != order.actor:
            raise Expired(Reason.ALREADY_OVER)
        return
    async with ports.store.write() as work:
        if order.crisis is not None:
            dark += (await suspend_in(ports, work, order, actor, cut_running=True, late=True))[1]
            return
        assert order.grant is not None, "what is neither everything nor a crisis is a grant"
        before = await work.grant(order.grant)
        after = await end_some(work, before, order, actor, now=ports.clock.now(), late=True)
    if (found := darkened(before, after, order.cause)) is not None:
        dark.append(found)
    elif not ended_by(order, after):
        raise Expired(Reason.ALREADY_OVER)


async def _resumed_since(work: UnitOfWork, order: ForcedCut) -> bool:
    """Whether somebody has lifted the switch, or resumed the crisis, since: what this process could not tell,
    another one did."""
    if order.grant is not None:
        return False
    kind, named, which = (
        (SharingResumed.kind, "owner", order.owner)
        if order.crisis is None
        else (CrisisResumed.kind, "declaration", order.crisis)
    )
    lifted = await work.entries_before(before=None, limit=_LOOKED_AT, kinds=[kind])
    return any(e.at > order.at and json.loads(e.body)[named] == which for e in lifted)


async def _note_unknown(ports: Ports, order: ForcedCut, refusal: CrisisLinkError) -> None:
    """Nothing there can be ended; that somebody ordered it is in the register all the same."""
    action = "sharing.stop" if order.everything else "grant.revoke"
    attempt = AccessDenied(
        organisation=order.owner,
        actor=order.actor,
        action=action if order.crisis is None else "crisis.suspend",
        target=order.grant or order.crisis,
        reason=refusal.reason.value,
    )
    async with ports.store.write() as work:
        await work.record(attempt)
