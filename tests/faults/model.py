"""A node, an authority and a clock, as the design says; or with one bug. What it does is a history."""

from dataclasses import dataclass
from typing import Any

from crisislink.faults.history import Granted, History, Order, Outcome, Picture

GRANT, REQUEST, CAMERA = "gr_1", "rq_1", "cam_1"
LEASE_S, PERIOD_S, END_S, LENGTH_S = 5.0, 0.2, 15.0, 20.0
PUSH_S = 0.02

BUGS = {
    "lease counted from receipt": frozenset({"revocation"}),
    "Redis is truth": frozenset({"revocation"}),
    "epoch not raised": frozenset({"revocation"}),
    "the end is not in the lease": frozenset({"end"}),
    "ends by the wall clock": frozenset({"end"}),
    "goes on after a stop": frozenset({"stale"}),
    "an encoder begins at one again": frozenset({"epoch"}),
    "revocations without an entry": frozenset({"register"}),
}


@dataclass
class Model:
    """The node asks every L/3; the answer travels `delay_s`; a deadline counts from before the question.

    `pushed`: a revocation reaches it at once. `set_back_s`: when its wall clock is set back by an hour.
    `stopped_s`: from when to when it stands still.
    """

    bug: str | None = None
    delay_s: float = 0.0
    pushed: bool = False
    set_back_s: float | None = None
    stopped_s: tuple[float, float] | None = None

    def play(self, *, revoked_s: float, outcome: Outcome, parted_s: tuple[float, float]) -> History:
        """Twenty seconds; the wire to the authority is broken from when to when."""
        self._revoked_s, self._parted_s = revoked_s, parted_s
        self._deadline_s, self._asked_s = self._answer(0.0), 0.0
        history = self._history(outcome)
        seq, at_s, epoch = 0, 0.0, 2
        while at_s < LENGTH_S:
            if self._is_stopped(at_s):
                at_s += PERIOD_S
                continue
            self._renew(at_s)
            if at_s < self._deadline_s or (self.bug == "goes on after a stop" and self._resumed(at_s)):
                seq += 1
                age_s = 4.0 if self.bug == "goes on after a stop" and self._resumed(at_s) else 0.1
                epoch = 1 if self.bug == "an encoder begins at one again" and at_s > 2 else epoch
                history.pictures.append(Picture(GRANT, CAMERA, 0, epoch, 1, seq, at_s, age_s, stalled=False))
            at_s += PERIOD_S
        return history

    def _history(self, outcome: Outcome) -> History:
        first_s = min([self._revoked_s, self._parted_s[0], *(self.stopped_s or ())])
        last_s = max([self._revoked_s, self._parted_s[1], *(self.stopped_s or ())])
        history = History(ended_s=LENGTH_S, fault_s=(first_s - 1, min(LENGTH_S, last_s)))
        history.granted[GRANT] = Granted(frozenset({CAMERA}), END_S)
        history.orders = [
            Order("ask", None, None, 0.0, 0.0, "ok", "a", REQUEST),
            Order("approve", GRANT, None, 0.0, 0.0, "ok", "b", GRANT),
            Order("revoke", GRANT, None, self._revoked_s, self._revoked_s, outcome),
        ]
        history.entries = register(GRANT, REQUEST, CAMERA, asked_s=END_S, after=0)
        if self.bug != "revocations without an entry":
            at_ms, kinds = round(self._revoked_s * 1000), ("grant.ending", "grant.ended")
            history.entries += [
                {"kind": kind, "grant": GRANT, "cameras": [CAMERA], "at_ms": at_ms, "seq": 5 + n}
                for n, kind in enumerate(kinds)
            ]
        return history

    def _answer(self, asked_s: float) -> float:
        counted_s = asked_s + self.delay_s if self.bug == "lease counted from receipt" else asked_s
        end_s = END_S
        if self.bug == "ends by the wall clock" and self.set_back_s is not None and asked_s > self.set_back_s:
            end_s += 3600.0
        held_s = counted_s + LEASE_S
        return held_s if self.bug == "the end is not in the lease" else min(held_s, end_s)

    def _renew(self, at_s: float) -> None:
        parted = self._parted_s[0] <= at_s < self._parted_s[1]
        revoked = at_s >= self._revoked_s and self.bug != "epoch not raised"
        if at_s - self._asked_s >= LEASE_S / 3:
            self._asked_s = at_s
            if not parted:
                self._deadline_s = at_s if revoked else self._answer(at_s)
            elif self.bug == "Redis is truth" and not (self.pushed and revoked):
                self._deadline_s = at_s + LEASE_S
        if self.pushed and at_s >= self._revoked_s:
            self._deadline_s = min(self._deadline_s, self._revoked_s + PUSH_S)

    def _is_stopped(self, at_s: float) -> bool:
        return self.stopped_s is not None and self.stopped_s[0] <= at_s < self.stopped_s[1]

    def _resumed(self, at_s: float) -> bool:
        """It has just been continued: pictures from before are still in its hands."""
        return self.stopped_s is not None and 0 <= at_s - self.stopped_s[1] < 2 * PERIOD_S


def register(grant: str, request: str, camera: str, *, asked_s: float, after: int) -> list[dict[str, Any]]:
    """The entries of a grant that was asked for, approved and is watched; `after`: the newest number."""
    parties = {"owner": "city", "beneficiary": "hospital"}
    told: list[dict[str, Any]] = [
        {"kind": "request.submitted", "request": request, "cameras": [camera], "duration_s": asked_s},
        {
            "kind": "request.approved",
            "request": request,
            "grant": grant,
            "cameras": [camera],
            "actor": "per_1",
        },
        {"kind": "grant.activated", "grant": grant, "camera": camera},
        {"kind": "viewing.started", "grant": grant, "camera": camera, "viewing": f"vw_{grant}"},
    ]
    told[1]["ends_at_ms"] = round(asked_s * 1000)
    return [{**entry, **parties, "at_ms": 0, "seq": after + n} for n, entry in enumerate(told, 1)]
