"""What people order in a run, given again while nobody knows; each goes into the history with its answer."""

import asyncio
import secrets
from collections.abc import Coroutine, Sequence
from typing import Any

import httpx2

from crisislink.check.report import Failed
from crisislink.check.visitor import Visitor
from crisislink.demo.people import HOSPITAL_PROVIDER
from crisislink.faults.history import ENDING, Granted, History, Order, OrderKind, Outcome, boot_s
from crisislink.faults.rig import CAMERAS, REGULATOR, SUPERVISOR, Rig

ONE_TRY_S = 6.0
_ASK_S, _NOBODY_S, _AGAIN_S = 12.0, 40.0, 0.4
_MISSED_MAX = 2
_MORE_S = 60


class Orders:
    """Of one run. `lasts_s`: how long a grant is asked for."""

    def __init__(self, rig: Rig, history: History, *, lasts_s: int) -> None:
        self._rig = rig
        self._history = history
        self._lasts_s = lasts_s
        self._more = secrets.token_hex(8)
        self._open: list[tuple[OrderKind, str | None, dict[str, Any]]] = []

    async def grant(self, cameras: Sequence[int]) -> dict[str, Any]:
        """One that was asked for and approved.

        Raises:
            KeyError: it was not.
        """
        body = self._request(cameras, self._lasts_s)
        request = await self.give("ask", None, None, "/api/requests", body, who=self._rig.regulator)
        decision = {name: request[name] for name in ("cameras", "duration_s", "version")}
        path = f"/api/requests/{request['id']}/approve"
        grant = await self.give("approve", None, None, path, decision)
        self._history.granted[grant["id"]] = Granted(
            frozenset(request["cameras"]), self._history.orders[-1].answered_s + self._lasts_s
        )
        return grant

    async def leave_open(self, grant: dict[str, Any]) -> None:
        """A request, and one for more time on this grant, that the city has not decided on.

        Raises:
            KeyError: one was not taken.
        """
        longer = {**self._request((), self._lasts_s), "cameras": [view["camera"] for view in grant["views"]]}
        wanted: tuple[tuple[OrderKind, str | None, dict[str, Any]], ...] = (
            ("approve", None, self._request(CAMERAS[:1], _MORE_S)),
            ("extend", grant["id"], {**longer, "extends": grant["id"]}),
        )
        for kind, extends, body in wanted:
            request = await self.give("ask", None, None, "/api/requests", body, who=self._rig.regulator)
            self._open.append(
                (kind, extends, {n: request[n] for n in ("id", "cameras", "duration_s", "version")})
            )

    async def decide(self) -> None:
        """The city tries to approve what was left open, once each, both at once."""
        await asyncio.gather(*(self._decide(kind, grant, dict(asked)) for kind, grant, asked in self._open))

    async def _decide(self, kind: OrderKind, grant: str | None, asked: dict[str, Any]) -> None:
        request = asked.pop("id")
        path = f"/api/requests/{request}/approve"
        made = request if kind == "extend" else None
        await self.give(kind, grant, None, path, asked, tries=1, made=made)

    async def release(self) -> None:
        """What `decide` gave, if it did."""
        for order in self._history.orders:
            if order.kind == "approve" and order.made is not None and order.made not in self._history.granted:
                await self._rig.regulator.post(f"/api/grants/{order.made}/release", {})

    def _request(self, cameras: Sequence[int], lasts_s: int) -> dict[str, Any]:
        return {
            "incident": self._rig.incident["id"],
            "cameras": [self._rig.cameras[n] for n in cameras],
            "duration_s": lasts_s,
            "intent": "victim_estimate",
        }

    async def ask_for_more(self) -> None:
        """The same command, with its key, whenever it is tried: once in the register, or never."""
        await self._ask(self._more)

    async def ask_anew(self, *, at: int) -> None:
        """Another one, at one web process."""
        await self._ask(secrets.token_hex(8), at=at)

    async def _ask(self, key: str, *, at: int | None = None) -> None:
        body, who = self._request(CAMERAS[:1], _MORE_S), self._rig.regulator
        await self.give("ask", None, None, "/api/requests", body, who=who, key=key, tries=1, at=at)

    async def revoke(
        self, grant: str, cameras: Sequence[int] | None, *, tries: int | None = None, at: int | None = None
    ) -> None:
        """Some views of a grant, or all."""
        ids = None if cameras is None else tuple(self._rig.cameras[n] for n in cameras)
        path = f"/api/grants/{grant}/revoke"
        await self.give("revoke", grant, ids, path, {"cameras": ids}, tries=tries, at=at)

    async def stop_sharing(self, *, tries: int | None = None, at: int | None = None) -> None:
        """The kill switch."""
        await self.give("stop_sharing", None, None, "/api/sharing/stop", None, tries=tries, at=at)

    async def give(
        self,
        kind: OrderKind,
        grant: str | None,
        cameras: tuple[str, ...] | None,
        path: str,
        body: object,
        *,
        who: Visitor | None = None,
        key: str | None = None,
        tries: int | None = None,
        at: int | None = None,
        made: str | None = None,
    ) -> dict[str, Any]:
        """A person's command, given again with its key while nobody knows; what the answer holds.

        `made`: what it makes, where that is not what the answer shows.
        """
        person, key, asked_s = who or self._rig.supervisor, key or secrets.token_hex(8), boot_s()
        outcome: Outcome = "unknown"
        answer: dict[str, Any] = {}
        arrived_s: float | None = None
        tried, missed, until_s = 0, 0, asked_s + _ASK_S
        while outcome == "unknown" and tried != tries and boot_s() < until_s:
            if tried + missed:
                await asyncio.sleep(_AGAIN_S)
            sent_s = boot_s()
            outcome, answer, arrived = await self._tried(person, path, body, key, at)
            if arrived and arrived_s is None:
                arrived_s = sent_s
            if arrived_s is None:  # nobody is there: a process that comes back is waited for
                until_s = min(boot_s() + _ASK_S, asked_s + _NOBODY_S)
            if arrived or kind in ENDING or missed == _MISSED_MAX:
                tried += 1
            else:  # its process is gone: the next one is asked
                missed += 1
        self._history.orders.append(
            Order(
                kind=kind,
                grant=answer.get("id") if kind == "approve" else grant,
                cameras=cameras,
                asked_s=asked_s,
                answered_s=boot_s(),
                outcome=outcome,
                key=key,
                made=(made or answer.get("id")) if outcome == "ok" else None,
                problem=answer.get("code"),
                arrived_s=arrived_s,
            )
        )
        return answer

    async def _tried(
        self, who: Visitor, path: str, body: object, key: str, at: int | None
    ) -> tuple[Outcome, dict[str, Any], bool]:
        if at is None:
            return await _attempt(who, path, body, key, origin=self._rig.public_url)
        async with self._rig.at(at, who) as there:
            return await _attempt(there, path, body, key, origin=self._rig.public_url)

    async def sign_in(self) -> None:
        """Somebody new."""
        async with Visitor.at(self._rig.public_url) as person:
            await self._prove("sign_in", person.sign_in(HOSPITAL_PROVIDER, REGULATOR, expected="/samu"))

    async def step_up(self) -> None:
        """Who approves proves again who they are."""
        await self._prove("step_up", self._rig.supervisor.step_up(SUPERVISOR))

    async def _prove(self, kind: OrderKind, proving: Coroutine[Any, Any, None]) -> None:
        asked_s, problem = boot_s(), None
        outcome: Outcome = "unknown"
        try:
            async with asyncio.timeout(ONE_TRY_S):
                await proving
            outcome = "ok"
        except Failed as error:
            outcome, problem = "fail", str(error)[:200]
        except (httpx2.HTTPError, TimeoutError, OSError) as error:
            problem = type(error).__name__
        self._history.orders.append(Order(kind, None, None, asked_s, boot_s(), outcome, problem=problem))


async def _attempt(
    who: Visitor, path: str, body: object, key: str, *, origin: str
) -> tuple[Outcome, dict[str, Any], bool]:
    """What came of it, and whether it may have arrived; without an answer nobody knows what."""
    try:
        async with asyncio.timeout(ONE_TRY_S):
            answer = await who.attempt(path, body, key=key, origin=origin)
        said = answer.json()
    except (TimeoutError, ValueError):  # held by somebody, or answered in no words of ours
        return "unknown", {}, True
    except (httpx2.HTTPError, OSError):  # refused, or broken off: nobody lives there
        return "unknown", {}, False
    if answer.is_success:
        return "ok", said, True
    unsure = answer.status_code >= 500 or answer.status_code == 401
    return "unknown" if unsure else "fail", said, True
