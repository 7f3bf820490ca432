"""What seals cameras' addresses, and how its key is changed under a running service."""

import os
import sqlite3
from pathlib import Path

import pytest
from pydantic import HttpUrl, SecretStr

from crisislink import keychange
from crisislink.adapters.keys import KeyFiles
from crisislink.adapters.secrets import CameraVault
from crisislink.config import ProviderSettings, Settings
from crisislink.core.actors import Organisation, Side
from crisislink.core.cameras import Camera
from crisislink.core.errors import Unavailable
from crisislink.core.events import InventoryLoaded
from crisislink.core.ids import CameraId
from crisislink.flow.ports import CameraSource, CameraUrl, Ports
from crisislink.wiring import opened
from tests.samples import CAMERAS, ORGANISATIONS

OLD, NEW = b"o" * 32, b"n" * 32
SOURCE = CameraSource(
    camera=CAMERAS[0].id,
    main=CameraUrl("rtsp://u:geheim@10.0.0.1/1"),
    sub=CameraUrl("rtsp://u:geheim@10.0.0.1/2"),
)
HERE = SOURCE.camera


def test_what_is_sealed_opens_for_its_camera_alone_and_shows_nothing() -> None:
    vault = CameraVault(OLD)
    sealed = vault.seal(SOURCE)
    assert vault.open(HERE, sealed) == SOURCE
    assert b"geheim" not in sealed
    with pytest.raises(Unavailable):
        vault.open(CameraId("another"), sealed)
    assert vault.seal(SOURCE) != sealed, "nothing tells that two are the same"


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Unavailable):
        CameraVault(NEW).open(HERE, CameraVault(OLD).seal(SOURCE))


def test_every_changed_byte_and_every_cut_is_noticed() -> None:
    vault = CameraVault(OLD)
    sealed = vault.seal(SOURCE)
    for at in range(len(sealed)):
        with pytest.raises(Unavailable):
            vault.open(HERE, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
        with pytest.raises(Unavailable):
            vault.open(HERE, sealed[:at])


def test_two_keys_are_read_at_once_and_the_first_seals() -> None:
    old, both = CameraVault(OLD).seal(SOURCE), CameraVault(NEW, OLD)
    assert both.open(HERE, old) == SOURCE
    assert both.sealed_by_another(old)
    anew = both.anew(HERE, old)
    assert not both.sealed_by_another(anew)
    assert CameraVault(NEW).open(HERE, anew) == SOURCE
    with pytest.raises(Unavailable):
        both.anew(CameraId("another"), old)


def test_a_key_that_was_changed_meanwhile_is_looked_up_again() -> None:
    keys = [OLD]
    running = CameraVault(*keys, reread=lambda: keys)
    keys[:] = [NEW, OLD]
    assert running.open(HERE, CameraVault(NEW).seal(SOURCE)) == SOURCE
    assert not CameraVault(NEW).sealed_by_another(running.seal(SOURCE)), "it seals by the new one from now on"


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    made = KeyFiles(tmp_path / "key")
    made.load()
    return made


def test_the_first_start_makes_a_key_for_its_owner_alone(files: KeyFiles) -> None:
    [key] = files.load()
    assert len(key) == 32
    assert files.key.stat().st_mode & 0o777 == 0o600
    assert files.load() == (key,)
    assert [path.name for path in files.key.parent.iterdir()] == ["key"]


def test_a_key_of_another_length_stops_the_start(files: KeyFiles) -> None:
    files.key.write_bytes(b"short")
    with pytest.raises(ValueError, match="32-byte"):
        files.load()


def test_a_lost_key_is_not_replaced_by_a_new_one(files: KeyFiles) -> None:
    files.add()
    files.key.unlink()
    with pytest.raises(FileNotFoundError):
        files.load()
    files.next.rename(files.previous)
    with pytest.raises(FileNotFoundError):
        files.load()


def test_an_added_key_seals_once_it_is_its_turn(files: KeyFiles) -> None:
    [old] = files.load()
    files.add()
    files.add()
    _, new = files.load()
    assert files.load() == (old, new)
    files.turn()
    assert files.load() == (new, old)
    files.add()
    with pytest.raises(ValueError, match="still kept"):
        files.turn()
    files.next.unlink()
    files.drop()
    files.drop()
    assert files.load() == (new,)


def test_a_turn_that_was_broken_off_goes_on(files: KeyFiles) -> None:
    [old] = files.load()
    files.add()
    os.link(files.key, files.previous)  # as far as it came
    assert set(files.load()) == {old, files.next.read_bytes()}
    files.turn()
    assert files.load()[1:] == (old,)


def _settings(folder: Path) -> Settings:
    provider = ProviderSettings(
        id="ville",
        label="v",
        side=Side.CITY,
        issuer="https://idp.example",
        client_id="c",
        client_secret=SecretStr("s"),
    )
    return Settings(
        public_url=HttpUrl("https://crisislink.example"),
        data_dir=folder,
        key_file=folder / "key",
        providers=(provider,),
    )


async def _load(ports: Ports, *others: Organisation | Camera) -> None:
    loaded = InventoryLoaded(organisation=None, what="cameras", rows=1, sha256="0" * 64)
    sources = [CameraSource(camera=c.id, main=SOURCE.main, sub=None) for c in CAMERAS]
    async with ports.store.write() as work:
        await work.record(loaded, *others, *sources)


async def _readable(ports: Ports) -> bool:
    async with ports.store.read() as work:
        return all([(await work.camera_source(c.id)).main == SOURCE.main for c in CAMERAS])


async def test_the_key_changes_under_a_running_service(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    files = KeyFiles(settings.key_file)
    async with opened(settings) as running:
        await _load(running, *ORGANISATIONS, *CAMERAS)
        before = await keychange.stand(settings)
        assert (before.others, before.cameras) == ((), 0)
        assert await keychange.rotate(settings) == len(CAMERAS)
        assert await _readable(running), "without a restart"
        after = await keychange.stand(settings)
        assert (after.others, after.cameras) == ((before.seals,), 0)
        await _load(running)
        assert (await keychange.stand(settings)).cameras == 0, "what it loads now needs no old key"
        assert await keychange.rotate(settings) == 0, "once more changes nothing"
        assert (await keychange.stand(settings)).seals == after.seals
        await keychange.drop(settings)
        assert await _readable(running)
        async with running.store.read() as work:
            changed = await work.entries_before(before=None, limit=9, kinds=["key.changed"])
        assert f'"cameras":{len(CAMERAS)},"key":"{after.seals}"'.encode() in changed[-1].body
    async with opened(settings) as restarted:
        assert await _readable(restarted)
    assert files.load() == (files.key.read_bytes(),)
    rows = sqlite3.connect(settings.database).execute("SELECT sealed FROM camera_source").fetchall()
    assert rows
    assert not any(b"geheim" in sealed for (sealed,) in rows)


async def test_a_change_that_was_broken_off_is_finished_and_no_key_is_dropped_before(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    files = KeyFiles(settings.key_file)
    async with opened(settings) as running:
        await _load(running, *ORGANISATIONS, *CAMERAS)
    files.add()
    files.turn()  # as far as it came
    with pytest.raises(ValueError, match="keys rotate"):
        await keychange.drop(settings)
    assert files.previous.exists()
    new = files.key.read_bytes()
    assert await keychange.rotate(settings) == len(CAMERAS)
    assert files.key.read_bytes() == new, "no third key"
    await keychange.drop(settings)
    assert files.load() == (new,)


async def test_several_hosts_have_the_new_key_before_anything_is_sealed_by_it(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    async with opened(settings) as running:
        await _load(running, *ORGANISATIONS, *CAMERAS)
        keychange.add(settings)
        added = KeyFiles(settings.key_file).next.read_bytes()
        stand = await keychange.stand(settings)
        assert (len(stand.others), stand.cameras) == (1, 0)
        await keychange.rotate(settings)
        assert settings.key_file.read_bytes() == added
