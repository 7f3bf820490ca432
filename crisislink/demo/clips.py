"""The scenes that come with the package: what each shows, how it is coded, and which parts of it show homes.

The files in `clips/` are rendered by `python -m crisislink.demo.scenes` (see there) and never change at
run time; their digests are in `demo.digests`, written by the same run. A person's own files: `load_video`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files

from crisislink.core.cameras import MaskPolygon
from crisislink.demo.digests import DIGESTS
from crisislink.demo.footage import Clip, Codec, read_clip
from crisislink.demo.ownvideo import load_video

__all__ = ["CARDS", "Clip", "ClipCard", "Codec", "Light", "card", "load_clip", "load_video"]

SUB_SIZE = (640, 360)
SUB = ".sub"  # suffix of the smaller stream's name


class Light(StrEnum):
    """When the scene plays."""

    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipCard:
    """One scene. `masks`: the homes in it (windows, entrances), normalised; `sub`: a smaller stream
    exists.
    """

    name: str
    codec: Codec
    width: int
    height: int
    fps: int
    title_fr: str
    title_en: str
    masks: tuple[MaskPolygon, ...]
    light: Light = Light.DAY
    sub: bool = False
    audio: bool = False

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Of its streams' pictures."""
        return ((self.width, self.height), SUB_SIZE) if self.sub else ((self.width, self.height),)

    @property
    def sha256(self) -> str:
        """Of the file, hexadecimal."""
        return DIGESTS[self.name]


def _mask(*points: tuple[float, float]) -> MaskPolygon:
    return MaskPolygon(points)


def _hd(
    name: str,
    codec: Codec,
    fr: str,
    en: str,
    *masks: MaskPolygon,
    light: Light = Light.DAY,
    sub: bool = False,
    audio: bool = False,
) -> ClipCard:
    return ClipCard(
        name=name,
        codec=codec,
        width=1280,
        height=720,
        fps=25,
        title_fr=fr,
        title_en=en,
        masks=masks,
        light=light,
        sub=sub,
        audio=audio,
    )


def _full(
    name: str, fr: str, en: str, *masks: MaskPolygon, light: Light = Light.DAY, sub: bool = False
) -> ClipCard:
    return replace(_hd(name, Codec.H264, fr, en, *masks, light=light, sub=sub), width=1920, height=1080)


def _small(name: str, fr: str, en: str, *masks: MaskPolygon, light: Light = Light.DAY) -> ClipCard:
    return replace(_hd(name, Codec.MJPEG, fr, en, *masks, light=light), width=640, height=360, fps=5)


_H264, _H265 = Codec.H264, Codec.H265

_STREET = (
    _mask((0, 0), (0.405, 0), (0.405, 0.25), (0.35, 0.29), (0.18, 0.44), (0, 0.60)),
    _mask((0.57, 0), (1, 0), (1, 0.50), (0.95, 0.475), (0.77, 0.325), (0.68, 0.28), (0.57, 0.24)),
)
_BOULEVARD = (
    _mask((0, 0), (0.37, 0), (0.40, 0.20), (0.40, 0.25), (0.28, 0.32), (0.19, 0.40), (0, 0.48)),
    _mask((0.62, 0), (1, 0), (1, 0.44), (0.90, 0.40), (0.76, 0.31), (0.62, 0.25)),
)
_SQUARE = (
    _mask((0.20, 0), (0.74, 0), (0.74, 0.34), (0.22, 0.34)),
    _mask((0, 0), (0.18, 0), (0.20, 0.33), (0, 0.41)),
    _mask((0.76, 0), (1, 0), (1, 0.42), (0.75, 0.34)),
)
_AVENUE = (
    _mask((0, 0), (0.28, 0), (0.425, 0.13), (0.425, 0.20), (0.30, 0.20), (0, 0.16)),
    _mask((0.61, 0.13), (0.74, 0), (1, 0), (1, 0.15), (0.72, 0.17), (0.61, 0.20)),
    _mask((0.425, 0.08), (0.61, 0.08), (0.61, 0.275), (0.425, 0.275)),
)
_STATION = (
    _mask((0, 0.13), (0.29, 0.13), (0.29, 0.25), (0, 0.25)),
    _mask((0.67, 0.13), (1, 0.13), (1, 0.25), (0.67, 0.25)),
)
_CANAL = (
    _mask((0, 0), (0.20, 0), (0.37, 0.19), (0.37, 0.235), (0.20, 0.20), (0, 0.17)),
    _mask((0.83, 0), (1, 0), (1, 0.60), (0.90, 0.50), (0.86, 0.30)),
)
_SUBURB = (
    _mask((0, 0), (0.24, 0.16), (0.38, 0.20), (0.38, 0.25), (0.27, 0.36), (0, 0.55)),
    _mask((0.63, 0.20), (0.80, 0.12), (1, 0), (1, 0.55), (0.80, 0.40), (0.63, 0.26)),
)
_BRIDGE = (
    _mask((0, 0.17), (0.42, 0.17), (0.42, 0.33), (0, 0.33)),
    _mask((0.57, 0.20), (1, 0.20), (1, 0.33), (0.57, 0.33)),
)
_JUNCTION = (
    _mask((0, 0), (0.39, 0), (0.41, 0.27), (0.31, 0.35), (0, 0.35)),
    _mask((0.60, 0), (1, 0), (1, 0.50), (0.73, 0.50), (0.69, 0.33), (0.60, 0.27)),
)
_SKYLINE = _mask((0, 0.13), (0.49, 0.13), (0.49, 0.25), (0, 0.25))
_BOXES = _mask((0, 0.105), (1, 0.115), (1, 0.205), (0, 0.195))
_UPPER_FLOORS = _mask((0, 0), (1, 0), (1, 0.23), (0, 0.24))

CARDS: tuple[ClipCard, ...] = (
    _hd("rue_brique", _H264, "Rue de brique, jour", "Brick street, day", *_STREET, sub=True),
    _hd("gare", _H264, "Parvis de la gare", "Station forecourt", *_STATION, sub=True),
    _hd("allee", _H265, "Allées arborées", "Avenue with trees", *_AVENUE, sub=True),
    _full("boulevard", "Grand boulevard, jour", "Boulevard, day", *_BOULEVARD, sub=True),
    _hd("place", _H264, "Place et terrasses", "Square with cafés", *_SQUARE),
    _hd("canal", _H264, "Berge du canal", "Canal bank", *_CANAL),
    _hd("rocade", _H264, "Rocade", "Ring road", _SKYLINE),
    _hd("rue_nuit", _H264, "Rue de brique, nuit", "Brick street, night", *_STREET, light=Light.NIGHT),
    _hd("boulevard_pluie", _H265, "Boulevard, pluie", "Boulevard in the rain", *_BOULEVARD, light=Light.DUSK),
    _hd("place_nuit", _H265, "Place, nuit", "Square, night", *_SQUARE, light=Light.NIGHT),
    _hd("stade", _H264, "Tribune du stade", "Stadium stand", _BOXES),
    _full("pont", "Pont sur la Garonne, soir", "Bridge over the Garonne, dusk", *_BRIDGE, light=Light.DUSK),
    _hd("faubourg", _H264, "Rue de faubourg, avec son", "Suburban street, with sound", *_SUBURB, audio=True),
    _small("metro", "Entrée de métro", "Metro entrance", _UPPER_FLOORS),
    _small("carrefour", "Carrefour, soir", "Junction, dusk", *_JUNCTION, light=Light.DUSK),
)


def card(name: str) -> ClipCard:
    """The card of a scene.

    Raises:
        KeyError: there is none of this name.
    """
    return _BY_NAME[name]


_BY_NAME = {c.name: c for c in CARDS}


@cache
def load_clip(name: str) -> Clip:
    """A scene's footage (`<scene>` or `<scene>.sub`), verified against its digest. Kept in memory.

    Raises:
        KeyError: no such scene.
        ValueError: the installed file is not the one that was rendered.
    """
    container = (files("crisislink.demo") / "clips" / f"{name}.mov").read_bytes()
    if sha256(container).hexdigest() != DIGESTS[name]:
        raise ValueError(f"the installed clip {name} is damaged")
    return read_clip(name, container)
