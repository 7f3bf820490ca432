"""The video socket on a real server: who comes in, what they may say, and what the register keeps."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed, InvalidStatus

from crisislink.core.requests import RefusalReason
from crisislink.flow import decisions, endings, previews
from crisislink.media.frames import MessageType
from crisislink.web import models as m
from crisislink.web import rounds, stream
from crisislink.web.calls import Service
from crisislink.web.origins import Origins
from tests.samples import CAMERAS, OPERATOR, OTHER_REGULATOR, SUPERVISOR
from tests.web.conftest import ORIGIN, all_here, browser_of, remembered, told, watching
from tests.web.studio import CAMERA, Studio, ack, filming, hello, open_studio, served, the_end, until


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as made:
        yield made


async def test_pictures_arrive_and_the_look_is_in_the_register(studio: Studio) -> None:
    grant, ticket = await studio.ticket()
    async with filming(studio), studio.connect() as socket:
        await socket.send(hello(ticket))
        heard = await until(socket, MessageType.FRAME)
        kinds = [message.type for message in heard]
        assert kinds.index(MessageType.CONFIG) < kinds.index(MessageType.FRAME)
        clock = json.loads(next(x for x in heard if x.type is MessageType.CLOCK).payload)
        assert clock["client_us"] == 1_000
        configuration = json.loads(next(x for x in heard if x.type is MessageType.CONFIG).payload)
        assert configuration["ends_at_us"] > 0
        await socket.send(ack(heard[-1]))
        for _ in range(4):
            heard += await until(socket, MessageType.FRAME)
        assert "viewing.started" in await studio.kinds()
    ended = await studio.recorded("viewing.ended")
    assert (ended["grant"], ended["camera"], ended["cause"]) == (grant, CAMERA, "left")
    assert ended["frames"] >= 5
    assert (await studio.kinds()).index("viewing.started") < (await studio.kinds()).index("viewing.ended")


@pytest.mark.parametrize(
    "first",
    [
        "",
        "no json",
        "[]",
        "{}",
        json.dumps({"ticket": "t", "rendition": "focus"}),
        hello("t", more=1),
        hello("t", rendition="huge"),
        hello("t", clock=-1),
        hello("t", clock="1"),
        hello("t" * 1_100),
        hello(""),
        b"\x01\x02",
        '{"ticket": "\\ud800"}',
    ],
)
async def test_a_malformed_first_message_is_refused(studio: Studio, first: str | bytes) -> None:
    async with studio.connect() as socket:
        await socket.send(first)
        code, reason, retry, _ = await the_end(socket)
    assert (code, reason, retry) == (4400, "malformed", False)
    assert "viewing.started" not in await studio.kinds()


async def test_a_first_message_that_is_too_large_is_refused(studio: Studio) -> None:
    async with studio.connect() as socket:
        await socket.send(hello("t" * 5_000))
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert socket.close_code == 1009


async def test_who_says_nothing_is_sent_away(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HELLO_S", 0.05)
    async with studio.connect() as socket:
        assert (await the_end(socket))[:2] == (4400, "malformed")


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:8401", "null"])
async def test_another_sites_page_gets_no_socket(studio: Studio, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with studio.connect(origin=origin):
            pass
    assert refused.value.response.status_code == 403
    assert (await studio.recorded("access.denied"))["reason"] == "wrong_origin"


async def test_a_ticket_without_its_session_s_cookie_gets_no_picture(studio: Studio) -> None:
    _, ticket = await studio.ticket()
    async with studio.connect(person=None) as socket:
        await socket.send(hello(ticket))
        assert (await the_end(socket))[:3] == (4401, "ticket", True)
    assert (await studio.recorded("access.denied"))["reason"] == "ticket"


async def test_a_ticket_of_a_session_that_is_over_gets_no_picture(studio: Studio) -> None:
    _, ticket = await studio.ticket()
    studio.signed_out.add("lea")
    async with studio.connect() as socket:
        await socket.send(hello(ticket))
        assert (await the_end(socket))[:3] == (4401, "sign_in", False)
    assert "viewing.started" not in await studio.kinds()


async def test_a_replayed_ticket_is_refused_and_recorded(studio: Studio) -> None:
    _, ticket = await studio.ticket()
    async with studio.connect() as first, studio.connect() as second:
        await first.send(hello(ticket))
        await until(first, MessageType.STATE)
        await second.send(hello(ticket))
        assert (await the_end(second))[:3] == (4401, "ticket", True)
    assert (await studio.recorded("access.denied"))["reason"] == "ticket"


async def test_another_persons_ticket_is_refused(studio: Studio) -> None:
    _, ticket = await studio.ticket()
    async with studio.connect(person=OTHER_REGULATOR.person.subject) as socket:
        await socket.send(hello(ticket))
        assert (await the_end(socket))[:3] == (4401, "ticket", True)


async def test_a_ticket_of_a_grant_that_ended_meanwhile_is_refused(studio: Studio) -> None:
    grant, ticket = await studio.ticket()
    await endings.revoke(studio.city.ports, studio.node, SUPERVISOR, grant, None, preempt=False)
    async with studio.connect() as socket:
        await socket.send(hello(ticket))
        assert (await the_end(socket))[:3] == (4403, "grant_over", False)
    assert "viewing.started" not in await studio.kinds()


@pytest.mark.parametrize(
    "said",
    [
        "no json",
        json.dumps({"type": "dance"}),
        json.dumps({"type": "ack"}),
        json.dumps({"type": "ack", "received": -1}),
        json.dumps({"type": "ack", "received": 1 << 32}),
        json.dumps({"type": "ack", "received": True}),
        json.dumps({"type": "rendition", "rendition": "huge"}),
        json.dumps({"type": "key", "more": 1}),
        json.dumps({"type": "clock", "client_us": 1.5}),
        b"\x00",
    ],
)
async def test_nonsense_later_ends_the_look(studio: Studio, said: str | bytes) -> None:
    _, ticket = await studio.ticket()
    async with studio.connect() as socket:
        await socket.send(hello(ticket))
        await until(socket, MessageType.STATE)
        await socket.send(said)
        assert (await the_end(socket))[:3] == (4400, "malformed", False)
    assert (await studio.recorded("viewing.ended"))["cause"] == "malformed"


async def test_a_client_that_talks_without_end_is_sent_away(studio: Studio) -> None:
    _, ticket = await studio.ticket()
    async with studio.connect() as socket:
        await socket.send(hello(ticket))
        await until(socket, MessageType.STATE)
        with suppress(ConnectionClosed):
            for _ in range(300):
                await socket.send('{"type":"key"}')
        assert (await the_end(socket))[:2] == (4400, "malformed")


async def test_a_session_that_is_over_ends_the_look(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "EVERY_S", 0.05)
    _, ticket = await studio.ticket()
    async with studio.connect() as socket:
        await socket.send(hello(ticket))
        await until(socket, MessageType.STATE)
        studio.signed_out.add("lea")
        assert (await the_end(socket))[:3] == (4401, "sign_in", False)
    assert (await studio.recorded("viewing.ended"))["cause"] == "sign_in"


async def test_a_role_that_ends_while_the_picture_runs_ends_the_look(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "EVERY_S", 0.05)
    _, ticket = await studio.ticket()
    async with studio.connect() as socket:
        await socket.send(hello(ticket))
        await until(socket, MessageType.STATE)
        studio.other_role.add("lea")
        assert (await the_end(socket))[:3] == (4403, "role", False)
    assert (await studio.recorded("viewing.ended"))["cause"] == "role"
    assert (await studio.recorded("access.denied"))["action"] == "view.go_on"


async def test_a_preview_is_the_same_stream_and_is_gone_with_the_decision(studio: Studio) -> None:
    request = await studio.city.request()
    preview, ticket = await previews.open_preview(studio.city.ports, SUPERVISOR, request.id, CAMERA)
    async with filming(studio), studio.connect(person=SUPERVISOR.person.subject) as socket:
        await socket.send(hello(ticket.sealed, rendition="wall"))
        await until(socket, MessageType.FRAME)
        [worker] = studio.workers
        [brief] = [order.brief for order in worker.orders.values()]
        assert (brief.grant, brief.person_label, brief.mask) == (preview.id, "Alex", CAMERAS[0].mask)
        await decisions.refuse(studio.city.ports, SUPERVISOR, request.id, RefusalReason.OTHER, version=1)
        assert (await the_end(socket))[:3] == (4403, "ended", False)
    assert (await studio.recorded("preview.ended"))["cause"] == "refused"
    assert not [kind for kind in await studio.kinds() if kind.startswith(("viewing.", "grant."))]


async def test_closing_a_preview_ends_it_and_says_how_much_was_seen(studio: Studio) -> None:
    request = await studio.city.request()
    _, ticket = await previews.open_preview(studio.city.ports, SUPERVISOR, request.id, CAMERA)
    async with filming(studio), studio.connect(person=SUPERVISOR.person.subject) as socket:
        await socket.send(hello(ticket.sealed, rendition="wall"))
        await until(socket, MessageType.FRAME)
    ended = await studio.recorded("preview.ended")
    assert ended["cause"] == "left"
    assert ended["frames"] >= 1


async def test_a_preview_ends_with_its_session(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "EVERY_S", 0.05)
    request = await studio.city.request()
    _, ticket = await previews.open_preview(studio.city.ports, OPERATOR, request.id, CAMERA)
    async with studio.connect(person=OPERATOR.person.subject) as socket:
        await socket.send(hello(ticket.sealed, rendition="wall"))
        await until(socket, MessageType.STATE)
        studio.signed_out.add("omar")
        assert (await the_end(socket))[:3] == (4401, "sign_in", False)
    assert (await studio.recorded("preview.ended"))["cause"] == "sign_in"


async def test_a_server_without_our_protocol_shows_nothing(studio: Studio) -> None:
    app = Starlette(routes=[stream.route(_service(studio), studio.node, browser_of=browser_of)])
    async with served(app, ws="websockets-sansio") as port:
        studio.port = port
        with pytest.raises(InvalidStatus) as refused:
            async with studio.connect():
                pass
    assert refused.value.response.status_code == 500


def _service(studio: Studio) -> Service:
    return Service(
        ports=studio.city.ports,
        video=studio.node,
        origins=Origins(ORIGIN),
        actor_of=told,
        watcher_of=watching,
        present=all_here,
        remembered=remembered,
        sign_in=m.SignIn(providers=[], demo=True),
    )
