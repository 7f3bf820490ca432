"""`crisislink demo` as a person uses it: it starts, checks itself, says what is wrong, ends."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import av
import httpx2
import numpy as np
import pytest

from tests.journey.printed import check_printed, planted

COMMAND = (sys.executable, "-m", "crisislink", "demo")
KEYS = {
    "first_picture_ms",
    "message_ms",
    "frames",
    "added_latency_ms",
    "cut_ms",
    "expiry_late_ms",
    "audio_tracks",
    "mask_ok",
    "watermark_ok",
    "register",
    "steps",
}


async def run(
    *arguments: str, within_s: float = 150, env: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Exit code, standard output and error of `crisislink demo …`."""
    child = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=env
    )
    async with asyncio.timeout(within_s):
        out, err = await child.communicate()
    assert child.returncode is not None
    return child.returncode, out.decode(), err.decode()


def descendants(pid: int) -> set[int]:
    """The processes that `pid` started, and those that they started."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | descendants(child)
    return found


async def gone(pids: set[int]) -> None:
    """Return when none of them lives."""
    async with asyncio.timeout(5):
        while any(os.path.exists(f"/proc/{pid}") for pid in pids):  # noqa: PTH110, ASYNC240
            await asyncio.sleep(0.05)


def a_video(path: Path) -> Path:
    """Two seconds of a person's own film: an odd size and rate, a block that moves."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = 638, 362, "yuv420p"
        for n in range(48):
            picture = np.full((362, 638, 3), 90, np.uint8)
            picture[150:250, n * 10 : n * 10 + 120] = 230
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(video.encode(None))
    return path


async def test_the_check_plays_the_whole_story_with_a_persons_own_film_and_every_promise_holds(
    tmp_path: Path,
) -> None:
    film = str(a_video(tmp_path / "film.mkv"))
    env = planted(tmp_path, CRISISLINK_LOG_LEVEL="info")
    code, out, err = await run("--check", "--json", "--video", film, env=env)
    assert check_printed(err), "nor is anything secret printed, by any of its processes"
    report = json.loads(out)
    assert code == 0, [step for step in report["steps"] if not step["ok"]] or err
    assert set(report) == KEYS
    assert report["mask_ok"] is True
    assert report["watermark_ok"] is True
    assert report["audio_tracks"] == 0
    assert report["expiry_late_ms"] <= 0
    assert report["register"]["verified"] is True
    assert set(report["added_latency_ms"]) == {"p50", "p95", "p99"}
    assert all(step["ok"] for step in report["steps"])


async def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *COMMAND,
        "--port",
        "0",
        "--announce",
        "--state",
        str(tmp_path / "state"),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdout is not None
    async with asyncio.timeout(60):
        url = json.loads(await child.stdout.readline())["url"]
    async with httpx2.AsyncClient() as client:
        health = (await client.get(f"{url}/healthz")).json()
        assert (health["status"], health["containment"]) == ("ok", "complete")
    children = descendants(child.pid)
    assert len(children) >= 2, "the city, the nursery"
    child.send_signal(signal.SIGINT)
    async with asyncio.timeout(15):
        await child.wait()
    await gone(children)


async def test_a_killed_service_takes_its_children_with_it(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *COMMAND,
        "--port",
        "0",
        "--announce",
        "--state",
        str(tmp_path / "state"),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdout is not None
    async with asyncio.timeout(60):
        await child.stdout.readline()
    children = descendants(child.pid)
    assert len(children) >= 2, "the city, the nursery"
    child.kill()
    await child.wait()
    await gone(children)


async def test_a_taken_port_is_a_sentence_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = await run("--port", str(port), "--state", str(tmp_path / "state"))
    assert code == 1
    assert f"Port {port} is taken" in err
    assert "--port 8500" in err
    assert "Traceback" not in err


async def test_a_file_that_is_no_video_is_a_sentence(tmp_path: Path) -> None:
    bad = tmp_path / "film.mp4"
    bad.write_bytes(b"\x00" * 4096)
    code, _, err = await run("--port", "0", "--state", str(tmp_path / "state"), "--video", str(bad))
    assert code == 1
    assert "film.mp4" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--video", "/nowhere/film.mp4"]])
async def test_a_wrong_argument_is_a_sentence(tmp_path: Path, arguments: list[str]) -> None:
    code, _, err = await run("--state", str(tmp_path / "state"), *arguments)
    assert code != 0
    assert "Traceback" not in err
    assert err.strip()
