"""Why a camera gives nothing is classed, and nothing said about it holds a password."""

import ssl
import threading

import av.error
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crisislink.media.dialing import DirectDialer
from crisislink.media.orders import Fault
from crisislink.media.received import SourceFault, scrub
from crisislink.media.source import Source, classify


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (SourceFault("auth", "x"), "auth"),
        (TimeoutError("x"), "unreachable"),
        (ConnectionRefusedError(111, "x"), "unreachable"),
        (PermissionError(13, "x"), "not_allowed"),
        (ConnectionResetError(104, "x"), "unreachable"),
        (OSError(113, "x"), "unreachable"),
        (ssl.SSLError(1, "x"), "protocol"),
        (av.error.InvalidDataError(1, "x"), "protocol"),
        (ValueError("x"), "protocol"),
        (RuntimeError("rtsp://u:s3cret@h/"), "protocol"),
    ],
    ids=lambda v: v if isinstance(v, str) else type(v).__name__,
)
def test_an_error_has_a_class_and_no_words_of_its_own(error: Exception, fault: Fault) -> None:
    said = classify(error)
    assert said.fault == fault
    assert "s3cret" not in str(said)


_word = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=8, max_size=20)


@example("operator1", "://")
@given(_word, st.text(st.sampled_from("abcXYZ019:@!$&'()*+,;=%-._~/?#"), min_size=1, max_size=20))
def test_no_password_survives(user: str, tail: str) -> None:
    password = "PASS" + tail + "WORD"
    said = scrub(f"could not open rtsp://{user}:{password}@10.0.0.7:554/stream: refused")
    assert password not in said
    assert "PASS" not in said
    assert user not in said.replace("could not open rtsp", "")


def test_a_fault_is_scrubbed_and_short() -> None:
    said = str(SourceFault("auth", "rtsp://a:b@c/ rtsps://d:e@f/ " + "x" * 500))
    assert said.startswith("rtsp://…@c/ rtsps://…@f/ ")
    assert len(said) == 200


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("file:///etc/passwd", "protocol"),
        ("http://127.0.0.1:1/x", "unreachable"),
        ("concat:rtsp://a|file:/etc/passwd", "protocol"),
        ("", "protocol"),
        ("rtsp://u:s3cret@127.0.0.1:1/x", "unreachable"),
    ],
)
def test_only_cameras_are_opened_and_a_fault_is_said(url: str, fault: Fault) -> None:
    said: list[SourceFault] = []
    heard = threading.Event()

    def on_fault(one: SourceFault) -> None:
        said.append(one)
        heard.set()

    source = Source(url, DirectDialer("127.0.0.1", 1), tls=None, on_packet=lambda _: None, on_fault=on_fault)
    source.start()
    assert heard.wait(5)
    source.stop()
    source.join(5)
    assert not source.is_alive()
    assert said[0].fault == fault
    assert "s3cret" not in str(said[0])
