"""Which sending a picture is compared with."""

from crisislink.bench.delays import Shown, delays_ms

MS = 1_000_000


def test_a_picture_is_compared_with_the_last_sending_before_it_came() -> None:
    sent = [(7, 100 * MS), (8, 140 * MS), (7, 8_100 * MS)]
    shown = [Shown(7, 8_110 * MS), Shown(8, 155 * MS), Shown(7, 105 * MS)]
    assert delays_ms(shown, sent) == [10.0, 15.0, 5.0]


def test_what_the_camera_never_sent_and_what_came_too_early_is_left_out() -> None:
    shown = [Shown(9, 200 * MS), Shown(7, 90 * MS), Shown(7, 110 * MS), Shown(7, 130 * MS)]
    assert delays_ms(shown, [(7, 100 * MS)], since_ns=120 * MS) == [30.0]
