"""A preview ends: with what it rests on, in the same transaction; or because its person sees no more.

With its request (decided, withdrawn, lapsed), with its camera (held back, moved, without a mask), with all
sharing, with the store's word. From that transaction on it gives no lease, and its media node hears of the
entry (`viewing.changes`). What its person's socket and session do is the media node's to say (`end_looks`).
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from crisislink.core.ids import PreviewId
from crisislink.core.previews import Preview, end
from crisislink.core.requests import AccessRequest
from crisislink.flow.ports import UnitOfWork

Which = Callable[[Preview], bool]


async def end_previews(work: UnitOfWork, which: Which, cause: str, *, now: datetime) -> list[Preview]:
    """End those that go on, each with its entry."""
    ended = []
    for preview in [one for one in await work.previews() if which(one)]:
        over, event = end(preview, cause, now=now)
        if event is not None:
            await work.record(event, over)
            ended.append(over)
    return ended


async def end_with(work: UnitOfWork, request: AccessRequest, *, now: datetime) -> None:
    """The request waits no longer: nobody looks at what it asked for any more."""
    assert not request.open, "a request that waits keeps its preview"
    await end_previews(work, lambda one: one.request == request.id, request.state.value, now=now)


async def end_looks(work: UnitOfWork, looks: Mapping[PreviewId, tuple[int, str]], *, now: datetime) -> None:
    """Their persons see no more: how many pictures each was handed, and why it ended. What is over stays."""
    for preview in [one for one in await work.previews() if one.id in looks]:
        frames, cause = looks[preview.id]
        over, event = end(preview, cause, frames=frames, now=now)
        if event is not None:
            await work.record(event, over)
