"""What each viewer was allowed to see, and saw. Pure."""

from dataclasses import dataclass
from itertools import pairwise
from math import inf

from crisislink.faults.history import History, Picture, Whose


@dataclass(frozen=True, slots=True)
class View:
    """What one viewer saw of one camera while nobody had taken it away. `until_s`: when that was over."""

    viewer: int
    grant: str
    camera: str
    until_s: float
    pictures: tuple[Picture, ...]

    def gap_s(self, *, since_s: float = -inf, until_s: float = inf) -> float:
        """The longest time without a picture, of those that began between the two."""
        times = [p.at_s for p in self.pictures]
        gaps = pairwise([*times, max(self.until_s, times[-1])])
        return max((b - a for a, b in gaps if since_s <= a < until_s), default=0.0)


def lost_light_s(history: History) -> float:
    """The longest that somebody who was allowed to look saw nothing."""
    return max((view.gap_s() for view in views(history)), default=0.0)


def views(history: History) -> list[View]:
    """What each viewer was allowed to see, and saw, until an order may have ended it, or its grant did."""
    seen: dict[tuple[int, str, str], list[Picture]] = {}
    for picture in history.pictures:
        if picture.grant in history.granted:
            seen.setdefault((picture.viewer, picture.grant, picture.camera), []).append(picture)
    found = []
    for (viewer, grant, camera), pictures in seen.items():
        ended = [o.asked_s for o in history.orders if o.outcome != "fail" and o.ends(grant, camera)]
        until_s = min([history.ended_s, history.end_s(grant), *ended])
        allowed = tuple(p for p in pictures if p.at_s <= until_s)
        if allowed:
            found.append(View(viewer, grant, camera, until_s, allowed))
    return found


def is_of(history: History, whose: Whose, picture: Picture) -> bool:
    """Whether it is of those whom the fault hit, or of the others."""
    if whose in {"all", "nobody"}:
        return whose == "all"
    is_hit = picture.node in history.nodes or picture.camera in history.cameras
    return is_hit == (whose == "hit")
