"""Cameras are read where the city says that cameras are, and nowhere else, whatever a name becomes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from crisislink.media.networks import CameraNetworks
from crisislink.media.nursery import Nursery
from crisislink.media.switchboard import LineDialer, Switchboard, line
from tests.fakes.loopback import listening
from tests.media.cameras import HERE, watched

EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))
NETWORKS = CameraNetworks([ip_network("10.20.0.0/16"), ip_network("fd12:3456:789a::/48")])


@pytest.mark.parametrize("address", ["10.20.0.1", "10.20.255.254", "fd12:3456:789a::7"])
def test_what_is_named_may_be_a_camera(address: str) -> None:
    assert NETWORKS.holds(address)


@pytest.mark.parametrize(
    "address", ["10.21.0.1", "192.168.0.1", "8.8.8.8", "fd12:3456:789b::7", "2001:db8::1"]
)
def test_what_is_not_named_may_not(address: str) -> None:
    assert not NETWORKS.holds(address)
    assert not CameraNetworks(()).holds(address)


NEVER = [
    "127.0.0.1",
    "127.8.8.8",
    "::1",
    "0.0.0.0",  # noqa: S104
    "::",
    "255.255.255.255",
    "240.0.0.1",
    "224.0.0.1",
    "ff02::1",
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fec0::1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "::ffff:10.20.0.1",
    "::ffff:127.0.0.1",
    "::10.20.0.1",
    "64:ff9b::10.20.0.1",
    "2002:a14:1::1",
    "2001::1",
    "camera",
    "10.20.0",
    "10.20.0.1/16",
    "0x0a140001",
    "167772161",
]


@pytest.mark.parametrize("address", NEVER)
def test_where_no_camera_is_nothing_is_connected_to_even_if_it_is_named(address: str) -> None:
    assert not CameraNetworks(EVERYTHING).holds(address)


def test_the_demonstrations_cameras_are_here_and_nothing_else_is() -> None:
    assert HERE.holds("127.0.0.1")
    assert HERE.holds("::1")
    assert not HERE.holds("10.20.0.1")
    assert not HERE.holds("::ffff:127.0.0.1")


def test_a_connection_back_to_this_machine_is_none_to_a_camera() -> None:
    assert CameraNetworks(EVERYTHING).own("10.20.0.9", "10.20.0.9")
    assert not CameraNetworks(EVERYTHING).own("10.20.0.9", "10.20.0.10")
    assert not HERE.own("127.0.0.1", "127.0.0.1")


@asynccontextmanager
async def dialling(url: str, networks: CameraNetworks) -> AsyncIterator[LineDialer]:
    """As a worker does, over the line."""
    ours, theirs = line()
    board = Switchboard(ours, url, networks=networks, on_nonsense=lambda: None)
    try:
        yield LineDialer(theirs)
    finally:
        board.close()
        theirs.close()


class Names:
    """The DNS, as whoever answers for the camera's name has it; the last answer is repeated."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> None:
        self.asked = 0
        self._answers = answers
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", self._found, raising=False)

    async def _found(self, _: str, port: int, **__: object) -> list[Any]:
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return [
            (socket.AF_INET6 if ":" in at else socket.AF_INET, socket.SOCK_STREAM, 6, "", (at, port))
            for at in answer
        ]


LOOPBACK_NAMES = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]


@pytest.mark.parametrize("host", LOOPBACK_NAMES)
async def test_however_this_machine_is_written_it_is_not_read(host: str) -> None:
    bound, port = listening()
    with bound:
        bound.listen()
        bound.settimeout(0)
        async with dialling(f"rtsp://{host}:{port}/x", CameraNetworks(EVERYTHING)) as dialer:
            with pytest.raises(OSError):  # noqa: PT011 - refused by the list, or no address at all
                await asyncio.to_thread(dialer.stream)
        with pytest.raises(BlockingIOError):
            bound.accept()


async def test_a_name_that_leads_elsewhere_is_refused_and_asked_about_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = Names(monkeypatch, ["169.254.169.254", "192.168.0.1"])
    async with dialling("http://camera.example/video", NETWORKS) as dialer:
        with pytest.raises(PermissionError):
            await asyncio.to_thread(dialer.stream)
    assert names.asked == 1


async def test_a_name_that_changes_between_question_and_connection_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: what was held against the list is what is connected to."""
    bound, port = listening()
    with bound:
        bound.listen()
        names = Names(monkeypatch, ["169.254.169.254", "127.0.0.1"], ["169.254.169.254"])
        async with dialling(f"rtsp://camera.example:{port}/x", HERE) as dialer:
            with await asyncio.to_thread(dialer.stream) as made:
                assert made.getpeername() == ("127.0.0.1", port)
            assert names.asked == 1
            with pytest.raises(PermissionError):
                await asyncio.to_thread(dialer.stream)


async def test_the_room_is_told_that_the_address_is_not_allowed() -> None:
    async with Nursery.started() as nursery, watched(nursery, "gare", "rtsp://u:p@192.0.2.1/x") as one:
        await one.until(lambda: any(report.fault == "not_allowed" for _, report in one.reports))
