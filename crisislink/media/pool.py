"""The cameras that are being pulled: one `LiveCamera`, hence one process, for each stream that is needed.

Large pictures are made from the camera's main stream, small ones from its sub stream where it has one: that
costs a quarter of the decoding. A sub stream that gives nothing is left for the main one; it is tried again
after a while.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from crisislink.core.ids import CameraId
from crisislink.flow.ports import Brief
from crisislink.media.frames import Rendition
from crisislink.media.leases import Authority
from crisislink.media.livecamera import LiveCamera
from crisislink.media.workers import Hire

StreamName = Literal["main", "sub"]
SUB_PATIENCE_S = 2.0
SUB_AGAIN_S = 60.0
_SMALL = frozenset({Rendition.WALL, Rendition.WALL_LOW})


class CameraPool:
    """Gives the camera that makes a rendition; forgets those that `rest` lets go."""

    def __init__(
        self,
        *,
        hire: Hire,
        authority: Authority,
        boot_s: Callable[[], float],
        on_change: Callable[[LiveCamera], None],
    ) -> None:
        self._hire = hire
        self._authority = authority
        self._boot_s = boot_s
        self._on_change = on_change
        self._pulled: dict[tuple[CameraId, StreamName], LiveCamera] = {}
        self._sub_again_s: dict[CameraId, float] = {}

    @property
    def pulled(self) -> frozenset[CameraId]:
        """The cameras that are being pulled now."""
        return frozenset(camera for camera, _ in self._pulled)

    def __iter__(self) -> Iterator[LiveCamera]:
        """All of them; the pool may change meanwhile."""
        return iter(tuple(self._pulled.values()))

    def maker(self, brief: Brief, rendition: Rendition) -> LiveCamera:
        """The camera that makes this rendition, opened if it was not."""
        return self._open(brief, self._stream(brief, rendition))

    def warm(self, brief: Brief) -> None:
        """Open what a viewer could ask for first."""
        for rendition in (Rendition.FOCUS, Rendition.WALL):
            self.maker(brief, rendition)

    def _stream(self, brief: Brief, rendition: Rendition) -> StreamName:
        if brief.source.sub is None or rendition not in _SMALL:
            return "main"
        return "main" if self._boot_s() < self._sub_again_s.get(brief.camera, 0.0) else "sub"

    def _open(self, brief: Brief, stream: StreamName) -> LiveCamera:
        for other, pulled in self._pulled.items():
            if other[0] == brief.camera and not pulled.closing:
                pulled.instruct(_of_stream(brief, other[1]))
        told = _of_stream(brief, stream)
        camera = self._pulled.get((brief.camera, stream))
        if camera is not None and not camera.closing:
            return camera
        camera = self._pulled[brief.camera, stream] = LiveCamera(
            told,
            hire=self._hire,
            authority=self._authority,
            boot_s=self._boot_s,
            on_change=self._on_change,
            speaks_for_camera=stream == "main",
        )
        camera.open()
        return camera

    def forsake_dark_subs(self) -> list[LiveCamera]:
        """The sub streams that are needed and give nothing; from now on their cameras' main ones are used."""
        dark = [
            camera
            for (_, stream), camera in self._pulled.items()
            if stream == "sub" and camera.outputs and camera.dark_s() >= SUB_PATIENCE_S
        ]
        for camera in dark:
            self._sub_again_s[camera.brief.camera] = self._boot_s() + SUB_AGAIN_S
        return dark

    def resting(self, id: CameraId, *, warm_is_over: bool) -> list[LiveCamera]:
        """Those of the camera's streams that nobody needs any more; they are the caller's to close."""
        gone = []
        keys: tuple[tuple[CameraId, StreamName], ...] = ((id, "main"), (id, "sub"))
        for key in keys:
            camera = self._pulled.get(key)
            if camera is None or camera.outputs:
                continue
            if warm_is_over or self._boot_s() >= camera.warm_until_s:
                del self._pulled[key]
                gone.append(camera)
        return gone


def _of_stream(brief: Brief, stream: StreamName) -> Brief:
    """The brief of a worker, which knows one address."""
    source = brief.source
    address = source.sub if stream == "sub" and source.sub is not None else source.main
    return replace(brief, source=replace(source, main=address, sub=None))
