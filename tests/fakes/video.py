"""A media path that only notes what it is told."""

from collections.abc import Collection

from crisislink.core.grants import CutCause
from crisislink.core.ids import CameraId, GrantId


class NotedVideo:
    """`flow.ports.LiveVideo`; `confirms` False plays a node that does not answer."""

    def __init__(self) -> None:
        self.cuts: list[tuple[GrantId, frozenset[CameraId], CutCause]] = []
        self.unrecorded: list[GrantId] = []
        self.confirms = True

    async def cut(
        self, grant: GrantId, cameras: Collection[CameraId], cause: CutCause, *, recorded: bool
    ) -> bool:
        """Note it."""
        self.cuts.append((grant, frozenset(cameras), cause))
        if not recorded:
            self.unrecorded.append(grant)
        return self.confirms
