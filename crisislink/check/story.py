"""The scenes in order: sign in, ask, approve, watch, be refused, revoke, expire, stop everything, verify."""

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from crisislink.check import picture
from crisislink.check.report import Failed, Percentiles, Report
from crisislink.check.stream import Stream, ticket, watch
from crisislink.check.visitor import Visitor, next_event
from crisislink.core.cameras import PrivacyMask
from crisislink.core.merkle import Frontier, leaf_hash
from crisislink.demo.people import CITY_PROVIDER, HOSPITAL_PROVIDER

PLACE = "Bertand de Born"  # misspelt on purpose
REGULATOR, SUPERVISOR, AUDITOR = "Dr L. Fabre", "Brig. A. Morel", "Me C. Rivals"
WATCH_S = 6.0
SHORT_S, LONG_S = 60, 600
_PICTURE_S = 15.0
_EVIL = "https://evil.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A running demonstration: the service's address, the simulated city's, and the masks of its cameras."""

    url: str
    city_url: str
    masks: Mapping[int, PrivacyMask]
    audio_camera: int


class Story:
    """One run. `play` fills the report; a failed step ends the run, with what was measured until then."""

    def __init__(self, where: Where, report: Report) -> None:
        self._where = where
        self._report = report
        self._tasks: list[asyncio.Task[None]] = []

    async def play(self) -> Report:
        """All scenes."""
        try:
            async with AsyncExitStack() as stack:
                self._samu = await stack.enter_async_context(Visitor.at(self._where.url))
                self._police = await stack.enter_async_context(Visitor.at(self._where.url))
                self._auditor = await stack.enter_async_context(Visitor.at(self._where.url))
                await self._scenes(stack)
        except Exception:
            if not self._report.steps or self._report.steps[-1].ok:
                with self._report.step("between the steps"):
                    raise
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        return self._report

    async def _scenes(self, stack: AsyncExitStack) -> None:
        step = self._report.step
        with step("sign in: regulator, police supervisor, auditor"):
            await self._samu.sign_in(HOSPITAL_PROVIDER, REGULATOR, expected="/samu")
            await self._police.sign_in(CITY_PROVIDER, SUPERVISOR, expected="/cic")
            await self._auditor.sign_in(CITY_PROVIDER, AUDITOR, expected="/registre")
        with step("live events: both rooms listen"):
            self._samu_live = await self._listen(stack, self._samu)
            self._police_live = await self._listen(stack, self._police)
        with step("find the place and the cameras that see it"):
            incident, cameras = await self._incident()
        with step("a one-minute grant, watched to its end"):
            short = await self._granted(incident, cameras[2:3], SHORT_S)
            expiring = self._watch(short["id"], cameras[2])
            await self._pictured(expiring)
        with step("the rooms talk; a patient's text is refused"):
            await self._talk(short, cameras[2])
        with step("ask, approve in part, first picture"):
            grant, streams = await self._first_picture(incident, cameras)
        with step("watch: delay of every frame"):
            await self._measure(streams)
        with step("masked, watermarked, moving, silent"):
            self._look(streams, grant["ref"])
        with step("bad input is refused"):
            await self._refusals(grant, incident, streams[0].camera)
        with step("revoke: the picture is cut"):
            await self._cut(grant, streams)
        with step("the one-minute grant ends by itself"):
            await self._expire(short, expiring)
        with step("kill switch, and lifting it"):
            await self._stop_everything(incident, streams[1])
        with step("the register proves it"):
            await self._verify()

    async def _listen(self, stack: AsyncExitStack, who: Visitor) -> ClientConnection:
        room = await who.get("/api/room")
        socket: ClientConnection = await stack.enter_async_context(who.socket("/api/live"))
        await socket.send(json.dumps({"after": room["as_of"]}))
        return socket

    async def _incident(self) -> tuple[str, list[str]]:
        [place, *_] = await self._samu.get("/api/places", q=PLACE)
        at = {"lat": place["lat"], "lon": place["lon"]}
        near = await self._samu.get("/api/nearby", **at, precision_m=place["precision_m"], limit=12)
        cameras = [s["camera"] for s in near if s["not_shareable"] is None]
        if len(cameras) < 4 or not near[0]["sees"]:
            raise Failed(f"too few cameras near {place['name']}: {near}")
        known = await self._samu.get("/api/cameras")
        numbers = {c["number"]: c["id"] for c in known}
        self._number = {camera: number for number, camera in numbers.items()}
        audio = numbers[self._where.audio_camera]
        movable = {c["id"] for c in known if c["mounting"] == "ptz"}
        steered = next(c for c in cameras if c in movable)
        first, *rest = (c for c in cameras if c not in {audio, steered})
        cameras = [audio, first, steered, *rest]
        body = {"nature": "building_collapse", "mass_casualty": True, "place_label": place["name"]} | at
        incident = await self._samu.post("/api/incidents", body)
        return str(incident["id"]), cameras

    async def _request(self, incident: str, cameras: list[str], duration_s: int) -> dict[str, Any]:
        body = {
            "incident": incident,
            "cameras": cameras,
            "duration_s": duration_s,
            "intent": "victim_estimate",
        }
        request: dict[str, Any] = await self._samu.post("/api/requests", body)
        seen = await next_event(self._police_live, "request.submitted")
        if seen["request"]["id"] != request["id"]:
            raise Failed("the police room was told of another request")
        return request

    async def _granted(self, incident: str, cameras: list[str], duration_s: int) -> dict[str, Any]:
        request = await self._request(incident, cameras, duration_s)
        decision = {"cameras": cameras, "duration_s": duration_s, "version": request["version"]}
        grant: dict[str, Any] = await self._police.post(f"/api/requests/{request['id']}/approve", decision)
        await next_event(self._samu_live, "request.approved")
        return grant

    def _watch(self, grant: str, camera: str) -> Stream:
        seen = Stream(camera)
        self._tasks.append(asyncio.create_task(watch(self._samu, grant, camera, seen)))
        return seen

    async def _pictured(self, *streams: Stream) -> None:
        try:
            async with asyncio.timeout(_PICTURE_S):
                for seen in streams:
                    await seen.first.wait()
        except TimeoutError:
            for task in self._tasks:
                if task.done() and (error := task.exception()) is not None:
                    raise error from None
            raise Failed(f"no picture within {_PICTURE_S} s") from None

    async def _first_picture(self, incident: str, cameras: list[str]) -> tuple[dict[str, Any], list[Stream]]:
        asked = [cameras[0], cameras[1], cameras[3]]
        request = await self._request(incident, asked, LONG_S)
        decision = {"cameras": asked[:2], "duration_s": LONG_S, "version": request["version"]}
        start = time.perf_counter()
        grant = await self._police.post(f"/api/requests/{request['id']}/approve", decision)
        told = await next_event(self._samu_live, "request.approved")
        if [v["camera"] for v in told["grant"]["views"]] != asked[:2]:
            raise Failed("the partial approval was not what the regulator was told")
        streams = [self._watch(grant["id"], camera) for camera in asked[:2]]
        await self._pictured(*streams[1:])
        self._report.first_picture_ms = round((time.perf_counter() - start) * 1000, 1)
        await self._pictured(*streams)
        return grant, streams

    async def _talk(self, grant: dict[str, Any], camera: str) -> None:
        """A wish crosses, its answer comes back, a name does not; the register has who and not what."""
        path = f"/api/grants/{grant['id']}/messages"
        start = time.perf_counter()
        await self._samu.post(path, {"kind": "wish", "template": "north", "camera": camera})
        wish = (await next_event(self._police_live, "message.sent"))["message"]
        self._report.message_ms = round((time.perf_counter() - start) * 1000, 1)
        await self._police.post(f"/api/messages/{wish['id']}/answer", {"answer": "done"})
        told = (await next_event(self._samu_live, "message.answered"))["message"]
        if (told["id"], told["text"], told["answer"]) != (wish["id"], wish["text"], "done"):
            raise Failed(f"the answer to another wish: {told}")
        refused = await self._samu.attempt(path, {"text": "Mme Martin, 54 ans"})
        if (refused.status_code, refused.json()["code"]) != (422, "patient_name"):
            raise Failed(f"a patient's name: {refused.status_code} {refused.text}")
        page = await self._auditor.get("/api/register", limit=20, before=1 << 40)
        if any(wish["text"] in base64.b64decode(e["body"]).decode() for e in page["entries"]):
            raise Failed("the register tells what was said")

    async def _measure(self, streams: list[Stream]) -> None:
        await asyncio.sleep(WATCH_S)
        delays: list[float] = []
        for seen in streams:
            delays += await self._delays(seen)
        self._report.frames = sum(s.frames for s in streams)
        if len(delays) < 25:
            raise Failed(f"only {len(delays)} of {self._report.frames} frames could be timed")
        self._report.added_latency_ms = Percentiles.of(delays)

    async def _delays(self, seen: Stream) -> list[float]:
        """Last byte out of the camera → last byte of the message in the viewer, ms, one clock."""
        number = self._number[seen.camera]
        async with httpx2.AsyncClient(timeout=5) as client:
            sent = (await client.get(f"{self._where.city_url}/cameras/{number}/sent")).json()
        by_index: dict[int, list[int]] = {}
        for index, sent_ns in sent:
            by_index.setdefault(index, []).append(sent_ns)
        delays = []
        for index, received_ns in seen.arrivals:
            before = [at for at in by_index.get(index, []) if at <= received_ns]
            if before:
                delays.append((received_ns - max(before)) / 1e6)
        return delays

    def _look(self, streams: list[Stream], reference: str) -> None:
        report = self._report
        report.mask_ok = all(
            picture.masked(p, self._where.masks[self._number[s.camera]]) for s in streams for p in s.pictures
        )
        report.watermark_ok = all(picture.watermarked(s.pictures, reference) for s in streams)
        codecs = set[str]().union(*(s.codecs for s in streams))
        report.audio_tracks = len([c for c in codecs if not c.startswith("avc1.")])
        still = [s.camera for s in streams if not picture.moved(s.pictures)]
        if not (report.mask_ok and report.watermark_ok) or report.audio_tracks or still:
            raise Failed(f"masks {report.mask_ok}, watermark {report.watermark_ok}, still {still}, {codecs}")

    async def _refusals(self, grant: dict[str, Any], incident: str, camera: str) -> None:
        used = await ticket(self._samu, grant["id"], camera)
        await self._socket_refuses(self._samu, "no such ticket", 4401)
        await self._use(used)
        await self._socket_refuses(self._samu, used, 4401)
        try:
            async with self._samu.socket("/stream", origin=_EVIL):
                raise Failed("a foreign origin opened the video socket")
        except InvalidStatus as error:
            if error.response.status_code != 403:
                raise
        body = {"incident": incident, "cameras": ["cam_none"], "duration_s": 600, "intent": "access_route"}
        expected = [
            (await self._samu.attempt("/api/requests", body), 404, "not_found"),
            (await self._police.attempt("/api/requests", body), 403, "role"),
            (await self._samu.attempt("/api/requests", body | {"x": 1}), 422, "malformed"),
            (await self._samu.attempt("/api/requests", body, origin=_EVIL), 403, "wrong_origin"),
        ]
        for answer, status, code in expected:
            if (answer.status_code, answer.json()["code"]) != (status, code):
                raise Failed(f"expected {status} {code}: {answer.status_code} {answer.text}")

    async def _use(self, used: str) -> None:
        async with self._samu.socket("/stream") as socket:
            await socket.send(json.dumps({"ticket": used, "rendition": "wall", "clock": 0}))
            await asyncio.wait_for(socket.recv(), 5)

    async def _socket_refuses(self, who: Visitor, ticket: str, code: int) -> None:
        async with who.socket("/stream") as socket:
            await socket.send(json.dumps({"ticket": ticket, "rendition": "focus", "clock": 0}))
            try:
                async with asyncio.timeout(5):
                    while True:
                        await socket.recv()
            except ConnectionClosed:
                pass
            if socket.close_code != code:
                raise Failed(f"expected close code {code}, got {socket.close_code} {socket.close_reason}")

    async def _cut(self, grant: dict[str, Any], streams: list[Stream]) -> None:
        seen, other = streams[0], streams[1]
        start_ns = time.monotonic_ns()
        await self._police.post(f"/api/grants/{grant['id']}/revoke", {"cameras": [seen.camera]})
        await asyncio.wait_for(seen.closed.wait(), 5)
        self._report.cut_ms = round(max(0.0, (seen.last_byte_ns - start_ns) / 1e6), 1)
        if seen.close_code != 4403 or seen.end is None:
            raise Failed(f"the cut stream ended with {seen.close_code}, {seen.end}")
        before = other.frames
        await asyncio.sleep(1)
        if other.frames <= before or other.closed.is_set():
            raise Failed("the other camera of the grant stopped too")

    async def _stop_everything(self, incident: str, seen: Stream) -> None:
        if seen.closed.is_set():
            raise Failed("the last stream ended before the kill switch")
        await self._police.post("/api/sharing/stop")
        await asyncio.wait_for(seen.closed.wait(), 5)
        body = {"incident": incident, "cameras": [seen.camera], "duration_s": 600, "intent": "access_route"}
        refused = await self._samu.attempt("/api/requests", body)
        if (refused.status_code, refused.json()["code"]) != (403, "sharing_stopped"):
            raise Failed(f"a request during the stop: {refused.status_code} {refused.text}")
        await self._police.post("/api/sharing/resume")

    async def _expire(self, short: dict[str, Any], seen: Stream) -> None:
        ends_at = datetime.fromisoformat(short["ends_at"])
        left_s = ends_at.timestamp() - time.clock_gettime(time.CLOCK_REALTIME)
        await asyncio.wait_for(seen.closed.wait(), max(0.0, left_s) + 10)
        late_us = seen.last_frame_wall_us - ends_at.timestamp() * 1e6
        self._report.expiry_late_ms = round(late_us / 1000, 1)
        if late_us > 0 or late_us < -2e6:
            raise Failed(f"the last picture came {late_us / 1000:.0f} ms from the deadline")

    async def _verify(self) -> None:
        tree, seq, kinds = Frontier(), 0, set[str]()
        while True:
            page = await self._auditor.get("/api/register", after=seq, limit=500)
            for entry in page["entries"]:
                tree = tree.append(leaf_hash(base64.b64decode(entry["body"])))
                seq = entry["seq"]
                kinds.add(entry["kind"])
            if not page["entries"]:
                break
        same = tree.size == page["head"]["size"] and tree.root.hex() == page["head"]["root"]
        self._report.register = {"entries": tree.size, "verified": same}
        missing = _TOLD - kinds
        if not same or missing:
            raise Failed(f"root {'matches' if same else 'differs'}; kinds missing: {sorted(missing)}")


_TOLD = {
    "session.opened",
    "incident.opened",
    "request.submitted",
    "request.approved",
    "grant.activated",
    "viewing.started",
    "viewing.ended",
    "grant.views_revoked",
    "grant.ending",
    "grant.ended",
    "message.sent",
    "message.answered",
    "access.denied",
    "sharing.stopped",
    "sharing.resumed",
}
