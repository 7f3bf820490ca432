"""The review of a declared crisis: what became of it, what was asked in it, and nothing of anybody else's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crisislink.core.crisis import CrisisCause
from crisislink.core.errors import Denied, NotFound
from crisislink.core.events import InventoryLoaded
from crisislink.core.geo import Position
from crisislink.core.grants import Grant
from crisislink.core.ids import CrisisId, SessionId, ViewingId
from crisislink.core.requests import RefusalReason
from crisislink.core.review import AfterActionReview, Step
from crisislink.flow import automatic, crisis, crisisends, decisions, incidents, requests, reviews
from crisislink.flow.ports import Viewing
from tests.city import NODE, City, asking
from tests.flow.test_declared_crisis import HOUR, IDS, asked, declared, granted, terms
from tests.samples import (
    ADMINISTRATOR,
    AUDITOR,
    OPERATOR,
    OTHER_REGULATOR,
    OTHER_SUPERVISOR,
    PLACE,
    REGULATOR,
    SAMU_SUPERVISOR,
    SUPERVISOR,
    T0,
)

LOADED = InventoryLoaded(organisation=None, what="test", rows=1, sha256="0" * 64)


async def watched(city: City, grant: Grant) -> None:
    look = Viewing(
        id=ViewingId(city.ports.entropy.id("vw")),
        grant=grant.id,
        camera=grant.views[0].camera,
        person=REGULATOR.person.id,
        session=SessionId("ses"),
        node=NODE,
        rendition="wall",
        started_at=city.clock.now(),
    )
    async with city.store.write() as work:
        await work.record(LOADED, look)


def told(review: AfterActionReview) -> list[tuple[int, Step, float | None]]:
    return [(round((one.at - T0).total_seconds()), one.step, one.took_s) for one in review.moments]


async def test_a_crisis_is_told_from_its_proposal_to_its_end(city: City) -> None:
    before = await city.incident()
    city.clock.advance(10)
    proposed = await crisis.propose(city.ports, SAMU_SUPERVISOR, terms(lasts_s=HOUR), None)
    city.clock.advance(40)
    await crisis.confirm(city.ports, SUPERVISOR, proposed.id, version=1)
    city.clock.advance(10)
    first = await requests.submit(city.ports, REGULATOR, asking(before, IDS[:2]), None)
    seen = await granted(city, first)
    city.clock.advance(5)
    await watched(city, seen)
    await automatic.notice_grant(city.ports, OPERATOR, seen.id)
    city.clock.advance(5)
    longer = replace(asking(before, IDS[:2]), extends=seen.id)
    assert (await requests.submit(city.ports, REGULATOR, longer, None)).grant == seen.id
    unseen = await granted(city, await asked(city, IDS[2:4]))
    refused = await asked(city, IDS[5:6])
    city.clock.advance(20)
    await decisions.refuse(city.ports, SUPERVISOR, refused.id, RefusalReason.OTHER, version=1)
    elsewhere = await asked(city, place=Position(PLACE.lat_deg + 0.02, PLACE.lon_deg))
    assert elsewhere.open
    await crisisends.suspend(city.ports, city.video, OPERATOR, proposed.id, cut_running=True)
    city.clock.advance(10)
    await crisis.resume(city.ports, SUPERVISOR, proposed.id)
    city.clock.advance(HOUR - 90)
    await city.clock_works()
    city.clock.advance(1)
    await asked(city)

    found = await reviews.read_crisis(city.ports, SUPERVISOR, proposed.id)
    review = found.review
    assert told(review) == [
        (10, Step.CRISIS_PROPOSED, None),
        (50, Step.CRISIS_DECLARED, 40),
        (60, Step.REQUESTED, None),
        (60, Step.APPROVED_IN_CRISIS, 0),
        (65, Step.FIRST_LOOK, None),
        (65, Step.NOTICED, 5),
        (70, Step.OPENED, None),
        (70, Step.OPENED, None),
        (70, Step.MORE_TIME, None),
        (70, Step.APPROVED_IN_CRISIS, 0),
        (70, Step.REQUESTED, None),
        (70, Step.APPROVED_IN_CRISIS, 0),
        (70, Step.REQUESTED, None),
        (90, Step.REFUSED, 20),
        (90, Step.GRANT_ENDED, None),
        (90, Step.GRANT_ENDED, None),
        (90, Step.CRISIS_SUSPENDED, None),
        (100, Step.CRISIS_RESUMED, None),
        (10 + HOUR, Step.CRISIS_ENDED, None),
    ]
    assert [(one.step, one.grant) for one in review.moments if one.unused] == [
        (Step.APPROVED_IN_CRISIS, unseen.id),
        (Step.GRANT_ENDED, unseen.id),
    ]
    assert review.figures.grants_unused == 1
    causes = {one.step: one.cause for one in review.moments if one.declaration and one.cause}
    assert causes == {Step.CRISIS_SUSPENDED: CrisisCause.BY_HAND, Step.CRISIS_ENDED: CrisisCause.EXPIRED}
    assert before.id in {one.id for one in review.incidents}, "what it was opened for before is named"
    assert elsewhere.incident not in {one.id for one in review.incidents}
    assert (review.figures.requests, review.figures.automatic, review.figures.refused) == (4, 3, 1)
    assert {one.id for one in found.persons} >= {
        who.person.id for who in (SAMU_SUPERVISOR, SUPERVISOR, OPERATOR)
    }


@pytest.mark.parametrize("declined", [True, False])
async def test_a_proposal_that_came_to_nothing_has_its_review_without_any_incident(
    city: City, declined: bool
) -> None:
    proposed = await crisis.propose(city.ports, SUPERVISOR, terms(), None)
    city.clock.advance(30 if declined else city.ports.limits.crisis_confirm_s)
    if declined:
        await crisis.decline(city.ports, SAMU_SUPERVISOR, proposed.id)
    await city.clock_works()
    review = (await reviews.read_crisis(city.ports, AUDITOR, proposed.id)).review
    answer = Step.CRISIS_DECLINED if declined else Step.CRISIS_LAPSED
    assert [one.step for one in review.moments] == [Step.CRISIS_PROPOSED, answer]
    assert review.moments[1].took_s == (30 if declined else city.ports.limits.crisis_confirm_s)
    assert review.moments[1].actor == (SAMU_SUPERVISOR.person.id if declined else None)
    assert (review.incidents, review.figures.first_request_s) == ((), None)


async def test_what_an_incident_was_after_its_crisis_is_not_told_of_the_crisis(city: City) -> None:
    declaration = await declared(city)
    request = await asked(city)
    await crisisends.end(city.ports, city.video, SAMU_SUPERVISOR, declaration.id)
    city.clock.advance(60)
    await incidents.close_incident(city.ports, city.video, REGULATOR, request.incident)
    review = (await reviews.read_crisis(city.ports, REGULATOR, declaration.id)).review
    assert review.moments[-1].at <= T0 + timedelta(seconds=1)
    assert Step.CLOSED not in {one.step for one in review.moments}


async def test_its_two_sides_and_the_commission_read_it_and_nobody_else(city: City) -> None:
    declaration = await declared(city)
    for who in (REGULATOR, OPERATOR, AUDITOR):
        assert [one.id for one in await reviews.recent_crises(city.ports, who)] == [declaration.id]
        assert (await reviews.read_crisis(city.ports, who, declaration.id)).review.declaration == declaration
    for stranger in (OTHER_REGULATOR, OTHER_SUPERVISOR):
        assert await reviews.recent_crises(city.ports, stranger) == []
    with pytest.raises(Denied):
        await reviews.recent_crises(city.ports, ADMINISTRATOR)
    for stranger in (OTHER_REGULATOR, OTHER_SUPERVISOR, ADMINISTRATOR):
        with pytest.raises(Denied):
            await reviews.read_crisis(city.ports, stranger, declaration.id)
    assert (await city.kinds())[-3:] == ["access.denied"] * 3
    with pytest.raises(NotFound):
        await reviews.read_crisis(city.ports, REGULATOR, CrisisId("cri_none"))
