"""What confined processes cannot do, tried for real: in a child that ends, and on a worker that plays."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from crisislink.core.errors import Unavailable
from crisislink.media import nursery as nurseries
from crisislink.media.confinement import ATTEMPTS, Confinement, confine, probe
from crisislink.media.frames import Rendition
from crisislink.media.nursery import Nursery
from tests.media.cameras import HERE, farm, watched


def _in_child(work: Callable[[], object]) -> tuple[int, bytes]:
    """What a forked child that did this said, and its wait status."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pid = os.fork()
        if pid == 0:
            try:
                theirs.sendall(json.dumps(work()).encode())
            except BaseException:  # noqa: BLE001 - a child of the test must not run on
                os._exit(3)
            os._exit(0)
        theirs.close()
        said = ours.recv(1 << 16)
        return os.waitpid(pid, 0)[1], said


def test_a_confined_process_is_refused_everything_it_must_not_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        status, said = _in_child(lambda: probe(port))
    held, refused = json.loads(said)
    assert status == 0
    assert held
    assert set(refused) == set(ATTEMPTS)


def test_running_a_program_is_the_end_of_the_process() -> None:
    def attempt() -> None:
        confine()
        os.execv("/bin/true", ["/bin/true"])  # noqa: S606 - it is what must not work

    status, _ = _in_child(attempt)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGSYS


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: os.truncate("/dev/null", 0),
        lambda: os.mkdir("/tmp/crisislink-no"),  # noqa: PTH102, S108
        lambda: os.memfd_create("x"),
        lambda: socket.socketpair(),  # noqa: PLW0108
        lambda: os.chmod("/dev/null", 0o600),  # noqa: PTH101
        lambda: os.kill(1, 0),
        lambda: os.setuid(1),
    ],
    ids=["truncate", "mkdir", "memfd", "socketpair", "chmod", "kill", "setuid"],
)
def test_the_rest_is_refused_and_the_process_goes_on(attempt: Callable[[], object]) -> None:
    def tried() -> str:
        confine()
        try:
            attempt()
        except OSError as error:
            return type(error).__name__
        return "done"

    status, said = _in_child(tried)
    assert (status, json.loads(said)) == (0, "PermissionError")


def test_a_datagram_goes_only_where_its_socket_was_aimed() -> None:
    def tried() -> list[str]:
        aimed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        aimed.connect(("127.0.0.1", 9))
        confine()
        aimed.send(b"x")
        try:
            aimed.sendto(b"x", ("127.0.0.1", 10))
        except OSError as error:
            return [type(error).__name__]
        return []

    status, said = _in_child(tried)
    assert (status, json.loads(said)) == (0, ["PermissionError"])


async def test_a_worker_plays_without_network_files_or_descriptors_to_spare() -> None:
    async with (
        Nursery.started(complete=True) as nursery,
        farm("gare") as cameras,
        watched(nursery, "gare", cameras.url(1)) as one,
    ):
        assert nursery.confinement.state == "complete"
        one.order(Rendition.WALL)
        await one.until(lambda: len(one.frames()) >= 5)
        proc = Path(f"/proc/{one.handle.pid}")
        status = dict(line.split(":\t", 1) for line in (proc / "status").read_text().splitlines())
        assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
        assert int(status["CapEff"], 16) == 0
        interfaces = (proc / "net/dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]
        opened = {int(f.name): os.readlink(f) for f in (proc / "fd").iterdir()}  # noqa: PTH115
        assert not [to for n, to in opened.items() if n > 2 and to.startswith("/")], "no file at all"
        limits = " ".join((proc / "limits").read_text().split())
        assert "Max file size 0 0 bytes" in limits, "nor a byte to the standard ones"


async def test_without_bubblewrap_the_filter_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    async with Nursery.started() as nursery:
        assert not nursery.confinement.bubblewrap
        assert nursery.confinement.seccomp
        assert nursery.confinement.refused == frozenset(ATTEMPTS)


def test_nobody_s_capabilities_are_kept() -> None:
    """As root too, where bubblewrap is not there to drop them: seen from outside, while the child waits."""
    waiting, released = os.pipe()
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        os.close(released)
        confine()
        theirs.send(b"confined")
        os.read(waiting, 1)
        os._exit(0)
    try:
        assert ours.recv(16) == b"confined"
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        assert [int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")] == [0, 0, 0, 0]
    finally:
        for descriptor in (released, waiting):
            os.close(descriptor)
        os.waitpid(pid, 0)
        ours.close()
        theirs.close()


async def test_where_it_is_required_and_does_not_hold_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = Confinement(seccomp=False, network=True, bubblewrap=False, refused=frozenset({"connect"}))
    monkeypatch.setattr(nurseries, "_read_confinement", lambda *_, **__: weak)
    with pytest.raises(Unavailable):
        async with Nursery.started(complete=True):
            raise AssertionError
    async with Nursery.started() as nursery:
        assert nursery.confinement.state == "partial"


async def test_a_worker_that_asks_for_nonsense_is_killed() -> None:
    from crisislink.media.switchboard import Switchboard, line  # noqa: PLC0415

    for question in (b"x", b"a", b"a\0\0\0", b"s" * 16, b"d?"):
        ours, theirs = line()
        killed = asyncio.Event()
        board = Switchboard(ours, "rtsp://127.0.0.1:1/x", networks=HERE, on_nonsense=killed.set)
        theirs.send(question)
        async with asyncio.timeout(2):
            await killed.wait()
        board.close()
        theirs.close()
