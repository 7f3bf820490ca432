"""The breaker: who asks a Redis that does not answer waits a quarter of a second, the others not at all."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable

import pytest

from crisislink.adapters.redis.link import PATIENCE_S, Down, RedisLink
from crisislink.adapters.redis.seal import Seal
from crisislink.bench.servers import Server, redis
from crisislink.stage import free_port
from tests.links import linked


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with redis() as running:
        yield running


async def _took_s(asked: Awaitable[object]) -> float:
    started_s = asyncio.get_running_loop().time()
    with pytest.raises(Down):
        await asked
    return asyncio.get_running_loop().time() - started_s


async def _answers(link: RedisLink) -> None:
    while True:
        try:
            await link.ask("PING")
        except Down:
            await asyncio.sleep(0.02)
        else:
            return


async def test_who_is_cancelled_while_a_command_leaves_is_cancelled(server: Server) -> None:
    """Python 3.11's `wait_for` swallows a cancellation that comes as it is done: a command line that had just
    written never ended."""

    async def asks_once(link: RedisLink) -> None:
        await link.ask("PING")
        await asyncio.Event().wait()

    async with linked(server.url) as link:
        await link.ask("PING")
        for turns in range(40):
            task = asyncio.create_task(asks_once(link))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=2)
            assert done, f"cancelled after {turns} turns of the loop, it went on"


async def test_a_frozen_redis_is_waited_for_once_and_found_again(server: Server) -> None:
    async with linked(server.url) as link:
        await link.ask("PING")
        server.process.send_signal(signal.SIGSTOP)
        assert await _took_s(link.ask("PING")) < PATIENCE_S + 0.1
        assert link.degraded
        assert max([await _took_s(link.ask("PING")) for _ in range(50)]) < PATIENCE_S / 2
        server.process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(2):
            await _answers(link)
        assert not link.degraded


async def test_a_crowd_before_a_frozen_redis_waits_no_longer_than_one(server: Server) -> None:
    async with linked(server.url) as link:
        server.process.send_signal(signal.SIGSTOP)
        async with asyncio.timeout(3 * PATIENCE_S):
            refused = await asyncio.gather(*(link.ask("PING") for _ in range(200)), return_exceptions=True)
        assert all(isinstance(one, Down) for one in refused)


async def test_after_the_pause_one_tries_for_all(server: Server) -> None:
    async with linked(server.url) as link:
        server.process.send_signal(signal.SIGSTOP)
        await _took_s(link.ask("PING"))
        link._shut_until_s = 0.0  # the pause is over
        took_s = await asyncio.gather(*(_took_s(link.ask("PING")) for _ in range(10)))
        assert sorted(took > 0.1 for took in took_s) == [False] * 9 + [True]


async def test_after_a_question_was_given_up_no_answer_is_taken_for_another(server: Server) -> None:
    async with linked(server.url) as link:
        await link.ask("PING")
        server.process.send_signal(signal.SIGSTOP)
        await asyncio.gather(*(link.ask("ECHO", f"old {n}") for n in range(10)), return_exceptions=True)
        server.process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(2):
            await _answers(link)
        echoes = await asyncio.gather(*(link.ask("ECHO", f"new {n}") for n in range(30)))
        assert echoes == [f"new {n}".encode() for n in range(30)]


async def test_no_redis_at_all_is_known_at_once() -> None:
    async with linked(f"redis://127.0.0.1:{free_port()}/0") as link:
        assert await _took_s(link.ask("PING")) < 0.1


async def test_a_refused_command_is_no_answer_and_the_link_goes_on(server: Server) -> None:
    async with linked(server.url) as link:
        await _took_s(link.ask("NO-SUCH-COMMAND"))
        assert await link.ask("PING", urgent=True)
        assert await link.ask("PING")


def test_a_name_says_neither_whose_it_is_nor_of_which_installation() -> None:
    name = Seal(b"k" * 32).name("rate", "203.0.113.7")
    assert name.startswith("crisislink:{")
    assert "203.0.113.7" not in name
    assert name == Seal(b"k" * 32).name("rate", "203.0.113.7")
    assert name != Seal(b"x" * 32).name("rate", "203.0.113.7")
    assert name != Seal(b"k" * 32).name("rate", "203.0.113.8")


def test_a_sealed_value_opens_under_its_own_name_and_key_only() -> None:
    seal = Seal(b"k" * 32)
    sealed = seal.close("a", "é\nb")
    assert seal.open("a", sealed) == "é\nb"
    assert seal.open("b", sealed) is None
    assert Seal(b"x" * 32).open("a", sealed) is None
    assert seal.open("a", sealed[:-1] + b"A") is None
    assert seal.open("a", b"") is None
