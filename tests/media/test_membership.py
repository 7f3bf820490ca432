"""A node among others: it announces itself, obeys cuts from other processes, and leaves in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from crisislink.core.errors import Unavailable
from crisislink.core.grants import EndCause
from crisislink.core.ids import NodeId
from crisislink.flow.ports import NodePresence, Ports
from crisislink.media import membership
from crisislink.media.frames import MessageType
from crisislink.media.membership import Cluster, Membership
from tests.city import City, node_presence, small_city
from tests.media.house import CAMERA, GRANT, House, until, within


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with small_city(tmp_path) as made:
        await made.ports.presence.withdraw(NodeId("node_1"))
        yield made


@asynccontextmanager
async def _member(house: House, ports: Ports) -> AsyncIterator[Membership]:
    member = Membership(
        house.node, replace(ports, bus=house.bus), public_url="https://a.example", capacity=10
    )
    running = asyncio.create_task(member.run())
    try:
        await until(lambda: bool(house.bus._nodes))
        yield member
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await house.node.close()


async def test_it_says_that_it_lives_and_what_it_carries(city: City) -> None:
    house = House()
    async with _member(house, city.ports) as member:
        await house.join()
        await member.join()
        [told] = await city.ports.presence.present()
        assert (told.id, told.public_url, told.load, told.draining) == (
            house.node.id,
            "https://a.example",
            0.1,
            False,
        )


async def test_a_cut_ordered_in_another_process_is_obeyed_and_confirmed(city: City) -> None:
    house = House()
    async with _member(house, city.ports) as member:
        await member.join()
        _, socket = await house.join()
        elsewhere = Cluster(house.bus, city.ports.presence, city.ports.entropy)
        assert await elsewhere.cut(GRANT, [CAMERA], EndCause.REVOKED, recorded=True)
        await within(socket.gone.wait())
        assert socket.code == 4403
        house.worker.picture()
        assert socket.after_close == 0


async def test_a_node_that_does_not_answer_leaves_the_cut_unconfirmed(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "CONFIRM_S", 0.05)
    await city.ports.presence.announce(node_presence(NodeId("node_stopped")), ttl_s=60)
    assert not await Cluster(city.ports.bus, city.ports.presence, city.ports.entropy).cut(
        GRANT, [CAMERA], EndCause.REVOKED, recorded=True
    )


class _Silent:
    """A presence nobody answers for."""

    async def announce(self, node: NodePresence, *, ttl_s: float) -> None:  # noqa: ARG002
        raise Unavailable

    async def withdraw(self, node: NodeId) -> None:  # noqa: ARG002
        return

    async def present(self) -> list[NodePresence]:
        raise Unavailable

    async def dark(self, nodes: object) -> frozenset[NodeId]:  # noqa: ARG002
        raise Unavailable


async def test_where_nobody_knows_the_nodes_the_order_goes_out_all_the_same(city: City) -> None:
    house = House()
    async with _member(house, replace(city.ports, presence=_Silent())):
        _, socket = await house.join()
        assert not await Cluster(house.bus, _Silent(), city.ports.entropy).cut(
            GRANT, [CAMERA], EndCause.SHARING_STOPPED, recorded=True
        )
        await within(socket.gone.wait())


async def test_it_leaves_announced_and_its_viewers_are_told_to_go_elsewhere(city: City) -> None:
    house = House()
    async with _member(house, city.ports) as member:
        await member.join()
        _, socket = await house.join()
        await member.leave()
        assert list(await city.ports.presence.present()) == []
        [end] = socket.of(MessageType.END)
        assert b'"node_leaving"' in end.payload
        assert socket.code == 4503
