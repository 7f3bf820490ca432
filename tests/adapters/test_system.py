"""The machine's clock and randomness keep what their port promises."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from crisislink.adapters import system
from crisislink.adapters.system import StoreClock, SystemClock, SystemEntropy


def test_wall_time_is_aware_utc_and_boot_time_never_goes_back() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.now().utcoffset() == timedelta(0)
    first = clock.boot_s()
    assert clock.boot_s() >= first > 0


class _Machine:
    """The machine's two clocks, in the test's hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.boot_s = datetime(2026, 3, 1, 4, tzinfo=UTC), 500.0
        monkeypatch.setattr(system, "_wall", lambda: self.wall)
        monkeypatch.setattr(SystemClock, "boot_s", lambda _: self.boot_s)
        monkeypatch.setattr(StoreClock, "boot_s", lambda _: self.boot_s)

    def passes(self, seconds: float, *, step: timedelta = timedelta(0)) -> None:
        self.boot_s += seconds
        self.wall += timedelta(seconds=seconds) + step


def test_a_clock_that_is_set_back_goes_on_at_the_pace_of_the_boot_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = _Machine(monkeypatch)
    clock, began = SystemClock(), machine.wall
    machine.passes(10, step=timedelta(hours=-1))
    assert clock.now() == began + timedelta(seconds=10)
    assert clock.ahead_s == pytest.approx(3600)
    machine.passes(5, step=timedelta(hours=1))
    assert clock.now() == began + timedelta(seconds=15)
    assert clock.ahead_s == 0


def test_a_clock_that_is_set_forward_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = _Machine(monkeypatch)
    clock, began = SystemClock(), machine.wall
    machine.passes(10, step=timedelta(hours=1))
    assert clock.now() == began + timedelta(hours=1, seconds=10)


def test_reading_it_often_does_not_push_it_ahead() -> None:
    clock = SystemClock()
    for _ in range(20_000):
        clock.now()
    assert clock.ahead_s < 0.001


class _Asked(_Machine):
    """The machine, and a database server with a clock of its own, `off` from it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(monkeypatch)
        self.off, self.clock = timedelta(minutes=-5), StoreClock()

    def ask(self, *, took_s: float = 0.002) -> datetime:
        """The server's true time when the answer is here."""
        asked_s = self.boot_s
        self.passes(took_s / 2)
        said = self.wall + self.off
        self.passes(took_s / 2)
        self.clock.heard(said, asked_s=asked_s, answered_s=self.boot_s)
        return self.wall + self.off


def test_time_is_the_database_servers_whatever_the_machines_own_clock_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    it = _Asked(monkeypatch)
    assert it.clock.now() == it.wall, "nothing was heard yet"
    assert it.clock.now() > it.ask() == it.clock.now(), "the first answer counts, though it is earlier"
    for step in (timedelta(hours=1), timedelta(hours=-2), timedelta(seconds=3)):
        it.passes(1, step=step)
        it.off -= step  # the server's did not move
        assert it.clock.now() == it.wall + it.off
        assert it.ask() == it.clock.now()


def test_while_the_server_is_silent_time_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    it = _Asked(monkeypatch)
    true = it.ask()
    it.passes(3600, step=timedelta(hours=5))
    assert it.clock.now() == true + timedelta(hours=1)


def test_a_server_set_forward_is_believed_and_one_set_back_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    it = _Asked(monkeypatch)
    it.ask()
    it.off += timedelta(hours=1)
    assert it.ask() == it.clock.now()
    it.off -= timedelta(hours=1)
    for _ in range(100):
        it.passes(1)
        true = it.ask()
        assert it.clock.now() == true + timedelta(hours=1), "nothing is lengthened by a single second"


def test_time_never_falls_and_finds_back_to_a_server_that_is_a_little_slower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    it = _Asked(monkeypatch)
    it.ask()
    it.off -= timedelta(seconds=1)
    before = it.clock.now()
    for _ in range(1_100):
        it.passes(1)
        it.ask()
        now = it.clock.now()
        assert timedelta(seconds=0.99) < now - before < timedelta(seconds=1.01)
        before = now
    assert abs(it.clock.now() - it.ask()) < timedelta(milliseconds=5)


def test_an_answer_that_took_long_or_came_out_of_turn_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    it = _Asked(monkeypatch)
    it.ask()
    before = it.clock.now()
    it.clock.heard(before + timedelta(seconds=9), asked_s=it.boot_s - 3, answered_s=it.boot_s - 2.99)
    it.clock.heard(before + timedelta(seconds=9), asked_s=it.boot_s, answered_s=it.boot_s + 0.5)
    assert it.clock.now() == before


def test_identifiers_differ_and_sort_by_the_millisecond_they_were_made_in() -> None:
    entropy = SystemEntropy()
    made = [entropy.id("req") for _ in range(2_000)]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"req_[0-7][0-9A-HJKMNP-TV-Z]{25}", one) for one in made)
    milliseconds = [one[4:14] for one in made]
    assert milliseconds == sorted(milliseconds)


def test_references_can_be_said_aloud() -> None:
    entropy = SystemEntropy()
    made = [entropy.reference() for _ in range(500)]
    assert all(re.fullmatch(r"[A-Z2-9]{5}", one) for one in made)
    assert not set("".join(made)) & set("01OI5S")
    assert len(set(made)) > 490


def test_tokens_carry_256_bits_in_letters_a_url_keeps() -> None:
    entropy = SystemEntropy()
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", entropy.token()) for _ in range(50))
    assert entropy.token() != entropy.token()
