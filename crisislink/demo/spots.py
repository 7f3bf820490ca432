"""Hand-placed cameras of the demo city: the seed document's places, the story's ring, the special ones.

Seed coordinates and their errors are those of the design document (domain.md): published where the error
is 50 m, else estimates. Ring and specials are given by bearing and distance from the main place.
"""

from dataclasses import dataclass

from crisislink.demo.behaviour import Behaviour


@dataclass(frozen=True, slots=True)
class Seed:
    """A place of the seed document."""

    quarter: str
    name: str
    lat: float
    lon: float
    error_m: int
    azimuth_deg: float
    clip: str


@dataclass(frozen=True, slots=True)
class Near:
    """A camera around the main place. `off_deg`: how far off its axis the place lies; None: it looks away."""

    name: str
    quarter: str
    bearing_deg: float
    distance_m: float
    off_deg: float | None
    clip: str


@dataclass(frozen=True, slots=True)
class Special:
    """A camera that shows one fact: a failure, a missing mask, sound."""

    name: str
    quarter: str
    bearing_deg: float
    distance_m: float
    azimuth_deg: float
    clip: str
    behaviour: Behaviour = Behaviour.NORMAL


_PUBLISHED_M, _AT_METRO_M = 50, 100

SEEDS = (
    Seed("Arnaud Bernard", "Place St Julien", 43.60864, 1.43763, _PUBLISHED_M, 140, "place"),
    Seed("Compans", "Rue du Canon d'Arcole", 43.6125, 1.4360, 250, 20, "rue_brique"),
    Seed("Côte Pavée", "Place de l'Ormeau", 43.57907, 1.48367, _PUBLISHED_M, 300, "carrefour"),
    Seed("Empalot", "Place d'Empalot", 43.5795, 1.4415, _AT_METRO_M, 80, "metro"),
    Seed("Matabiau", "Rue Matabiau", 43.6100, 1.4485, 150, 30, "rue_brique"),
    Seed("Matabiau", "Rue Bertrand de Born", 43.61041, 1.45287, _PUBLISHED_M, 225, "rue_brique"),
    Seed("Matabiau", "Rue Jules Dalou", 43.6115, 1.4500, 250, 110, "allee"),
    Seed("Matabiau", "Rue Raymond IV", 43.61244, 1.45148, _PUBLISHED_M, 160, "boulevard"),
    Seed("Minimes", "Chemin du Prat Long", 43.628, 1.427, 500, 10, "faubourg"),
    Seed("Reynerie", "Place Abbal, cheminement Gluck", 43.5712, 1.4020, 200, 200, "place"),
    Seed("Saint-Martin", "Route de Bayonne", 43.605, 1.378, 700, 110, "boulevard_pluie"),
    Seed("Sesquières", "Allée des Foulques", 43.662, 1.410, 500, 30, "stade"),
    Seed("Sesquières", "Chemin de Fenouillet", 43.663, 1.416, 700, 160, "faubourg"),
)

STORY = (
    Near("Rue Bertrand de Born – sud", "Matabiau", 205, 48, 4, "rue_brique"),
    Near("Boulevard de Bonrepos – Bertrand de Born", "Matabiau", 48, 72, -6, "boulevard"),
    Near("Rue de Stalingrad – Bertrand de Born", "Matabiau", 168, 86, 9, "allee"),
    Near("Gare Matabiau – parvis", "Matabiau", 62, 118, -12, "gare"),
    Near("Place de Belfort – métro", "Matabiau", 246, 132, 3, "metro"),
    Near("Rue de Bayard – angle Belfort", "Matabiau", 282, 96, -15, "place"),
    Near("Canal du Midi – écluse Bayard", "Matabiau", 96, 124, 18, "canal"),
    Near("Boulevard Pierre Semard – carrefour", "Matabiau", 24, 156, 0, "carrefour"),
    Near("Rue Denfert-Rochereau", "Matabiau", 196, 178, -21, "rue_brique"),
    Near("Boulevard de Bonrepos – nord", "Matabiau", 345, 188, None, "boulevard"),
    Near("Gare Matabiau – dépose-minute", "Matabiau", 74, 205, 24, "gare"),
    Near("Rue Caffarelli", "Matabiau", 300, 222, None, "rue_brique"),
    Near("Rue Lafon", "Matabiau", 226, 248, None, "allee"),
    Near("Place Jeanne d'Arc", "Matabiau", 262, 282, 12, "place"),
)

EXERCISE = (
    Near("Exercice – carrefour A", "Matabiau", 40, 45, 4, "carrefour"),
    Near("Exercice – boulevard B", "Matabiau", 130, 70, 8, "boulevard_pluie"),
    Near("Exercice – place C", "Matabiau", 220, 95, 16, "place_nuit"),
    Near("Exercice – rue D", "Matabiau", 310, 120, 10, "rue_nuit"),
)
"""Synthetic cameras around the main place: for exercises, and seen in nothing else."""

SPECIALS = (
    Special("Rue Gabriel Péri (liaison instable)", "Jean-Jaurès", 190, 470, 80, "rue_brique", Behaviour.FLAP),
    Special(
        "Allées Jean-Jaurès – haut (image figée)", "Jean-Jaurès", 172, 330, 220, "allee", Behaviour.FROZEN
    ),
    Special(
        "Boulevard Riquet – pont (image noire)", "Jean-Jaurès", 150, 390, 340, "boulevard", Behaviour.BLACK
    ),
    Special("Place Roquelaine (flux corrompu)", "Matabiau", 276, 440, 90, "place", Behaviour.GARBAGE),
    Special("Rue d'Austerlitz (hors ligne)", "Jean-Jaurès", 218, 520, 40, "rue_brique", Behaviour.OFFLINE),
    Special(
        "Place Wilson (mot de passe refusé)", "Jean-Jaurès", 214, 760, 180, "place", Behaviour.WRONG_PASSWORD
    ),
    Special("Rue de la Balance (caméra avec son)", "Matabiau", 314, 330, 120, "faubourg"),
    Special("Avenue de Lyon – bas (muette)", "Matabiau", 12, 420, 10, "allee", Behaviour.SILENT),
    Special("Boulevard Matabiau (flux interrompu)", "Matabiau", 330, 400, 130, "boulevard", Behaviour.STALL),
    Special(
        "Rue Raymond IV – bas (codec inconnu)",
        "Matabiau",
        250,
        430,
        40,
        "rue_brique",
        Behaviour.UNKNOWN_CODEC,
    ),
    Special(
        "Rue Bayard – bas (adresse périmée)", "Matabiau", 232, 360, 45, "rue_brique", Behaviour.NOT_FOUND
    ),
    Special("Rue Palaprat (masque absent)", "Jean-Jaurès", 204, 330, 20, "rue_brique"),
    Special("Rue Castellane (masque à valider)", "Jean-Jaurès", 182, 560, 350, "rue_brique"),
    Special("Rue Saint-Charles (non proposée)", "Matabiau", 262, 360, 60, "rue_brique"),
    Special("Rue de la Concorde – sud (hors convention)", "Chalets", 296, 520, 0, "rue_brique"),
)
