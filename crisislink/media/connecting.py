"""A TCP connection to a camera, and to nothing else: its name is looked up once, each address is held against
the networks of the settings (`media/networks`), and the connection goes to one that passed."""

import asyncio
import errno
import socket

from crisislink.media.dialing import CONNECT_S
from crisislink.media.networks import CameraNetworks

_ADDRESSES_MAX = 4


async def connected(where: tuple[str, int], networks: CameraNetworks) -> tuple[socket.socket, str]:
    """A non-blocking socket, TCP_NODELAY, to the first of the host's addresses that is allowed and answers;
    and that address. The caller closes it. `where`: host and port.

    Raises:
        OSError: none answers within three seconds (ETIMEDOUT), or none may be connected to (EACCES).
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_S):
            found = await loop.getaddrinfo(*where, type=socket.SOCK_STREAM)
            allowed = [each for each in found if networks.holds(str(each[4][0]))]
            failed = OSError(errno.EACCES, "outside the cameras' networks")
            for family, kind, _, _, at in allowed[:_ADDRESSES_MAX]:
                try:
                    return await _to(family, kind, tuple(at), networks), str(at[0])
                except OSError as error:
                    failed = error
            raise failed
    except TimeoutError as error:
        raise OSError(errno.ETIMEDOUT, "the camera does not answer") from error


async def _to(
    family: socket.AddressFamily, kind: socket.SocketKind, at: tuple[object, ...], networks: CameraNetworks
) -> socket.socket:
    made = socket.socket(family, kind)
    try:
        made.settimeout(0)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(made, at)
    except BaseException:
        made.close()
        raise
    if networks.own(made.getsockname()[0], str(at[0])):
        made.close()
        raise OSError(errno.EACCES, "this machine is no camera")
    return made
