"""The simulated city as one process: RTSP cameras, the identity providers of both organisations, and the
hospital's dispatch software.

It reads its orders as one JSON line from standard input, answers with one line when it serves, and ends
when standard input ends. `GET /cameras/<n>/sent` and `POST /cameras/<n>/behaviour` on the identity port show
what a camera really sent, and make it fail on demand; both are for the person at this machine.
"""

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from crisislink.core.errors import Invalid
from crisislink.core.geo import distance_m
from crisislink.core.ids import OrganisationId, PersonId
from crisislink.demo.behaviour import Behaviour
from crisislink.demo.cameras import EPOCH, DemoCamera, farm_camera, inventory
from crisislink.demo.clips import Clip, load_video
from crisislink.demo.dispatch import build_dispatch
from crisislink.demo.farm import CameraFarm, FarmCamera
from crisislink.demo.identity import RelyingParty, build_provider, demo_config, demo_machine
from crisislink.demo.orders import CLIENT_ID, HOST, CityOrders, CityReady
from crisislink.demo.people import CITY_PROVIDER, HOSPITAL_PROVIDER, MOREL, TOULOUSE
from crisislink.demo.places import MAIN_PLACE
from crisislink.log import configure

USER = "crisislink"
_PR_SET_PDEATHSIG = 1
_BODY_MAX = 1_000
_WITH_VIDEOS = 16


def played(orders: CityOrders) -> list[FarmCamera]:
    """What each camera plays; a person's videos take turns on the cameras around the main place.

    Raises:
        Invalid: a video cannot be read.
    """
    city = city_inventory()
    cameras = [farm_camera(demo) for demo in city]
    videos = [load_video(Path(path)) for path in orders.videos]
    return _with_videos(cameras, videos, _nearest(city)) if videos else cameras


def city_inventory() -> tuple[DemoCamera, ...]:
    """The demo city's cameras: the same at every start."""
    return inventory(owner=OrganisationId(TOULOUSE.id), validated_by=PersonId(MOREL.id), validated_at=EPOCH)


def _nearest(city: Iterable[DemoCamera]) -> list[int]:
    """The numbers of the cameras that show a person's videos, nearest to the main place first."""
    near = sorted(city, key=lambda c: distance_m(c.camera.position, MAIN_PLACE))
    return [c.camera.number for c in near[:_WITH_VIDEOS]]


def _with_videos(cameras: Iterable[FarmCamera], videos: list[Clip], order: list[int]) -> list[FarmCamera]:
    turn = {number: videos[n % len(videos)] for n, number in enumerate(order)}
    return [
        replace(c, clip=turn[c.number], sub=None, behaviour=Behaviour.NORMAL) if c.number in turn else c
        for c in cameras
    ]


def provider_app(orders: CityOrders) -> Starlette:
    """The identity providers of both organisations; with keys of their own at each call."""
    parties = {
        provider: RelyingParty(
            client_id=CLIENT_ID,
            client_secret=SecretStr(orders.client_secrets[provider]),
            redirect_uris=(f"{orders.public_url}/auth/callback/{provider}",),
            post_logout_redirect_uris=(f"{orders.public_url}/auth/signed-out/{provider}",),
        )
        for provider in (HOSPITAL_PROVIDER, CITY_PROVIDER)
    }
    machines = {HOSPITAL_PROVIDER: demo_machine(orders.public_url)}
    return build_provider(demo_config(orders.identity_url, parties, machines))


def _controls(farm: CameraFarm, numbers: frozenset[int]) -> list[Route]:
    async def sent(request: Request) -> Response:
        number = request.path_params["number"]
        if number not in numbers:
            return JSONResponse({"problem": "no such camera"}, status_code=404)
        return JSONResponse([(s.frame, s.monotonic_ns) for s in farm.sent(number) if s.frame is not None])

    async def behave(request: Request) -> Response:
        number = request.path_params["number"]
        raw = (await request.body())[:_BODY_MAX]
        try:
            behaviour = Behaviour(json.loads(raw)["behaviour"])
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"problem": f"behaviour: one of {[b.value for b in Behaviour]}"}, 422)
        if number not in numbers or request.headers.get("content-type") != "application/json":
            return JSONResponse({"problem": "no such camera, or not JSON"}, status_code=404)
        farm.behave(number, behaviour)
        return JSONResponse({"camera": number, "behaviour": behaviour})

    return [
        Route("/cameras/{number:int}/sent", sent, methods=["GET"]),
        Route("/cameras/{number:int}/behaviour", behave, methods=["POST"]),
    ]


async def serve(orders: CityOrders) -> None:
    """Serve until standard input ends.

    Raises:
        Invalid: a video cannot be read.
        OSError: a port is taken.
    """
    cameras = await asyncio.to_thread(played, orders)
    farm = CameraFarm(cameras, host=HOST, port=orders.camera_port, credentials=(USER, orders.camera_password))
    async with farm:
        numbers = frozenset(c.number for c in cameras)
        routes = [*_controls(farm, numbers), Mount("/", provider_app(orders))]
        servers = [
            _server(Starlette(routes=routes), orders.identity_port),
            _server(dispatch_app(orders), orders.dispatch_port),
        ]
        serving = [asyncio.create_task(one._serve()) for one in servers]  # noqa: SLF001 - the signals are the parent's
        _tell(asdict(CityReady(cameras=_addresses(farm, cameras), sizes=_sizes(cameras))))
        await _until_input_ends()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*serving)


def dispatch_app(orders: CityOrders) -> Starlette:
    """The hospital's simulated dispatch software."""
    issuer, machine = orders.issuer(HOSPITAL_PROVIDER), demo_machine(orders.public_url)
    return build_dispatch(orders.dispatch_url, orders.public_url, issuer, machine)


def _server(app: Starlette, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=HOST,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _addresses(farm: CameraFarm, cameras: Iterable[FarmCamera]) -> dict[str, tuple[str, str | None]]:
    return {
        str(c.number): (farm.url(c.number), farm.url(c.number, sub=True) if c.sub is not None else None)
        for c in cameras
    }


def _sizes(cameras: Iterable[FarmCamera]) -> dict[str, list[tuple[int, int]]]:
    streams = {str(c.number): (c.clip, c.sub) for c in cameras}
    return {n: [(s.width, s.height) for s in both if s is not None] for n, both in streams.items()}


async def _until_input_ends() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass


def _tell(answer: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """The process."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure()
    orders = CityOrders(**json.loads(sys.stdin.readline()))
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(orders))
    except Invalid as error:
        name, why = error.facts.get("file", "?"), error.facts.get("problem", "?")
        _tell({"problem": f"{name} : vidéo illisible ({why}).\n{name}: not a readable video ({why})."})
    except OSError as error:
        _tell({"problem": f"Un port de la ville simulée est pris. / A port is taken: {error}"})


if __name__ == "__main__":
    main()
