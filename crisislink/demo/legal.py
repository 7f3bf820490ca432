"""The act that lets the demo story happen. A demonstration text: it cites no law and binds nobody."""

from collections.abc import Iterable
from datetime import datetime

from crisislink.core.geo import Position
from crisislink.core.ids import CameraId, LegalBasisId, OrganisationId
from crisislink.core.legal import LegalBasis, Purpose

MAX_DURATION_S = 30 * 60

# The city, coarsely: enough to tell a place in Toulouse from one in the next commune
PERIMETER = tuple(
    Position(lat, lon)
    for lat, lon in (
        (43.6690, 1.4020),
        (43.6690, 1.4330),
        (43.6500, 1.4700),
        (43.6360, 1.4900),
        (43.6050, 1.5000),
        (43.5650, 1.5000),
        (43.5470, 1.4600),
        (43.5330, 1.4100),
        (43.5380, 1.3800),
        (43.5750, 1.3500),
        (43.6100, 1.3500),
        (43.6250, 1.3950),
    )
)


def legal_bases(
    *,
    city: OrganisationId,
    hospital: OrganisationId,
    cameras: Iterable[CameraId],
    valid_from: datetime,
    valid_until: datetime,
) -> tuple[LegalBasis, ...]:
    """One standing act of `city` for `hospital` over `cameras` (see `demo.cameras.covered_cameras`)."""
    return (
        LegalBasis(
            id=LegalBasisId("lb_demo_convention"),
            act="DEMO-2026-001",
            title="Convention de démonstration (texte fictif, sans valeur juridique) : "
            "renvoi temporaire d’images au SAMU pendant la gestion d’une crise",
            owner=city,
            beneficiaries=frozenset({hospital}),
            purposes=frozenset(
                {Purpose.RESCUE, Purpose.NATURAL_OR_TECHNOLOGICAL_RISK, Purpose.TERRORISM_PREVENTION}
            ),
            cameras=frozenset(cameras),
            perimeter=PERIMETER,
            valid_from=valid_from,
            valid_until=valid_until,
            max_duration_s=MAX_DURATION_S,
        ),
    )
