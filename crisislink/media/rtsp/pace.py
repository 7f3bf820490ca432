"""How many pictures a second are taken from a camera. Pure."""

from collections import deque

from crisislink.media.received import SourceFault

PER_S, OVER_S = 60, 10.0


class Pace:
    """Bounds the rate, averaged over ten seconds: a camera must not eat the machine."""

    def __init__(self) -> None:
        self._arrivals: deque[float] = deque(maxlen=round(PER_S * OVER_S))

    def count(self, arrived_s: float) -> None:
        """One more picture (CLOCK_MONOTONIC).

        Raises:
            SourceFault: too many.
        """
        self._arrivals.append(arrived_s)
        if len(self._arrivals) == self._arrivals.maxlen and arrived_s - self._arrivals[0] < OVER_S:
            raise SourceFault("protocol", f"the camera sends more than {PER_S} pictures a second")
