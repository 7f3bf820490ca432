"""What the figures were measured on: without it they mean nothing."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import av
import av.codec.codec

from crisislink.bench.processes import Cores

PEERS = ("ffmpeg", "go2rtc")


def described(cores: Cores) -> dict[str, object]:
    """The `machine` of the JSON: processor, kernel, load before, versions, who ran on which core."""
    return {
        "cores": os.cpu_count(),
        "tested_core": cores.tested,
        "client_core": cores.clients,
        "shared_core": cores.tested == cores.clients,
        "cpu": _cpu(),
        "arch": platform.machine(),
        "kernel": platform.release(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "pyav": version("av"),
        "libraries": {name: ".".join(map(str, found)) for name, found in av.library_versions.items()},
        "ffmpeg": _first_line("ffmpeg", "-version"),
        "go2rtc": _first_line("go2rtc", "-version"),
    }


def absent() -> list[str]:
    """The peers that are not installed here."""
    return [name for name in PEERS if shutil.which(name) is None]


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _first_line(program: str, *arguments: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    # a fixed program of this machine's PATH, asked for its version
    told = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    return (told.stdout or told.stderr).strip().split("\n", 1)[0][:120]
