"""The same command twice acts once: a client that got no answer may send it again.

A `Command` names one attempt by the person's own key; `digest` is over what was asked. The store keeps the
identifier of what the command made, in the same transaction.
"""

from dataclasses import dataclass

from crisislink.core.actors import Actor
from crisislink.flow.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Command:
    """`key`: the caller's Idempotency-Key. `digest`: SHA-256 (hex) of operation, target and body."""

    key: str
    digest: str


async def repeated(work: UnitOfWork, actor: Actor, command: Command | None) -> str | None:
    """What this command made when it came the first time; None when it is new or has no key.

    Raises:
        Conflict: the key was used for something else.
    """
    if command is None:
        return None
    return await work.answered(actor.person.id, command.key, command.digest)


async def remember(work: UnitOfWork, actor: Actor, command: Command | None, made: str) -> None:
    """Keep what the command made, for `repeated`."""
    if command is not None:
        await work.answer(actor.person.id, command.key, command.digest, made)
