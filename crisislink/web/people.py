"""Who is signed in, and the ways to sign in."""

from typing import Literal

from crisislink.core.actors import Actor, Role, Side
from crisislink.core.errors import Unauthenticated
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call
from crisislink.web.operations import DECIDERS, HOSPITAL, POLICE, REVIEWERS

Page = Literal["samu", "cic", "registre", "retex"]


async def sign_in(call: Call) -> m.SignIn:
    """The providers."""
    return call.service.sign_in


async def me(call: Call) -> m.Me:
    """The person, their roles, and whom to telephone."""
    actor, limits = call.actor, call.ports.limits
    assert actor.session is not None, "a browser's actor has a session"
    session = await call.ports.sessions.get(actor.session)
    if session is None:
        raise Unauthenticated
    async with call.ports.store.read() as work:
        organisations = await work.organisations()
    return m.Me(
        person=views.person(actor.person),
        organisation=views.organisation(actor.organisation),
        roles=sorted(actor.roles),
        pages=_pages(actor),
        partners=[
            views.organisation(o)
            for o in organisations
            if o.id != actor.organisation.id and o.side is not Side.OVERSIGHT
        ],
        limits=m.LimitsView.model_validate(limits),
        server_time=call.ports.clock.now(),
        session_ends_at=session.ends_at,
        session_idle_s=call.service.sessions.idle_s,
        demo=call.service.sign_in.demo,
    )


def _pages(actor: Actor) -> list[Page]:
    rooms: list[tuple[Page, frozenset[Role]]] = [
        ("samu", HOSPITAL),
        ("cic", POLICE | DECIDERS),
        ("registre", frozenset({Role.AUDITOR})),
        ("retex", REVIEWERS),
    ]
    return [page for page, roles in rooms if actor.has(*roles)]
