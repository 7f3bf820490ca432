"""The register, read by the commission: pages of entries, and the proof that no byte of it moved."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from crisislink.core import policy
from crisislink.core.actors import Actor, Organisation, Person
from crisislink.core.cameras import Camera
from crisislink.core.errors import Invalid, Reason
from crisislink.core.events import KINDS, epoch_ms
from crisislink.core.ids import CameraId
from crisislink.core.merkle import Frontier, leaf_hash
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import Entry, Ports, Store

PAGE_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some entries, the tree they belong to, and who and what the opaque ids in them are today."""

    head: Frontier
    entries: Sequence[Entry]
    persons: Sequence[Person]
    organisations: Sequence[Organisation]
    cameras: Sequence[Camera]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`first_bad`: the first entry whose bytes do not give its leaf, whose kind or time they do not tell, or
    whose number breaks the sequence."""

    head: Frontier
    recomputed: Frontier
    first_bad: int | None

    @property
    def holds(self) -> bool:
        """Every byte gives its leaf, and all leaves the root kept at the time of writing."""
        return self.first_bad is None and self.recomputed == self.head


async def page(
    ports: Ports,
    actor: Actor,
    *,
    after: int | None,
    before: int | None,
    limit: int,
    kinds: Collection[str] | None,
) -> Page:
    """Entries after `after` (oldest first), else before `before` (newest first).

    Raises:
        Denied: not the auditor.
        Invalid: a kind that does not exist.
    """
    if kinds is not None and not set(kinds) <= KINDS.keys():
        raise Invalid(Reason.MALFORMED, field="kind")
    async with recorded(ports, actor, "register.read"):
        policy.require(policy.may_read_register(actor))
        async with ports.store.read() as work:
            if after is not None:
                entries = await work.entries(after=after, limit=limit, kinds=kinds)
            else:
                entries = await work.entries_before(before=before, limit=limit, kinds=kinds)
            return Page(
                head=await work.register_head(),
                entries=entries,
                persons=await work.persons(),
                organisations=await work.organisations(),
                cameras=await work.cameras(_named(entries)),
            )


def _told(entry: Entry) -> bool:
    """Whether the columns beside the bytes say what the bytes say: pages and filters read those."""
    body = json.loads(entry.body)
    return (body["kind"], body["seq"], body["at_ms"]) == (entry.kind, entry.seq, epoch_ms(entry.at))


def _named(entries: Sequence[Entry]) -> set[CameraId]:
    """The cameras that these entries speak of."""
    bodies = [json.loads(entry.body) for entry in entries]
    return {CameraId(c) for b in bodies for c in (b.get("camera"), *b.get("cameras", ())) if c is not None}


async def verification(ports: Ports, actor: Actor) -> Verdict:
    """`verify`, for the auditor.

    Raises:
        Denied: not the auditor.
    """
    async with recorded(ports, actor, "register.verify"):
        policy.require(policy.may_read_register(actor))
        return await verify(ports.store)


async def verify(store: Store) -> Verdict:
    """Recompute every leaf and the root from the stored bytes, in one consistent read."""
    async with store.read() as work:
        head, tree, first_bad, seq = await work.register_head(), Frontier(), None, 0
        while entries := await work.entries(after=seq, limit=PAGE_MAX):
            for entry in entries:
                seq += 1
                leaf = leaf_hash(entry.body)
                if first_bad is None and not (leaf == entry.leaf and entry.seq == seq and _told(entry)):
                    first_bad = entry.seq
                seq = entry.seq
                tree = tree.append(leaf)
        return Verdict(head=head, recomputed=tree, first_bad=first_bad)
