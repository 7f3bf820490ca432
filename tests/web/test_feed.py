"""The one reader behind all events sockets: what is wrong with one seat is nobody else's."""

import asyncio
from collections.abc import Collection
from pathlib import Path

import pytest

from crisislink.core.actors import Actor
from crisislink.core.errors import Unauthenticated
from crisislink.core.ids import SessionId
from crisislink.web import models as m
from crisislink.web.calls import Service
from crisislink.web.feed import Feed
from crisislink.web.origins import Origins
from tests.city import small_city
from tests.samples import OPERATOR, REGULATOR
from tests.web.conftest import ORIGIN, remembered, told


async def test_one_who_signed_out_and_is_slow_to_leave_throws_nobody_else_out(tmp_path: Path) -> None:
    asked = 0

    async def present(sessions: Collection[SessionId]) -> dict[SessionId, Actor]:
        nonlocal asked
        asked += 1
        return {OPERATOR.session: OPERATOR} if OPERATOR.session in sessions else {}  # type: ignore[dict-item]

    async def watcher_of(_: SessionId) -> Actor:
        raise Unauthenticated  # the regulator signed out

    async with small_city(tmp_path) as city:
        feed = Feed(
            Service(
                ports=city.ports,
                video=city.video,
                origins=Origins(ORIGIN),
                actor_of=told,
                watcher_of=watcher_of,
                present=present,
                remembered=remembered,
                sign_in=m.SignIn(providers=[], demo=True),
            )
        )
        async with feed.attended(REGULATOR) as gone, feed.attended(OPERATOR) as stays:
            async with asyncio.timeout(20):
                while asked < 3:
                    await asyncio.sleep(0.05)
            with pytest.raises(Unauthenticated):
                gone.actor()
            assert stays.actor() is OPERATOR
