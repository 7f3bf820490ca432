"""Slow, endless and countless clients: each is let go, and nobody else waits for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from crisislink.web import calls, patience
from crisislink.web.socket import server_options
from tests.web.conftest import ORIGIN, Site
from tests.web.studio import served

SHORT_S = 0.2
LARGE = 20_000_000


async def _answer(request: Request) -> Response:
    if request.url.path == "/large":
        return Response(b"x" * LARGE)
    if request.url.path == "/read":
        await request.body()
    return PlainTextResponse("here")


APP = Starlette(routes=[Route("/{path}", _answer, methods=["GET", "POST"])])


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with served(APP, timeout_keep_alive=1, **server_options()) as port:
        yield port


async def _sent(port: int, *pieces: bytes) -> bytes:
    """All that comes back, until the server lets go."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(5):
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return await reader.read()
        except ConnectionError:
            return b"reset"
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@pytest.mark.parametrize("begun", [b"", b"GET /a HTTP/1.1\r\nhost: x\r\nx-slow: "])
async def test_a_head_that_does_not_end_is_let_go(
    port: int, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(patience, "HEAD_S", SHORT_S)
    assert await _sent(port, begun) in {b"", b"reset"}


async def test_the_next_head_on_a_connection_has_no_more_time(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "HEAD_S", SHORT_S)
    answer = await _sent(port, b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n", b"GET /b HT")
    assert answer.count(b"HTTP/1.1 200 OK") <= 1


async def test_an_endless_head_is_cut_off(port: int) -> None:
    flood = (b"x-%d: " % n + b"y" * 4_000 + b"\r\n" for n in range(200))
    answer = await _sent(port, b"GET /a HTTP/1.1\r\nhost: x\r\n", *flood)
    assert answer.startswith(b"HTTP/1.1 431") or answer == b"reset"


@pytest.mark.parametrize("path", [b"read", b"early"])
async def test_a_body_that_does_not_come_is_let_go(
    port: int, monkeypatch: pytest.MonkeyPatch, path: bytes
) -> None:
    """Also when the answer did not wait for it."""
    monkeypatch.setattr(patience, "ANSWER_S", SHORT_S)
    answer = await _sent(
        port, b"POST /" + path + b" HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n", b"a"
    )
    assert answer.startswith(b"HTTP/1.1 200") or answer in {b"", b"reset"}


async def test_who_does_not_read_the_answer_is_let_go(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "ANSWER_S", SHORT_S)
    gave_up = asyncio.Event()
    give_up = patience.PatientProtocol._give_up

    def noticed(protocol: patience.PatientProtocol) -> None:
        give_up(protocol)
        gave_up.set()

    monkeypatch.setattr(patience.PatientProtocol, "_give_up", noticed)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_024)
    writer.write(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
    async with asyncio.timeout(5):
        await gave_up.wait()
        got = 0
        with suppress(ConnectionError):
            while piece := await reader.read(1 << 20):
                got += len(piece)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    assert got < LARGE


async def test_one_address_holds_so_many_connections_and_a_proxy_any_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "FROM_ONE_ADDRESS_MAX", 2)
    asked = b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    for proxies, served_third in ((["10.0.0.1/32"], False), (["127.0.0.1/32"], True)):
        async with served(APP, forwarded_allow_ips=proxies, **server_options()) as port:
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
            await asyncio.sleep(0)
            assert (b"200 OK" in await _sent(port, asked)) is served_third
            for _, writer in held:
                writer.close()
                await writer.wait_closed()


async def test_a_command_whose_body_does_not_come_is_a_problem_and_does_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "BODY_S", 0.01)

    async def never() -> Any:
        yield b"{"
        await asyncio.Event().wait()

    headers = {"x-person": "lea", "origin": ORIGIN, "content-type": "application/json"}
    answer = await site.client.post("/api/incidents", content=never(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (408, "body_too_slow")
    assert await site.city.kinds() == []


def test_the_front_proxies_of_the_deployment_bound_what_uvicorn_does_not() -> None:
    deploy = Path(__file__).parents[2] / "deploy"
    caddy, nginx = (deploy / "Caddyfile").read_text(), (deploy / "nginx.conf").read_text()
    for bound in ("read_header", "read_body", "idle", "max_header_size", "max_size"):
        assert bound in caddy
    for bound in ("client_header_timeout", "client_body_timeout", "send_timeout", "limit_conn "):
        assert bound in nginx
    assert "X-Forwarded-For $remote_addr" in nginx
