"""`crisislink doctor`: what this machine has of what the service needs, found by trying, in two languages."""

import importlib.metadata
import os
import platform
import shutil
import ssl
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import av

from crisislink.adapters.basemap.settings import MapSettings
from crisislink.adapters.basemap.tiles import Tiles
from crisislink.adapters.keys import KeyFiles
from crisislink.adapters.oidc import examination as identity
from crisislink.adapters.system import SystemClock, SystemEntropy
from crisislink.config import Settings
from crisislink.core.errors import CrisisLinkError, Unavailable
from crisislink.media.confinement import ATTEMPTS
from crisislink.media.nursery import Nursery

Grade = Literal["good", "poor", "bad"]
_DISK_MIN_BYTES = 1 << 30
_YEAR_2026_S = 1_767_225_600


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `bad`: the service cannot do its work so; `poor`: it can, with less safety."""

    what: str
    grade: Grade
    found: str
    advice_fr: str = ""
    advice_en: str = ""


async def examine(settings: Settings | None) -> AsyncIterator[Finding]:
    """All findings, the quick ones first. `settings`: also what they name."""
    yield Finding("python", "good", f"{platform.python_version()} · {sys.platform} · {platform.release()}")
    libraries = av.library_versions
    codec = ".".join(map(str, libraries["libavcodec"]))
    yield Finding("av", "good", f"PyAV {importlib.metadata.version('av')} · libavcodec {codec}")
    yield _encoder()
    yield _clock()
    yield _certificates()
    async for finding in _containment(required=settings is not None and settings.containment == "require"):
        yield finding
    if settings is not None:
        yield _networks(settings)
        yield _disk(settings.data_dir)
        yield await _ground(settings.map)
        files = KeyFiles(settings.key_file)
        for file in (files.key, *(other for other in (files.next, files.previous) if other.exists())):
            yield _key(file)


async def examine_identity(settings: Settings, only: str | None) -> AsyncIterator[Finding]:
    """What can be seen of the settings' identity providers, or of one.

    Raises:
        ValueError: there is none of that name.
    """
    chosen = [p for p in settings.providers if only in {None, p.id}]
    if not chosen:
        raise ValueError(f"{only}: {', '.join(p.id for p in settings.providers)}")
    public_url, clock, entropy = str(settings.public_url), SystemClock(), SystemEntropy()
    for provider in chosen:
        looks = identity.examine(provider.profile(), public_url=public_url, clock=clock, entropy=entropy)
        async for seen in looks:
            yield Finding(f"{provider.id} · {seen.what}", seen.grade, seen.found, seen.fr, seen.en)


def _encoder() -> Finding:
    missing = [name for name in ("libx264", "h264", "hevc", "mjpeg") if name not in av.codecs_available]
    if missing:
        return Finding(
            "codecs",
            "bad",
            f"- {', '.join(missing)}",
            "Installez la roue PyAV de PyPI : celle-ci ne sait pas tout.",
            "Install PyAV's wheel from PyPI: this one lacks codecs.",
        )
    return Finding("codecs", "good", "libx264, h264, hevc, mjpeg")


def _clock() -> Finding:
    now_s = time.clock_gettime(time.CLOCK_REALTIME)
    if now_s < _YEAR_2026_S:
        return Finding(
            "clock",
            "bad",
            time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now_s)),
            "Réglez l'horloge (NTP) : les heures seraient fausses au registre.",
            "Set the clock (NTP): the register would hold wrong times.",
        )
    return Finding("clock", "good", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now_s)))


def _certificates() -> Finding:
    count = len(ssl.create_default_context().get_ca_certs())
    if not count:
        return Finding(
            "certificates",
            "poor",
            "0",
            "Aucune autorité connue : rtsps et https échoueront (paquet ca-certificates, ou SSL_CERT_FILE).",
            "No authority is known: rtsps and https will fail (package ca-certificates, or SSL_CERT_FILE).",
        )
    return Finding("certificates", "good", str(count))


async def _containment(*, required: bool) -> AsyncIterator[Finding]:
    try:
        async with Nursery.started() as nursery:
            held = nursery.confinement
    except Unavailable:
        yield Finding("containment", "bad", "-", "Aucun processus ne démarre.", "No process starts.")
        return
    if held.state == "complete":
        yield Finding("containment", "good", "complete")
        return
    layers = {"bubblewrap": held.bubblewrap, "seccomp": held.seccomp, "netns": held.network}
    lacking = [f"- {name}" for name, there in layers.items() if not there]
    lacking += [f"! {name}" for name in ATTEMPTS if name not in held.refused]
    yield Finding(
        "containment",
        "bad" if required else "poor",
        " ".join([held.state, *lacking]),
        "Installez bubblewrap et libseccomp2 ; autorisez les espaces de noms.",
        "Install bubblewrap and libseccomp2; allow user namespaces.",
    )


def _networks(settings: Settings) -> Finding:
    named = ", ".join(map(str, settings.cameras.networks))
    if named or settings.demo or not settings.media.beside:
        return Finding("cameras.networks", "good", named or "-")
    return Finding(
        "cameras.networks",
        "bad",
        "-",
        "Nommez les réseaux des caméras (cameras.networks) : hors d'eux, rien n'est contacté.",
        "Name the cameras' networks (cameras.networks): nothing outside them is connected to.",
    )


async def _ground(chosen: MapSettings) -> Finding:
    """A file was looked at when the settings were read; of tiles, one is asked for."""
    archive, source = chosen.archive(), chosen.source()
    if archive is not None:
        kind = "vector" if archive.vector else "raster"
        return Finding("map", "good", f"{kind} · z {archive.zoom_min}-{archive.zoom_max} · {chosen.file}")
    if source is None:
        return Finding("map", "good", "-")
    tiles = Tiles(source, SystemClock())
    try:
        tile = await tiles.tile(*source.area.middle())
    except CrisisLinkError:
        return Finding(
            "map",
            "poor",
            f"- {urlsplit(source.template).hostname}",
            "La source du fond de carte ne donne rien : la carte reste schématique. Voyez map.tiles.",
            "The source of the basemap gives nothing: the map stays schematic. See map.tiles.",
        )
    finally:
        await tiles.close()
    return Finding("map", "good", f"{tile.media_type} · {len(tile.content) >> 10} KiB")


def _disk(folder: Path) -> Finding:
    there = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(there).free
    said = f"{free >> 20} MiB · {folder}"
    if free < _DISK_MIN_BYTES:
        return Finding(
            "disk",
            "poor",
            said,
            "Moins de 1 Gio libre : sans registre, aucun accès n'est ouvert.",
            "Less than 1 GiB free: without a register no access is opened.",
        )
    return Finding("disk", "good", said)


def _key(file: Path) -> Finding:
    if not file.exists():
        return Finding("key", "good", "-", "Créée au premier démarrage.", "Made at the first start.")
    mode = file.stat().st_mode & 0o777
    if mode & 0o077 or file.stat().st_uid != os.getuid():
        return Finding(
            "key",
            "bad",
            f"{mode:o} · {file}",
            "La clé est lisible par d'autres : chmod 600, et le compte du service comme propriétaire.",
            "Others can read the key: chmod 600, owned by the service's account.",
        )
    return Finding("key", "good", f"{mode:o}")
