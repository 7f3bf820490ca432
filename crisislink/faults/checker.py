"""Decides from a history alone whether a promise was broken. Pure.

Invariants of the design, as far as they can be seen from outside:

    end          no picture after the scheduled end
    revocation   none later than L after a revocation that was answered (0.5 s while nothing is broken)
    grant        every picture belongs to an approved grant and one of its cameras
    epoch        epochs of a rendition never fall for a viewer, and numbers never repeat
    stale        no picture is older than `STALE_S` and not said to be
    register     every order that was answered has exactly one entry, and its tree holds
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from crisislink.faults.history import History, Order

LEASE_S = 5.0
HEALTHY_S = 0.5
STALE_S = 3.0


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and how."""

    invariant: str
    what: str


def check(history: History) -> list[Violation]:
    """All violations; none is what is wanted."""
    found = (_ends, _revocations, _belonging, _epochs, _register)
    return [violation for look in found for violation in look(history)]


def dark_delay_s(history: History) -> float:
    """The longest that a picture came after an order that ended it was answered."""
    late = [
        picture.at_s - order.answered_s
        for order in history.orders
        if order.kind != "grant" and order.outcome == "ok"
        for picture in history.pictures
        if _ended_by(order, picture.grant, picture.camera)
    ]
    return max(0.0, max(late, default=0.0))


def lost_light_s(history: History) -> float:
    """The longest that somebody who was allowed to look saw nothing."""
    ending = [order for order in history.orders if order.kind != "grant"]
    by_view: dict[tuple[int, str, str], list[float]] = {}
    for picture in history.pictures:
        if not any(_ended_by(order, picture.grant, picture.camera) for order in ending):
            key = (picture.viewer, picture.grant, picture.camera)
            by_view.setdefault(key, []).append(picture.at_s)
    gaps = [
        after - before
        for times in by_view.values()
        for before, after in zip(times, [*times[1:], history.ended_s], strict=True)
    ]
    return max(gaps, default=0.0)


def _ended_by(order: Order, grant: str, camera: str) -> bool:
    if order.kind == "stop_sharing":
        return True
    return (
        order.kind == "revoke" and order.grant == grant and (order.cameras is None or camera in order.cameras)
    )


def _ends(history: History) -> Iterator[Violation]:
    for picture in history.pictures:
        end_s = history.granted.get(picture.grant, (frozenset(), float("inf")))[1]
        if picture.at_s > end_s:
            late_s = picture.at_s - end_s
            yield Violation("end", f"{picture.camera} {late_s:.3f} s after the end of {picture.grant}")


def _revocations(history: History) -> Iterator[Violation]:
    first_s, last_s = history.fault_s
    for order in history.orders:
        if order.kind == "grant" or order.outcome == "fail":
            continue
        healthy = order.outcome == "ok" and not (first_s - 1 <= order.asked_s <= last_s + LEASE_S)
        limit_s = HEALTHY_S if healthy else LEASE_S
        if order.outcome == "unknown":
            continue  # it may never have arrived
        for picture in history.pictures:
            late_s = picture.at_s - order.answered_s
            if late_s > limit_s and _ended_by(order, picture.grant, picture.camera):
                yield Violation("revocation", f"{picture.camera} {late_s:.3f} s after {order.kind}")
                break


def _belonging(history: History) -> Iterator[Violation]:
    for view in {(p.grant, p.camera) for p in history.pictures}:
        if view[0] not in history.granted or view[1] not in history.granted[view[0]][0]:
            yield Violation("grant", f"{view[1]} was never granted by {view[0]}")


def _epochs(history: History) -> Iterator[Violation]:
    newest: dict[tuple[int, str, str, int], tuple[int, int]] = {}
    for picture in history.pictures:
        key = (picture.viewer, picture.grant, picture.camera, picture.rendition)
        epoch, _seq = newest.get(key, (0, 0))
        if picture.epoch < epoch:
            yield Violation("epoch", f"{picture.camera}: {picture.epoch} after {epoch}")
        newest[key] = (picture.epoch, picture.seq)
        if picture.age_s > STALE_S and not picture.stalled:
            yield Violation("stale", f"{picture.camera}: {picture.age_s:.1f} s old")


def _register(history: History) -> Iterator[Violation]:
    if not history.register_holds:
        yield Violation("register", "its tree does not hold")
    approved = Counter(e["grant"] for e in history.entries if e["kind"] == "request.approved")
    ended = Counter(e["grant"] for e in history.entries if e["kind"] == "grant.ending")
    partly = Counter(
        (e["grant"], camera)
        for e in history.entries
        if e["kind"] == "grant.views_revoked"
        for camera in e["cameras"]
    )
    stopped = sum(e["kind"] == "sharing.stopped" for e in history.entries)
    for grant, count in (*approved.items(), *ended.items()):
        if count > 1:
            yield Violation("register", f"{grant} has {count} entries of one transition")
    for order in history.orders:
        if order.outcome != "ok":
            continue
        if order.kind == "grant" and approved[order.grant or ""] != 1:
            yield Violation("register", f"{order.grant} was approved, and has not one entry of it")
        if order.kind == "stop_sharing" and stopped != 1:
            yield Violation("register", f"the kill switch has {stopped} entries")
        if order.kind == "revoke" and not ended[order.grant or ""]:
            missing = [c for c in order.cameras or () if partly[order.grant or "", c] != 1]
            if missing or order.cameras is None:
                yield Violation("register", f"a revocation of {order.grant} is not in it")
