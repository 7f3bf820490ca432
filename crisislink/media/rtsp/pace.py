"""How many pictures, and how many messages, a second are taken from a camera. Pure."""

from collections import deque

from crisislink.media.received import SourceFault

PER_S, OVER_S = 60, 10.0
MESSAGES_PER_S, MESSAGES_OVER_S = 15_000, 2.0  # 100 Mbit/s in packets of 1,000 bytes


class Pace:
    """Bounds a rate, averaged over some seconds: a camera must not eat the machine.

    `what` is counted, `per_s` of them over `over_s` seconds.
    """

    def __init__(self, what: str = "pictures", *, per_s: int = PER_S, over_s: float = OVER_S) -> None:
        self._what, self._per_s, self._over_s = what, per_s, over_s
        self._arrivals: deque[float] = deque(maxlen=round(per_s * over_s))

    def count(self, arrived_s: float) -> None:
        """One more picture (CLOCK_MONOTONIC).

        Raises:
            SourceFault: too many.
        """
        self._arrivals.append(arrived_s)
        if len(self._arrivals) == self._arrivals.maxlen and arrived_s - self._arrivals[0] < self._over_s:
            raise SourceFault("protocol", f"the camera sends more than {self._per_s} {self._what} a second")
