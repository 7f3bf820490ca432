"""What people were answered while it was broken, against what the fault allows. Pure. See `checker`."""

from collections.abc import Iterator

from crisislink.faults.history import DECIDED, ENDING, NEW, History, Order, OrderKind


def faults(history: History) -> Iterator[tuple[str, str]]:
    """Each promise that was broken, by its name in `checker`, and how."""
    yield from _refused(history)
    yield from _approved(history)
    yield from _obeyed(history)
    yield from _signing_in(history)


def _during(history: History, kinds: frozenset[OrderKind]) -> list[Order]:
    """Those that were given while it was broken, and answered before it was mended."""
    first_s, last_s = history.fault_s[0], history.mending_s or history.fault_s[1]
    return [o for o in history.orders if o.kind in kinds and first_s <= o.asked_s and o.answered_s <= last_s]


def _refused(history: History) -> Iterator[tuple[str, str]]:
    if not history.required.refuses:
        return
    tried = _during(history, NEW)
    for order in tried:
        if order.outcome == "ok":
            yield "refused", f"{order.kind} was answered as if all were well"
        elif order.problem is None:
            yield "refused", f"{order.kind} was refused without a word"
    for kind in sorted(NEW - {order.kind for order in tried}):
        yield "refused", f"nobody tried to {kind}, or was answered, while it was broken"


def _approved(history: History) -> Iterator[tuple[str, str]]:
    if not history.required.approves:
        return
    tried = _during(history, DECIDED)
    for order in tried:
        if order.outcome != "ok":
            yield "approved", f"{order.kind} was {order.outcome} ({order.problem})"
    for kind in sorted(DECIDED - {order.kind for order in tried}):
        yield "approved", f"nobody tried to {kind}, or was answered, while it was broken"


def _obeyed(history: History) -> Iterator[tuple[str, str]]:
    """Answered at last; where it was answered while all was broken, the pictures say whether it was true."""
    for order in history.orders:
        if order.kind not in ENDING:
            continue
        if _is_astray(history, order):
            if order.outcome == "ok":
                yield "obeyed", f"{order.kind} of a camera the grant never held was answered well"
        elif order.outcome != "ok" and history.required.obeyed:
            yield "obeyed", f"{order.kind} was {order.outcome} ({order.problem})"


def _is_astray(history: History, order: Order) -> bool:
    granted = history.granted.get(order.grant or "")
    return granted is not None and not set(order.cameras or ()) <= granted.cameras


def _signing_in(history: History) -> Iterator[tuple[str, str]]:
    wanted = history.required.sign_in
    if wanted == "any":
        return
    kinds: frozenset[OrderKind] = frozenset({"sign_in", "step_up"} if wanted == "refused" else {"sign_in"})
    tried = _during(history, kinds)
    for kind in sorted(kinds - {order.kind for order in tried}):
        yield "sign_in", f"nobody tried to {kind}, or was answered"
    for order in tried:
        if (order.outcome == "ok") != (wanted == "works"):
            yield "sign_in", f"{order.kind}: {order.outcome} ({order.problem}), and not {wanted}"
