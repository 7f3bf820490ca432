"""What is known of a camera before anybody asks for it: faults of those who watched, silence that rounds met.

The register is all there is to remember it: one entry for each change.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from crisislink.core.events import CameraAnswered, CameraFailed, CameraRecovered, CameraSilent
from crisislink.core.ids import CameraId
from crisislink.core.ranking import KnownFault
from crisislink.flow.ports import Entry, Ports, UnitOfWork

FAULT_COUNTS = timedelta(minutes=15)
"""What a watcher saw longer ago says nothing of now. Silence lasts until a round hears an answer."""
WORDS_MAX = 512
_KINDS = tuple(event.kind for event in (CameraFailed, CameraRecovered, CameraSilent, CameraAnswered))


async def known(work: UnitOfWork, *, now: datetime) -> dict[CameraId, KnownFault]:
    """The cameras that would probably give no picture, and why."""
    return {
        camera: KnownFault(fault=json.loads(entry.body)["fault"], since=entry.at)
        for camera, entry in (await _newest(work)).items()
        if _ill(entry, now)
    }


async def note_round(ports: Ports, found: Mapping[CameraId, str | None]) -> None:
    """What cameras said when asked whether they are there: a fault, or None. Changes are recorded.

    A camera that is known to be ill, by whatever, is not said to be silent beside; a fault that a watcher met
    is not over because the camera answers.

    Raises:
        Unavailable: the store does not answer; nothing is recorded.
    """
    now = ports.clock.now()
    async with ports.store.read() as work:
        if not _changes(await _newest(work), found, now):
            return
    async with ports.store.write() as work:
        for camera_id, fault in _changes(await _newest(work), found, now).items():
            owner = (await work.camera(camera_id)).owner
            await work.record(
                CameraAnswered(owner=owner, camera=camera_id)
                if fault is None
                else CameraSilent(owner=owner, camera=camera_id, fault=fault)
            )


def _changes(
    newest: Mapping[CameraId, Entry], found: Mapping[CameraId, str | None], now: datetime
) -> dict[CameraId, str | None]:
    def changed(camera: CameraId, fault: str | None) -> bool:
        entry = newest.get(camera)
        if fault is not None:
            return entry is None or not _ill(entry, now)
        return entry is not None and entry.kind == CameraSilent.kind

    return {camera: fault for camera, fault in found.items() if changed(camera, fault)}


def _ill(entry: Entry, now: datetime) -> bool:
    if entry.kind == CameraFailed.kind:
        return entry.at >= now - FAULT_COUNTS
    return entry.kind == CameraSilent.kind


async def _newest(work: UnitOfWork) -> dict[CameraId, Entry]:
    """The newest word on each camera."""
    newest: dict[CameraId, Entry] = {}
    for entry in await work.entries_before(before=None, limit=WORDS_MAX, kinds=_KINDS):
        newest.setdefault(CameraId(json.loads(entry.body)["camera"]), entry)
    return newest
