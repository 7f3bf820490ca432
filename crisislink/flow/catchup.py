"""Forced cuts that waited for the store (`flow.forced`) reach the register: late, marked, in order."""

import asyncio
import json
import logging

from crisislink.core.actors import Actor
from crisislink.core.errors import CrisisLinkError, Expired, Invalid, NotFound, Reason, Unavailable
from crisislink.core.events import AccessDenied, CrisisResumed, SharingResumed, epoch_ms
from crisislink.core.ids import CrisisId
from crisislink.flow import forced
from crisislink.flow.crisisends import granted, suspend_in
from crisislink.flow.endings import Darkened, cut, darkened, end_all, end_some, ended_by, ordered_by, stop_all
from crisislink.flow.ports import ForcedCut, LiveVideo, Ports, UnitOfWork

_LOOKED_AT = 100
_log = logging.getLogger(__name__)


async def catch_up(ports: Ports, video: LiveVideo) -> None:
    """Write the forced cuts that waited for the store into the register, marked late, in their order.

    Raises:
        Unavailable: the store still does not answer, at all or for one of them, and what was ordered here is
            told again; the rest is recorded.
    """
    failed: Unavailable | None = None
    for order in tuple(ports.journal.pending()):
        try:
            await _caught_up(ports, video, order)
        except Unavailable as error:
            if failed is None:
                _, takes = await asyncio.gather(forced.told_again(ports, video), _takes_any(ports))
                if not takes:
                    raise  # each of the others would wait as long
            failed = error
        except Exception:  # noqa: BLE001 - whatever is wrong with one must not keep all else from ending
            _log.exception(
                "a forced cut holds, and cannot be recorded; trying again", extra={"cut": order.id}
            )
    if failed is not None:
        raise failed


async def _takes_any(ports: Ports) -> bool:
    """Whether the store takes anything, so that it is the one order that it does not."""
    try:
        async with ports.store.write():
            return True
    except Unavailable:
        return False


async def _caught_up(ports: Ports, video: LiveVideo, order: ForcedCut) -> None:
    dark: list[Darkened] = []
    try:
        await _record_late(ports, order, dark)
    except (Expired, NotFound, Invalid) as refusal:  # over since, or nothing a restored store knows of
        await _note_unknown(ports, order, refusal)
    await forced.settled(ports, order)
    await cut(ports, video, dark)


async def _record_late(ports: Ports, order: ForcedCut, dark: list[Darkened]) -> None:
    async with ports.store.read() as work:
        entered = await forced.entered(work, order)
        if entered and not order.everything:
            return
        actor = await ordered_by(work, order.actor, now=ports.clock.now())
        if order.everything and not entered and await _resumed_since(work, order):
            raise Expired(Reason.ALREADY_OVER)
    if order.everything:
        if (await stop_all(ports, order, actor, dark, late=True)).stopped_by != order.actor:
            raise Expired(Reason.ALREADY_OVER)
        return
    async with ports.store.write() as work:
        if await forced.entered(work, order):
            return
        if order.crisis is not None:
            dark += await _suspended_late(ports, work, order, order.crisis, actor)
            await forced.enter(work, order)
            return
        assert order.grant is not None, "what is neither everything nor a crisis is a grant"
        before = await work.grant(order.grant)
        after = await end_some(work, before, order, actor, now=ports.clock.now(), late=True)
        found = darkened(before, after, order.cause)
        if named := found is not None or ended_by(order, after):
            await forced.enter(work, order)
    if found is not None:
        dark.append(found)
    if not named:
        raise Expired(Reason.ALREADY_OVER)


async def _suspended_late(
    ports: Ports, work: UnitOfWork, order: ForcedCut, crisis: CrisisId, actor: Actor
) -> list[Darkened]:
    """In this transaction; what is left to cut. A crisis that was resumed since goes on; what ran then ends.

    Raises:
        Expired: there was nothing left to suspend or to end.
    """
    if await _resumed_since(work, order):
        ran = [grant for grant in await granted(work, crisis) if grant.starts_at <= order.at]
        now, cut_at_ms = ports.clock.now(), epoch_ms(order.at)
        dark = await end_all(work, ran, order.cause, actor=actor, now=now, cut_at_ms=cut_at_ms)
        named = bool(dark)
    else:
        _, dark, named = await suspend_in(ports, work, order, actor, cut_running=True, late=True)
    if not named:
        raise Expired(Reason.ALREADY_OVER)
    return dark


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
    """Nothing there can be ended; that somebody ordered it is in the register all the same, once."""
    action = "sharing.stop" if order.everything else "grant.revoke"
    attempt = AccessDenied(
        organisation=order.owner,
        actor=order.actor,
        action=action if order.crisis is None else "crisis.suspend",
        target=order.grant or order.crisis,
        reason=refusal.reason.value,
    )
    async with ports.store.write() as work:
        if await forced.enter(work, order):
            await work.record(attempt)
