"""Who watched, by the register, against what came to each person's connection. Pure.

Each connection that got pictures has one viewing of its own: of its person, grant and camera, begun after its
ticket was asked for and before its first picture, not over before its last one. Each is over in the end.

Pictures of a look that is over are excused in two cases: those that had left the node when its end was
written (`TRAVEL_S`: nobody holds more than a second unacknowledged); and those of a node that was taken for
lost, because it could not write, until it asks whether its viewers still look (`LOST_S`: every two seconds).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from crisislink.faults.history import Connection, History
from crisislink.faults.ledger import CLOCKS_S

TRAVEL_S, LOST_S = 1.0, 3.0


@dataclass(frozen=True, slots=True)
class _Looked:
    """When pictures came over a connection."""

    connection: Connection
    first_s: float
    last_s: float


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A viewing. `until_s`: the last time at which a picture of it may have come."""

    entry: dict[str, Any]
    began_s: float
    until_s: float

    def covers(self, looked: _Looked) -> bool:
        one = looked.connection
        same = (self.entry["grant"], self.entry["camera"]) == (one.grant, one.camera)
        in_time = one.opened_s - CLOCKS_S <= self.began_s <= looked.first_s + CLOCKS_S
        return same and in_time and self.entry["actor"] == one.person and looked.last_s <= self.until_s


def faults(history: History) -> Iterator[str]:
    """What is wrong with them."""
    ended = [e for e in history.entries if e["kind"] == "viewing.ended"]
    for viewing, count in Counter(e["viewing"] for e in ended).items():
        if count > 1:
            yield f"{viewing} ended {count} times"
    free = _recorded(history, {e["viewing"]: e for e in ended})
    for recorded in free:
        if recorded.until_s == inf:
            entry = recorded.entry
            yield f"{entry['viewing']} of {entry['camera']} ({entry['grant']}) is never over"
    for looked in _looked(history):
        fitting = [recorded for recorded in free if recorded.covers(looked)]
        if fitting:
            free.remove(min(fitting, key=lambda recorded: recorded.until_s))
            continue
        one = looked.connection
        when = f"from {looked.first_s - history.began_s:.1f} to {looked.last_s - history.began_s:.1f} s"
        yield f"viewer {one.viewer} saw {one.camera} of {one.grant} {when}, and no viewing covers it"


def _recorded(history: History, ended: dict[str, dict[str, Any]]) -> list[_Recorded]:
    found = []
    for entry in history.entries:
        if entry["kind"] == "viewing.started":
            end, until_s = ended.get(entry["viewing"]), inf
            if end is not None:
                excused_s = LOST_S if end["cause"] == "lost" else TRAVEL_S
                until_s = history.recorded_s(end) + excused_s
            found.append(_Recorded(entry, history.recorded_s(entry), until_s))
    return found


def _looked(history: History) -> list[_Looked]:
    """The connections that got pictures, in the order in which they did: so the tightest viewing that
    covers one may be taken for it. Pictures of a connection nobody noted are nobody's.
    """
    times: dict[tuple[int, int, str, str], list[float]] = defaultdict(list)
    for picture in history.pictures:
        times[picture.viewer, picture.link, picture.grant, picture.camera].append(picture.at_s)
    noted = {(c.viewer, c.link, c.grant, c.camera): c for c in history.connections}
    looked = [
        _Looked(
            noted.get(key) or Connection(key[1], key[0], "nobody", key[2], key[3], at_s[0]),
            min(at_s),
            max(at_s),
        )
        for key, at_s in times.items()
    ]
    return sorted(looked, key=lambda one: one.first_s)
