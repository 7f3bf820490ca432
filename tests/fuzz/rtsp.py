"""Coverage-guided fuzzing of everything that reads a camera's bytes (atheris, libFuzzer).

    python -m tests.fuzz.rtsp [-max_total_time=600] [folder]     longer, by hand

The first byte chooses the reader. Nothing but `SourceFault` may come of any input, and nothing may grow.
"""

import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["crisislink.media.rtsp"]):
    from crisislink.media.received import SourceFault
    from crisislink.media.rtsp import message, rtcp, rtp, sdp
    from crisislink.media.rtsp.address import Address, parse
    from crisislink.media.rtsp.auth import Credentials
    from crisislink.media.rtsp.jpeg import JpegPayload
    from crisislink.media.rtsp.nal import H264, H265, NalPayload
    from crisislink.media.rtsp.track import TrackReceiver
    from crisislink.media.rtsp.units import Assembler, Payload

_ADDRESS = Address("rtsp", "cam", 554, "rtsp://cam/live?x=1", "user", "s3cret")


def _message(data: bytes) -> None:
    reader, half = message.Reader(), len(data) // 2
    for chunk in (data[:half], data[half:]):
        for heard in reader.feed(chunk):
            if isinstance(heard, message.CameraRequest):
                message.answer(heard)


def _auth(data: bytes) -> None:
    one = Credentials(_ADDRESS, cnonce=lambda: "c")
    one.challenged(data.decode("latin-1").splitlines())
    [(_, said)] = one.header("DESCRIBE", _ADDRESS.uri)
    assert "s3cret" not in said


def _sdp(data: bytes) -> None:
    head, _, tail = data.partition(b"\0")
    sdp.read(tail, base=head.decode("latin-1") or None, address=_ADDRESS)


def _packets(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at + 1 < len(data):
        size = data[at]
        found.append(data[at + 1 : at + 1 + size])
        at += 1 + size
    return found


def _payload(payload: Payload, data: bytes) -> None:
    assembler = Assembler(payload)
    for n, body in enumerate(_packets(data)):
        if body:
            marker, time = bool(body[0] & 1), body[0] >> 4
            packet = rtp.RtpPacket(n, time, 1, marker, body[1:], 0.0, lost=body[0] >> 1 & 1)
            for unit in assembler.add(packet):
                assert len(unit.data) < 2 * len(data) + (1 << 17)


def _track(data: bytes) -> None:
    track = TrackReceiver(
        sdp.Track(control="rtsp://cam/1", codec="h264", payload_type=96, clock_hz=90_000), reorder=True
    )
    for n, body in enumerate(_packets(data)):
        if n % 4 == 3:
            track.report(body)
        else:
            list(track.packet(b"\x80" + body, n * 0.01))
        list(track.waited(n * 0.01))
        track.receiver_report(n * 0.01)


_READERS = (
    _message,
    _auth,
    _sdp,
    lambda data: parse(data.decode("latin-1")),
    rtcp.read,
    lambda data: rtp.parse(data, 96, 0.0),
    lambda data: _payload(NalPayload(H264), data),
    lambda data: _payload(NalPayload(H265, decoding_order=True), data),
    lambda data: _payload(JpegPayload(), data),
    _track,
)


def one_input(data: bytes) -> None:
    """libFuzzer's entry."""
    if data:
        with suppress(SourceFault):
            _READERS[data[0] % len(_READERS)](data[1:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
