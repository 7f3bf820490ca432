"""Which rendition a viewer is served: the one it wished for, or as many steps below as its line needs. Pure.

Down at once when the viewer is slow; up again, one step at a time, after a calm while that doubles each time
the step up did not hold. The steps are those of `encoder.BOUNDS`, from many bits to few.
"""

from crisislink.media.frames import Rendition

STEPS = (Rendition.FOCUS, Rendition.FOCUS_LOW, Rendition.WALL, Rendition.WALL_LOW)
PATIENCE_S = (30.0, 600.0)


class Ladder:
    """One viewer's. Times in seconds on any one clock."""

    def __init__(self, wish: Rendition) -> None:
        self._begin(wish)

    def _begin(self, wish: Rendition) -> None:
        self._wish = wish
        self._at = STEPS.index(wish)
        self._patience_s = PATIENCE_S[0]
        self._moved_s: float | None = None
        self._climbed_s: float | None = None  # when the last move was one up

    @property
    def rendition(self) -> Rendition:
        """What it should be served now."""
        return STEPS[self._at]

    def wished(self, wish: Rendition) -> None:
        """The viewer wants another one; what its line bore before says nothing of a smaller picture."""
        if wish is not self._wish:
            self._begin(wish)

    def slow(self, now_s: float) -> None:
        """It could not follow."""
        if self._at + 1 < len(STEPS):
            self._at += 1
        if self._climbed_s is not None:
            held = now_s - self._climbed_s >= self._patience_s
            self._patience_s = PATIENCE_S[0] if held else min(PATIENCE_S[1], 2 * self._patience_s)
        self._moved_s, self._climbed_s = now_s, None

    def climb(self, now_s: float) -> bool:
        """Whether it is time for the next step up; the step is taken then."""
        if self.rendition is self._wish or self._moved_s is None or now_s - self._moved_s < self._patience_s:
            return False
        self._at -= 1
        self._moved_s = self._climbed_s = now_s
        return True
