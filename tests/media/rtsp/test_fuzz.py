"""A short run of the fuzzer, so that it cannot rot; the long ones are made by hand (tests/fuzz/rtsp.py)."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris", reason="atheris has no build for this Python")


def test_no_input_brings_more_than_a_fault(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    seeds = (
        b"\x00RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 1\r\n\r\nx$\x00\x00\x01y",
        b'\x01Digest realm="r", nonce="n", qop="auth"',
        b"\x02\0m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets=Z00AHw==\n",
        b"\x03rtsp://u:p@cam:1/x",
        b"\x06\x05\x01\x7c\x85ab\x05\x01\x7c\x45cd",
        b"\x08\x0c\x01\0\0\0\0\0\x01\x50\x28\x28ab",
    )
    for n, seed in enumerate(seeds):
        (tmp_path / "corpus" / str(n)).write_bytes(seed)
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.rtsp", "-runs=60000", "-max_len=400", "-seed=31", "corpus"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert "Done 60000 runs" in run.stderr
