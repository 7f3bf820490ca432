"""The capture time: the camera's where it can be believed, else ours; never the present for the past."""

from hypothesis import given
from hypothesis import strategies as st

from crisislink.media.rtsp.capture import CaptureClock

_HZ = 90_000


class Day:
    """Our two clocks, and a camera with a media clock and a UTC of its own."""

    def __init__(self, *, camera_ahead_s: float = 0.0, media_start: int = 0xFFFF_0000) -> None:
        self.now_s = 1_000.0
        self.wall_ahead_s = 1_800_000_000.0
        self.camera_ahead_s = camera_ahead_s
        self.media_start = media_start
        self.clock = CaptureClock(
            _HZ, wall_s=lambda: self.now_s + self.wall_ahead_s, monotonic_s=lambda: self.now_s
        )

    def media(self, taken_s: float) -> int:
        return (self.media_start + round((taken_s - 1_000.0) * _HZ)) & 0xFFFF_FFFF

    def report(self, at_s: float) -> None:
        """The camera's UTC is ours plus its error, whatever becomes of our wall clock later."""
        wall_us = round((at_s + 1_800_000_000.0 + self.camera_ahead_s) * 1e6)
        self.clock.reported(self.media(at_s), wall_us)

    def picture(self, taken_s: float, arrived_s: float) -> tuple[float, bool, float]:
        """What is said of it: capture (on the scale of `taken_s`, by the wall clock now), reported, late."""
        self.now_s = max(self.now_s, arrived_s)
        capture = self.clock.of(self.media(taken_s), arrived_s)
        return capture.at_us / 1e6 - self.wall_ahead_s, capture.reported, capture.late_s

    def play(self, from_s: float, pictures: int, delay_s: float = 0.05) -> None:
        for n in range(pictures):
            self.picture(from_s + n / 25, from_s + n / 25 + delay_s)


def test_a_report_within_two_seconds_is_believed_and_says_when_it_was_taken() -> None:
    day = Day()
    day.report(1_000.0)
    said, reported, late = day.picture(1_000.04, 1_000.09)
    assert reported
    assert abs(said - 1_000.04) < 1e-4
    assert late == 0


def test_without_a_report_the_promptest_pictures_tell() -> None:
    day = Day()
    day.play(1_000.0, 50)
    said, reported, late = day.picture(1_002.0, 1_002.35)
    assert not reported
    assert abs(said - 1_002.05) < 1e-3, "as late as the promptest, 50 ms, is the best that can be known"
    assert abs(late - 0.30) < 1e-3


def test_a_clock_that_is_wrong_by_more_is_not_believed() -> None:
    for ahead_s, believed in ((-1.9, True), (-2.2, False), (0.1, True), (0.4, False), (3_600.0, False)):
        day = Day(camera_ahead_s=ahead_s)
        day.report(1_000.0)
        day.play(1_000.0, 10)
        _, reported, _ = day.picture(1_000.4, 1_000.45)
        assert reported is believed, ahead_s


def test_a_believed_time_is_never_in_the_future() -> None:
    day = Day(camera_ahead_s=0.15)
    day.report(1_000.0)
    said, reported, _ = day.picture(1_000.04, 1_000.05)
    assert reported
    assert said <= 1_000.05 + 1e-6


def test_what_waited_keeps_its_age_even_when_that_is_more_than_a_report_is_believed_for() -> None:
    for with_report in (True, False):
        day = Day()
        if with_report:
            day.report(1_000.0)
        day.play(1_000.0, 100)
        for n in range(75):  # three seconds come at once, seven seconds later
            taken_s = 1_004.0 + n / 25
            said, reported, late = day.picture(taken_s, 1_014.0)
            assert abs(said - taken_s) < 0.06
            assert reported is with_report
            assert abs(late - (1_014.0 - taken_s - 0.05)) < 0.01


def test_after_a_standstill_of_minutes_the_backlog_is_still_old() -> None:
    day = Day()
    day.play(1_000.0, 100)
    said, _, late = day.picture(1_004.0, 1_304.0)
    assert abs(said - 1_004.05) < 0.01
    assert late > 299


def test_a_step_of_our_clock_changes_what_is_said_by_that_step_and_no_more() -> None:
    day = Day()
    day.report(1_000.0)
    day.play(1_000.0, 50)
    day.wall_ahead_s += 3_600
    said, reported, _ = day.picture(1_002.0, 1_002.05)
    assert not reported, "the camera's UTC and ours are an hour apart now"
    assert abs(said - 1_002.05) < 1e-3
    day.camera_ahead_s = 3_600.0  # it was set, too
    day.report(1_002.0)
    said, reported, _ = day.picture(1_002.04, 1_002.09)
    assert reported
    assert abs(said - 1_002.04) < 1e-3


def test_a_camera_whose_quartz_is_slow_does_not_grow_late() -> None:
    day = Day()
    for n in range(25 * 600):
        taken_s = 1_000.0 + n / 25
        _, _, late = day.picture(taken_s, taken_s + 0.05 + 100e-6 * n / 25)
        assert late < 0.010


def test_a_media_clock_that_jumps_begins_anew_and_one_that_turns_does_not() -> None:
    day = Day(media_start=(1 << 32) - 45_000)
    day.play(1_000.0, 50)
    assert day.picture(1_002.0, 1_002.05)[2] < 0.001
    day.media_start += 3_600 * _HZ
    said, _, late = day.picture(1_002.04, 1_002.09)
    assert (round(late, 3), round(said, 2)) == (0, 1_002.09)
    day.media_start -= 7_200 * _HZ
    said, _, late = day.picture(1_002.08, 1_002.13)
    assert (round(late, 3), round(said, 2)) == (0, 1_002.13)


def test_a_clock_set_back_begins_anew_and_the_order_of_b_pictures_does_not() -> None:
    day = Day()
    day.play(1_000.0, 50)
    assert day.picture(1_001.76, 1_002.01)[2] > 0.15, "a B picture, shown before those that came before it"
    day.media_start -= 3 * _HZ
    said, _, late = day.picture(1_002.04, 1_002.09)
    assert (round(late, 3), round(said, 2)) == (0, 1_002.09)


@given(
    st.lists(
        st.tuples(st.integers(0, (1 << 32) - 1), st.floats(0, 100), st.booleans(), st.integers(0, 1 << 52)),
        max_size=30,
    )
)
def test_whatever_a_camera_says_no_capture_lies_after_the_arrival(
    events: list[tuple[int, float, bool, int]],
) -> None:
    day = Day()
    for time, after_s, report, wall_us in events:
        if report:
            day.clock.reported(time, wall_us)
        day.now_s += after_s
        capture = day.clock.of(time, day.now_s)
        assert capture.late_s >= 0
        assert capture.at_us <= (day.now_s + day.wall_ahead_s) * 1e6 + 1


def test_a_delay_that_lasts_stays_a_delay_with_honest_reports_or_without() -> None:
    for with_reports in (True, False):
        day = Day()
        for n in range(300 * 25):
            taken_s = 1_000.0 + n / 25
            delay_s = 0.02 if n < 60 * 25 else 5.02
            if with_reports and n % 125 == 0:
                day.report(taken_s)
            said, _, _ = day.picture(taken_s, taken_s + delay_s)
            assert abs(said - taken_s) < 0.12, (with_reports, n / 25)


def test_a_media_clock_that_drifts_is_not_called_late() -> None:
    day = Day()
    for n in range(3_600):
        taken_s = 1_000.0 + n
        media_s = 1_000.0 + n * (1 - 100e-6)  # 100 ppm slow: a third of a second in an hour
        day.now_s = taken_s + 0.05
        assert day.clock.of(day.media(media_s), taken_s + 0.05).late_s < 0.01
