"""An event as the register keeps it: the same bytes on every machine; and whom it concerns."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from crisislink.core.events import CrisisProposed, Event, IncidentOpened, epoch_ms

ENTRY_VERSION = 1


def parties(body: Mapping[str, object]) -> frozenset[object]:
    """The organisations the event with these fields concerns; empty: the auditor alone."""
    named = (body.get(name) for name in ("organisation", "beneficiary", "owner"))
    return frozenset(o for o in named if o is not None)


def canonical_bytes(event: Event, *, seq: int, at: datetime) -> bytes:
    """The register's entry: canonical JSON (RFC 8785) of the event, its number and its time."""
    body: dict[str, object] = {f.name: getattr(event, f.name) for f in fields(event)}
    if body.get("cut_at_ms", 0) is None:
        del body["cut_at_ms"]  # only an entry that comes late says when it happened
    if body.get("exercise", 0) is False and not isinstance(event, IncidentOpened | CrisisProposed):
        del body["exercise"]  # only what belongs to an exercise says so
    body |= {"v": ENTRY_VERSION, "kind": event.kind, "seq": seq, "at_ms": epoch_ms(at)}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
