"""The register, for the commission."""

from crisislink.flow import register
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call


async def entries(call: Call) -> m.RegisterPage:
    """A page of entries."""
    query: m.RegisterQuery = call.query
    found = await register.page(
        call.ports,
        call.actor,
        after=query.after,
        before=query.before,
        limit=query.limit,
        kinds=query.kind,
    )
    return views.register_page(found)


async def verification(call: Call) -> m.Verification:
    """Recompute every leaf and the root."""
    verdict = await register.verification(call.ports, call.actor)
    return m.Verification(
        ok=verdict.holds,
        size=verdict.head.size,
        root=verdict.head.root.hex(),
        recomputed_root=verdict.recomputed.root.hex(),
        first_bad_seq=verdict.first_bad,
    )
