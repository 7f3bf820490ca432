"""Day, dusk, night and rain: how a colour looks under them, and the paints made of it."""

from dataclasses import dataclass

import skia  # type: ignore[import-not-found]

Rgb = tuple[float, float, float]


def mix(a: Rgb, b: Rgb, k: float) -> Rgb:
    """From a (k = 0) to b (k = 1)."""
    return a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k, a[2] + (b[2] - a[2]) * k


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """`tint` multiplies every colour; `lamps` says how strongly lamps and windows shine; `sun` how hard
    shadows are.
    """

    tint: Rgb
    sky_top: Rgb
    sky_low: Rgb
    haze: Rgb
    sun: float
    lamps: float
    wet: bool = False

    def tone(self, colour: Rgb, shade: float = 1.0, away_m: float = 0.0) -> Rgb:
        """The colour under this light, hazed by distance."""
        lit = tuple(min(255.0, c * t * shade) for c, t in zip(colour, self.tint, strict=True))
        return mix((lit[0], lit[1], lit[2]), self.haze, min(0.5, max(0.0, away_m - 25) / 260))

    def paint(self, colour: Rgb, shade: float = 1.0, away_m: float = 0.0, alpha: float = 1.0) -> skia.Paint:
        """A smooth-edged fill."""
        return fill(self.tone(colour, shade, away_m), alpha)


def colour4(c: Rgb, alpha: float = 1.0) -> int:
    """A Skia colour."""
    return int(skia.ColorSetARGB(round(alpha * 255), *(max(0, min(255, round(v))) for v in c)))


def fill(c: Rgb, alpha: float = 1.0) -> skia.Paint:
    """A plain fill."""
    return skia.Paint(AntiAlias=True, Color=colour4(c, alpha))


def line(c: Rgb, width: float, alpha: float = 1.0) -> skia.Paint:
    """A round-ended stroke."""
    return skia.Paint(
        AntiAlias=True,
        Color=colour4(c, alpha),
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=width,
        StrokeCap=skia.Paint.kRound_Cap,
    )


def soft(c: Rgb, alpha: float, sigma: float, *, glow: bool = False) -> skia.Paint:
    """A blurred fill; `glow` adds light instead of covering."""
    paint = fill(c, alpha)
    paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(0.1, sigma)))
    if glow:
        paint.setBlendMode(skia.BlendMode.kPlus)
    return paint


def halo(centre: tuple[float, float], radius: float, c: Rgb, alpha: float) -> skia.Paint:
    """Added light that fades from `centre` outwards."""
    paint = skia.Paint(AntiAlias=True)
    paint.setShader(
        skia.GradientShader.MakeRadial(
            center=skia.Point(*centre),
            radius=max(radius, 0.1),
            colors=[colour4(c, alpha), colour4(c, alpha * 0.3), colour4(c, 0)],
            positions=[0.0, 0.35, 1.0],
        )
    )
    paint.setBlendMode(skia.BlendMode.kPlus)
    return paint


def fade(a: tuple[float, float], b: tuple[float, float], *stops: tuple[float, Rgb, float]) -> skia.Paint:
    """A linear gradient from point a to point b; stops are (position, colour, alpha)."""
    paint = skia.Paint(AntiAlias=True)
    paint.setShader(
        skia.GradientShader.MakeLinear(
            points=[skia.Point(*a), skia.Point(*b)],
            colors=[colour4(c, alpha) for _, c, alpha in stops],
            positions=[p for p, _, _ in stops],
        )
    )
    return paint


DAY = Light(
    tint=(1.0, 0.98, 0.95),
    sky_top=(92, 142, 206),
    sky_low=(206, 224, 238),
    haze=(196, 212, 228),
    sun=1.0,
    lamps=0.0,
)
OVERCAST = Light(
    tint=(0.9, 0.92, 0.95),
    sky_top=(150, 164, 180),
    sky_low=(206, 212, 218),
    haze=(190, 197, 205),
    sun=0.35,
    lamps=0.0,
)
DUSK = Light(
    tint=(0.72, 0.58, 0.60),
    sky_top=(58, 72, 124),
    sky_low=(246, 168, 120),
    haze=(170, 130, 130),
    sun=0.25,
    lamps=0.75,
)
RAIN = Light(
    tint=(0.52, 0.55, 0.62),
    sky_top=(82, 92, 108),
    sky_low=(132, 140, 152),
    haze=(112, 120, 132),
    sun=0.0,
    lamps=0.7,
    wet=True,
)
NIGHT = Light(
    tint=(0.24, 0.24, 0.33), sky_top=(8, 11, 26), sky_low=(34, 34, 54), haze=(30, 32, 50), sun=0.0, lamps=1.0
)
