"""Real HTTP on loopback for tests: a server in this process, and a browser that keeps cookies."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from html import unescape
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2
import uvicorn
from starlette.types import ASGIApp


def listening() -> tuple[socket.socket, int]:
    """A socket bound to a free port on loopback, and the port."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", 0))
    return bound, bound.getsockname()[1]


@asynccontextmanager
async def serving(app: ASGIApp, bound: socket.socket) -> AsyncIterator[None]:
    """The application answers on `bound` until the context is left."""
    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    bound.listen(128)  # from now on connections wait instead of failing
    task = asyncio.create_task(server.serve([bound]))
    try:
        yield
    finally:
        server.should_exit = True
        async with asyncio.timeout(10):
            await task
        bound.close()


@cache
def _no_tls() -> ssl.SSLContext:
    """Trusts nobody: everything here is loopback, and reading a trust store for each test takes time."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Browser(httpx2.AsyncClient):
    """Keeps cookies as browsers do (`Secure` ones on http://localhost too); follows no redirect by itself."""

    def __init__(self) -> None:
        policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
        super().__init__(cookies=CookieJar(policy), timeout=10, verify=_no_tls(), trust_env=False)

    async def choose(self, page: httpx2.Response, subject: str, *, field: str = "subject") -> httpx2.Response:
        """Click a person on the provider's page."""
        action = re.search(r'action="([^"]+)"', page.text)
        ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
        assert action is not None, page.text
        assert ticket is not None, page.text
        data = {"ticket": unescape(ticket[1]), field: subject}
        return await self.post(str(page.url.join(unescape(action[1]))), data=data)


def query(answer: httpx2.Response) -> dict[str, str]:
    """The parameters of a redirect."""
    return dict(httpx2.URL(answer.headers["location"]).params)
