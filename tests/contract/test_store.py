"""What every store must do: one suite for SQLite and PostgreSQL, opened as the product opens them."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql import databases
from crisislink.adapters.sql.databases import PostgresqlDatabase, SqliteDatabase
from crisislink.adapters.sql.store import SqlStore
from crisislink.core.conversation import Answer, Obstacle, erase
from crisislink.core.crisis import CrisisCause, Terms, propose
from crisislink.core.crisis import end as end_crisis
from crisislink.core.errors import Conflict, NotFound, Reason, Unavailable
from crisislink.core.escalation import Escalation
from crisislink.core.events import GrantActivated, InventoryLoaded, SharingStopped
from crisislink.core.geo import Position
from crisislink.core.grants import EndCause, activate, end, finish, resume, suspend
from crisislink.core.ids import CameraId, CrisisId, GrantId, NodeId, PersonId, PreviewId, SessionId, ViewingId
from crisislink.core.killswitch import stop
from crisislink.core.limits import Limits
from crisislink.core.perimeter import Circle, Perimeter, Ring
from crisislink.core.places import Place, PlaceKind
from crisislink.core.previews import Preview
from crisislink.core.suspension import Pause, SuspendCause
from crisislink.flow.ports import CameraSource, CameraUrl, Session, Viewing, Wake
from tests.city import City, small_city
from tests.samples import (
    BASIS,
    CAMERAS,
    CITY,
    COMMISSION,
    ORGANISATIONS,
    OTHER_SAMU,
    PLACE,
    REGULATOR,
    SAMU,
    SAMU_SUPERVISOR,
    SUPERVISOR,
    T0,
)
from tests.servers import Postgresql
from tests.talk import movable_grant, say

LOADED = InventoryLoaded(organisation=None, what="test", rows=1, sha256="0" * 64)


@pytest.fixture(params=["sqlite", "postgresql"])
async def city(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[City]:
    if request.param == "sqlite":
        async with small_city(tmp_path) as made:
            yield made
    else:
        server: Postgresql = request.getfixturevalue("postgresql")
        with server.database() as url:
            async with small_city(tmp_path, PostgresqlDatabase(url, witness=tmp_path / "witness")) as made:
                yield made


@pytest.fixture
async def file_city(tmp_path: Path) -> AsyncIterator[City]:
    async with small_city(tmp_path) as made:
        yield made


async def test_every_state_comes_back_as_it_was_written(city: City) -> None:
    grant = await city.grant()
    viewing = Viewing(
        id=ViewingId("vw_1"),
        grant=grant.id,
        camera=CAMERAS[0].id,
        person=REGULATOR.person.id,
        session=SessionId("ses_1"),
        node=NodeId("node_1"),
        rendition="focus",
        started_at=T0 + timedelta(microseconds=1),
    )
    place = Place(
        name="Rue de l'Été", kind=PlaceKind.STREET, position=PLACE, precision_m=40, quarter="Matabiau"
    )
    async with city.store.write() as work:
        await work.record(LOADED, viewing, place)
    async with city.store.read() as work:
        assert list(await work.organisations()) == sorted(ORGANISATIONS, key=lambda o: o.id)
        assert await work.person(REGULATOR.person.id) == REGULATOR.person
        assert await work.person_by_subject(REGULATOR.person.issuer, "lea") == REGULATOR.person
        assert await work.person_by_subject("https://other", "lea") is None
        assert [h.role for h in await work.habilitations(REGULATOR.person.id)] == list(REGULATOR.roles)
        assert list(await work.cameras()) == list(CAMERAS)
        assert await work.camera(CAMERAS[0].id) == CAMERAS[0]
        assert list(await work.legal_bases(CITY.id)) == [BASIS]
        assert list(await work.places()) == [place]
        assert await work.grant(grant.id) == grant
        assert (await work.request(grant.request)).grant == grant.id
        assert (await work.incident(grant.incident)).place == PLACE
        assert list(await work.viewings(open_only=True)) == [viewing]
        source = await work.camera_source(CAMERAS[1].id)
        named = await work.camera_sources([CAMERAS[1].id, CameraId("cam_nobody")])
    assert list(named) == [source]
    assert source.main.reveal() == "rtsp://u:p@127.0.0.1:1/2"
    assert "u:p" not in repr(source)


async def test_a_preview_comes_back_as_it_was_written_and_is_listed_until_it_ended(city: City) -> None:
    request = await city.request()
    opened = Preview(
        id=PreviewId(GrantId("pv_1")),
        ref="K7M2Q",
        request=request.id,
        camera=CAMERAS[0].id,
        owner=CITY.id,
        person=SUPERVISOR.person.id,
        session=SessionId("ses_1"),
        node=NodeId("node_1"),
        exercise=False,
        opened_at=T0 + timedelta(microseconds=1),
        ends_at=T0 + timedelta(seconds=30),
    )
    later = replace(opened, id=PreviewId(GrantId("pv_0")), opened_at=T0 + timedelta(seconds=1))
    async with city.store.write() as work:
        await work.record(LOADED, later, opened)
        assert list(await work.previews()) == [opened, later]
    over = replace(opened, ended_at=T0 + timedelta(seconds=2), cause="approved")
    async with city.store.write() as work:
        await work.record(LOADED, over)
    async with city.store.read() as work:
        assert await work.preview(opened.id) == over
        assert list(await work.previews()) == [later]
        with pytest.raises(NotFound):
            await work.preview(PreviewId(GrantId("pv_9")))


@pytest.mark.parametrize(
    "perimeter",
    [Circle(PLACE, 300), Ring((Position(43.60, 1.44), Position(43.60, 1.46), Position(43.62, 1.45)))],
    ids=["circle", "ring"],
)
async def test_a_declared_crisis_comes_back_as_it_was_written(city: City, perimeter: Perimeter) -> None:
    terms = Terms(
        beneficiary=SAMU.id,
        owner=CITY.id,
        perimeter=perimeter,
        cameras=frozenset({CAMERAS[0].id}),
        purposes=BASIS.purposes,
        grant_s=600,
        ends_at=T0 + timedelta(hours=1),
        legal_basis=BASIS.id,
        exercise=False,
    )
    proposed, first = propose(
        SAMU_SUPERVISOR,
        id=CrisisId("cri_1"),
        ref="K7M2Q",
        terms=terms,
        cameras=CAMERAS[:1],
        basis=BASIS,
        limits=Limits(),
        now=T0,
    )
    ended, last = end_crisis(proposed, CrisisCause.BY_HAND, actor=SUPERVISOR, now=T0)
    assert last is not None
    async with city.store.write() as work:
        await work.record(first, proposed)
        assert await work.crisis(proposed.id) == proposed
        assert list(await work.crises(open_only=True)) == [proposed]
        await work.record(last, ended)
    async with city.store.read() as work:
        assert list(await work.crises(open_only=True)) == []
        assert list(await work.crises(open_only=False, since=T0)) == [ended]
        assert list(await work.crises(open_only=False, since=T0 + timedelta(seconds=1))) == []
        for side in (None, terms.beneficiary, terms.owner):
            assert list(await work.newest_crises(side, 1)) == [ended]
        assert list(await work.newest_crises(COMMISSION.id, 9)) == []
    with pytest.raises(Conflict):
        async with city.store.write() as work:
            await work.record(last, ended)


async def test_what_grants_and_requests_rest_on_is_read_back(city: City) -> None:
    grant, waiting = await city.grant(), await city.request()
    [first, second] = grant.open_cameras
    paused = Pause(camera=first, owner=CITY.id, cause=SuspendCause.CITY, since=T0, version=1)
    held, suspended = suspend(grant, first, SuspendCause.CITY, actor=SUPERVISOR, now=T0)
    shown, resumed = resume(held, first, actor=SUPERVISOR, now=T0 + timedelta(seconds=1))
    assert suspended is not None
    assert resumed is not None
    reached = Escalation(request=waiting.id, version=1)
    look = Viewing(
        id=ViewingId("vw_1"),
        grant=grant.id,
        camera=second,
        person=REGULATOR.person.id,
        session=SessionId("ses_1"),
        node=NodeId("node_1"),
        rendition="wall",
        started_at=T0,
    )
    async with city.store.write() as work:
        await work.record(suspended, held)
        assert await work.grant(grant.id) == held
        await work.record(resumed, shown)
        await work.record(LOADED, paused, reached)
        assert await work.last_seen([grant.id]) == {}
        await work.record(LOADED, look)
        assert await work.last_seen([grant.id]) == {grant.id: None}
        await work.record(LOADED, replace(look, ended_at=T0 + timedelta(seconds=9)))
    async with city.store.read() as work:
        assert await work.grant(grant.id) == shown
        assert await work.pauses([first, second]) == {first: paused}
        assert await work.escalations([waiting.id, grant.request]) == {
            waiting.id: reached,
            grant.request: Escalation(request=grant.request),
        }
        assert await work.live_grants({}) == await work.grants(live_only=True) == [shown]
        assert await work.live_grants({grant.id: held}) == [shown], "another version is read"
        [same] = await work.live_grants({grant.id: shown})
        assert same is shown
        assert await work.last_seen([grant.id]) == {grant.id: T0 + timedelta(seconds=9)}
        assert await work.newest_approvals([grant.id]) == {grant.id: await work.request(grant.request)}
        [own] = await work.habilitations_in(REGULATOR.organisation.id)
        assert list(await work.sessions_in(REGULATOR.organisation.id)) == []
        nothing = (work.pauses, work.escalations, work.last_seen, work.newest_approvals)
        assert [await read([]) for read in nothing] == [{}] * 4
    assert own.person == REGULATOR.person.id


async def test_a_person_whose_subject_is_unknown_is_nobody_who_signs_in(city: City) -> None:
    two = [replace(REGULATOR.person, id=PersonId(f"per_{n}"), subject=None) for n in (1, 2)]
    async with city.store.write() as work:
        await work.record(LOADED, *two)
    async with city.store.read() as work:
        assert [await work.person(one.id) for one in two] == two
        assert await work.person_by_subject(REGULATOR.person.issuer, f"per_{1}") is None


async def test_who_was_signed_in_when_a_habilitation_ended_is_found_and_signed_out(city: City) -> None:
    opened = [await city.signed_in(REGULATOR), await city.signed_in(REGULATOR)]
    soon = T0 + timedelta(seconds=10)
    async with city.store.write() as work:
        [held] = await work.habilitations(REGULATOR.person.id)
        assert await work.losing(now=T0, until=soon) == []
        for change, found in (
            (replace(held, valid_until=soon - timedelta(seconds=1)), [REGULATOR.person.id]),
            (replace(held, withdrawn_at=T0), [REGULATOR.person.id]),
            (replace(held, withdrawn_at=T0 - timedelta(seconds=1)), []),
            (replace(held, valid_until=T0 - timedelta(seconds=1)), []),
        ):
            await work.record(LOADED, change)
            assert list(await work.losing(now=T0, until=soon)) == found, change
        await work.record(LOADED, replace(held, withdrawn_at=T0))
        assert await work.losing(now=T0 + timedelta(hours=12), until=soon) == [], "the sessions are over"
        assert {s.id for s in await work.sessions_of(REGULATOR.person.id)} == {o.session.id for o in opened}
        assert await work.end_session(opened[0].session.id)
        assert not await work.end_session(opened[0].session.id)
    async with city.store.read() as work:
        assert [s.id for s in await work.sessions_of(REGULATOR.person.id)] == [opened[1].session.id]


async def test_what_was_said_is_read_back_and_its_words_go(city: City) -> None:
    grants = [await movable_grant(city) for _ in range(2)]
    first, second, other = [await say(city, grants[n].id, text=f"texte {n}") for n in (0, 0, 1)]
    answered = replace(
        second,
        answer=Answer.CANNOT,
        obstacle=Obstacle.MASK,
        answered_by=SUPERVISOR.person.id,
        answered_at=T0 + timedelta(seconds=1),
        version=2,
    )
    over = [end(grant, EndCause.RELEASED, actor=REGULATOR, now=T0 + timedelta(seconds=2)) for grant in grants]
    async with city.store.write() as work:
        await work.record(LOADED, answered)
        assert await work.words_kept_of(T0 + timedelta(days=1), limit=9) == [], "they live"
        for ended, event in over:
            assert event is not None
            await work.record(event, ended)
    async with city.store.read() as work:
        assert await work.message(first.id) == first
        assert list(await work.messages([grants[0].id], limit=9)) == [first, answered]
        assert list(await work.messages([grant.id for grant in grants], limit=2)) == [answered, other]
        assert list(await work.messages([], limit=9)) == []
        assert list(await work.words_kept_of(T0 + timedelta(seconds=1), limit=9)) == []
        due = await work.words_kept_of(T0 + timedelta(seconds=2), limit=9)
    assert len({message.grant for message in due}) == 1
    gone, erased = erase(next(g for g in grants if g.id == due[0].grant), list(due))
    async with city.store.write() as work:
        await work.record(erased, *gone)
        assert [m.words for m in await work.messages([due[0].grant], limit=9)] == [None] * len(due)
        left = await work.words_kept_of(T0 + timedelta(seconds=2), limit=9)
    assert {message.grant for message in left} == {grant.id for grant in grants} - {due[0].grant}


async def test_a_session_is_found_by_its_persons_hospital(city: City) -> None:
    session = Session(
        id=SessionId("s"),
        person=REGULATOR.person.id,
        provider="p",
        opened_at=T0,
        authenticated_at=T0,
        seen_at=T0,
        ends_at=T0 + timedelta(hours=1),
    )
    await city.ports.sessions.put(session)
    async with city.store.read() as work:
        assert list(await work.sessions_in(REGULATOR.organisation.id)) == [session]
        assert list(await work.sessions_in(CITY.id)) == []


async def test_a_camera_address_is_not_readable_in_the_file(file_city: City) -> None:
    await file_city.store.close()
    assert b"rtsp://" not in file_city.path.read_bytes()


@pytest.mark.parametrize(
    "missing", ["organisation", "person", "camera", "incident", "request", "grant", "message"]
)
async def test_what_is_not_there_is_not_found(city: City, missing: str) -> None:
    async with city.store.read() as work:
        with pytest.raises(NotFound):
            await getattr(work, missing)("nothing")


async def test_an_error_rolls_back_state_event_and_register(city: City) -> None:
    async with city.store.read() as work:
        before = await work.register_head()

    async def fail_midway() -> None:
        async with city.store.write() as work:
            sharing, event = stop(await work.sharing(CITY.id), SUPERVISOR, now=T0)
            assert event is not None
            await work.record(event, sharing)
            raise RuntimeError("the process fails here")

    with pytest.raises(RuntimeError):
        await fail_midway()
    async with city.store.read() as work:
        assert await work.register_head() == before
        assert not (await work.sharing(CITY.id)).stopped


async def test_a_stale_version_cannot_be_written_and_leaves_no_entry(city: City) -> None:
    grant = await city.grant()
    ending, event = end(grant, EndCause.REVOKED, actor=SUPERVISOR, now=T0)
    active, activated = activate(grant, CAMERAS[0].id)
    assert event is not None
    assert activated is not None
    async with city.store.write() as work:
        await work.record(event, ending)
    kinds = await city.kinds()

    async def write_late(late: GrantActivated) -> None:
        async with city.store.write() as work:
            await work.record(late, active)

    with pytest.raises(Conflict) as refused:
        await write_late(activated)
    assert refused.value.reason is Reason.VERSION
    assert await city.kinds() == kinds


async def test_one_stale_version_among_many_changes_undoes_them_all(city: City) -> None:
    grants = [await city.grant() for _ in range(3)]
    active, activated = activate(grants[1], CAMERAS[0].id)
    assert activated is not None
    async with city.store.write() as work:
        await work.record(activated, active)
    before = len(await city.kinds())

    async def end_all() -> None:
        async with city.store.write() as work:
            for grant in grants:
                ending, event = end(grant, EndCause.EXPIRED, actor=None, now=T0)
                assert event is not None
                await work.record(event, ending)

    with pytest.raises(Conflict) as refused:
        await end_all()
    assert refused.value.reason is Reason.VERSION
    assert len(await city.kinds()) == before
    async with city.store.read() as work:
        assert (await work.grant(grants[0].id)).state.live


async def test_who_goes_on_after_a_stale_version_writes_nothing(city: City) -> None:
    grant = await city.grant()
    ending, event = end(grant, EndCause.EXPIRED, actor=None, now=T0)
    assert event is not None
    async with city.store.write() as work:
        await work.record(event, ending)
    kinds = await city.kinds()
    active, activated = activate(grant, CAMERAS[0].id)
    assert activated is not None

    async def goes_on() -> None:
        async with city.store.write() as work:
            await work.record(activated, active)
            with suppress(Conflict):
                await work.grant(grant.id)
            await work.record(LOADED)

    with pytest.raises(Conflict):
        await goes_on()
    assert await city.kinds() == kinds


async def test_a_transaction_reads_what_it_wrote(city: City) -> None:
    grant = await city.grant()
    async with city.store.write() as work:
        ending, event = end(grant, EndCause.EXPIRED, actor=None, now=T0)
        assert event is not None
        await work.record(event, ending)
        assert await work.grant(grant.id) == ending
        [entry] = await work.entries_before(before=None, limit=1)
        assert entry.kind == event.kind
        ended, confirmed = finish(ending, acknowledged=True, limits=Limits(), now=T0)
        assert confirmed is not None
        await work.record(confirmed, ended)  # the second change of the same row
    async with city.store.read() as work:
        assert await work.grant(grant.id) == ended


async def test_writers_take_turns_and_entries_have_no_gap(city: City) -> None:
    async def once(n: int) -> None:
        async with city.store.write() as work:
            before = await work.register_head()
            await asyncio.sleep(0)
            written = await work.record(replace(LOADED, rows=n))
            assert written.seq == before.size + 1

    await asyncio.gather(*(once(n) for n in range(20)))
    async with city.store.read() as work:
        entries = await work.entries(after=0, limit=100)
    assert [e.seq for e in entries] == list(range(1, 22))


async def test_the_newest_incidents_and_what_was_asked_for_them(city: City) -> None:
    first, second = await city.request(), await city.request()
    granted = await city.grant()
    async with city.store.read() as work:
        newest = await work.newest_incidents(2)
        assert [one.id for one in newest] == [granted.incident, second.incident]
        asked = await work.requests_for({first.incident, second.incident})
        assert [one.id for one in asked] == [first.id, second.id]
        assert await work.requests_for(()) == []
        then, moment = first.created_at, timedelta(microseconds=1)
        between = await work.requests_between(SAMU.id, CITY.id, since=then, until=then)
        assert first.id in {one.id for one in between}
        for since, until in ((then - moment, then - moment), (then + moment * 10**9, then + moment * 10**9)):
            assert first not in await work.requests_between(SAMU.id, CITY.id, since=since, until=until)
        assert await work.requests_between(OTHER_SAMU.id, CITY.id, since=then, until=then) == []
        [found] = await work.grants_of({granted.id})
        assert found == granted
        assert await work.grants_of(()) == []


async def test_the_incidents_of_a_crisis_come_as_they_were_opened(city: City) -> None:
    first, _, last = [await city.incident() for _ in range(3)]
    for one in (last, first):
        async with city.store.write() as work:
            await work.record(LOADED, replace(one, crisis=first.id, version=one.version + 1))
    async with city.store.read() as work:
        assert [one.id for one in await work.incidents_of(first.id)] == [first.id, last.id]
        assert await work.incidents_of(last.id) == []


async def test_entries_are_read_forwards_backwards_and_by_kind(city: City) -> None:
    await city.grant()
    async with city.store.read() as work:
        everything = await work.entries(after=0, limit=100)
        assert [e.seq for e in await work.entries(after=2, limit=1)] == [3]
        newest = await work.entries_before(before=None, limit=2)
        assert [e.seq for e in newest] == [len(everything), len(everything) - 1]
        assert [e.seq for e in await work.entries_before(before=2, limit=9)] == [1]
        asked = await work.entries(after=0, limit=9, kinds=["request.submitted"])
    assert [e.kind for e in asked] == ["request.submitted"]


async def test_a_read_sees_one_moment(city: City) -> None:
    async with city.store.read() as reader:
        before = await reader.register_head()
        async with city.store.write() as work:
            await work.record(LOADED)
        assert await reader.register_head() == before


async def test_an_answer_is_kept_once_for_its_person(city: City) -> None:
    lea, alex = REGULATOR.person.id, SUPERVISOR.person.id
    async with city.store.write() as work:
        await work.answer(lea, "k", "d", "made")
    async with city.store.write() as work:
        assert await work.answered(lea, "k", "d") == "made"
        assert await work.answered(alex, "k", "d") is None
        with pytest.raises(Conflict):
            await work.answered(lea, "k", "other")


async def test_encoder_epochs_only_grow(city: City) -> None:
    seen = []
    for _ in range(3):
        async with city.store.write() as work:
            seen.append(await work.next_encoder_epoch())
    assert seen == sorted(set(seen))


async def test_listeners_hear_of_a_commit_and_not_of_a_rollback(city: City) -> None:
    async with city.ports.bus.listen() as wakes:
        async with city.store.write() as work:
            written = await work.record(LOADED)
        async with asyncio.timeout(1):
            assert await anext(wakes) == Wake(written.seq)
        with suppress(RuntimeError):
            async with city.store.write() as work:
                await work.record(LOADED)
                raise RuntimeError
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await anext(wakes)


async def test_a_locked_file_is_a_clear_error_and_nothing_is_half_done(file_city: City) -> None:
    other = sqlite3.connect(file_city.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(Unavailable):
            async with file_city.store.write() as work:
                await work.record(LOADED)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert await file_city.kinds() == []


async def test_another_key_opens_no_camera_address(file_city: City) -> None:
    other = SqlStore(
        SqliteDatabase(file_city.path),
        clock=file_city.clock,
        bus=file_city.ports.bus,
        vault=Vault(b"x" * 32),
    )
    try:
        async with other.read() as work:
            with pytest.raises(Unavailable):
                await work.camera_source(CAMERAS[0].id)
    finally:
        await other.close()


async def test_reference_data_is_replaced_and_the_kill_switch_starts_open(city: City) -> None:
    source = CameraSource(camera=CAMERAS[0].id, main=CameraUrl("rtsp://new"), sub=CameraUrl("rtsp://sub"))
    renamed = replace(REGULATOR.person, display_name="Dr L. Fabre")
    async with city.store.write() as work:
        await work.record(LOADED, source, renamed)
        sharing, event = stop(await work.sharing(CITY.id), SUPERVISOR, now=T0)
        assert isinstance(event, SharingStopped)
        await work.record(event, sharing)
    async with city.store.read() as work:
        assert await work.camera_source(CAMERAS[0].id) == source
        assert (await work.person(renamed.id)).display_name == "Dr L. Fabre"
        assert (await work.sharing(CITY.id)).stopped_by == SUPERVISOR.person.id
        assert [p.id for p in await work.persons([renamed.id, PersonId("per_none")])] == [renamed.id]


async def test_a_writer_that_never_leaves_keeps_no_other_waiting_for_ever(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_QUEUE_S", 0.2)
    monkeypatch.setattr(databases, "TRANSACTION_S", 1.0)
    leave = asyncio.Event()

    async def stays() -> None:
        async with city.store.write():
            await leave.wait()

    staying = asyncio.create_task(stays())
    await asyncio.sleep(0.05)
    with pytest.raises(Unavailable):
        async with asyncio.timeout(10), city.store.write():
            pass
    leave.set()
    await asyncio.gather(staying, return_exceptions=True)
    async with asyncio.timeout(10), city.store.write() as work:
        await work.record(LOADED)
