"""An address is taken apart once; what it says nowhere holds its password."""

import pytest

from crisislink.media.received import SourceFault
from crisislink.media.rtsp.address import parse


@pytest.mark.parametrize(
    ("url", "host", "port", "uri", "transport"),
    [
        ("rtsp://cam/live", "cam", 554, "rtsp://cam/live", "tcp"),
        ("rtsp://u:p@10.0.0.7:8554/a/b?c=1&d", "10.0.0.7", 8554, "rtsp://10.0.0.7:8554/a/b?c=1&d", "tcp"),
        ("rtspu://u:p@cam/x", "cam", 554, "rtsp://cam/x", "udp"),
        ("rtsps://cam", "cam", 322, "rtsps://cam/", "tcp"),
        ("http://[fe80::1]:81/v", "fe80::1", 81, "http://[fe80::1]:81/v", "tcp"),
    ],
)
def test_an_address_is_read(url: str, host: str, port: int, uri: str, transport: str) -> None:
    address = parse(url)
    assert (address.host, address.port, address.uri, address.transport) == (host, port, uri, transport)


def test_credentials_are_decoded_and_never_shown() -> None:
    address = parse("rtsp://us%40er:p%2Fw%3A@cam/x")
    assert (address.user, address.password) == ("us@er", "p/w:")
    assert "p/w:" not in repr(address)
    assert "us@er" not in repr(address) + address.uri


@pytest.mark.parametrize(
    "url",
    [
        "", "cam", "file:///etc/passwd", "rtsp://", "rtsp:///x", "rtsp://cam:0/x", "rtsp://cam:99999/",
        "rtsp://cam/a b", "rtsp://cam/\r\nX: y", "rtsp://u:p%0d%0aX@cam/", "rtsp://caméra/x", "rtsp://[::1/x",
        "rtsp://cam/" + "x" * 3000, "concat:rtsp://a|file:/etc/passwd",
    ],
)  # fmt: skip
def test_what_is_no_camera_is_refused(url: str) -> None:
    with pytest.raises(SourceFault) as told:
        parse(url)
    assert told.value.fault == "protocol"
