"""The police room without a browser: it approves and revokes through the API, as its page would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from crisislink.check.visitor import Visitor
from crisislink.demo.people import CITY_PROVIDER


@dataclass(frozen=True, slots=True)
class Police:
    """A room supervisor on duty."""

    visitor: Visitor

    async def waiting(self, *, within_s: float = 10) -> dict[str, Any]:
        """The oldest request that waits; a page that asked a moment ago may still be sending."""
        async with asyncio.timeout(within_s):
            while True:
                room = await self.visitor.get("/api/room")
                for request in room["requests"]:
                    if request["state"] == "requested":
                        return dict(request)
                await asyncio.sleep(0.05)

    async def approve(self, *, duration_s: int | None = None) -> None:
        """All that the oldest request asks for; for `duration_s`, or as long as it asks."""
        request = await self.waiting()
        decision = {
            "cameras": request["cameras"],
            "duration_s": duration_s or request["duration_s"],
            "version": request["version"],
        }
        await self.visitor.post(f"/api/requests/{request['id']}/approve", decision)

    async def refuse(self) -> None:
        """The oldest request, as a duplicate."""
        request = await self.waiting()
        refusal = {"reason": "duplicate", "version": request["version"]}
        await self.visitor.post(f"/api/requests/{request['id']}/refuse", refusal)

    async def revoke(self) -> None:
        """Every picture that is seen."""
        room = await self.visitor.get("/api/room")
        for grant in room["grants"]:
            if grant["state"] in {"approved", "active"}:
                await self.visitor.post(f"/api/grants/{grant['id']}/revoke", {})


@asynccontextmanager
async def on_duty(url: str) -> AsyncIterator[Police]:
    """Brig. A. Morel, signed in."""
    async with Visitor.at(url) as visitor:
        await visitor.sign_in(CITY_PROVIDER, "Brig. A. Morel", expected="/cic")
        yield Police(visitor)
