"""A node, an authority and a clock, as the design says; or with one bug. What it does is a history."""

from dataclasses import dataclass, replace
from typing import Any

from crisislink.faults.history import Connection, Granted, History, Order, Outcome, Picture, Said

GRANT, REQUEST, CAMERA = "gr_1", "rq_1", "cam_1"
LEASE_S, PERIOD_S, END_S, LENGTH_S = 5.0, 0.2, 15.0, 20.0
PUSH_S = 0.02
SLOW_S = 7.0
PERSON = "per_9"

BUGS = {
    "lease counted from receipt": frozenset({"revocation"}),
    "Redis is truth": frozenset({"revocation"}),
    "epoch not raised": frozenset({"revocation"}),
    "the end is not in the lease": frozenset({"end"}),
    "ends by the wall clock": frozenset({"end"}),
    "goes on after a stop": frozenset({"stale"}),
    "an encoder begins at one again": frozenset({"epoch"}),
    "revocations without an entry": frozenset({"register"}),
    "a revocation waits, and is then answered": frozenset({"revocation"}),
    "recorded late, without a mark": frozenset({"register"}),
    "a second look without a viewing": frozenset({"viewing"}),
    "a look is over in the register alone": frozenset({"viewing"}),
    "a look is never over": frozenset({"viewing"}),
    "says live without a picture": frozenset({"stale"}),
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
        self._asked_for_s, self._parted_s = revoked_s, parted_s
        waits = self.bug == "a revocation waits, and is then answered"
        self._revoked_s = revoked_s + SLOW_S if waits else revoked_s
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
        self._watched(history)
        return history

    def _watched(self, history: History) -> None:
        """The one connection, what is said over it once a second, and what the register has of it."""
        history.connections = [Connection(0, 0, PERSON, GRANT, CAMERA, 0.0)]
        times = [p.at_s for p in history.pictures]
        for at_s in map(float, range(int(LENGTH_S))):
            shown = any(at_s - 1 < t <= at_s for t in times) or self.bug == "says live without a picture"
            history.said.append(Said(GRANT, CAMERA, 0, 0, at_s, "live" if shown else "stalled"))
        if self.bug == "a second look without a viewing":
            history.connections.append(Connection(1, 1, PERSON, GRANT, CAMERA, 0.0))
            history.pictures += [replace(p, viewer=1, link=1) for p in history.pictures]
        ended_s = 1.0 if self.bug == "a look is over in the register alone" else times[-1]
        if self.bug != "a look is never over":
            end(history, GRANT, CAMERA, at_s=ended_s)

    def _history(self, outcome: Outcome) -> History:
        first_s = min([self._revoked_s, self._parted_s[0], *(self.stopped_s or ())])
        last_s = max([self._revoked_s, self._parted_s[1], *(self.stopped_s or ())])
        history = History(ended_s=LENGTH_S, fault_s=(first_s - 1, min(LENGTH_S, last_s)))
        history.granted[GRANT] = Granted(frozenset({CAMERA}), END_S)
        history.orders = [
            Order("ask", None, None, 0.0, 0.0, "ok", "a", REQUEST),
            Order("approve", GRANT, None, 0.0, 0.0, "ok", "b", GRANT),
            Order("revoke", GRANT, None, self._asked_for_s, self._revoked_s, outcome),
        ]
        history.entries = register(GRANT, REQUEST, CAMERA, asked_s=END_S, after=0)
        if self.bug != "revocations without an entry":
            late_s = 3.0 if self.bug == "recorded late, without a mark" else 0.0
            told: dict[str, Any] = {"grant": GRANT, "cameras": [CAMERA], "cause": "revoked"}
            told["at_ms"] = round((self._revoked_s + late_s) * 1000)
            history.entries += [
                {"kind": kind, **told, "seq": 5 + n} for n, kind in enumerate(("grant.ending", "grant.ended"))
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
        {
            "kind": "viewing.started",
            "grant": grant,
            "camera": camera,
            "viewing": f"vw_{grant}",
            "actor": PERSON,
        },
    ]
    told[1]["ends_at_ms"] = round(asked_s * 1000)
    return [{**entry, **parties, "at_ms": 0, "seq": after + n} for n, entry in enumerate(told, 1)]


def end(history: History, grant: str, camera: str, *, at_s: float) -> None:
    """The entry of the end of the look that `register` has."""
    told = {"grant": grant, "camera": camera, "viewing": f"vw_{grant}", "cause": "left", "frames": 1}
    at = {"at_ms": round(at_s * 1000), "seq": history.entries[-1]["seq"] + 1}
    history.entries.append({"kind": "viewing.ended", **told, **at})
