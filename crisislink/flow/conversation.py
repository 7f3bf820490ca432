"""The rooms talk while a grant lives: short text, ready words, wishes and their answers.

What is written is judged before it is kept: its characters, its length, and whether it looks as if it spoke
of a patient; such an attempt is in the register, with its reason and without its text. Delivery is the live
feed's: a message is its register entry's news.
"""

import asyncio
import logging
from dataclasses import dataclass
from math import ceil

from crisislink.core import conversation as rules
from crisislink.core import policy
from crisislink.core.actors import Actor
from crisislink.core.conversation import Answer, Message, Obstacle, Words
from crisislink.core.errors import CrisisLinkError, Invalid, Reason, Unavailable
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, GrantId, MessageId
from crisislink.core.talkrules import MessageKind
from crisislink.core.wording import written
from crisislink.flow.attempts import recorded
from crisislink.flow.commands import Command, remember, repeated
from crisislink.flow.ports import Ports, UnitOfWork

SHOWN_MAX = 1_000
"""How many newest messages a room or a review shows."""
_ERASED_AT_ONCE = 200
_ERASE_EVERY_S = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """What somebody wants to say: `text`, or the words of a `template`; exactly one of the two."""

    kind: MessageKind
    text: str | None
    template: str | None
    camera: CameraId | None


async def send(ports: Ports, actor: Actor, id: GrantId, new: NewMessage, command: Command | None) -> Message:
    """The message; both rooms hear of it.

    Raises:
        Denied: not a room of the grant's two organisations; a wish that is not the hospital's.
        Expired: the grant is over.
        Invalid: what was written may not be sent, and why.
        NotFound: no such grant, or it never held the camera.
        Unavailable: too much in too short a time (`TOO_MANY`).
    """
    async with recorded(ports, actor, "message.send", id), ports.store.read() as work:
        grant = await _allowed(work, actor, id, new.kind)
        if (made := await _made(ports, work, actor, grant, command)) is not None:
            return made
        rules.require_open(grant, new.camera, now=ports.clock.now())
    await _spend(ports, actor)
    async with recorded(ports, actor, "message.send", id, refusals=(Invalid,)):
        words = _words(ports, actor, new)
    async with recorded(ports, actor, "message.send", id), ports.store.write() as work:
        grant = await _allowed(work, actor, id, new.kind)  # again: it may have been handed over meanwhile
        if (made := await _made(ports, work, actor, grant, command)) is not None:
            return made
        message, event = rules.send(
            grant,
            actor,
            id=MessageId(ports.entropy.id("msg")),
            kind=new.kind,
            camera=None if new.camera is None else await work.camera(new.camera),
            words=words,
            now=ports.clock.now(),
        )
        await work.record(event, message)
        await remember(work, actor, command, message.id)
        return message


async def _made(
    ports: Ports, work: UnitOfWork, actor: Actor, grant: Grant, command: Command | None
) -> Message | None:
    """What the same command made before, even if access has ended meanwhile."""
    made = await repeated(work, actor, command)
    return None if made is None else readable(ports, await work.message(MessageId(made)), grant)


async def _allowed(work: UnitOfWork, actor: Actor, id: GrantId, kind: MessageKind) -> Grant:
    """The grant under which they may say this."""
    grant = await work.grant(id)
    charge = (await work.charges({grant.incident})).get(grant.incident)
    wish = kind is MessageKind.WISH
    policy.require(policy.may_wish(actor, grant, charge) if wish else policy.may_talk(actor, grant))
    return grant


async def _spend(ports: Ports, actor: Actor) -> None:
    talk = ports.talk
    wait_s = await ports.rates.spend(f"talk {actor.person.id}", limit=talk.sends_max, per_s=talk.sends_per_s)
    if wait_s > 0:
        raise Unavailable(Reason.TOO_MANY, wait_s=ceil(wait_s))


def _words(ports: Ports, actor: Actor, new: NewMessage) -> Words:
    salt = ports.entropy.token()
    if (new.text is None) == (new.template is None):
        raise Invalid(Reason.MALFORMED, field="text")
    if new.text is not None:
        text = written(new.text, ports.talk.text_max)
        if (sign := ports.talk.net.sign(text)) is not None:
            raise Invalid(sign, field="text")
        return Words(text, salt)
    template = ports.talk.template(new.template or "")
    if template is None or (template.side, template.kind) != (actor.organisation.side, new.kind):
        raise Invalid(Reason.MALFORMED, field="template")
    return Words(template.fr, salt, template.code)


async def answer(
    ports: Ports, actor: Actor, id: MessageId, said: Answer, obstacle: Obstacle | None
) -> Message:
    """The wish, answered; the first answer stands, and the same one again is a no-op.

    Raises:
        Conflict: somebody answered first.
        Denied: not the police room of the cameras' owner.
        Expired: the grant is over.
        Invalid: not a wish, or "cannot" without an obstacle.
        NotFound: no such message.
    """
    async with recorded(ports, actor, "message.answer", id), ports.store.write() as work:
        message = await work.message(id)
        grant = await work.grant(message.grant)
        policy.require(policy.may_answer_wish(actor, grant))
        answered, event = rules.answer(message, grant, actor, said, obstacle, now=ports.clock.now())
        if event is not None:
            await work.record(event, answered)
        return readable(ports, answered, grant)


async def shown(ports: Ports, work: UnitOfWork, grants: list[Grant]) -> list[Message]:
    """What was said under these grants, oldest first, as it may still be read."""
    by_id = {grant.id: grant for grant in grants}
    return [
        readable(ports, message, by_id[message.grant])
        for message in await work.messages(by_id, limit=SHOWN_MAX)
    ]


def readable(ports: Ports, message: Message, grant: Grant) -> Message:
    """Without its words once their time is over, whether or not anybody has erased them yet."""
    if rules.kept(grant, ports.talk.kept_for, now=ports.clock.now()):
        return message
    return rules.without_words(message)


async def erase_once(ports: Ports) -> int:
    """Erase the words of one grant whose time is over, with its entry: how many messages there were."""
    async with ports.store.write() as work:
        due = await work.words_kept_of(ports.clock.now() - ports.talk.kept_for, limit=_ERASED_AT_ONCE)
        if due:
            erased, event = rules.erase(await work.grant(due[0].grant), list(due))
            await work.record(event, *erased)
        return len(due)


async def erase_for_ever(ports: Ports) -> None:
    """Every minute, what is due; by every web process: who comes second finds nothing to do."""
    while True:
        try:
            while await erase_once(ports):
                pass
        except CrisisLinkError:
            _log.warning("conversation: what is due could not be erased; trying again", exc_info=True)
        await asyncio.sleep(_ERASE_EVERY_S)
