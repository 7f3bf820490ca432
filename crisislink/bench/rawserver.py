"""The raw limit: the same server and sockets, messages framed once and written to each transport, no logic.

What clients say is parsed by the library, as it must, and thrown away. One JSON line from standard input says
which core; the port is answered in one line; it ends when standard input ends.
"""

import asyncio
import json
import os
import signal
import sys
import time

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from crisislink.bench.film import FPS, PAYLOAD_BYTES
from crisislink.media.fanout import framed
from crisislink.media.frames import Flag, Message, MessageType, Rendition
from crisislink.web.socket import EXTENSION, DirectSocket, server_options

_HOST = "127.0.0.1"


async def _serve() -> None:
    viewers: set[DirectSocket] = set()

    async def endpoint(socket: WebSocket) -> None:
        direct: DirectSocket = socket.scope["extensions"][EXTENSION]["socket"]
        await socket.accept()
        direct.prepare()
        await socket.receive()  # the first message
        viewers.add(direct)
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
        viewers.discard(direct)

    config = uvicorn.Config(
        Starlette(routes=[WebSocketRoute("/stream", endpoint)]),
        host=_HOST,
        port=0,
        lifespan="off",
        log_level="warning",
        timeout_graceful_shutdown=1,
        **server_options(),
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # noqa: SLF001 - the signals are the parent's
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    playing = asyncio.create_task(_play(viewers))
    port = server.servers[0].sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps({"port": port}) + "\n")
    sys.stdout.flush()
    await _until_input_ends()
    playing.cancel()
    server.should_exit = True
    await asyncio.gather(serving, playing, return_exceptions=True)


async def _play(viewers: set[DirectSocket]) -> None:
    loop = asyncio.get_running_loop()
    start_s, seq, payload = loop.time(), 0, bytes(PAYLOAD_BYTES)
    while True:
        message = Message(
            type=MessageType.FRAME,
            payload=payload,
            flags=Flag.KEY,
            seq=seq,
            epoch=1,
            config=1,
            rendition=Rendition.FOCUS,
            encoded_us=time.monotonic_ns() // 1_000,
        )
        data = framed(message.pack())
        for viewer in tuple(viewers):
            viewer.write(data)
        seq += 1
        await asyncio.sleep(max(0.0, start_s + seq / FPS - loop.time()))


async def _until_input_ends() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass


def main() -> None:
    """The process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the benchmark
    os.sched_setaffinity(0, {json.loads(sys.stdin.readline())["core"]})
    uvloop.run(_serve())


if __name__ == "__main__":
    main()
