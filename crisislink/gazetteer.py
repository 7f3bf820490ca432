"""`crisislink places`: a city's own streets, quarters and landmarks, for the search by name."""

from crisislink.config import Settings
from crisislink.core.placefile import (
    FILE_MAX_BYTES,
    NAME_MAX_CHARS,
    PRECISION_MAX_M,
    ROWS_MAX,
    PlaceError,
    PlaceFault,
)
from crisislink.core.places import Gazetteer
from crisislink.core.rosterfile import FileFault
from crisislink.flow import gazetteer
from crisislink.flow.gazetteer import Change
from crisislink.web.rosterwords import WORDS
from crisislink.wiring import opened

_OWN: dict[PlaceFault | FileFault, tuple[str, str]] = {
    FileFault.TOO_LARGE: (
        f"Fichier trop volumineux : {FILE_MAX_BYTES // 1024} Kio au plus. Ne gardez que la ville.",
        f"File too large: {FILE_MAX_BYTES // 1024} KiB at most. Keep the city only.",
    ),
    FileFault.ROWS: (
        f"{ROWS_MAX} lieux au plus. Gardez une ligne par rue, pas par adresse.",
        f"{ROWS_MAX} places at most. Keep one line a street, not an address.",
    ),
    PlaceFault.MISSING: ("À remplir.", "Needed."),
    PlaceFault.TOO_LONG: (f"{NAME_MAX_CHARS} caractères au plus.", f"{NAME_MAX_CHARS} characters at most."),
    PlaceFault.CHARACTERS: (
        "Contient des caractères invisibles. Retapez-le.",
        "Contains invisible characters. Type it again.",
    ),
    PlaceFault.BEYOND: (
        "Plus de cellules que de colonnes : un séparateur est de trop.",
        "More cells than columns: there is a delimiter too many.",
    ),
    PlaceFault.KIND: ("Écrivez rue, quartier ou lieu.", "Write street, quarter or landmark."),
    PlaceFault.DEGREES: (
        "Écrivez des degrés décimaux (WGS84), comme 43.6104.",
        "Write decimal degrees (WGS84), like 43.6104.",
    ),
    PlaceFault.METRES: (
        f"Écrivez des mètres entiers, de 1 à {PRECISION_MAX_M}.",
        f"Write whole metres, 1 to {PRECISION_MAX_M}.",
    ),
    PlaceFault.TWICE: (
        "Ce nom est déjà, dans ce quartier, à la ligne {clash}. Retirez-en une, ou dites leurs quartiers.",
        "Line {clash} has this name in this quarter already. Remove one, or say their quarters.",
    ),
}


def said(error: PlaceError) -> str:
    """Where, what is wrong and what to do, in both languages."""
    words = _OWN.get(error.fault) or WORDS[error.fault]  # type: ignore[index]
    french, english = (one.format(clash=error.clash) for one in words)
    where = f"{error.line}{'' if error.column is None else f' · {error.column}'}"
    return f"{where} : {french} / {english}"


def extent(file: Gazetteer) -> str:
    """Where the places lie, so that swapped or projected coordinates are seen before they are written."""
    latitudes = [place.position.lat_deg for place in file.places]
    longitudes = [place.position.lon_deg for place in file.places]
    ends = (min(latitudes), max(latitudes), min(longitudes), max(longitudes))
    return "latitude {:.4f} … {:.4f}, longitude {:.4f} … {:.4f}".format(*ends)


async def plan_of(settings: Settings, file: Gazetteer) -> Change:
    """What the file would do."""
    async with opened(settings) as ports:
        return await gazetteer.planned(ports, file)


async def write(settings: Settings, file: Gazetteer, digest: str) -> Change:
    """Write what was previewed under this digest.

    Raises:
        Conflict: the file has other places now.
    """
    async with opened(settings) as ports:
        return await gazetteer.loaded(ports, file, digest)
