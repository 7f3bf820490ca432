"""What a short text between the rooms may be made of: one line of Latin letters, digits and plain signs.

Nothing invisible, nothing that turns the writing round, no letter of another script that looks like ours, no
mark stacked on a letter: after composition (NFKC) every code point is one character of the reader's, so the
length in characters is the length in graphemes (UAX #29) without a table of them. What the text says is
judged by `core.patientlike`.
"""

import unicodedata

from crisislink.core.errors import Invalid, Reason

_LATIN_END = 0x180  # Basic Latin, Latin-1 Supplement, Latin Extended-A: every language of France
_SIGNS = frozenset(" !\"#%&'()*+,-./:;<=>?@[]_|~°«»‘’“”–—×€§←↑→↓")
_OPENED = str.maketrans(
    {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ĳ": "ij", "Ĳ": "IJ"}
    | dict(zip("ıłŁđĐðÐħĦŧŦøØþÞŋŊĸ’‘", "ilLdDdDhHtToOpPnNk''", strict=True))
)
"""What no decomposition opens: ligatures, and letters with a stroke that read like plain ones."""


def written(raw: str, most: int) -> str:
    """The text as it is kept and read: composed, one line, single spaces. The same again changes nothing.

    Raises:
        Invalid: empty (`MALFORMED`), a character that is not admitted (`TEXT_CHARACTERS`), or more than
            `most` characters (`TEXT_LENGTH`).
    """
    text = " ".join(unicodedata.normalize("NFKC", raw).split())
    if not text:
        raise Invalid(Reason.MALFORMED, field="text")
    if not all(admitted(character) for character in text):
        raise Invalid(Reason.TEXT_CHARACTERS, field="text")
    if len(text) > most:
        raise Invalid(Reason.TEXT_LENGTH, field="text", most=most)
    return text


def admitted(character: str) -> bool:
    """Whether the character may stand in a text."""
    if character in _SIGNS or (character.isascii() and character.isdigit()):
        return True
    return character.isalpha() and ord(character) < _LATIN_END


def plain(text: str) -> str:
    """Without accents and ligatures, for comparing: "Été à l’œil" is "Ete a l'oeil". Case stays."""
    apart = unicodedata.normalize("NFD", text.translate(_OPENED))
    return "".join(character for character in apart if not unicodedata.combining(character))
