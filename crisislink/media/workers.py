"""A worker as the node sees it: what it is told, what it says, and which faults the register should know.

The process itself is `media/crew.py` and `media/worker.py`; tests use a fake.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from crisislink.flow.ports import Brief
from crisislink.media.frames import Rendition

FAULT_HOLD_S = 2.0
STEADY_S = 10.0


class Report(Protocol):
    """What a worker says of its camera (`orders.Status`): see docs/wire-protocol.md, STATE."""

    @property
    def state(self) -> str:
        """One of connecting, live, stalled, fault."""
        ...

    @property
    def fault(self) -> str | None:
        """Why, when the state is fault."""
        ...

    @property
    def suspect(self) -> str | None:
        """black or frozen, when the picture looks so."""
        ...


@dataclass(frozen=True, slots=True)
class Health:
    """A `Report` of the node's own: before a worker speaks, and while none lives."""

    state: str
    fault: str | None = None
    suspect: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOrder:
    """Make this picture until `deadline_boot_s` (boot clock), under this wire epoch."""

    id: int
    rendition: Rendition
    epoch: int
    deadline_boot_s: float
    brief: Brief


class CameraWorker(Protocol):
    """One camera's process, from the node's side. Only `start` and `stop` wait."""

    async def start(
        self,
        *,
        on_produced: Callable[[int, bytes], None],
        on_status: Callable[[Report], None],
        on_exit: Callable[[int], None],
    ) -> None:
        """Start the process. `on_exit` comes exactly once after a start that succeeded."""
        ...

    def add_output(self, order: OutputOrder) -> None:
        """Make one more picture."""
        ...

    def drop_output(self, id: int) -> None:
        """No longer."""
        ...

    def force_key(self, id: int) -> None:
        """A key frame, soon."""
        ...

    def renew(self, id: int, deadline_boot_s: float) -> None:
        """Go on until then."""
        ...

    async def stop(self, grace_s: float) -> None:
        """End it: politely, then by SIGKILL after `grace_s`."""
        ...

    def kill(self) -> None:
        """SIGKILL now."""
        ...


Hire = Callable[[Brief, float], CameraWorker]
"""A worker for a camera, not started; without outputs it lives until the given time (boot clock)."""


class FaultWatch:
    """One entry for each change that lasts: a flapping camera does not flood the register. Pure."""

    def __init__(self) -> None:
        self.failed: str | None = None
        self._bad_s: float | None = None
        self._good_s: float | None = None

    def note(self, report: Report, now_s: float) -> Literal["failed", "recovered"] | None:
        """Call at each report and each second: 2 s without a picture is failed, 10 s with is recovered."""
        if report.state == "live":
            self._bad_s = None
            self._good_s = now_s if self._good_s is None else self._good_s
            if self.failed is not None and now_s - self._good_s >= STEADY_S:
                self.failed = None
                return "recovered"
        elif report.state in {"fault", "stalled"}:
            self._good_s = None
            self._bad_s = now_s if self._bad_s is None else self._bad_s
            if self.failed is None and now_s - self._bad_s >= FAULT_HOLD_S:
                self.failed = report.fault or report.state
                return "failed"
        return None
