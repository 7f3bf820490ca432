"""Identity providers as administrators see them: what is wrong with their own, and what to do.

Who administers a provider is told by where they signed in: one's own issuer, never another's.
"""

from crisislink.flow import trials
from crisislink.web import views
from crisislink.web.calls import Call
from crisislink.web.identitymodels import ClaimView, FindingView, TrialView


async def examine(call: Call) -> list[FindingView]:
    """All that can be seen of the caller's own provider."""
    seen = call.service.identity.examine(call.actor.person.issuer)
    return [
        FindingView(
            provider=provider,
            what=look.what,
            grade=look.grade,
            found=look.found,
            advice_fr=look.fr,
            advice_en=look.en,
        )
        async for provider, look in seen
    ]


async def begin_trial(call: Call) -> None:
    """The caller goes to `/auth/trial` next."""
    await trials.begin(call.ports, call.actor)


async def trial(call: Call) -> list[TrialView]:
    """What came of it: one, or none."""
    found = await trials.result(call.ports, call.actor)
    return [] if found is None else [_view(found)]


def _view(found: trials.Trial) -> TrialView:
    return TrialView(
        provider=found.provider,
        refused=found.refused,
        claims=[ClaimView(name=name, value=value) for name, value in found.claims],
        person=None if found.person is None else views.person(found.person),
        roles=sorted(found.roles),
        dated=found.dated,
        strong=found.strong,
    )
