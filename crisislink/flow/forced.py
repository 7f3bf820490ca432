"""The cut that waits for nobody: revocation and kill switch while the store is slow, frozen or gone.

    order ─▶ recorded within a blink ─────────────▶ cut
          └▶ not yet ─▶ at once: cut, by what is remembered here; journal (fsync); hand over to all processes
                         └▶ recorded after all, or late, marked so, by who reaches the store: once for all
                            of them (`enter`)

Who dies with its disk in that moment leaves what the bus had taken by then; where the bus took nothing
either, pictures may be dark without an entry. A cut that is neither recorded nor confirmed is answered by
`CUT_UNCONFIRMED`, and goes on being told.

A bus that does not serve loses what it is told: until the store answers, whoever ordered it hands it over
and cuts again at each look (`told_again`).

Each process journals what was handed to it, for any may be the one that lives on. Until a journalled cut is
in the register it holds here (`withheld`) and at every media node that heard it. Nothing else ever proceeds
without its entry.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from crisislink.core.errors import CrisisLinkError, Denied, NotFound, Reason, Unavailable
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, OrganisationId
from crisislink.flow.ports import ForcedCut, LiveVideo, Ports, UnitOfWork

BLINK_S = 0.03
_log = logging.getLogger(__name__)


async def made(
    ports: Ports,
    video: LiveVideo,
    cut: ForcedCut,
    record: Callable[[], Awaitable[bool]],
    remembered: Sequence[Grant],
) -> bool:
    """Whether `record` recorded it, so that what is left is the cut; else the pictures were cut without it.

    `record` says whether the register now names this person for it; when they cut first and another end came
    before theirs into it, that they ordered it is written by `catchup`.
    `remembered`: the grants it concerns, as this process last saw them, where the person may end them.

    Raises:
        Unavailable: the store does not answer and nothing is remembered, so nothing could be cut; or not
            every media node confirmed the cut (`CUT_UNCONFIRMED`), which is ordered and told again.
    """
    recording = asyncio.ensure_future(record())
    await asyncio.wait({recording}, timeout=BLINK_S)
    first, theirs = not recording.done(), cut.grant is None or bool(remembered)
    confirmed = first and theirs and await _cut_first(ports, video, cut, remembered)
    try:
        named = await recording
    except Unavailable as silence:
        if not theirs:
            raise
        if not first:
            confirmed = await _cut_first(ports, video, cut, remembered)
        if not confirmed:
            raise Unavailable(Reason.CUT_UNCONFIRMED) from silence
        return False
    except CrisisLinkError:
        await settled(ports, cut)
        raise
    if not named and cut in ports.journal.pending():
        return False
    await settled(ports, cut)
    return True


async def _cut_first(ports: Ports, video: LiveVideo, cut: ForcedCut, remembered: Sequence[Grant]) -> bool:
    """Cut, journal and hand over, all at once; whether every media node confirmed.

    What is remembered here may lack a grant: an order about more than one must also have been handed over.
    """
    ports.journal.hold(cut)  # its own by the time that it is heard of here
    confirmed, _, handed_over = await asyncio.gather(
        _cut_unrecorded(ports, video, cut, remembered),
        asyncio.to_thread(_keep, ports, cut, own=True),
        ports.bus.hand_over(cut),
    )
    return confirmed and (handed_over or cut.grant is not None)


async def _cut_unrecorded(
    ports: Ports, video: LiveVideo, cut: ForcedCut, remembered: Sequence[Grant]
) -> bool:
    seen_here = ports.recall.previews_of(cut.owner) if cut.everything else []
    confirmed = await asyncio.gather(
        *(video.cut(one.id, [one.camera], cut.cause, recorded=False) for one in seen_here),
        *(
            video.cut(
                grant.id,
                [v.camera for v in grant.views] if cut.cameras is None else cut.cameras,
                cut.cause,
                recorded=False,
            )
            for grant in remembered
        ),
    )
    return all(confirmed)


def _keep(ports: Ports, cut: ForcedCut, *, own: bool) -> None:
    try:
        ports.journal.note(cut, own=own)
    except OSError:
        _log.critical("a forced cut holds in this process, but its journal cannot be written", exc_info=True)


async def heed(ports: Ports, cut: ForcedCut) -> None:
    """Another process could not record this: it holds here too, and is recorded here if it can be.

    It is told again and again; what was settled here holds no more.
    """
    if not ports.journal.knows(cut):
        await asyncio.to_thread(_keep, ports, cut, own=False)


async def told_again(ports: Ports, video: LiveVideo) -> None:
    """What was ordered here and the store has not taken, to those who may have missed it."""
    own = ports.journal.own()
    await asyncio.gather(*(ports.bus.hand_over(cut) for cut in own))
    cutting = (_cut_unrecorded(ports, video, cut, _remembered(ports, cut)) for cut in own)
    for failed in await asyncio.gather(*cutting, return_exceptions=True):
        if isinstance(failed, BaseException):
            _log.error("a forced cut could not be ordered again; trying again", exc_info=failed)


def _remembered(ports: Ports, cut: ForcedCut) -> list[Grant]:
    if cut.everything:
        return ports.recall.grants_of(cut.owner)
    if cut.crisis is not None:
        return ports.recall.grants_in(cut.crisis)
    known = None if cut.grant is None else ports.recall.grant(cut.grant)
    return [] if known is None else [known]


async def entered(work: UnitOfWork, cut: ForcedCut) -> bool:
    """Whether the register tells of this order, by whichever process."""
    return await work.answered(cut.actor, *_command(cut)) is not None


async def enter(work: UnitOfWork, cut: ForcedCut) -> bool:
    """This transaction tells of it, if none did: whoever else heard of the order has only to settle it."""
    if await entered(work, cut):
        return False
    with suppress(NotFound):  # a restored store need not know who ordered it, and then keeps no answer
        await work.person(cut.actor)
        await work.answer(cut.actor, *_command(cut), cut.id)
    return True


def _command(cut: ForcedCut) -> tuple[str, str]:
    key = f"cut:{cut.id}"
    return key, hashlib.sha256(key.encode()).hexdigest()


async def settled(ports: Ports, cut: ForcedCut) -> None:
    """It is in the register, or can never be."""
    if cut in ports.journal.pending():
        await asyncio.to_thread(ports.journal.settle, cut)


def withheld(ports: Ports, grant: Grant, camera: CameraId) -> bool:
    """Whether a cut that is not in the register yet covers this view."""
    return any(_covers(cut, grant, camera) for cut in ports.journal.pending())


def _covers(cut: ForcedCut, grant: Grant, camera: CameraId) -> bool:
    if cut.everything:
        return cut.owner == grant.owner
    if cut.crisis is not None:
        return cut.crisis == grant.declaration
    return cut.grant == grant.id and (cut.cameras is None or camera in cut.cameras)


async def require_sharing(ports: Ports, work: UnitOfWork, owner: OrganisationId) -> None:
    """This city shares.

    Raises:
        Denied: its kill switch was thrown (`SHARING_STOPPED`), be that in the register or not yet.
    """
    if await stopped(ports, work, owner):
        raise Denied(Reason.SHARING_STOPPED)


async def stopped(ports: Ports, work: UnitOfWork, owner: OrganisationId) -> bool:
    """Whether this city's kill switch was thrown, be that in the register or not yet."""
    thrown = any(cut.owner == owner and cut.everything for cut in ports.journal.pending())
    return thrown or (await work.sharing(owner)).stopped


def awaited(ports: Ports, owner: OrganisationId) -> bool:
    """Whether this city cut anything that is not in the register yet: meanwhile no crisis grants."""
    return any(cut.owner == owner for cut in ports.journal.pending())
