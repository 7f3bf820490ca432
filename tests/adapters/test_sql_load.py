"""Years of ended grants, ten thousand cameras, 500 grants now: reads cost what goes on, few statements."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, text
from sqlalchemy.engine import make_url

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql import rows, schema
from crisislink.adapters.sql.databases import PostgresqlDatabase, SqliteDatabase
from crisislink.adapters.sql.migrate import migrate
from crisislink.adapters.sql.store import SqlStore
from crisislink.core.grants import Grant, GrantState, View
from crisislink.core.ids import (
    CameraId,
    GrantId,
    IncidentId,
    NodeId,
    RequestId,
    SessionId,
    ViewingId,
)
from crisislink.core.incidents import Incident, Nature
from crisislink.core.legal import Purpose
from crisislink.core.limits import Limits
from crisislink.core.requests import AccessRequest, RequestIntent, RequestState
from crisislink.flow.ports import UnitOfWork, Viewing
from crisislink.flow.signin import SessionLimits
from crisislink.flow.standing import Rules, standing
from tests.fakes.time import TurnedClock
from tests.samples import ACTORS, BASIS, CITY, ORGANISATIONS, PLACE, REGULATOR, SAMU, SUPERVISOR, T0, camera
from tests.servers import Postgresql

CAMERAS, LIVE, ENDED, VIEWS = 10_000, 500, 20_000, 2
YEAR = timedelta(days=365)
GRANT_VIEW = schema.grant_view
LARGE = {"access_grant", "access_request", "grant_view", "viewing", "incident", "register_entry"}
Read = Callable[[UnitOfWork], Any]


async def _standing(work: UnitOfWork) -> Any:
    rules = Rules(limits=Limits(), sessions=SessionLimits())
    requests, grants = await work.requests(open_only=True), await work.grants(live_only=True)
    return (await standing(work, requests, grants, rules=rules, now=T0)).grants


async def _known(work: UnitOfWork) -> Any:
    known = {grant.id: grant for grant in await work.grants(live_only=True)}
    return [grant for grant in await work.live_grants(known) if grant is known[grant.id]]


async def _a_moment_later(work: UnitOfWork) -> Any:
    rules = Rules(limits=Limits(), sessions=SessionLimits())
    grants = await work.live_grants({})
    first = await standing(work, [], [], rules=rules, now=T0)
    before = await standing(work, [], grants, rules=rules, now=T0, before=first)
    after = await standing(work, [], grants, rules=rules, now=T0, before=before)
    assert after == before
    return [grant for grant in grants if after.approvals[grant.id] is before.approvals[grant.id]]


READS: Sequence[tuple[str, Read, int, int]] = [
    ("live grants", lambda w: w.grants(live_only=True), LIVE, 2),
    ("grants of a shift", lambda w: w.grants(live_only=False, since=T0 - timedelta(hours=1)), LIVE, 2),
    ("open requests", lambda w: w.requests(open_only=True), 0, 1),
    ("requests of a shift", lambda w: w.requests(open_only=False, since=T0 - timedelta(hours=1)), LIVE, 1),
    ("open viewings", lambda w: w.viewings(open_only=True), LIVE, 1),
    ("viewings of a grant", lambda w: w.viewings(open_only=False, grant=GrantId("gra_0")), 1, 1),
    ("open previews", lambda w: w.previews(), 0, 1),
    ("open incidents", lambda w: w.incidents(), LIVE, 1),
    ("what deadlines need", _standing, LIVE, 13),
    ("live grants that are known", _known, LIVE, 3),
    ("what deadlines need, a moment later", _a_moment_later, LIVE, 30),
]


@dataclass(frozen=True)
class Crowded:
    """A store full of the past, and the statements it was asked."""

    store: SqlStore
    statements: list[tuple[str, Any]]

    async def scans(self) -> list[str]:
        """The large tables they read from end to end, by the plans of the same connections."""
        asked = list(self.statements)
        async with self.store._database.reading() as connection:
            on_server = connection.dialect.name == "postgresql"
            explain = "EXPLAIN" if on_server else "EXPLAIN QUERY PLAN"
            plans = [await connection.exec_driver_sql(f"{explain} {sql}", values) for sql, values in asked]
            return [line for plan in plans for line in _scans([row[-1] for row in plan])]


def _scans(plan: Sequence[str]) -> Iterator[str]:
    for line in plan:
        words = line.split()
        if "Seq Scan on" in line and words[words.index("on") + 1] in LARGE:
            yield line
        if words[0] == "SCAN" and words[1] in LARGE and not line.endswith("_open"):  # of what goes on only
            yield line


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | str]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("load") / "load.db"
        migrate(path)
        _fill(create_engine(f"sqlite:///{path}"))
        yield path
    else:
        server: Postgresql = request.getfixturevalue("postgresql")
        with server.database() as url:
            _fill(create_engine(_driver(url)))
            yield url


@pytest.fixture
async def crowded(filled: Path | str, tmp_path: Path) -> AsyncIterator[Crowded]:
    database: PostgresqlDatabase | SqliteDatabase
    if isinstance(filled, str):
        database = PostgresqlDatabase(filled, witness=tmp_path / "witness")
    else:
        database = SqliteDatabase(filled)
    store = SqlStore(database, clock=TurnedClock(), bus=InProcessBus(), vault=Vault(b"k" * 32))
    with _noting(database._readers.sync_engine) as statements:
        async with store.read():
            statements.clear()  # what a fresh connection asks about itself is not counted
        yield Crowded(store, statements)
    await store.close()


def _driver(url: str) -> Any:
    return make_url(url).set(drivername="postgresql+psycopg")


@contextmanager
def _noting(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    noted: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        if sql not in {"SELECT clock_timestamp()", "BEGIN"}:
            noted.append((sql, values))

    event.listen(engine, "before_cursor_execute", note)
    yield noted
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(("read", "found", "statements"), [r[1:] for r in READS], ids=[r[0] for r in READS])
async def test_what_is_read_every_second_costs_what_goes_on_now(
    crowded: Crowded, read: Read, found: int, statements: int
) -> None:
    async with crowded.store.read() as work:
        assert len(await read(work)) == found
    assert len(crowded.statements) <= statements
    assert await crowded.scans() == []


def _fill(engine: Engine) -> None:
    with engine.begin() as connection:
        _put(connection, schema.organisation, [rows.organisation_row(o) for o in ORGANISATIONS])
        _put(connection, schema.person, [rows.person_row(a.person) for a in ACTORS])
        _put(connection, schema.camera, [rows.camera_row(_camera(n)) for n in range(CAMERAS)])
        _put(connection, schema.legal_basis, [rows.legal_basis_row(BASIS)])
        past = [(n, T0 - YEAR + timedelta(minutes=n), True) for n in range(LIVE, LIVE + ENDED)]
        stories = [
            _story(n, at, over=over) for n, at, over in [*((n, T0, False) for n in range(LIVE)), *past]
        ]
        for table in (
            schema.incident,
            schema.access_request,
            schema.access_grant,
            GRANT_VIEW,
            schema.viewing,
        ):
            _put(connection, table, [row for story in stories for row in story[table]])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _put(connection: Connection, table: Table, values: list[rows.Row]) -> None:
    connection.execute(insert(table), values)


def _camera(number: int) -> Any:
    return replace(camera(number), id=_id(number))


def _id(number: int) -> CameraId:
    return CameraId(f"cam_{number % CAMERAS:05d}")


def _story(n: int, at: datetime, *, over: bool) -> dict[Table, list[rows.Row]]:
    grant = _grant(n, at, over=over)
    looks = [_viewing(n, k, at, over=over) for k in range(2 if over else 1)]
    return {
        schema.incident: [rows.incident_row(_incident(n, at, over=over))],
        schema.access_request: [rows.request_row(_request(n, at))],
        schema.access_grant: [rows.grant_row(grant)],
        GRANT_VIEW: rows.view_rows(grant),
        schema.viewing: [rows.viewing_row(look) for look in looks],
    }


def _incident(n: int, at: datetime, *, over: bool) -> Incident:
    return Incident(
        id=IncidentId(f"inc_{n}"),
        number=f"{at.year}-{n:05d}",
        organisation=SAMU.id,
        nature=Nature.BUILDING_COLLAPSE,
        mass_casualty=False,
        place=PLACE,
        place_label="Rue Bertrand de Born",
        precision_m=50,
        case_ref=None,
        opened_by=REGULATOR.person.id,
        opened_at=at,
        exercise=False,
        closed_at=at + timedelta(hours=1) if over else None,
    )


def _request(n: int, at: datetime) -> AccessRequest:
    return AccessRequest(
        id=RequestId(f"req_{n}"),
        incident=IncidentId(f"inc_{n}"),
        beneficiary=SAMU.id,
        owner=CITY.id,
        requester=REGULATOR.person.id,
        cameras=tuple(_id(VIEWS * n + k) for k in range(VIEWS)),
        duration_s=600,
        intent=RequestIntent.ACCESS_ROUTE,
        purpose=Purpose.RESCUE,
        legal_basis=BASIS.id,
        extends=None,
        exercise=False,
        state=RequestState.APPROVED,
        created_at=at,
        lapses_at=at + timedelta(minutes=10),
        decided_at=at,
        decided_by=SUPERVISOR.person.id,
        grant=GrantId(f"gra_{n}"),
        version=2,
    )


def _grant(n: int, at: datetime, *, over: bool) -> Grant:
    return Grant(
        id=GrantId(f"gra_{n}"),
        ref=f"R{n:05d}",
        request=RequestId(f"req_{n}"),
        incident=IncidentId(f"inc_{n}"),
        beneficiary=SAMU.id,
        owner=CITY.id,
        requester=REGULATOR.person.id,
        approver=SUPERVISOR.person.id,
        views=tuple(View(camera=_id(VIEWS * n + k)) for k in range(VIEWS)),
        state=GrantState.ENDED if over else GrantState.ACTIVE,
        starts_at=at,
        ends_at=at + timedelta(minutes=10),
        exercise=False,
        ending_at=at + timedelta(minutes=10) if over else None,
    )


def _viewing(n: int, look: int, at: datetime, *, over: bool) -> Viewing:
    return Viewing(
        id=ViewingId(f"vw_{n}_{look}"),
        grant=GrantId(f"gra_{n}"),
        camera=_id(VIEWS * n + look),
        person=REGULATOR.person.id,
        session=SessionId("ses_1"),
        node=NodeId("node_1"),
        rendition="focus",
        started_at=at,
        ended_at=at + timedelta(minutes=5) if over else None,
    )
