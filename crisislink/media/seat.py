"""A viewer as its socket sees it: what the client says goes in here, nothing of the node comes out."""

from typing import TYPE_CHECKING

from crisislink.media.frames import Rendition
from crisislink.media.viewer import Farewell, Viewer

if TYPE_CHECKING:
    from crisislink.media.node import MediaNode


class Seat:
    """Made by `MediaNode.seat`. Every method is harmless once the viewer was ended."""

    def __init__(self, node: "MediaNode", viewer: Viewer) -> None:
        self._node = node
        self._viewer = viewer

    def acknowledge(self, received: int, epoch: int | None) -> None:
        """The client has every picture up to this sequence number."""
        self._viewer.acknowledge(received, epoch=epoch)

    def want_key(self) -> None:
        """The client cannot decode what it has."""
        self._viewer.want_key()

    def pause(self) -> None:
        """No pictures until `resume`."""
        self._viewer.pause()

    def resume(self) -> None:
        """Pictures again."""
        self._viewer.resume()

    async def switch(self, rendition: str) -> None:
        """Another rendition.

        Raises:
            Unavailable: the authority does not answer; the viewer keeps what it has.
        """
        await self._node.switch(self._viewer, Rendition[rendition.upper()])

    def answer_clock(self, client_us: int) -> None:
        """Answer a clock probe."""
        self._node.answer_clock(self._viewer, client_us)

    def leave(self, cause: str) -> None:
        """The socket is gone."""
        self._node.leave(self._viewer, cause)

    def dismiss(self, reason: str, code: int, *, retry: bool) -> None:
        """END, close, and no picture from this instant."""
        self._node.dismiss(self._viewer, Farewell(reason, code, retry=retry))
