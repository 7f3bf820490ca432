"""The checker itself: silent on what is right, loud on each broken promise, on bugs planted in a model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.faults.checker import check, dark_delay_s
from crisislink.faults.history import (
    LEASE_S,
    Connection,
    Granted,
    History,
    Order,
    Outcome,
    Picture,
    Required,
    Said,
)
from crisislink.faults.views import lost_light_s
from tests.faults.model import BUGS, CAMERA, END_S, GRANT, LENGTH_S, PERSON, Model, end, register

OTHER = "cam_2"

instants = st.floats(1.0, 18.0)


@given(
    revoked_s=instants,
    delay_s=st.floats(0.0, 1.5),
    pushed=st.booleans(),
    parted_s=st.tuples(instants, st.floats(0.0, 9.0)),
    set_back_s=st.one_of(st.none(), instants),
    stopped_s=st.one_of(st.none(), st.tuples(instants, st.floats(0.0, 6.0))),
    outcome=st.sampled_from(["ok", "unknown"]),
)
def test_a_system_as_designed_breaks_no_promise(
    revoked_s: float,
    delay_s: float,
    pushed: bool,
    parted_s: tuple[float, float],
    set_back_s: float | None,
    stopped_s: tuple[float, float] | None,
    outcome: Outcome,
) -> None:
    history = Model(delay_s=delay_s, pushed=pushed, set_back_s=set_back_s, stopped_s=stopped_s).play(
        revoked_s=revoked_s, outcome=outcome, parted_s=(parted_s[0], sum(parted_s))
    )
    assert check(history) == []
    assert outcome == "unknown" or (dark_delay_s(history) or 0.0) <= LEASE_S


@pytest.mark.parametrize(("bug", "invariants"), BUGS.items())
def test_a_bug_planted_in_it_is_caught(bug: str, invariants: frozenset[str]) -> None:
    found = set()
    for tenths in range(20, 80, 3):
        revoked_s = tenths / 10
        for parted_s in ((99.0, 99.0), (2.0, 12.0), (revoked_s - 0.1, revoked_s + 9.0)):
            for stopped_s in (None, (6.0, 10.0)):
                model = Model(bug, delay_s=1.5, set_back_s=4.0, stopped_s=stopped_s)
                for last_s in (revoked_s, 19.0):
                    history = model.play(revoked_s=last_s, outcome="ok", parted_s=parted_s)
                    found |= {violation.invariant for violation in check(history)}
    assert found & invariants


def _right() -> History:
    """Two grants, watched through a fault at the second's node; the first is revoked before it."""
    history = Model(pushed=True).play(revoked_s=5.0, outcome="ok", parted_s=(99.0, 99.0))
    history.fault_s, history.required = (8.0, 14.0), Required(dark="nobody", lit="all")
    history.granted["gr_2"] = Granted(frozenset({OTHER}), 30.0)
    history.pictures += [
        Picture("gr_2", OTHER, 1, 4, 1, n, n / 5, 0.1, stalled=False, node=2, link=9) for n in range(100)
    ]
    history.connections.append(Connection(9, 1, PERSON, "gr_2", OTHER, 0.0))
    history.said += [Said("gr_2", OTHER, 1, 9, 0.5 + n, "live") for n in range(19)]
    history.orders += [
        Order("ask", None, None, 0.0, 0.0, "ok", key="k1", made="rq_2"),
        Order("approve", "gr_2", None, 0.0, 0.0, "ok", key="k2", made="gr_2"),
    ]
    history.entries += register("gr_2", "rq_2", OTHER, asked_s=30, after=len(history.entries))
    end(history, "gr_2", OTHER, at_s=20.0)
    history.nodes = frozenset({2})
    return history


def _picture(history: History, **changed: Any) -> History:
    """One more, of the second grant."""
    newest = history.pictures[-1]
    history.pictures.append(replace(newest, **({"seq": newest.seq + 1} | changed)))
    return history


def _entry(history: History, kind: str, **changed: Any) -> dict[str, Any]:
    """The second grant's entry of a kind, changed."""
    [*_, found] = [e for e in history.entries if e["kind"] == kind]
    found.update(changed)
    return found


def _also(history: History, kind: str, **more: Any) -> History:
    """One more entry about the second grant."""
    entry = {"kind": kind, "grant": "gr_2", "at_ms": 0, "seq": history.entries[-1]["seq"] + 1}
    history.entries.append(entry | more)
    return history


def _looks(history: History, grant: str, camera: str, *, viewer: int, link: int, at_s: float) -> History:
    """A connection, and a viewing that covers a picture at that time."""
    history.connections.append(Connection(link, viewer, PERSON, grant, camera, at_s - 0.2))
    told = {"viewing": f"vw_{link}", "camera": camera, "actor": PERSON, "at_ms": round(at_s * 1000)}
    _also(history, "viewing.started", **{**told, "grant": grant})
    return _also(history, "viewing.ended", **{**told, "grant": grant, "cause": "left"})


def _slow(history: History) -> History:
    """All was well; the city's order of 5 s is answered at 15 s, and the pictures end with the answer."""
    history.fault_s, history.nodes = (99.0, 99.0), frozenset()
    [order] = [o for o in history.orders if o.kind == "revoke"]
    history.orders.remove(order)
    history.orders.append(replace(order, answered_s=15.0))
    newest = [p for p in history.pictures if p.grant == GRANT][-1]
    more = [replace(newest, at_s=5.0 + n / 5, seq=newest.seq + n) for n in range(1, 49)]
    history.pictures = sorted([*history.pictures, *more], key=lambda p: p.at_s)
    [entry] = [e for e in history.entries if e["kind"] == "viewing.ended" and e["grant"] == GRANT]
    entry["at_ms"] = 15_000
    return history


def _set(thing: object, name: str, value: object) -> object:
    setattr(thing, name, value)
    return thing


def _all(*_: object) -> None:
    """Several things, done as they were written."""


def _told(history: History, *orders: Order) -> History:
    history.orders += orders
    return history


def _tried(history: History, *kinds: str, but: str = "", gone_well: bool = False) -> History:
    """What is new was asked for while it was broken: refused with a word, or all done well."""
    for kind in kinds:
        if kind != but:
            good = {"outcome": "ok", "made": "rq_1"} if gone_well else {"outcome": "fail", "problem": "store"}
            _told(history, Order(kind, "gr_2", None, 9, 10, key=f"k{kind}", **good))  # type: ignore[arg-type]
    return history


def _approves(history: History) -> History:
    """What was asked for before is approved while it is broken."""
    entry = _entry(history, "request.approved") | {"seq": history.entries[-1]["seq"] + 2}
    asked = _entry(history, "request.submitted") | {"seq": history.entries[-1]["seq"] + 1, "request": "rq_9"}
    history.entries += [asked, entry | {"request": "rq_9", "grant": "gr_9"}]
    _told(history, Order("ask", None, None, 1, 1, "ok", "k8", "rq_9"))
    return _told(history, Order("approve", "gr_9", None, 9, 10, "ok", "k9", "gr_9"))


def _extends(history: History) -> History:
    """More time, asked for before, is given while it is broken."""
    asked = _entry(history, "request.submitted") | {"seq": history.entries[-1]["seq"] + 1, "request": "rq_9"}
    parties = {"owner": "city", "beneficiary": "hospital", "actor": "per_1", "at_ms": 9_000}
    history.entries.append(asked)
    _also(history, "grant.extended", **parties, request="rq_9", ends_at_ms=39_000)
    _told(history, Order("ask", None, None, 1, 1, "ok", "k8", "rq_9"))
    return _told(history, Order("extend", "gr_2", None, 9, 10, "ok", "k9", "rq_9"))


def _elsewhere(history: History, from_s: float) -> History:
    """From then on the second grant's picture is another node's."""
    history.pictures = [
        replace(p, node=3) if p.grant == "gr_2" and p.at_s >= from_s else p for p in history.pictures
    ]
    return history


def _again(kind: str, made: str) -> Order:
    return Order(kind, None, None, 9.0, 9.0, "ok", key="k1", made=made)  # type: ignore[arg-type]


def _without(history: History, first_s: float, last_s: float) -> History:
    history.pictures = [p for p in history.pictures if p.grant == GRANT or not first_s <= p.at_s <= last_s]
    history.said = [s for s in history.said if not first_s <= s.at_s <= last_s]
    return history


def _lose(history: History, kind: str) -> History:
    history.entries = [e for e in history.entries if e["kind"] != kind or e["grant"] != "gr_2"]
    for number, entry in enumerate(history.entries, 1):
        entry["seq"] = number
    return history


def _stop(history: History, *, at_s: float = 20.0) -> History:
    """The kill switch, answered and in the register, after all pictures."""
    history.pictures = [p for p in history.pictures if p.at_s <= at_s]
    history.said = [s for s in history.said if s.at_s <= at_s]
    _told(history, Order("stop_sharing", None, None, at_s, at_s, "ok"))
    _also(history, "sharing.stopped", grant=None, at_ms=round(at_s * 1000))
    return history


NEW = ("ask", "approve", "extend")


@pytest.mark.parametrize(("invariant", "spoil"), [
    ("end", lambda h: _all(_picture(h, at_s=30.01), _entry(h, "viewing.ended", at_ms=30_010))),
    ("revocation", lambda h: _picture(h, grant=GRANT, camera=CAMERA, at_s=5.6, viewer=0, link=0)),
    ("revocation", _slow),
    ("grant", lambda h: _all(_told(h, Order("ask", None, None, 0, 0, "ok", "k9", "rq_9")),
                         _also(h, "request.submitted", grant=None, request="rq_9", duration_s=9),
                         _looks(h, "gr_9", OTHER, viewer=1, link=10, at_s=19.8),
                         _picture(h, grant="gr_9", link=10))),
    ("grant", lambda h: _all(_looks(h, "gr_2", "cam_9", viewer=7, link=10, at_s=19.8),
                         _picture(h, camera="cam_9", link=10, viewer=7))),
    ("epoch", lambda h: _picture(h, epoch=3)),
    ("epoch", lambda h: _picture(h, seq=1)),
    ("stale", lambda h: _picture(h, age_s=3.1)),
    ("stale", lambda h: h.said.append(Said("gr_2", OTHER, 1, 9, 23.0, "live"))),
    ("stale", lambda h: h.said.extend(Said("gr_2", OTHER, 1, 55, 0.5 + n, "live") for n in range(19))),
    ("final", lambda h: _all(_stop(h, at_s=14.5),
                         _told(h, Order("ask", None, None, 15.5, 15.5, "ok", "k9", "rq_9")),
                         _also(h, "request.submitted", grant=None, request="rq_9", duration_s=9))),
    ("final", lambda h: _told(h, Order("ticket", GRANT, (CAMERA,), 15.0, 15.0, "ok"))),
    ("replay", lambda h: _all(_told(h, _again("ask", "rq_3")),
                          _told(h, Order("ask", None, None, 0, 0, "unknown", "k7")),
                          _also(h, "request.submitted", grant=None, request="rq_3", duration_s=9))),
    ("dark", lambda h: _set(h, "required", Required(dark="hit"))),
    ("light", lambda h: _without(h, 9.0, 14.1)),
    ("light", lambda h: _without(h, 16.9, 20.0)),
    ("light", lambda h: _all(_set(h, "ended_s", 22.5),
                         h.granted.update(gr_2=Granted(frozenset({OTHER}), 22.0)))),
    ("light", lambda h: _set(h, "required", Required(anew=True))),
    ("told", lambda h: _all(_set(h, "cameras", frozenset({OTHER})),
                        _set(h, "required", Required(told=frozenset({"stalled"}))))),
    ("moved", lambda h: _all(_set(h, "required", Required(unlit_s=2.0)), _without(h, 9.0, 11.1))),
    ("moved", lambda h: _set(h, "required", Required(moved_s=7.0))),
    ("moved", lambda h: _all(_set(h, "required", Required(moved_s=7.0)), _elsewhere(h, 15.1))),
    ("refused", lambda h: _all(_set(h, "required", Required(refuses=True)),
                           _tried(h, *NEW, but="ask"),
                           _told(h, Order("ask", None, None, 9, 10, "fail", "k9", None, None)))),
    ("refused", lambda h: _all(_set(h, "required", Required(refuses=True)),
                           _tried(h, *NEW, but="ask"),
                           _told(h, Order("ask", None, None, 9, 10, "ok", "k9", "rq_9")),
                           _also(h, "request.submitted", grant=None, request="rq_9", duration_s=9))),
    ("refused", lambda h: _all(_set(h, "required", Required(refuses=True)), _tried(h, *NEW), _approves(h))),
    ("refused", lambda h: _all(_set(h, "required", Required(refuses=True)), _tried(h, *NEW), _extends(h))),
    ("refused", lambda h: _all(_set(h, "required", Required(refuses=True)), _tried(h, *NEW, but="approve"))),
    ("refused", lambda h: _all(_set(h, "required", Required(refuses=True)), _tried(h, *NEW, but="extend"))),
    ("refused", lambda h: _set(h, "required", Required(refuses=True))),
    ("approved", lambda h: _all(_set(h, "required", Required(approves=True)), _approves(h))),
    ("approved", lambda h: _all(_set(h, "required", Required(approves=True)), _approves(h),
                            _tried(h, "extend"))),
    ("obeyed", lambda h: _all(_set(h, "required", Required(obeyed=True)),
                          _told(h, Order("revoke", GRANT, None, 9, 10, "fail", problem="store")))),
    ("obeyed", lambda h: _told(h, Order("revoke", GRANT, ("cam_9",), 9, 10, "ok"))),
    ("sign_in", lambda h: _all(_set(h, "required", Required(sign_in="refused")), _tried(h, "step_up"),
                           _told(h, Order("sign_in", None, None, 9, 10, "ok")))),
    ("sign_in", lambda h: _all(_set(h, "required", Required(sign_in="refused")), _tried(h, "sign_in"),
                           _told(h, Order("step_up", None, None, 9, 10, "ok")))),
    ("sign_in", lambda h: _all(_set(h, "required", Required(sign_in="refused")), _tried(h, "sign_in"))),
    ("sign_in", lambda h: _all(_set(h, "required", Required(sign_in="works")),
                           _told(h, Order("sign_in", None, None, 9, 10, "fail", problem="provider")))),
    ("sign_in", lambda h: _set(h, "required", Required(sign_in="works"))),
    ("slow", lambda h: h.left_bytes.append((1 << 20) + 1)),
    ("missed", lambda h: _set(h, "nodes", frozenset({3}))),
    ("register", lambda h: _set(h, "register_holds", False)),
    ("register", lambda h: h.entries.pop(2)),
    ("register", lambda h: _lose(h, "request.approved")),
    ("register", lambda h: _entry(h, "grant.ending", at_ms=13_000)),
    ("register", lambda h: _entry(h, "grant.ending", at_ms=13_000, cut_at_ms=9_000)),
    ("register", lambda h: _set(h.connections[1], "told", "revoked")),
    ("register", lambda h: _all(_set(h, "required", Required()), _set(h, "ended_s", 40.0))),
    ("viewing", lambda h: _lose(h, "viewing.started")),
    ("viewing", lambda h: _lose(h, "viewing.ended")),
    ("viewing", lambda h: _also(h, **_entry(h, "viewing.ended") | {"seq": len(h.entries) + 1})),
    ("viewing", lambda h: _entry(h, "viewing.ended", at_ms=18_000)),
    ("viewing", lambda h: _entry(h, "viewing.ended", at_ms=16_000, cause="lost")),
    ("viewing", lambda h: _entry(h, "viewing.started", actor="per_8")),
    ("viewing", lambda h: _entry(h, "viewing.started", at_ms=1_000)),
    ("viewing", lambda h: h.pictures.extend(replace(p, viewer=7, link=70) for p in h.pictures[-100:])),
    ("viewing", lambda h: _all(h.connections.append(Connection(70, 7, PERSON, "gr_2", OTHER, 0.0)),
                           h.pictures.extend(replace(p, viewer=7, link=70) for p in h.pictures[-100:]))),
    ("register", lambda h: _also(h, **_entry(h, "request.approved") | {"seq": len(h.entries) + 1})),
    ("register", lambda h: _also(h, "grant.activated")),
    ("register", lambda h: _also(h, "grant.activated", grant=GRANT)),
    ("register", lambda h: _also(h, "grant.ended")),
    ("register", lambda h: _also(h, "grant.views_revoked", grant=GRANT, cameras=[CAMERA])),
    ("register", lambda h: _also(h, "request.submitted", grant=None, request="rq_3", duration_s=9)),
    ("register", lambda h: _all(_set(h, "fault_s", (7.0, 11.0)),
                           _also(h, "grant.ending", cameras=[OTHER], at_ms=9_000))),
    ("register", lambda h: _entry(h, "request.approved", cameras=["cam_7"])),
    ("register", lambda h: _entry(h, "request.approved", ends_at_ms=30_002)),
    ("register", lambda h: _entry(h, "request.approved", beneficiary="city")),
    ("register", lambda h: h.organisation_of.update({"per_1": "hospital"})),
    ("register", lambda h: _told(h, Order("stop_sharing", None, None, 20, 20, "ok"))),
    ("register", lambda h: _all(_stop(h), _also(h, "sharing.stopped", grant=None))),
    ("register", lambda h: _told(h, Order("revoke", "gr_2", (OTHER,), 20, 20, "ok"))),
    ("register", lambda h: _told(h, Order("extend", "gr_2", None, 9, 9, "ok", "k8", "rq_8"))),
])  # fmt: skip
def test_each_promise_has_a_history_that_breaks_only_it(
    invariant: str, spoil: Callable[[History], object]
) -> None:
    history = _right()
    assert check(history) == []
    spoil(history)
    assert {violation.invariant for violation in check(history)} == {invariant}


@pytest.mark.parametrize(("required", "keep"), [
    (Required(refuses=True), lambda h: _tried(h, *NEW)),
    (Required(sign_in="refused"), lambda h: _tried(h, "sign_in", "step_up")),
    (Required(approves=True), lambda h: _all(_approves(h), _tried(h, "extend", gone_well=True),
                                   _also(h, "grant.extended", request="rq_1", owner="city", actor="per_1",
                                         beneficiary="hospital", ends_at_ms=9_000, at_ms=9_000))),
    (Required(unlit_s=2.0, moved_s=7.0), lambda h: _all(_without(h, 9.0, 10.7), _elsewhere(h, 10.8))),
    (Required(moved_s=7.0), lambda h: _elsewhere(h, 14.9)),
])  # fmt: skip
def test_what_is_wanted_of_a_fault_can_be_kept(required: Required, keep: Callable[[History], object]) -> None:
    history = _right()
    history.required = required
    keep(history)
    assert check(history) == []


def test_whom_an_order_took_the_picture_from_need_not_be_at_another_node() -> None:
    history = _right()
    history.required = Required(moved_s=7.0)
    history.pictures = [p for p in history.pictures if p.at_s <= 13.0]
    _told(history, Order("revoke", "gr_2", None, 13.0, 13.1, "ok"))
    assert "moved" not in {violation.invariant for violation in check(history)}


def test_a_delay_counts_from_a_lost_order_that_the_register_has_and_is_none_without_pictures() -> None:
    history = _right()
    assert dark_delay_s(history) == pytest.approx(0.0, abs=0.05), "the last picture came with the order"
    _told(history, Order("revoke", "gr_2", None, 19.0, 25.0, "unknown"))
    assert dark_delay_s(history) == pytest.approx(0.0, abs=0.05), "it may never have arrived"
    _also(history, "grant.ending", cameras=[OTHER], at_ms=19_050)
    assert dark_delay_s(history) == pytest.approx(0.8)
    history.pictures.clear()
    assert dark_delay_s(history) is None


def test_the_kill_switch_once_is_as_it_should_be() -> None:
    history = _right()
    _stop(history)
    assert check(history) == []


def test_an_order_that_nobody_answered_accuses_nobody_unless_the_register_has_it() -> None:
    history = _right()
    lost = Order("revoke", "gr_2", None, 13.5, 13.6, "unknown")
    _told(history, lost)
    assert check(history) == [], "it may never have arrived"
    _also(history, "grant.ending", cameras=[OTHER], at_ms=13_550)
    _also(history, "grant.ended")
    late = [v.what for v in check(history) if v.invariant == "revocation"]
    assert late == [f"{OTHER} 5.200 s after revoke"], "L after the fault, which may have held it up"
    history.pictures = [p for p in history.pictures if p.at_s <= 19.0]
    assert check(history) == []


def test_an_order_counts_from_the_first_try_that_may_have_arrived() -> None:
    history = _slow(_right())
    [order] = [o for o in history.orders if o.kind == "revoke"]
    history.orders.remove(order)
    for arrived_s, late_s in ((5.0, 9.6), (13.0, 1.6)):
        tried = _told(_slow(_right()), replace(order, asked_s=4.0, arrived_s=arrived_s))
        tried.orders = [o for o in tried.orders if o.kind != "revoke" or o.asked_s == 4.0]
        assert f"{CAMERA} 0.600 s after revoke" in {v.what for v in check(tried)}, "all was well: 0.5 s"
        assert dark_delay_s(tried) == pytest.approx(late_s), "what broke off reached nobody"
        tried.fault_s = (4.0, 14.0)
        assert any(v.invariant == "revocation" for v in check(tried)) == (late_s > LEASE_S)
        tried.required = Required(dark_s=2 * LEASE_S)
        assert not any(v.invariant == "revocation" for v in check(tried)), "where nothing reaches a node"


def test_what_was_cut_before_it_was_recorded_is_marked_with_the_time_of_its_cut() -> None:
    history = _right()
    _entry(history, "grant.ending", at_ms=13_000, cut_at_ms=5_100)
    assert check(history) == []


def test_a_node_that_was_taken_for_lost_is_heard_of_by_its_viewers_soon() -> None:
    history = _right()
    _entry(history, "viewing.ended", at_ms=17_500, cause="lost")
    assert check(history) == []


def test_a_register_whose_clock_was_set_is_read_by_the_clock_it_had() -> None:
    history = _right()
    for entry in history.entries:
        if entry["kind"] == "viewing.ended":
            entry["at_ms"] += 3_600_000
    history.register_ahead_s = 3600.0
    assert check(history) == []


def test_an_extension_moves_the_end_only_when_the_register_has_it() -> None:
    history = _right()
    _picture(history, at_s=35.0)
    assert {v.invariant for v in check(history)} == {"end", "viewing"}
    _also(history, "request.submitted", grant=None, request="rq_3", duration_s=40, owner="city", cameras=[])
    _told(history, Order("ask", None, None, 0, 0, "ok", "k3", "rq_3"))
    parties = {"owner": "city", "beneficiary": "hospital", "actor": "per_1"}
    _also(history, "grant.extended", request="rq_3", ends_at_ms=40_000, **parties)
    _entry(history, "viewing.ended", at_ms=35_000)
    assert check(history) == []


def test_lost_light_is_counted_until_it_was_taken_away() -> None:
    history = History(ended_s=10.0)
    history.granted[GRANT] = Granted(frozenset({CAMERA}), 99.0)
    for at_s in (0.0, 1.0, 4.0, 9.5):
        history.pictures.append(Picture(GRANT, CAMERA, 0, 1, 1, int(at_s * 2) + 1, at_s, 0.1, stalled=False))
    assert lost_light_s(history) == 5.5
    history.orders.append(Order("revoke", GRANT, None, 8.0, 8.1, "ok"))
    assert lost_light_s(history) == 4.0
    history.granted[GRANT] = Granted(frozenset({CAMERA}), 5.0)
    assert lost_light_s(history) == 3.0


def test_a_history_is_read_as_it_was_written(tmp_path: Path) -> None:
    history = _right()
    history.orders.append(Order("revoke", "gr_2", (OTHER,), 1.0, 2.0, "fail", arrived_s=1.5))
    history.connections[0].told = "revoked"
    history.write(tmp_path / "history.jsonl")
    read = History.read(tmp_path / "history.jsonl")
    for seen in (history.pictures, history.said):
        seen.sort(key=lambda one: one.at_s)
    assert read == history
    text = (tmp_path / "history.jsonl").read_text()
    assert all(
        f'"kind": "{kind}"' in text
        for kind in ("run", "invoke", "ok", "picture", "state", "entry", "connection")
    )


def test_an_order_that_was_cut_off_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    History(orders=[Order("revoke", GRANT, None, 1.0, 2.0, "ok")]).write(path)
    path.write_text("".join(line for line in path.read_text().splitlines(True) if '"ok"' not in line))
    [order] = History.read(path).orders
    assert (order.outcome, order.asked_s) == ("unknown", 1.0)


def test_a_file_that_is_no_history_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text('{"kind": "picture"}\n')
    with pytest.raises(ValueError, match="no history"):
        History.read(tmp_path / "x")


def test_the_model_is_watched_to_its_scheduled_end() -> None:
    history = Model().play(revoked_s=19.0, outcome="ok", parted_s=(99.0, 99.0))
    assert END_S - 0.5 < history.pictures[-1].at_s < END_S < LENGTH_S


_DECLARED = {"grant": None, "declaration": "cri_1", "owner": "city", "beneficiary": "hospital"}
_BY = {"by_hospital": "per_7", "by_city": "per_1"}


def _in_crisis(history: History, *before: str, **more: Any) -> History:
    """A crisis with these words on it, and then a grant that it gave at 15 s, until 16 s."""
    for kind in before:
        _also(history, kind, **_DECLARED, **_BY, cameras=[OTHER], ends_at_ms=40_000, at_ms=14_000)
    for kind in ("request.submitted", "request.approved_in_crisis"):
        entry = {**_DECLARED, **_BY, "grant": "gr_9", "request": "rq_9", "duration_s": 1, "at_ms": 15_000}
        _also(history, kind, **{**entry, "cameras": [OTHER], "ends_at_ms": 16_000, **more})
    history.organisation_of |= {"per_1": "city", "per_7": "hospital"}
    return _told(history, Order("ask", None, None, 15.0, 15.0, "ok", "k9", "rq_9"))


FORCE = ("crisis.proposed", "crisis.activated")


@pytest.mark.parametrize("words", [FORCE, (*FORCE, "crisis.suspended", "crisis.resumed")])
def test_what_a_declared_crisis_grants_by_its_terms_is_as_it_should_be(words: tuple[str, ...]) -> None:
    history = _in_crisis(_right(), *words)
    _also(history, "message.erased", grant="gr_9")
    assert check(history) == []


@pytest.mark.parametrize(("words", "more", "broken"), [
    (("crisis.proposed",), {}, "had no force"),
    ((*FORCE, "crisis.suspended"), {}, "had no force"),
    ((*FORCE, "crisis.ended"), {}, "had no force"),
    (FORCE, {"by_city": "per_7"}, "in other names"),
    (FORCE, {"cameras": [OTHER, CAMERA]}, "does not name"),
    (FORCE, {"ends_at_ms": 41_000, "duration_s": 26}, "outlasts"),
    (FORCE, {"ends_at_ms": 17_000}, "lasts longer than was asked"),
    (FORCE, {"owner": "hospital"}, "was given by"),
    ((*FORCE, "crisis.ended", "crisis.activated"), {}, "crisis.activated after crisis.ended"),
])  # fmt: skip
def test_what_a_declared_crisis_could_not_grant_is_in_the_register_a_violation(
    words: tuple[str, ...], more: dict[str, Any], broken: str
) -> None:
    found = check(_in_crisis(_right(), *words, **more))
    assert {violation.invariant for violation in found} == {"register"}
    assert any(broken in violation.what for violation in found)


def test_an_extension_by_a_crisis_moves_the_end() -> None:
    history = _in_crisis(_right(), *FORCE)
    _picture(history, at_s=35.0)
    _entry(history, "viewing.ended", at_ms=35_000)
    assert {v.invariant for v in check(history)} == {"end"}
    _also(history, "request.submitted", **{**_DECLARED, "request": "rq_3", "duration_s": 25, "cameras": []})
    _told(history, Order("ask", None, None, 0, 0, "ok", "k3", "rq_3"))
    extended = {**_DECLARED, **_BY, "grant": "gr_2", "request": "rq_3", "ends_at_ms": 39_000, "at_ms": 15_500}
    _also(history, "grant.extended_in_crisis", **extended)
    assert check(history) == []


@pytest.mark.parametrize(("told", "action", "target", "named"), [
    ("revoked", "grant.revoke", "gr_2", True),
    ("revoked", "grant.revoke", GRANT, False),
    ("revoked", "sharing.stop", None, False),
    ("sharing_stopped", "sharing.stop", None, True),
    ("released", "grant.revoke", "gr_2", False),
])  # fmt: skip
def test_a_cut_that_another_end_came_before_is_named_in_the_register_all_the_same(
    told: str, action: str, target: str | None, named: bool
) -> None:
    history = _right()
    _set(history.connections[1], "told", told)
    said = {"action": action, "target": target, "reason": "already_over"}
    _also(history, "access.denied", grant=None, **said)
    assert ({v.invariant for v in check(history)} == set()) == named
