"""Cameras are connected to where they may be, and nowhere else, whatever the inventory says."""

import asyncio
import errno
import ipaddress

import pytest

from crisislink.media.reach import CameraNetworks
from crisislink.media.switchboard import LineDialer, Switchboard, line
from tests.fakes.loopback import listening

CITY = CameraNetworks((ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd00:20::/64")))


@pytest.mark.parametrize(
    ("host", "allowed", "in_the_city"),
    [
        ("10.20.3.4", True, True),
        ("::ffff:10.20.3.4", True, True),
        ("fd00:20::5", True, True),
        ("10.21.0.1", True, False),
        ("127.0.0.1", True, False),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("metadata.internal", False, False),
    ],
)
def test_an_address_is_a_cameras_or_not(host: str, allowed: bool, in_the_city: bool) -> None:
    assert CameraNetworks().allow(host) is allowed
    assert CITY.allow(host) is in_the_city


@pytest.mark.parametrize(("networks", "connected"), [(CameraNetworks(), True), (CITY, False)])
async def test_only_a_camera_of_these_networks_is_dialled(networks: CameraNetworks, connected: bool) -> None:
    """The host is a name: what it resolves to is what counts."""
    bound, port = listening()
    bound.listen(1)
    ours, workers = line()
    board = Switchboard(ours, f"rtsp://localhost:{port}/x", on_nonsense=lambda: None, networks=networks)
    dialer = LineDialer(workers)

    def dial() -> int | None:
        try:
            dialer.stream().close()
        except OSError as error:
            return error.errno
        return None

    try:
        assert await asyncio.to_thread(dial) == (None if connected else errno.EACCES)
    finally:
        board.close()
        workers.close()
        bound.close()
