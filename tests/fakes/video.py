"""A media path that only notes what it is told."""

from collections.abc import Collection

from crisislink.core.grants import CutCause
from crisislink.core.ids import CameraId, GrantId, ViewingId


class NotedVideo:
    """`flow.ports.LiveVideo`; `confirms` False plays a node that does not answer."""

    def __init__(self) -> None:
        self.cuts: list[tuple[GrantId, frozenset[CameraId], CutCause]] = []
        self.unrecorded: list[GrantId] = []
        self.looks: list[frozenset[ViewingId]] = []
        self.confirms = True

    async def cut(
        self,
        grant: GrantId,
        cameras: Collection[CameraId],
        cause: CutCause,
        *,
        recorded: bool,
        looks: Collection[ViewingId] | None = None,
    ) -> bool:
        """Note it, once: a machine that is busy has it cut before it is recorded, and again after."""
        if looks is not None:
            self.looks.append(frozenset(looks))
            return self.confirms
        if (one := (grant, frozenset(cameras), cause)) not in self.cuts:
            self.cuts.append(one)
        if not recorded:
            self.unrecorded.append(grant)
        return self.confirms
