"""Who is signed in, and the ways to sign in."""

from typing import Literal

from crisislink.core import policy
from crisislink.core.actors import Actor, Role, Side
from crisislink.core.errors import Unauthenticated, Unavailable
from crisislink.core.talkrules import TalkRules
from crisislink.flow import incidents
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call
from crisislink.web.operations import ADMINISTRATORS, DECIDERS, HOSPITAL, OPERATIONS, POLICE, REVIEWERS

Page = Literal["samu", "cic", "registre", "retex", "admin"]


async def sign_in(call: Call) -> m.SignIn:
    """The providers, and which of them does not answer: then whom to telephone."""
    ways, identity = call.service.sign_in, call.service.identity
    down = {p.id: since for p in ways.providers if (since := identity.down_since(p.id)) is not None}
    if not down:
        return ways
    phones = await _phones(call)
    return ways.model_copy(
        update={
            "providers": [
                p.model_copy(update={"down_since": down.get(p.id), "phone": phones.get(p.side)})
                if p.id in down
                else p
                for p in ways.providers
            ]
        }
    )


async def _phones(call: Call) -> dict[Side, str]:
    """What each side calls: the other's room, if there is only one; none while the store does not answer."""
    try:
        async with call.ports.store.read() as work:
            organisations = await work.organisations()
    except Unavailable:
        return {}
    rooms = {side: [o.phone for o in organisations if o.side is side] for side in Side}
    called = {Side.HOSPITAL: rooms[Side.CITY], Side.CITY: rooms[Side.HOSPITAL]}
    return {side: phones[0] for side, phones in called.items() if len(phones) == 1}


async def me(call: Call) -> m.Me:
    """The person, their roles, and whom to telephone."""
    actor, limits = call.actor, call.ports.limits
    assert actor.session is not None, "a browser's actor has a session"
    session = await call.ports.sessions.get(actor.session)
    if session is None:
        raise Unauthenticated
    async with call.ports.store.read() as work:
        organisations = await work.organisations()
        exercises = await incidents.exercises(work, actor.organisation.id)
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
        talk=_talk(call.ports.talk),
        basemap=None if call.service.basemap is None else call.service.basemap.view,
        server_time=call.ports.clock.now(),
        session_ends_at=session.ends_at,
        session_idle_s=call.service.sessions.idle_s,
        needs_recent=any(actor.has(*one.roles or ()) for one in OPERATIONS if one.recent),
        recent_until=policy.recent_until(actor, limits),
        exercises=exercises,
        demo=call.service.sign_in.demo,
    )


def _talk(rules: TalkRules) -> m.TalkView:
    return m.TalkView(
        text_max=rules.text_max,
        templates=[m.TemplateView.model_validate(one) for one in rules.templates],
    )


def _pages(actor: Actor) -> list[Page]:
    rooms: list[tuple[Page, frozenset[Role]]] = [
        ("samu", HOSPITAL),
        ("cic", POLICE | DECIDERS),
        ("registre", frozenset({Role.AUDITOR})),
        ("retex", REVIEWERS),
        ("admin", ADMINISTRATORS),
    ]
    return [page for page, roles in rooms if actor.has(*roles)]
