"""Decides from a history alone whether a promise was broken. Pure.

Invariants of the design, as far as they can be seen from outside (`answers` has those of what people were
answered while it was broken; `ledger` of the register, under `register`; `viewings` of who watched, under
`viewing`):

    end          no picture after the scheduled end
    revocation   none later than L after a revocation was asked for (0.5 s while nothing is broken)
    grant        every picture belongs to an approved grant and one of its cameras
    epoch        epochs of a rendition never fall for a viewer; on a connection no number comes twice
    stale        no picture is older than `STALE_S` and not said to be; nor is `live` said without pictures
    final        what has ended gives no ticket, whatever was restarted, and however late it was recorded;
                 once the kill switch was answered, wherever, nobody's request is taken
    replay       a command that was repeated with its key made what it made the first time
    dark         whom a partition separates from the authority sees nothing once the lease is over
    light        who is not hit keeps the picture, to the scheduled end if need be, and who is allowed to look
                 has one again in the end; where it has to, access that is given afterwards works
    moved        who is hit sees nothing for no longer than the fault allows, and is at another node in time
    told         a person at a broken camera is told
    refused      while nothing can be recorded nothing new is given: no request taken, none approved, none
                 extended, each of which is tried; and the person reads why
    approved     who proved who they are a little ago decides as ever, where the fault has it so
    obeyed       an order that ends something is carried out whatever is broken; one that names a camera the
                 grant never held is not
    sign_in      as the fault has it: nobody new comes in and nobody proves themselves anew, or everybody does
    slow         who reads nothing could read no more than `SLOW_BYTES` after the cut
    missed       the fault hit somebody who watched: a run that broke nothing proves nothing

What was ordered counts from when it was asked for, not from the answer: from the first try that may have
arrived. A try that broke off reached nobody who lives; one that a living process answered with an error, or
did not answer, counts. An order whose answer was lost may have been carried out or not: it accuses nobody
while the register does not have it, and excuses nobody: where the register has it, L counts from when the
fault was over at the latest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from crisislink.faults import answers, ledger, viewings
from crisislink.faults.history import ENDING, LEASE_S, NEW, History, Order, Picture, Said
from crisislink.faults.views import is_of, views

HEALTHY_S = 0.5
STALE_S = 3.0
UNLIT_S = LEASE_S  # room for a loaded machine: who is not hit never waits longer than who is
RETURN_S = 3.0
SLOW_BYTES = 1 << 20  # what a viewer may hold unacknowledged: docs/wire-protocol.md
LAST_S = 1.5  # of light before a scheduled end: a lease ends a little before it, and a picture takes its time
_JUST_BEFORE_S = 2.0
_HANDED_OVER_S = 0.5  # between processes, of an order that the store cannot take


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken, and how."""

    invariant: str
    what: str


def check(history: History) -> list[Violation]:
    """All violations; none is what is wanted."""
    looks = (
        _ends,
        _revocations,
        _belonging,
        _numbers,
        _stale,
        _final,
        _replays,
        _dark,
        _light,
        _anew,
        _moved,
        _told,
        _slow,
        _missed,
    )
    found = [violation for look in looks for violation in look(history)]
    found += [Violation(*broken) for broken in answers.faults(history)]
    found += [Violation("register", what) for what in ledger.faults(history)]
    return found + [Violation("viewing", what) for what in viewings.faults(history)]


def dark_delay_s(history: History) -> float | None:
    """The longest that a picture came after an order that ended it was asked for; None: after none one did.

    An order whose answer was lost counts where the register has it: the process that took it may have died.
    """
    late = [
        picture.at_s - order.counts_from_s
        for order in history.orders
        if order.kind in ENDING and _holds_since_s(history, order) is not None
        for picture in history.pictures
        if order.ends(picture.grant, picture.camera)
    ]
    return max((late_s for late_s in late if late_s >= 0), default=None)


def _ends(history: History) -> Iterator[Violation]:
    for picture in history.pictures:
        if picture.grant in history.granted:
            late_s = picture.at_s - history.end_s(picture.grant)
            if late_s > 0:
                yield Violation("end", f"{picture.camera} {late_s:.3f} s after the end of {picture.grant}")


def _revocations(history: History) -> Iterator[Violation]:
    for order in history.orders:
        if order.kind not in ENDING or (since_s := _holds_since_s(history, order)) is None:
            continue
        limit_s = _limit_s(history, order)
        for picture in history.pictures:
            late_s = picture.at_s - since_s
            if late_s > limit_s and order.ends(picture.grant, picture.camera):
                yield Violation("revocation", f"{picture.camera} {late_s:.3f} s after {order.kind}")
                break


def _holds_since_s(history: History, order: Order) -> float | None:
    """From when on it must hold; None: it may never have arrived."""
    if order.outcome == "ok":
        return order.counts_from_s
    if order.outcome == "unknown" and ledger.has(history, order):
        return max(order.counts_from_s, history.fault_s[1])
    return None


def _limit_s(history: History, order: Order) -> float:
    if _is_healthy(history, order):
        return HEALTHY_S
    mended_s = history.mending_s or history.fault_s[1]
    return history.required.dark_s if order.asked_s <= mended_s else LEASE_S


def _is_healthy(history: History, order: Order) -> bool:
    first_s, last_s = history.fault_s
    return order.outcome == "ok" and not (first_s - 1 <= order.asked_s <= last_s + LEASE_S)


def _belonging(history: History) -> Iterator[Violation]:
    for grant, camera in sorted({(p.grant, p.camera) for p in history.pictures}):
        if grant not in history.granted or camera not in history.granted[grant].cameras:
            yield Violation("grant", f"{camera} was never granted by {grant}")


def _numbers(history: History) -> Iterator[Violation]:
    newest: dict[tuple[int, str, str, int], int] = {}
    numbers: dict[tuple[int, int, int, int], int] = {}
    for picture in history.pictures:
        key = (picture.viewer, picture.grant, picture.camera, picture.rendition)
        if picture.epoch < (epoch := newest.get(key, 0)):
            yield Violation("epoch", f"{picture.camera}: {picture.epoch} after {epoch}")
        newest[key] = picture.epoch
        on_link = (picture.viewer, picture.link, picture.rendition, picture.epoch)
        if picture.seq <= numbers.get(on_link, -1):
            yield Violation("epoch", f"{picture.camera}: number {picture.seq} after {numbers[on_link]}")
        numbers[on_link] = picture.seq


def _stale(history: History) -> Iterator[Violation]:
    newest_s: dict[tuple[int, int], float] = {}  # of a picture, or when the connection was first heard of
    events: list[Picture | Said] = sorted([*history.pictures, *history.said], key=lambda e: e.at_s)
    for event in events:
        link = (event.viewer, event.link)
        if isinstance(event, Picture):
            newest_s[link] = event.at_s
            if event.age_s > STALE_S and not event.stalled:
                yield Violation("stale", f"{event.camera}: {event.age_s:.1f} s old")
            continue
        silent_s = event.at_s - newest_s.setdefault(link, event.at_s)
        if event.shown == "live" and silent_s > STALE_S:
            yield Violation("stale", f"{event.camera}: said to be live, and no picture for {silent_s:.1f} s")


def _final(history: History) -> Iterator[Violation]:
    for ticket in history.orders:
        if ticket.kind != "ticket" or ticket.outcome != "ok" or ticket.grant is None:
            continue
        [camera] = ticket.cameras or ("",)
        over = [o for o in history.orders if o.outcome == "ok" and o.ends(ticket.grant, camera)]
        if any(o.answered_s < ticket.asked_s for o in over):
            yield Violation("final", f"a ticket for {camera} of {ticket.grant}, which had ended")
    stopped = [o.answered_s for o in history.orders if o.kind == "stop_sharing" and o.outcome == "ok"]
    before: set[str | None] = set()
    for order in sorted(history.orders, key=lambda o: o.asked_s):
        if order.kind in NEW and order.outcome == "ok" and order.made not in before:
            if order.asked_s > min(stopped, default=inf) + _HANDED_OVER_S:
                yield Violation("final", f"{order.kind} was taken, and sharing had been stopped")
            before.add(order.made)


def _replays(history: History) -> Iterator[Violation]:
    made: dict[tuple[str, str], str | None] = {}
    for order in history.orders:
        if order.key is not None and order.outcome == "ok":
            first = made.setdefault((order.kind, order.key), order.made)
            if first != order.made:
                yield Violation("replay", f"{order.kind} made {first}, and then {order.made}")


def _dark(history: History) -> Iterator[Violation]:
    first_s, last_s = history.fault_s[0], history.mending_s or history.fault_s[1]
    for picture in history.pictures:
        in_it = first_s + history.required.dark_s < picture.at_s < last_s
        if in_it and is_of(history, history.required.dark, picture):
            late_s = picture.at_s - first_s
            yield Violation("dark", f"{picture.camera} from {picture.node}, {late_s:.3f} s after")


def _light(history: History) -> Iterator[Violation]:
    first_s, _ = history.fault_s
    for view in views(history):
        last = [p for p in view.pictures if p.at_s <= max(first_s, view.pictures[0].at_s)]
        if last and is_of(history, history.required.lit, last[-1]):
            if view.gap_s() > UNLIT_S:
                yield Violation("light", f"{view.camera}: {view.gap_s():.1f} s without a picture")
            left_s = view.until_s - view.pictures[-1].at_s
            if view.until_s == history.end_s(view.grant) and left_s > LAST_S:
                yield Violation("light", f"{view.camera}: dark {left_s:.1f} s before its scheduled end")
        is_over = view.until_s != history.ended_s or not history.required.back
        if not is_over and history.ended_s - view.pictures[-1].at_s > RETURN_S:
            yield Violation("light", f"{view.camera}: dark in the end")


def _anew(history: History) -> Iterator[Violation]:
    if not history.required.anew:
        return
    given = {o.made for o in history.orders if o.kind == "approve" and o.asked_s > history.fault_s[1]}
    if not any(picture.grant in given for picture in history.pictures):
        yield Violation("light", "what was given once all was mended showed no picture")


def _moved(history: History) -> Iterator[Violation]:
    required, first_s = history.required, history.fault_s[0]
    last_s = history.mending_s or history.fault_s[1]
    for view in views(history):
        before = [p for p in view.pictures if p.at_s <= first_s]
        if not before or not is_of(history, "hit", before[-1]):
            continue
        dark_s = view.gap_s(since_s=before[-1].at_s, until_s=last_s)
        if required.unlit_s is not None and dark_s > required.unlit_s:
            yield Violation("moved", f"{view.camera}: {dark_s:.2f} s without a picture")
        if required.moved_s is None or view.until_s <= first_s + required.moved_s:
            continue
        there = [p.at_s for p in view.pictures if p.at_s > first_s and not is_of(history, "hit", p)]
        if min(there, default=inf) > first_s + required.moved_s:
            yield Violation("moved", f"{view.camera}: not at another node after {required.moved_s} s")


def _told(history: History) -> Iterator[Violation]:
    required, first_s = history.required, history.fault_s[0]
    last_s = history.mending_s or history.fault_s[1]
    for view in views(history):
        if not required.told or view.camera not in history.cameras or view.until_s < last_s:
            continue
        said = [
            s.at_s - first_s
            for s in history.said
            if s.viewer == view.viewer and s.shown in required.told and first_s <= s.at_s <= last_s
        ]
        if min(said, default=float("inf")) > required.told_s + 1.0:  # STATE comes once a second
            yield Violation("told", f"{view.camera}: {', '.join(sorted(required.told))} not said in time")


def _slow(history: History) -> Iterator[Violation]:
    for left in history.left_bytes:
        if left > SLOW_BYTES:
            yield Violation("slow", f"{left} bytes could be read after the cut")


def _missed(history: History) -> Iterator[Violation]:
    """Somebody who looks on past the end of a lease must have been watching what was hit."""
    first_s, _ = history.fault_s
    if not history.nodes and not history.cameras:
        return
    for view in views(history):
        just_before = [p for p in view.pictures if first_s - _JUST_BEFORE_S <= p.at_s <= first_s]
        if view.until_s > first_s + LEASE_S and any(is_of(history, "hit", p) for p in just_before):
            return
    yield Violation("missed", "nobody watched what was hit")
