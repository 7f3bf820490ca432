"""Identity providers as administrators see them: what is wrong with their own, and what to do.

Who administers a provider is told by where they signed in: one's own issuer, never another's.
"""

from crisislink.web.calls import Call
from crisislink.web.identitymodels import FindingView


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
