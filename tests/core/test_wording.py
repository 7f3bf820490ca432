"""A text is one line of visible characters, whatever was typed or pasted."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crisislink.core.errors import Invalid, Reason
from crisislink.core.wording import admitted, plain, written

MOST = 140
_ACCENTED = st.sampled_from("éèêëàâùûüïîôöçÉÈÀÇœŒæ’ —«»…°")
TYPED = st.text(st.one_of(st.characters(codec="ascii"), _ACCENTED, st.characters()), max_size=160)


@given(TYPED)
@example("a" * 139 + "e\u0301")
def test_what_is_written_is_visible_bounded_and_stays_as_it_is(raw: str) -> None:
    try:
        text = written(raw, MOST)
    except Invalid:
        return
    assert 0 < len(text) <= MOST
    assert all(admitted(character) for character in text)
    assert not any(unicodedata.combining(c) or unicodedata.category(c)[0] == "C" for c in text), "graphemes"
    assert "  " not in text
    assert text.strip() == text
    assert written(text, MOST) == text


@pytest.mark.parametrize(
    "hostile",
    [
        "pati\u200bent",  # zero-width space
        "pati\u00adent",  # soft hyphen
        "M\u2060me Dupont",  # word joiner
        "\ufeffbonjour",
        "\u202etnemivuom",  # right-to-left override
        "\u2066isolé",
        "рatient",  # Cyrillic er
        "Μme Dupont",  # Greek capital mu
        "ʀue",  # small capital
        "e\u0301\u0301\u0301\u0301",  # marks piled up
        "x\u034f",
        "٠٦١٢٣٤٥٦٧٨",  # Arabic-Indic digits
        "🚑",
        "a\ud800",  # half a pair
        "\x00",
        "\u3164",
        "\u2800",
        "\ue000",
    ],
)
def test_what_hides_turns_or_only_looks_like_ours_is_refused(hostile: str) -> None:
    with pytest.raises(Invalid) as refused:
        written(hostile, MOST)
    assert refused.value.reason is Reason.TEXT_CHARACTERS


@pytest.mark.parametrize("empty", ["", " ", "\u00a0\u202f", "\n\t"])
def test_nothing_is_no_text(empty: str) -> None:
    with pytest.raises(Invalid) as refused:
        written(empty, MOST)
    assert refused.value.reason is Reason.MALFORMED


def test_styled_letters_and_digits_become_plain_ones() -> None:
    assert written("𝐌𝐦𝐞  ０６\u00a0①\n", MOST) == "Mme 06 1"
    assert written("e\u0301te\u0301", MOST) == "été"
    assert plain("Été à l’Œuvre") == "Ete a l'OEuvre"


def test_length_is_counted_as_people_count() -> None:
    assert len(written("e\u0301" * MOST, MOST)) == MOST
    with pytest.raises(Invalid) as refused:
        written("é" * (MOST + 1), MOST)
    assert (refused.value.reason, refused.value.facts["most"]) == (Reason.TEXT_LENGTH, MOST)
