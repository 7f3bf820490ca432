"""What the rooms may say, and how much: templates, bounds and patterns. Settings may change all of it.

The published defaults are here. A template is trusted: it is the installation's own words, and a test holds
that none of those below would be refused.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from crisislink.core.actors import Side
from crisislink.core.errors import Reason
from crisislink.core.patientlike import PatientNet, Pattern, words_pattern


class MessageKind(StrEnum):
    """A text is read; a wish is for the camera operator to answer. Neither steers anything."""

    TEXT = "text"
    WISH = "wish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Words that are sent with one key. `side`: whose; a wish can only be the hospital's."""

    code: str
    side: Side
    kind: MessageKind
    fr: str
    en: str

    def __post_init__(self) -> None:
        if self.kind is MessageKind.WISH and self.side is not Side.HOSPITAL:
            raise ValueError(f"template {self.code}: only the hospital has wishes")


def _wish(code: str, fr: str, en: str) -> Template:
    return Template(code=code, side=Side.HOSPITAL, kind=MessageKind.WISH, fr=fr, en=en)


def _text(side: Side, code: str, fr: str, en: str) -> Template:
    return Template(code=code, side=side, kind=MessageKind.TEXT, fr=fr, en=en)


TEMPLATES = (
    _wish("north", "Tournez vers le nord", "Turn north"),
    _wish("east", "Tournez vers l’est", "Turn east"),
    _wish("south", "Tournez vers le sud", "Turn south"),
    _wish("west", "Tournez vers l’ouest", "Turn west"),
    _wish("zoom_in", "Zoom avant", "Zoom in"),
    _wish("zoom_out", "Zoom arrière", "Zoom out"),
    _wish("follow", "Suivez l’ambulance", "Follow the ambulance"),
    _wish("home", "Position de départ", "Starting position"),
    _text(Side.HOSPITAL, "heard", "Bien reçu, merci", "Received, thank you"),
    _text(Side.HOSPITAL, "arriving", "Nos équipes arrivent", "Our teams are arriving"),
    _text(Side.HOSPITAL, "no_more", "Plus besoin de cette caméra", "This camera is no longer needed"),
    _text(Side.CITY, "received", "Bien reçu", "Received"),
    _text(Side.CITY, "looking", "Je regarde", "I am looking"),
    _text(Side.CITY, "clear", "Accès dégagé", "The way is clear"),
    _text(Side.CITY, "blocked", "Accès bloqué", "The way is blocked"),
    _text(Side.CITY, "crew", "Équipage sur place", "A crew is there"),
    _text(Side.CITY, "phone", "Téléphonez-nous", "Telephone us"),
)

_TITLE = r"mme|mmes|mlle|mlles|madame|mademoiselle|monsieur|mr|mrs|ms|mister|veuve|docteur|dr|professeur"
_NO_NAME = (
    r"(?:les?|la|l|du|des?|d|est|a|au|et|the|of|is|qui|nord|sud|ouest|devant|derriere|avant|apres|plus)\b"
)
_MONTHS = (
    r"(?:janv|fevr|mars|avr|mai|juin|juil|aout|sept|oct|nov|dec|jan|feb|mar|apr|may|june|july|aug)[a-z]*\.?"
)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:18|19|20)\d\d"
_AGE = r"\d{1,3} ?-?(?:ans?|mois|years?|yrs?|yo|y/o|months?)"
_SOMEBODY = (
    r"hommes?|femmes?|garcons?|fill(?:e|ette)s?|enfants?|bebes?|nourrissons?|ados?|adolescente?s?|dames?|"
    r"victimes?|personnes?|man|woman|boy|girl|child|baby|male|female|person|victim"
)
_STREET = (
    r"rue|avenue|av|bd|bld|boulevard|chemin|ch|allees?|impasse|imp|place|pl|quai|cours|route|rte|square|"
    r"passage|faubourg|fg|lotissement|street|road"
)
_MEDICAL = (
    *("patient", "patiente", "patients", "patientes", "diagnos*", "pathologie*", "symptom*", "maladie*"),
    *("antécédent*", "allerg*", "ordonnance", "médicament*", "sous traitement", "hospitalis*", "handicap*"),
    *("acr", "arrêt cardi*", "infarctus", "avc", "épilep*", "diabét*", "asthm*", "cancer*", "tumeur*"),
    *("vih", "sida", "hiv", "séropositi*", "hépatite*", "tubercul*", "covid*", "enceinte", "grossesse"),
    *("accouche*", "fausse couche", "suicid*", "dépressi*", "psychiatr*", "schizo*", "bipolaire*", "delir*"),
    *("overdose*", "toxicoman*", "alcooli*", "ivre", "sevrage", "glasgow", "spo2", "glycémie", "intub*"),
    *("tension artérielle", "massage cardiaque", "hémorrag*", "fracture*", "trauma*", "amput*", "comateu*"),
    *("pregnan*", "stroke", "cardiac arrest", "heart attack", "seizure*", "medication*", "disease*"),
)

PATTERNS = (
    Pattern(Reason.PATIENT_NAME, rf"(?<!\d)(?<!\d )\b(?:{_TITLE})\b\.?[ :/-]*(?!{_NO_NAME})[a-z]{{2,}}"),
    Pattern(Reason.PATIENT_NAME, r"(?<!\d)(?<!\d )\b(?-i:MM?|Me|Pr)\b\.?[ :/-]*(?-i:[A-Z])[a-z'-]+"),
    Pattern(Reason.PATIENT_NAME, rf"(?<!\d)(?<!\d )\bm\. *(?!{_NO_NAME})[a-z]{{2,}}"),
    Pattern(
        Reason.PATIENT_NAME, r"\b(?:s'appelle|prenom|nom de famille|(?:first|last|family) name)\b|\bnom *:"
    ),
    Pattern(Reason.PATIENT_CONTACT, r"(?<!\d)0 ?[1-9](?:[ ./-]?\d){8}(?!\d)"),
    Pattern(Reason.PATIENT_CONTACT, r"(?<!\d)(?:\+|00) ?[1-9](?:[ ./()-]{0,2}\d){8,}"),
    Pattern(Reason.PATIENT_CONTACT, r"[\w.+-]+ ?@ ?[\w-]+"),
    Pattern(Reason.PATIENT_BIRTH, r"\bnee?(?:\(e\))? (?:le|en|vers) (?:\d|[a-z]+ (?:19|20)\d\d)"),
    Pattern(Reason.PATIENT_BIRTH, r"\b(?:ddn|dob|date de naissance|date of birth|born (?:on|in))\b"),
    Pattern(Reason.PATIENT_BIRTH, rf"(?<!\d){_DAY} ?[./-] ?{_MONTH} ?[./-] ?(?:{_YEAR}|\d\d)(?!\d)"),
    Pattern(Reason.PATIENT_BIRTH, rf"(?<!\d){_DAY} {_MONTH} {_YEAR}(?!\d)"),
    Pattern(Reason.PATIENT_BIRTH, rf"(?<!\d){_YEAR}[./-]{_MONTH}[./-]{_DAY}(?!\d)"),
    Pattern(Reason.PATIENT_BIRTH, r"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d(?!\d)"),
    Pattern(Reason.PATIENT_BIRTH, rf"(?<!\d)(?:1er|{_DAY}) {_MONTHS} (?:{_YEAR}|\d\d(?! ?[h:]))(?!\d)"),
    Pattern(Reason.PATIENT_AGE, rf"^(?=.*\b{_AGE}\b)(?=.*\b(?:{_SOMEBODY}|h|f)\b)"),
    Pattern(Reason.PATIENT_AGE, rf"\b(?:{_SOMEBODY}),? ?\d{{1,3}} ?a\b|\bagee?s? (?:de )?\d"),
    Pattern(Reason.PATIENT_AGE, r"\bsexe *:? *[mfh]\b|\b\d{1,3}[ -]years?[ -]old\b"),
    words_pattern(Reason.PATIENT_MEDICAL, _MEDICAL),
    Pattern(
        Reason.PATIENT_HOME, r"\b(?:domicile|appartements?|appart|appt?|apt|digicode|interphone|apartment)\b"
    ),
    Pattern(
        Reason.PATIENT_HOME, r"\bcode (?:de la |d')?(?:porte|entree)\b|\bchez (?:elle|lui|eux|sa|son|leur)\b"
    ),
    Pattern(
        Reason.PATIENT_HOME,
        rf"(?<![\d.,])(?<!camera )(?<!cameras )(?<!cam )\b\d{{1,4}} ?(?:bis|ter|quater)?,? ?(?:{_STREET})\b",
    ),
)
"""What a text must not contain, in the order in which it is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkRules:
    """`sends_max` messages a person in `sends_per_s` seconds; texts stay `kept_for` after access ended."""

    text_max: int = 140
    sends_max: int = 20
    sends_per_s: float = 60.0
    kept_for: timedelta = timedelta(days=30)
    templates: tuple[Template, ...] = TEMPLATES
    patterns: tuple[Pattern, ...] = PATTERNS
    net: PatientNet = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.text_max <= 0 or self.sends_max <= 0 or self.sends_per_s <= 0 or self.kept_for < timedelta(0):
            raise ValueError("bounds of the conversation must be positive")
        codes = [template.code for template in self.templates]
        if len(set(codes)) != len(codes):
            raise ValueError("two templates have the same code")
        object.__setattr__(self, "net", PatientNet(self.patterns))

    def template(self, code: str) -> Template | None:
        """The template of this code, if there is one."""
        return next((template for template in self.templates if template.code == code), None)
