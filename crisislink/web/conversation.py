"""What the rooms say to each other during a grant."""

from crisislink.core.ids import CameraId, GrantId, MessageId
from crisislink.flow import conversation
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call


async def send(call: Call) -> m.MessageView:
    """A text, or a wish."""
    body: m.NewMessage = call.body
    new = conversation.NewMessage(
        kind=body.kind,
        text=body.text,
        template=body.template,
        camera=None if body.camera is None else CameraId(body.camera),
    )
    grant = GrantId(call.path["grant"])
    return views.message(await conversation.send(call.ports, call.actor, grant, new, call.command))


async def answer(call: Call) -> m.MessageView:
    """What became of a wish."""
    body: m.WishAnswer = call.body
    wish = MessageId(call.path["message"])
    return views.message(await conversation.answer(call.ports, call.actor, wish, body.answer, body.obstacle))
