"""Grants whose camera can be moved, and what is said under them."""

from dataclasses import replace
from typing import Any

from crisislink.core.actors import Actor
from crisislink.core.cameras import Mounting
from crisislink.core.conversation import Message
from crisislink.core.events import InventoryLoaded
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, GrantId
from crisislink.core.talkrules import MessageKind
from crisislink.flow import conversation
from crisislink.flow.commands import Command
from tests.city import City
from tests.samples import CAMERAS, REGULATOR

TURNS = CAMERAS[0].id
SAID = "Fumée à droite du camion"


async def movable_grant(city: City) -> Grant:
    """A grant whose first camera can be moved."""
    async with city.store.write() as work:
        camera = await work.camera(TURNS)
        turns = replace(camera, mounting=Mounting.PTZ, version=camera.version + 1)
        await work.record(InventoryLoaded(organisation=None, what="cameras", rows=1, sha256="0"), turns)
    return await city.grant()


async def say(
    city: City, grant: GrantId, who: Actor = REGULATOR, command: Command | None = None, **more: Any
) -> Message:
    """A text of the regulator's, unless told otherwise."""
    facts: dict[str, Any] = {"kind": MessageKind.TEXT, "text": SAID, "template": None, "camera": None}
    return await conversation.send(city.ports, who, grant, conversation.NewMessage(**(facts | more)), command)


async def wish(city: City, grant: GrantId, camera: CameraId | None = TURNS) -> Message:
    """The regulator wishes that the camera look north."""
    return await say(city, grant, kind=MessageKind.WISH, text=None, template="north", camera=camera)
