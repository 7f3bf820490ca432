"""What happened in one run: orders and answers, pictures, the register. Seconds on CLOCK_BOOTTIME."""

import time
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["ok", "fail", "unknown"]


def boot_s() -> float:
    """The clock that all processes of this machine share."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Order:
    """A command of a client. `unknown`: no answer came, so it may have been carried out or not.

    `grant`: which one it is about, None for all of a city; `cameras` None: the whole grant.
    """

    kind: Literal["grant", "revoke", "stop_sharing"]
    grant: str | None
    cameras: tuple[str, ...] | None
    asked_s: float
    answered_s: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Picture:
    """One that reached a viewer. `age_s`: behind its capture time, when it came."""

    grant: str
    camera: str
    viewer: int
    epoch: int
    rendition: int
    seq: int
    at_s: float
    age_s: float
    stalled: bool


@dataclass(slots=True)
class History:
    """All of one run. `granted`: by grant, its cameras and end; `fault_s`: from when to when it lasted."""

    orders: list[Order] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    granted: dict[str, tuple[frozenset[str], float]] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    register_holds: bool = True
    began_s: float = 0.0
    ended_s: float = 0.0
    fault_s: tuple[float, float] = (0.0, 0.0)
