"""What looks as if it spoke of a patient: names, births, numbers that name a person, diagnoses, homes.

Patterns are a net, not a proof: they catch what a tired person writes without thinking. They run on text that
`core.wording` admitted, without accents (`wording.plain`), in any case unless a pattern says `(?-i:…)`; and
again with signs read as the spaces they stand for ("Mme_Dupont"), spelled words closed ("p a t i e n t"), and
letters that stand for digits read as digits ("O6 l2…"). Patterns are the installation's (`core.talkrules`,
settings); the French social security number is arithmetic and always looked for.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from crisislink.core.errors import Reason
from crisislink.core.wording import plain

SIGNS = frozenset(
    {
        Reason.PATIENT_NAME,
        Reason.PATIENT_BIRTH,
        Reason.PATIENT_NIR,
        Reason.PATIENT_CONTACT,
        Reason.PATIENT_AGE,
        Reason.PATIENT_MEDICAL,
        Reason.PATIENT_HOME,
    }
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """`regex`, found anywhere in a text, is a sign of `reason`."""

    reason: Reason
    regex: str

    def __post_init__(self) -> None:
        if self.reason not in SIGNS:
            raise ValueError(f"{self.reason.value} is no sign of a patient")
        try:
            re.compile(self.regex)
        except re.error as error:
            raise ValueError(f"{self.regex}: {error}") from error


def words_pattern(reason: Reason, words: Iterable[str]) -> Pattern:
    """A list of words as one pattern; accents do not matter, a word that ends in `*` is a beginning."""
    stems = (
        re.escape(plain(word.removesuffix("*"))) + (r"\w*" if word.endswith("*") else "") for word in words
    )
    return Pattern(reason, r"\b(?:" + "|".join(sorted(stems)) + r")\b")


class PatientNet:
    """Patterns made ready. Equal for equal patterns."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._ready = [(one.reason, re.compile(one.regex, re.IGNORECASE)) for one in patterns]

    def sign(self, text: str) -> Reason | None:
        """Why this admitted text may not be sent; None: nothing in it looks like a patient's."""
        for form in _forms(plain(text)):
            if names_insured(form):
                return Reason.PATIENT_NIR
            found = next((reason for reason, regex in self._ready if regex.search(form)), None)
            if found is not None:
                return found
        return None


def _forms(read: str) -> Iterable[str]:
    """The text as it reads, each way once."""
    apart = parted(read)
    words = (read, apart, closed(apart))
    return dict.fromkeys((*words, *map(numerals, words)))


_SPACING = str.maketrans(dict.fromkeys('_|~=*#+;&"()[]<>«»“”×→←↑↓°', " ") | dict.fromkeys("–—", "-"))
_SPELLED = re.compile(r"\b[a-z]([ .-])[a-z](?:\1[a-z])+\b", re.IGNORECASE)


def parted(text: str) -> str:
    """Signs that hold words or figures apart as spaces or hyphens; of several in a row the first."""
    return re.sub(r"([ .-])[ .-]+", r"\1", text.translate(_SPACING)).strip()


def closed(text: str) -> str:
    """Words spelled letter by letter, three letters or more, as words."""
    return _SPELLED.sub(lambda found: found.group().replace(found.group(1), ""), text)


def numerals(text: str) -> str:
    """Letters that stand beside digits and look like one, as digits."""
    text = re.sub(r"(?<=\d)[oO]|[oO](?=\d)", "0", text)
    return re.sub(r"(?<=\d)[lI|]|[lI|](?=\d)", "1", text)


# -- the number of the French social security (NIR) -------------------------------------------------------

_MONTH = r"(?:0[1-9]|1[0-2]|[2-9]\d)"  # months of birth; 20 and more where it is not known (INSEE)
_GROUPED = re.compile(
    rf"(?<!\d)[1-478][ .-]?\d\d[ .-]?{_MONTH}[ .-]?(?:\d\d|2[ab])[ .-]?\d{{3}}[ .-]?\d{{3}}"
    r"(?:[ .-]?\d\d)?(?!\d)",
    re.IGNORECASE,
)
_RUN = re.compile(r"[1-478](?:[ .,/_-]{0,2}(?:\d|(?<=2)[ab](?=[ .,/_-]{0,2}\d)))+", re.IGNORECASE)
_WHOLE = re.compile(rf"[1-478]\d\d{_MONTH}(?:\d\d|2[ab])\d{{8}}", re.IGNORECASE)
_WHOLE_LENGTH = 15


def names_insured(text: str) -> bool:
    """A social security number, grouped as it is printed, or any 15 digits in a row whose key is right."""
    if _GROUPED.search(text):
        return True
    for run in _RUN.finditer(text):
        digits = re.sub(r"[^0-9ab]", "", run.group().lower())
        for start in range(len(digits) - _WHOLE_LENGTH + 1):
            if _keyed(digits[start : start + _WHOLE_LENGTH]):
                return True
    return False


def _keyed(digits: str) -> bool:
    return _WHOLE.fullmatch(digits) is not None and nir_key(digits[:13]) == int(digits[13:])


def nir_key(number: str) -> int:
    """The key of 13 digits: 97 less the remainder by 97, with 2A read as 19 and 2B as 18 (INSEE)."""
    return 97 - int(number.lower().replace("2a", "19").replace("2b", "18")) % 97
