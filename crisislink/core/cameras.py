"""A camera as the rules know it: whose, where, what it sees, and whether it may be shared.

The camera's address and credentials are not here: they never leave `adapters` and `media`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crisislink.core.errors import Invalid, Reason
from crisislink.core.geo import Position
from crisislink.core.ids import CameraId, OrganisationId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOfView:
    """A wedge on the ground: axis clockwise from north, full opening angle (360: a dome), reach in metres."""

    azimuth_deg: float
    opening_deg: float
    reach_m: float

    def __post_init__(self) -> None:
        if not (0 <= self.azimuth_deg < 360 and 0 < self.opening_deg <= 360 and 0 < self.reach_m <= 2_000):
            raise Invalid(Reason.MALFORMED, field="field_of_view")


POINTS_MAX, POLYGONS_MAX, SIZES_MAX = 200, 64, 8


class MaskStyle(StrEnum):
    """How a masked area looks."""

    SOLID = "solid"
    PIXELATED = "pixelated"


@dataclass(frozen=True, slots=True)
class MaskPolygon:
    """A closed ring of normalised picture coordinates (x right, y down, both in [0, 1]), 3 to 200 points."""

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not 3 <= len(self.points) <= POINTS_MAX or any(
            not (0 <= x <= 1 and 0 <= y <= 1) for x, y in self.points
        ):
            raise Invalid(Reason.MALFORMED, field="mask")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyMask:
    """The masked areas of a camera, as one person validated them. No polygon means: none is needed.

    `sizes`: those of the pictures (width, height) on which that person saw them, main and sub stream. A
    picture of any other size may be another cut of the scene: there the masks say nothing.
    """

    version: int
    polygons: tuple[MaskPolygon, ...]
    sizes: tuple[tuple[int, int], ...]
    validated_by: PersonId | None
    validated_at: datetime | None
    style: MaskStyle = MaskStyle.SOLID

    def __post_init__(self) -> None:
        if len(self.polygons) > POLYGONS_MAX or len(self.sizes) > SIZES_MAX:
            raise Invalid(Reason.MALFORMED, field="mask")
        if any(width < 1 or height < 1 for width, height in self.sizes):
            raise Invalid(Reason.MALFORMED, field="mask")

    @property
    def validated(self) -> bool:
        """Whether a person saw it on a picture, and said so."""
        return self.validated_by is not None and self.validated_at is not None and bool(self.sizes)


class Mounting(StrEnum):
    """How the camera is mounted. A moved PTZ camera hides its picture (a later issue)."""

    FIXED = "fixed"
    PTZ = "ptz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One camera of a city's inventory. `number` is what people say aloud; `quarter` helps to find it.

    `synthetic`: its pictures are made for exercises, and seen in nothing else.
    """

    id: CameraId
    number: int
    owner: OrganisationId
    name: str
    quarter: str
    position: Position
    position_error_m: int
    view: FieldOfView
    mounting: Mounting
    mask: PrivacyMask | None
    offered: bool
    simulated: bool
    synthetic: bool = False
    version: int = 1

    @property
    def shareable(self) -> bool:
        """Whether a picture of it may leave the city at all."""
        return self.not_shareable is None

    @property
    def not_shareable(self) -> Reason | None:
        """Why not, or None. Without a validated mask nothing leaves (fail closed)."""
        if not self.offered:
            return Reason.CAMERA_NOT_SHAREABLE
        if self.mask is None:
            return Reason.MASK_MISSING
        if not self.mask.validated:
            return Reason.MASK_UNVALIDATED
        return None

    def barred(self, *, exercise: bool) -> Reason | None:
        """Why no picture of it may be seen in an exercise, or in earnest; None: it may."""
        if self.synthetic is not exercise:
            return Reason.REAL_IN_EXERCISE if exercise else Reason.SYNTHETIC_IN_EARNEST
        return self.not_shareable
