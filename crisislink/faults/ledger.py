"""What the register says, against what clients were told and what the rules allow. Pure.

Exactly one entry for each transition that was acknowledged, none lost, none doubled; legal transitions only,
ends are final; nobody is given more than was asked, by a city other than the one that owns the cameras, or
by the organisation that asked; nobody saw a camera whose viewing is not in it; no number is left out.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from crisislink.faults.history import History, Order

_AFTER_END = frozenset({"grant.ended", "viewing.ended"})
_OF_GRANT = ("request.approved", "grant.activated", "grant.ending", "grant.ended")
_ENDING_S = 5.0 + 3.0  # L, and a round of the timers on a loaded machine


def faults(history: History) -> Iterator[str]:
    """What is wrong with it."""
    if not history.register_holds:
        yield "its tree does not hold"
    yield from _numbers(history)
    yield from _transitions(history)
    yield from _approvals(history)
    yield from _endings(history)
    yield from _viewings(history)
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
        since_s = max(entry["at_ms"] / 1000 - history.wall_s, history.fault_s[1])
        if entry["grant"] not in ended and history.ended_s - since_s > _ENDING_S:
            yield f"{entry['grant']} is ending for {history.ended_s - since_s:.1f} s"


def _viewings(history: History) -> Iterator[str]:
    started = {e["viewing"]: e for e in _of(history, "viewing.started")}
    seen = {(e["grant"], e["camera"]) for e in started.values()}
    for grant, camera in sorted({(p.grant, p.camera) for p in history.pictures} - seen):
        yield f"{camera} of {grant} was seen, and no viewing is in it"
    for viewing, count in Counter(e["viewing"] for e in _of(history, "viewing.ended")).items():
        if count > 1:
            yield f"{viewing} ended {count} times"


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
