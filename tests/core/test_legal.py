"""No act, no picture: each way an act can fail to cover a request is told apart."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crisislink.core.cameras import Camera
from crisislink.core.errors import Reason
from crisislink.core.geo import Position
from crisislink.core.ids import LegalBasisId
from crisislink.core.legal import LegalBasis, Purpose, covering
from tests.samples import BASIS, CAMERAS, OTHER_CITY, OTHER_SAMU, PLACE, SAMU, T0, camera


def found(
    *bases: LegalBasis,
    place: Position = PLACE,
    purpose: Purpose = Purpose.RESCUE,
    cameras: tuple[Camera, ...] = CAMERAS[:2],
) -> LegalBasis | Reason:
    return covering(bases, beneficiary=SAMU.id, purpose=purpose, place=place, cameras=cameras, now=T0)


def test_the_act_that_lasts_longest_covers() -> None:
    longer = replace(BASIS, id=LegalBasisId("lb_2"), valid_until=BASIS.valid_until + timedelta(days=1))
    assert found(BASIS, longer) is longer


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        (replace(BASIS, valid_until=T0), Reason.NO_LEGAL_BASIS),
        (replace(BASIS, valid_from=T0 + timedelta(seconds=1)), Reason.NO_LEGAL_BASIS),
        (replace(BASIS, beneficiaries=frozenset({OTHER_SAMU.id})), Reason.NO_LEGAL_BASIS),
        (replace(BASIS, purposes=frozenset({Purpose.TRAFFIC})), Reason.PURPOSE_NOT_COVERED),
        (replace(BASIS, cameras=frozenset({CAMERAS[0].id})), Reason.OUTSIDE_LEGAL_BASIS),
        (
            replace(BASIS, perimeter=(Position(0, 0), Position(0, 1), Position(1, 1))),
            Reason.OUTSIDE_LEGAL_BASIS,
        ),
    ],
)
def test_an_act_that_does_not_cover_says_why(basis: LegalBasis, expected: Reason) -> None:
    assert found(basis) is expected


def test_without_acts_there_is_no_legal_basis() -> None:
    assert found() is Reason.NO_LEGAL_BASIS


def test_an_act_of_one_city_says_nothing_of_another_citys_camera() -> None:
    assert found(BASIS, cameras=(camera(9, owner=OTHER_CITY),)) is Reason.NO_LEGAL_BASIS
