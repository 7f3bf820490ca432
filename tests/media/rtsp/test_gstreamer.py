"""The outside witness: GStreamer's RTSP server, read byte for byte."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crisislink.demo.clips import load_clip
from crisislink.media.received import SourceFault
from crisislink.media.rtsp.nal import START
from tests.media.rtsp.reading import nals, of

_SERVER = Path(__file__).parent / "gstserver.py"


@contextmanager
def _gstreamer(path: Path, codec: str) -> Iterator[int]:
    python = shutil.which("python3", path="/usr/bin")
    assert python is not None
    process = subprocess.Popen(  # noqa: S603 - our own script
        [python, str(_SERVER), str(path), codec, "viewer", "s3cret"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        timer = threading.Timer(10, process.kill)
        timer.start()
        port = process.stdout.readline().strip()
        timer.cancel()
        assert port, "GStreamer's RTSP server did not start: deploy/setup.sh --test installs it"
        yield int(port)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.parametrize("scheme", ["rtsp", "rtspu"])
@pytest.mark.parametrize(("name", "codec"), [("gare", "h264"), ("allee", "hevc")])
async def test_gstreamer_is_read_byte_for_byte(tmp_path: Path, name: str, codec: str, scheme: str) -> None:
    clip = load_clip(name)
    raw = tmp_path / "raw"
    raw.write_bytes(b"".join(START + n for f in clip.frames for n in nals(f.data)))
    with _gstreamer(raw, codec) as port:
        units = await of(f"{scheme}://viewer:s3cret@127.0.0.1:{port}/cam", 60)
        with pytest.raises(SourceFault) as told:
            await of(f"{scheme}://viewer:wrong@127.0.0.1:{port}/cam", 1)
    assert told.value.fault == "auth"
    assert len(units) == 60
    assert not any(u.damaged for u in units)
    assert [u.key for u in units] == [f.key for f in clip.frames[:60]]
    sets = set(clip.parameter_sets)
    for unit, frame in zip(units, clip.frames, strict=False):
        got = [n for n in unit.unit.split(START)[1:] if n not in sets]
        assert got == [n for n in nals(frame.data) if n not in sets and not _is_delimiter(n, codec)]


def _is_delimiter(nal: bytes, codec: str) -> bool:
    return (nal[0] & 31) == 9 if codec == "h264" else (nal[0] >> 1 & 63) == 35
