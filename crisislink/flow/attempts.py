"""A refused attempt is an action too: it is in the register before the person reads the refusal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crisislink.core.actors import Actor
from crisislink.core.errors import CrisisLinkError, Denied, Expired, NotFound
from crisislink.core.events import AccessDenied
from crisislink.flow.ports import Ports


@asynccontextmanager
async def recorded(
    ports: Ports,
    actor: Actor | None,
    action: str,
    target: str | None = None,
    *,
    refusals: tuple[type[CrisisLinkError], ...] = (Denied, Expired, NotFound),
) -> AsyncIterator[None]:
    """Record a refusal raised inside, in a transaction of its own; it goes on.

    Open it around the transaction that may refuse, never inside it: what that one wrote rolls back.
    """
    try:
        yield
    except refusals as refusal:
        event = AccessDenied(
            organisation=None if actor is None else actor.organisation.id,
            actor=None if actor is None else actor.person.id,
            action=action,
            target=target,
            reason=refusal.reason.value,
        )
        async with ports.store.write() as work:
            await work.record(event)
        raise
