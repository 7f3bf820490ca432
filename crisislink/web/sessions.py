"""Sessions, as the people whose they are and their administrators see them."""

from crisislink.core.ids import PersonId
from crisislink.flow import sessions
from crisislink.flow.ports import Session
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call


async def own(call: Call) -> list[m.SessionView]:
    """One's own."""
    found = await sessions.own(call.ports, call.service.sessions, call.actor)
    return [_view(call, one) for one in found]


async def end_own(call: Call) -> None:
    """End one of them."""
    await sessions.end_own(call.ports, call.service.sessions, call.actor, call.path["session"])


async def in_organisation(call: Call) -> list[m.SignedInView]:
    """Those of the administrator's organisation."""
    found = await sessions.in_organisation(call.ports, call.service.sessions, call.actor)
    return [
        m.SignedInView(person=views.person(one.person), sessions=[_view(call, each) for each in one.sessions])
        for one in found
    ]


async def end_all_of(call: Call) -> None:
    """End all of one person's."""
    await sessions.end_all_of(call.ports, call.actor, PersonId(call.path["person"]))


def _view(call: Call, session: Session) -> m.SessionView:
    labels = {one.id: one.label for one in call.service.sign_in.providers}
    return m.SessionView(
        id=sessions.name_of(session.id),
        provider=labels.get(session.provider, session.provider),
        opened_at=session.opened_at,
        seen_at=session.seen_at,
        ends_at=session.ends_at,
        current=session.id == call.actor.session,
        embedded_in=None if session.view is None else session.view.origin,
    )
