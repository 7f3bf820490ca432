"""Refused attempts of nobody we know: none is missing from the register, and no stranger can fill it.

The first few of a kind are entries of their own (`access.denied`). What comes beyond them in the same window
is counted, and the count is one entry when the window is over (`access.denied_often`): at most `ALONE` + 1
entries of a kind in `WINDOW_S`, whatever comes. Counts live in the process: a crash takes with it the counts
of one window, never the first few.
"""

from dataclasses import dataclass, field

WINDOW_S = 300.0
ALONE = 5


@dataclass(slots=True)
class _Window:
    since_s: float
    alone: int = 0
    more: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """`count` attempts of one kind that have no entry of their own, in the `within_s` seconds before now."""

    action: str
    reason: str
    count: int
    within_s: int


@dataclass(slots=True)
class Strangers:
    """The windows of this process, by what was tried, where an identity is proven by whom, and why it was
    refused: short lists of ours, times who comes within a window."""

    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)

    def alone(self, action: str, reason: str, *, boot_s: float) -> bool:
        """One more; whether it gets an entry of its own. If not, it is counted."""
        window = self._windows.setdefault((action, reason), _Window(boot_s))
        if window.more == 0 and boot_s - window.since_s >= WINDOW_S:
            window = self._windows[action, reason] = _Window(boot_s)
        if window.alone < ALONE:
            window.alone += 1
            return True
        window.more += 1
        return False

    def due(self, *, boot_s: float, closing: bool = False) -> list[Counted]:
        """What has to be an entry now: windows that are over; all of them when the process ends."""
        self._windows = {
            kind: window
            for kind, window in self._windows.items()
            if window.more or boot_s - window.since_s < WINDOW_S
        }
        return [
            Counted(action, reason, window.more, round(boot_s - window.since_s))
            for (action, reason), window in self._windows.items()
            if window.more and (closing or boot_s - window.since_s >= WINDOW_S)
        ]

    def noted(self, one: Counted) -> None:
        """It is an entry. What came meanwhile stays counted, in the next window."""
        window = self._windows.pop((one.action, one.reason))
        if window.more > one.count:
            left = _Window(window.since_s + one.within_s, ALONE, window.more - one.count)
            self._windows[one.action, one.reason] = left
