"""What looks like a patient's is caught, what an image needs to be steered is not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crisislink.core.errors import Reason
from crisislink.core.patientlike import PatientNet, Pattern, names_insured, nir_key, words_pattern
from crisislink.core.talkrules import TEMPLATES, TalkRules
from crisislink.core.wording import written

RULES = TalkRules()

REFUSED: dict[Reason, list[str]] = {
    Reason.PATIENT_NAME: [
        *(
            "M. Dupont",
            "M Dupont est tombé",
            "m. dupont",
            "Mme Martin",
            "madame lefèvre côté gauche",
            "Mr Smith",
        ),
        *("monsieur durand", "Dr Fabre", "prénom Marie", "il s’appelle Jean", "𝐌𝐦𝐞 Martin", "nom : Martin"),
        *("Mme_Dupont", "Mme:Dupont", "M/Dupont", "M.m.e D.u.p.o.n.t", "m a d a m e Dupont", "«Mme» Dupont"),
    ],
    Reason.PATIENT_BIRTH: [
        *("né le 12/03/1958", "née en mars 1958", "DDN 12 03 58", "12/03/58", "12-03-1958", "12 03 1958"),
        *("1958-03-12", "12031958", "12 mars 1958", "12 mars 58", "12.O3.1958", "12.03.1958"),
        *("12–03–1958", "12×03×1958", "12_03_1958", "née_le_12/03/1958"),
    ],
    Reason.PATIENT_NIR: [
        *("1 85 05 78 006 084 91", "185057800608491", "1850578006084", "2 85 05 2A 006 084"),
        *("1 99 12 2b 345 678 42", "185-05-78-006-084", "1 850 578 006 084 91", "1 85 O5 78 006 084"),
    ],
    Reason.PATIENT_CONTACT: [
        *("06 12 34 56 78", "0612345678", "O6 l2 34 56 78", "06.12.34.56.78", "+33 6 12 34 56 78"),
        *("0033612345678", "jean@example.fr", "06-12-34-56-78", "+44 20 7946 0958"),
        *(
            "06_12_34_56_78",
            "06..12..34..56..78",
            "06–12–34–56–78",
            "06×12×34×56×78",
        ),
    ],
    Reason.PATIENT_AGE: [
        *("femme 54 ans", "homme de 30 ans", "F, 32 ans", "enfant 6 mois", "54 ans, homme", "âgée de 80 ans"),
        *("femme 80a", "sexe: F", "victime, 45 ans", "male 30 yo", "30-year-old"),
    ],
    Reason.PATIENT_MEDICAL: [
        *("patient diabétique", "arrêt cardiaque", "ARRET CARDIAQUE", "victime sous traitement"),
        *("femme enceinte", "AVC probable", "il est épileptique", "heart attack"),
        *("patient_diabétique", "p a t i e n t", "P-A-T-I-E-N-T", "paŧient", "A.V.C probable", "un patĭent"),
    ],
    Reason.PATIENT_HOME: [
        *(
            "au domicile",
            "appartement 3",
            "digicode 1234",
            "12 rue Bertrand de Born",
            "12 bis, bd de Bonrepos",
            "au_domicile",
            "đomicile",
        ),
        *("chez lui", "code de la porte 12A4"),
    ],
}

SENT = [
    *("2 victimes au sol devant la pharmacie", "Fumée à droite, à 40 m devant le camion", "3e étage : fumée"),
    *("On voit 3 blessés, accès par la rue Matabiau", "VSAV bloqué angle Bayard / Raymond IV"),
    *("camion à 40 M Nord de la gare", "ne le suivez plus, merci", "ne la perdez pas de vue", "il y a 2 ans"),
    *("Suivez l’ambulance blanche AB-123-CD", "caméra 14 rue Bertrand de Born : trop haut", "Me voilà"),
    *("caméras 14 21 28 35 42 49 56 63", "la foule avance vers la place Wilson", "à 8 h 30 à l’angle"),
    *("14:05:30 toujours rien", "surveillance H24", "patientez 2 min", "on appelle les pompiers"),
    *("200 ms environ de retard", "Madame le maire est là", "43.61041, 1.45287", "de 8 h 30 à 9 h"),
    *(
        "angle A - B - C du plan",
        "quai n° 3 – 2 camions",
        "côté pair (n° 2 à 8) → nord",
        "secteurs A, B et C",
    ),
    *("2 rues plus loin à gauche", "PMA installé place d’Empalot", "pr voir le trottoir", "porte 4 du stade"),
]


@pytest.mark.parametrize(
    ("sign", "text"), [(sign, text) for sign, texts in REFUSED.items() for text in texts]
)
def test_what_looks_like_a_patients_is_named(sign: Reason, text: str) -> None:
    assert RULES.net.sign(written(text, 140)) is sign


@pytest.mark.parametrize("text", [*SENT, *(words for one in TEMPLATES for words in (one.fr, one.en))])
def test_what_steers_a_camera_is_sent(text: str) -> None:
    assert RULES.net.sign(written(text, 140)) is None


DIGITS = st.text("0123456789", min_size=6, max_size=6)
DEPARTMENTS = st.one_of(st.integers(1, 95).map("{:02d}".format), st.sampled_from(["2A", "2B", "2a", "97"]))
SEPARATORS = st.sampled_from(["", " ", ".", "-", "/", ", "])
NUMBERS = st.builds(
    "{}{:02d}{:02d}{}{}".format,
    st.integers(1, 2),
    st.integers(0, 99),
    st.integers(1, 12),
    DEPARTMENTS,
    DIGITS,
)


@given(NUMBERS, st.lists(SEPARATORS, min_size=14, max_size=14), st.sampled_from(["", "n° ", "caméra 12 : "]))
def test_a_social_security_number_with_its_key_is_found_however_it_is_grouped(
    number: str, separators: list[str], before: str
) -> None:
    whole = f"{number}{nir_key(number):02d}"
    spread = whole[0] + "".join(
        # the two characters of a Corsican department stay together
        digit if digit in "abAB" else separator + digit
        for separator, digit in zip(separators, whole[1:], strict=True)
    )
    assert names_insured(before + spread)


@given(NUMBERS, st.integers(1, 96))
def test_fifteen_digits_in_odd_groups_with_a_wrong_key_are_no_number_of_a_person(
    number: str, by: int
) -> None:
    assume(number.isdigit())
    wrong = (nir_key(number) - 1 + by) % 97 + 1
    whole = f"{number}{wrong:02d}"
    assert not names_insured(", ".join(whole[n : n + 5] for n in range(0, 15, 5)))


def test_the_key_is_the_published_one() -> None:
    assert nir_key("2550814168025") == 38
    assert nir_key("255082A888038") == nir_key("2550819888038")
    assert nir_key("255082B888038") == nir_key("2550818888038")


@given(st.text(st.characters(max_codepoint=0x17F), max_size=140))
def test_any_text_is_judged(text: str) -> None:
    RULES.net.sign(text)


@pytest.mark.parametrize(
    "text", ["1" * 140, "1 " * 70, "m. " * 46, "0" * 70 + "a" * 70, "a@" * 70, "12 rue" * 23]
)
def test_a_long_text_of_one_thing_is_judged_at_once(text: str) -> None:
    RULES.net.sign(text)


def test_an_installation_has_its_own_words_and_patterns() -> None:
    net = PatientNet(
        [
            words_pattern(Reason.PATIENT_MEDICAL, ["perfusion*", "Élan"]),
            Pattern(Reason.PATIENT_HOME, r"\bbloc [a-f]\b"),
        ]
    )
    assert net.sign("les perfusions") is Reason.PATIENT_MEDICAL
    assert net.sign("un elan") is Reason.PATIENT_MEDICAL
    assert net.sign("BLOC C") is Reason.PATIENT_HOME
    assert net.sign("Mme Martin") is None
    with pytest.raises(ValueError, match="unterminated"):
        Pattern(Reason.PATIENT_NAME, "(")
    with pytest.raises(ValueError, match="no sign"):
        Pattern(Reason.ROLE, "x")
