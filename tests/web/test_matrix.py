"""The authorization matrix: every cell of `matrix`, called on the application as `wiring` builds it."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import httpx2
from pydantic import HttpUrl, SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from crisislink import wiring
from crisislink.adapters.basemap.settings import MapSettings
from crisislink.adapters.rates import LenientRates
from crisislink.adapters.sql.databases import Database
from crisislink.adapters.sql.ephemera import SqlEphemera
from crisislink.config import ProviderSettings, Settings
from crisislink.core.actors import Actor, Role, Side
from crisislink.core.events import InventoryLoaded
from crisislink.core.grants import Grant
from crisislink.flow.embedding import Frame
from crisislink.flow.machines import Scope, VerifiedMachine
from crisislink.media.frames import MessageType, unpack
from crisislink.media.leases import FlowAuthority
from crisislink.media.node import MediaNode
from crisislink.web.auth import SESSION_COOKIE
from crisislink.web.socket import server_options
from tests.city import NODE, City, small_city
from tests.fakes.picture import HeldWorker
from tests.pmtiles import PNG, archive
from tests.samples import REGULATOR, T0, habilitation
from tests.web.matrix import BODIES, CALLERS, PAGE, QUERIES, Row, Thing, table
from tests.web.studio import served

URL = "http://localhost:8400"
TABLE = table()


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The real application over a small city, with everybody signed in."""

    city: City
    app: Starlette
    http: httpx2.AsyncClient
    headers: dict[str, dict[str, str]]

    def of(self, who: Actor | None) -> dict[str, str]:
        """What this caller's browser, or software, sends along."""
        return {"origin": URL} if who is None else self.headers[who.person.id]


@asynccontextmanager
async def open_town(folder: Path, database: Database | None = None, *, pace: int = 1) -> AsyncIterator[Town]:
    """`pace`: how many times the usual is allowed."""
    async with small_city(folder, database) as made_city, AsyncExitStack() as stack:
        rates = LenientRates(made_city.ports.rates, pace)
        ephemera = made_city.ports.ephemera
        if database is not None:  # as `wiring` has it
            ephemera = SqlEphemera(made_city.store, clock=made_city.clock)
        city = replace(made_city, ports=replace(made_city.ports, rates=rates, ephemera=ephemera))
        settings = _settings(folder)
        clients = {
            p.id: await stack.enter_async_context(wiring._client(p, settings, city.ports))
            for p in settings.providers
        }
        node = MediaNode(
            id=NODE,
            authority=FlowAuthority(city.ports),
            bus=city.ports.bus,
            clock=city.clock,
            limits=city.ports.limits,
            hire=HeldWorker,
        )
        issuer = REGULATOR.person.issuer
        frame = Frame(provider="hopital", issuer=issuer, machines=issuer, origins=frozenset({PAGE}))
        made = replace(
            wiring._service(settings, city.ports, node),
            machine_of=_vouched,
            video=city.video,
            frames=(frame,),
            basemap=await wiring._basemap(settings, city.ports, stack),
        )
        app = wiring._app(settings, made, clients, cast("Any", _Carrying(node)))
        direct = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=URL)
        http = await stack.enter_async_context(direct)
        headers: dict[str, dict[str, str]] = {
            who.person.id: await _signed_in(city, who) for who in CALLERS if who is not None
        }
        yield Town(city=city, app=app, http=http, headers=headers)
        await node.close()


class _Carrying:
    """What `wiring` knows of a media node beside the pages."""

    def __init__(self, node: MediaNode) -> None:
        self.node = node
        self.state = "complete"

    @property
    def member(self) -> "_Carrying":
        return self

    nursery = confinement = member


def _settings(folder: Path) -> Settings:
    provider = ProviderSettings(
        id="hopital",
        label="SAMU 31",
        side=Side.HOSPITAL,
        issuer="http://localhost:1/hopital",
        client_id="crisislink",
        client_secret=SecretStr("s3cret"),
    )
    ground = folder / "city.pmtiles"
    ground.write_bytes(archive({(10, 0, 0): b"1"}, PNG))
    return Settings(
        public_url=HttpUrl(URL),
        map=MapSettings(file=ground, attribution="© OpenStreetMap"),
        data_dir=folder,
        key_file=folder / "key",
        providers=(provider, provider.model_copy(update={"id": "ville", "side": Side.CITY})),
    )


async def _vouched(token: str, _shown: str | None) -> VerifiedMachine:
    organisation, _, client = token.partition(".")
    return VerifiedMachine(
        issuer=f"https://{organisation}.example",
        client_id=client,
        scopes=frozenset(Scope),
        issued_at=T0,
    )


async def _signed_in(city: City, who: Actor) -> dict[str, str]:
    enrolled = InventoryLoaded(organisation=None, what="persons", rows=1, sha256="")
    assert who.person.subject is not None
    async with city.store.write() as work:
        if await work.person_by_subject(who.person.issuer, who.person.subject) is None:
            await work.record(enrolled, who.person)
            await work.record(enrolled, *(habilitation(who.person, role) for role in who.roles))
    if who.has(Role.DISPATCH_SYSTEM):
        client = who.person.subject.removeprefix("client:")
        return {"authorization": f"Bearer {who.organisation.id}.{client}"}
    opened = await city.signed_in(who)
    return {"origin": URL, "cookie": f"{SESSION_COOKIE}={opened.token}"}


def _routes(app: Starlette) -> set[str]:
    found = set()
    for route in app.routes:
        match route:
            case Route():
                found |= {f"{method} {route.path}" for method in (route.methods or set()) - {"HEAD"}}
            case WebSocketRoute():
                found.add(f"WS {route.path}")
            case Mount():
                found.add(f"GET {route.path}/*")
            case _:
                raise AssertionError(f"a kind of route the matrix cannot call: {route!r}")
    return found


async def test_every_route_has_its_row(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        routes = _routes(town.app)
    rows = [row.route for row in TABLE]
    assert sorted(rows) == sorted(set(rows)), "one row a route"
    assert routes - set(rows) == set(), "a route without a row: say in tests/web/matrix.py who may call it"
    assert set(rows) - routes == set(), "a row without a route"
    assert (BODIES.keys() | QUERIES.keys()) <= set(rows)


async def test_the_matrix_holds(tmp_path: Path) -> None:
    """In the table's order: what one row holds back or stops, the next one shows again."""
    async with open_town(tmp_path) as town:
        wrong = [one for row in TABLE if row.method != "WS" for one in await _wrong(town, row)]
    assert not wrong, "\n".join(wrong)


async def _wrong(town: Town, row: Row) -> list[str]:
    """The cells that do not hold. Who is refused comes first: each attempt of somebody is one entry."""
    cells = list(zip(row.cells, CALLERS, strict=True))
    refused = [(cell, who) for cell, who in cells if cell in ".h"]
    theirs = await _things(town, row)
    before = await _entries(town)
    wrong = [await _refused(town, row, who, theirs, hidden=cell == "h") for cell, who in refused]
    attempts = sum(2 if cell == "h" else 1 for cell, who in refused if who is not None)
    if (found := await _entries(town) - before) != attempts:
        wrong.append(f"{row.route}: {attempts} attempts, {found} entries")
    for cell, who in cells:
        if cell == "y":
            things = theirs if row.method == "GET" else await _things(town, row)
            answer = await _call(town, row, who, things)
            good = answer.status_code < 400 or _meant_for_others(row, answer)
            wrong.append(None if good else _told(row, who, answer))
        elif cell == "n":
            answer = await _call(town, row, who, theirs)
            wrong.append(None if answer.status_code == 401 else _told(row, who, answer))
        elif cell == "o":
            answer = await _call(town, row, who, {})
            shown = [one for one in theirs.values() if one in answer.text]
            wrong.append(_told(row, who, answer) if shown or answer.status_code != 200 else None)
    return [one for one in wrong if one is not None]


async def _refused(
    town: Town, row: Row, who: Actor | None, things: dict[str, str], *, hidden: bool
) -> str | None:
    answer = await _call(town, row, who, things)
    if hidden:
        nothing = {name: re.sub(r"\d", "9", one) for name, one in things.items()}
        absent = await _call(town, row, who, nothing)
        good = _seen(absent) == _seen(answer) and answer.status_code == 404
    else:
        keys = {"type", "title", "status", "detail", "code"}
        good = answer.status_code == (401 if who is None else 403) and answer.json().keys() == keys
    return None if good else _told(row, who, answer)


def _told(row: Row, who: Actor | None, answer: httpx2.Response) -> str:
    name = "nobody" if who is None else who.person.id
    return f"{row.route} by {name}: {answer.status_code} {answer.text[:300]}"


async def _entries(town: Town) -> int:
    """How many the register has."""
    async with town.city.store.read() as work:
        return (await work.register_head()).size


def _seen(answer: httpx2.Response) -> tuple[int, set[str], bytes]:
    return answer.status_code, set(answer.headers.keys()), answer.content


def _meant_for_others(row: Row, answer: httpx2.Response) -> bool:
    """They may speak to it: what it makes of nonsense is not a refusal of the person."""
    if row.route == "GET /api/map/tiles/{z}/{x}/{y}":  # this city's map is a file
        return answer.status_code == 404
    if row.route == "POST /api/admin/roster/import":  # nobody previewed this
        return answer.status_code in {409, 422}
    if row.route == "POST /api/embed/sessions":  # whoever they are, it is no code
        return answer.status_code == 403 and answer.json()["code"] == "launch_code"
    return row.route in {"POST /auth/backchannel/{provider}", "GET /assets/*"} and answer.status_code < 405


async def _things(town: Town, row: Row) -> dict[str, str]:
    """What it names, new; where it lists things, what others must not be shown."""
    named = re.findall(r"\{(\w+)\}", row.path + json.dumps(BODIES.get(row.route, {})))
    if "o" in row.cells:
        named = named or ["incident", "grant"]
    return {name: await getattr(Thing(town.city), name)() for name in named}


async def _call(town: Town, row: Row, who: Actor | None, things: dict[str, str]) -> httpx2.Response:
    def filled(text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: things.get(found[1], found[0]), text)

    body = BODIES.get(row.route)
    path = filled(row.path).replace("*", "none.js")
    if row.route in QUERIES:
        path += f"?{QUERIES[row.route]}"
    sent = None if body is None else filled(json.dumps(body)).encode()
    headers = town.of(who) | ({} if sent is None else {"content-type": "application/json"})
    return await town.http.request(row.method, path, content=sent, headers=headers)


async def test_no_foreign_page_makes_a_signed_in_browser_do_anything(tmp_path: Path) -> None:
    """Every unsafe method, by somebody who may: the wrong origin, none, and another site of the browser's."""
    async with open_town(tmp_path) as town:
        for row in TABLE:
            if row.method != "POST" or row.path.startswith("/auth/backchannel"):
                continue  # the provider's own word, which no browser carries
            if "n" in row.cells or row.path == "/api/launches":
                continue  # what no browser sends by itself: a bearer
            who = next(w for c, w in zip(row.cells, CALLERS, strict=True) if c == "y" and w and w.session)
            own = town.of(who)
            for foreign in (
                own | {"origin": "https://evil.example"},
                {name: value for name, value in own.items() if name != "origin"},
                own | {"sec-fetch-site": "cross-site"},
            ):
                town.headers[who.person.id] = foreign
                answer = await _call(town, row, who, {})
                told = answer.headers.get("location") or answer.json()["code"]
                assert told in {"wrong_origin", "/?problem=wrong_origin"}, (row.route, told)
            town.headers[who.person.id] = own


async def _close_code(town: Town, address: str, who: Actor | None, first: str) -> tuple[int, bool]:
    """How the socket closes, and whether the caller was let in."""
    socket = await connect(
        address,
        additional_headers=town.of(who) | {"origin": URL},
        compression=None,
        proxy=None,
    )
    try:
        await socket.send(first)
        data = await socket.recv()
        let_in = isinstance(data, str) or unpack(data).type is not MessageType.END
        if let_in:
            return 0, True
        await socket.recv()
    except ConnectionClosed:
        pass
    finally:
        await socket.close()
    assert socket.close_code is not None
    return socket.close_code, False


async def test_events_reach_both_rooms_and_nobody_else(tmp_path: Path) -> None:
    row = next(row for row in TABLE if row.route == "WS /api/live")
    async with open_town(tmp_path) as town, served(town.app, **server_options()) as port:
        for who, cell in zip(CALLERS, row.cells, strict=True):
            code, let_in = await _close_code(town, f"ws://127.0.0.1:{port}/api/live", who, '{"after": 0}')
            assert let_in is (cell == "y"), (who, code)
            assert let_in or code == (4401 if who is None or who.session is None else 4403), (who, code)


async def test_a_ticket_opens_its_own_persons_picture_and_nobody_elses(tmp_path: Path) -> None:
    row = next(row for row in TABLE if row.route == "WS /stream")
    async with open_town(tmp_path) as town, served(town.app, **server_options()) as port:
        grant = await town.city.grant()
        for who, cell in zip(CALLERS, row.cells, strict=True):
            hello = json.dumps({"ticket": await _ticket(town, grant), "rendition": "focus", "clock": 1})
            code, let_in = await _close_code(town, f"ws://127.0.0.1:{port}/stream", who, hello)
            assert (let_in, code) == ((True, 0) if cell == "y" else (False, 4401)), who


async def _ticket(town: Town, grant: Grant) -> str:
    row = next(row for row in TABLE if row.route == "POST /api/grants/{grant}/tickets")
    answer = await _call(town, row, REGULATOR, {"grant": grant.id})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket"])
