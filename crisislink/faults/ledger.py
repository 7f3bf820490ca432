"""What the register says, against what clients were told and what the rules allow. Pure.

Exactly one entry for each transition that was acknowledged, none lost, none doubled; legal transitions only,
ends are final; nobody is given more than was asked, by a city other than the one that owns the cameras, or
by the organisation that asked; what was cut before it was recorded is marked so; no number is left out. Who
watched is in `viewings`.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from crisislink.faults.history import ENDING, History, Order, OrderKind

_AFTER_END = frozenset({"grant.ended", "viewing.ended"})
_OF_GRANT = ("request.approved", "grant.activated", "grant.ending", "grant.ended")
CLOCKS_S = 0.3  # the store's clock as a process tells it, against the one of clients
_SWITCH = "sharing_stopped"
_CAUSES: dict[OrderKind, frozenset[str]] = {
    "revoke": frozenset({"revoked", "preempted"}),
    "release": frozenset({"released"}),
}
_BY_SOMEBODY = frozenset({_SWITCH, *_CAUSES["revoke"], *_CAUSES["release"]})
_ENDING_S = 5.0 + 3.0  # L, and a round of the timers on a loaded machine


def faults(history: History) -> Iterator[str]:
    """What is wrong with it."""
    if not history.register_holds:
        yield "its tree does not hold"
    yield from _numbers(history)
    yield from _transitions(history)
    yield from _approvals(history)
    yield from _endings(history)
    yield from _expired(history)
    yield from _late(history)
    yield from _told(history)
    yield from _orders(history)


def has(history: History, order: Order) -> bool:
    """Whether an order that ends something is in it, in whole."""
    if order.kind == "stop_sharing":
        return bool(_of(history, "sharing.stopped"))
    if any(e["grant"] == order.grant for e in _of(history, "grant.ending")):
        return True
    partly = {c for e in _of(history, "grant.views_revoked", order.grant) for c in e["cameras"]}
    return order.cameras is not None and partly >= set(order.cameras)


def _of(history: History, kind: str, grant: str | None = None) -> list[dict[str, Any]]:
    return [e for e in history.entries if e["kind"] == kind and grant in {None, e.get("grant")}]


def _numbers(history: History) -> Iterator[str]:
    numbers = [entry["seq"] for entry in history.entries]
    if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        yield "its numbers have a gap or repeat"


def _transitions(history: History) -> Iterator[str]:
    """Of this run's grants: what an earlier run left may still be ending."""
    ours = history.granted.keys() | {e["grant"] for e in _of(history, "request.approved")}
    for kind in _OF_GRANT:
        for grant, count in Counter(e["grant"] for e in _of(history, kind)).items():
            if count > 1:
                yield f"{grant} has {count} entries {kind}"
    gone: Counter[tuple[str, str]] = Counter()
    over: set[str] = set()
    for entry in history.entries:
        if (grant := entry.get("grant")) not in ours:
            continue
        if grant in over and entry["kind"] not in _AFTER_END:
            yield f"{grant} had ended, then came {entry['kind']}"
        if entry["kind"] == "grant.ending":
            over.add(entry["grant"])
        if entry["kind"] == "grant.ended" and grant not in over:
            yield f"{grant} ended without ending"
        if entry["kind"] in {"grant.views_revoked", "grant.ending"}:
            gone.update((entry["grant"], camera) for camera in entry["cameras"])
    for (grant, camera), count in gone.items():
        if count > 1:
            yield f"{camera} of {grant} was ended {count} times"


def _approvals(history: History) -> Iterator[str]:
    asked = {e["request"]: e for e in _of(history, "request.submitted")}
    for entry in (*_of(history, "request.approved"), *_of(history, "grant.extended")):
        grant, request = entry["grant"], asked.get(entry["request"])
        if request is None:
            yield f"{grant} was approved, and nobody had asked"
            continue
        if set(entry.get("cameras", ())) - set(request["cameras"]):
            yield f"{grant} has cameras that nobody had asked for"
        if entry["ends_at_ms"] > entry["at_ms"] + request["duration_s"] * 1000 + 1:
            yield f"{grant} lasts longer than was asked"
        if entry["owner"] != request["owner"] or entry["owner"] == entry["beneficiary"]:
            yield f"{grant} was given by {entry['owner']} to {entry['beneficiary']}"
        if history.organisation_of.get(entry["actor"], entry["owner"]) != entry["owner"]:
            yield f"{grant} was approved by a person of another organisation"


def _endings(history: History) -> Iterator[str]:
    """ENDING cannot stick; while the store stands still or its clock was set, nobody can say."""
    if history.clock_set:
        return
    ended = {e["grant"] for e in _of(history, "grant.ended")}
    for entry in _of(history, "grant.ending"):
        since_s = max(history.recorded_s(entry), history.fault_s[1])
        if entry["grant"] not in ended and history.ended_s - since_s > _ENDING_S:
            yield f"{entry['grant']} is ending for {history.ended_s - since_s:.1f} s"


def _expired(history: History) -> Iterator[str]:
    """A scheduled end is in it soon, whatever became of the process that would have written it first."""
    over = {e["grant"] for e in _of(history, "grant.ending")}
    for grant in sorted(history.granted.keys() - over):
        since_s = history.ended_s - max(history.end_s(grant), history.fault_s[1])
        if since_s > _ENDING_S:
            yield f"{grant} is over for {since_s:.1f} s, and has no entry grant.ending"


def _late(history: History) -> Iterator[str]:
    """What was answered before it was recorded is marked with the time of its cut, within the order's."""
    for order in history.orders:
        if order.kind not in ENDING or order.outcome != "ok":
            continue
        for entry in _endings_by(history, order):
            cut_s = None if entry.get("cut_at_ms") is None else history.recorded_s(entry, "cut_at_ms")
            if cut_s is None:
                late_s = history.recorded_s(entry) - order.answered_s
                if late_s > CLOCKS_S:
                    yield f"{entry['kind']} came {late_s:.1f} s after its order was answered, not marked late"
            elif not order.asked_s - CLOCKS_S <= cut_s <= order.answered_s + CLOCKS_S:
                yield f"{entry['kind']} is marked as cut {cut_s - order.asked_s:.1f} s after it was ordered"


def _endings_by(history: History, order: Order) -> list[dict[str, Any]]:
    """The entries that this order made."""
    if order.kind == "stop_sharing":
        stopped = [e for e in _of(history, "grant.ending") if e.get("cause") == _SWITCH]
        return [*_of(history, "sharing.stopped"), *stopped]
    causes = _CAUSES[order.kind]
    found = [e for e in _of(history, "grant.ending", order.grant) if e.get("cause") in causes]
    partly = [e for e in _of(history, "grant.views_revoked", order.grant) if e.get("cause") in causes]
    return found if order.cameras is None else [e for e in partly if set(e["cameras"]) & set(order.cameras)]


def _told(history: History) -> Iterator[str]:
    """Whoever was told that somebody took their picture away can read it here."""
    for connection in history.connections:
        ended = [
            e
            for kind in ("grant.ending", "grant.views_revoked")
            for e in _of(history, kind, connection.grant)
            if connection.camera in e["cameras"] and e.get("cause") == connection.told
        ]
        late = [e for e in _of(history, "access.denied") if _too_late(e, connection.grant)]
        if connection.told in _BY_SOMEBODY and not ended and not late:
            yield f"{connection.camera} of {connection.grant} was cut ({connection.told}), which is not in it"


def _too_late(entry: dict[str, Any], grant: str) -> bool:
    """Somebody cut, and before that was in it another end was: that they ordered it is in it all the same."""
    ordered = (entry["action"], entry["target"]) in {("grant.revoke", grant), ("sharing.stop", None)}
    return ordered and entry["reason"] == "already_over"


def _orders(history: History) -> Iterator[str]:
    made_by = {"ask": ("request.submitted", "request"), "approve": ("request.approved", "grant")}
    for kind, (entry_kind, named) in made_by.items():
        count = Counter(e[named] for e in _of(history, entry_kind))
        keys = {o.key for o in history.orders if o.kind == kind}
        for made in {o.made for o in history.orders if o.kind == kind and o.outcome == "ok"}:
            if count[made or ""] != 1:
                yield f"{kind} of {made} was answered, and has {count[made or '']} entries"
        if count.total() > len(keys):
            yield f"{count.total()} entries {entry_kind}, and only {len(keys)} were wanted"
    extended = Counter(e["request"] for e in _of(history, "grant.extended"))
    for order in history.orders:
        if order.outcome != "ok":
            continue
        if order.kind == "extend" and extended[order.made or ""] != 1:
            yield f"an extension of {order.grant} has {extended[order.made or '']} entries"
        if order.kind == "stop_sharing" and len(_of(history, "sharing.stopped")) != 1:
            yield f"the kill switch has {len(_of(history, 'sharing.stopped'))} entries"
        if order.kind in {"revoke", "release"} and not has(history, order):
            yield f"{order.kind} of {order.grant} is not in it"
