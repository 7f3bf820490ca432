"""Which scene suits a street by its name: a canal bank plays at the canal, a square on a square."""

_BY_WORD = (
    (("canal", "écluse", "port "), ("canal",)),
    (("périphérique", "rocade"), ("rocade",)),
    (("gare",), ("gare",)),
    (("métro",), ("metro",)),
    (("pont ",), ("pont", "canal")),
    (("place", "marché"), ("place", "place_nuit", "metro", "place", "carrefour")),
    (
        ("boulevard", "avenue", "route"),
        ("boulevard", "allee", "boulevard_pluie", "carrefour", "rocade", "allee"),
    ),
    (("allée", "quai"), ("allee", "boulevard", "boulevard_pluie")),
    (("chemin",), ("faubourg", "allee", "faubourg", "stade")),
)
_ELSE = ("rue_brique", "faubourg", "rue_nuit", "rue_brique", "allee")


def scene_for(street: str, index: int) -> str:
    """The name of a scene; `index` varies it along a street."""
    name = street.casefold() + " "
    for words, scenes in _BY_WORD:
        if any(word in name for word in words):
            return scenes[index % len(scenes)]
    return _ELSE[index % len(_ELSE)]
