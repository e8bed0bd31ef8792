"""Which variables may a campaign's text use, and which words must a discreet one not have?"""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.content.yaml_loader import load_yaml

VARIABLES: Mapping[str, tuple[str, str | int]] = {
    "clinic_name": ("name of the clinic", "Example Dermatology Centre"),
    "clinic_phone": ("telephone number of the clinic", "+1 212 555 0100"),
    "staffed_hours": (
        "when somebody answers, in the clinic's words",
        "Monday to Friday 9:00-17:00",
    ),
    "emergency": ("emergency number of the clinic's region", "911"),
    "week": ("week of the course, from 1", 24),
    "day": ("day of the course, from 1", 180),
    "weeks_left": ("whole weeks until the planned last capsule", 24),
    "dose_time": ("the hour that the patient chose", "20:00"),
    "due_day": ("the day on which the message is due", "2026-09-30"),
}
"""Each with what it is, and a long value of it for measuring. A name is none of them: a message
that says somebody's name tells it to whoever holds the phone."""

_SHORT = 3
_NUKTA = "\u093c"
TAGS = frozenset({"if", "unless", "case"})
FILTERS = frozenset({"upcase", "downcase", "capitalize", "plus", "minus", "times", "default"})


class _Discreet(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    words: Mapping[str, tuple[str, ...]]
    pregnancy_test: Mapping[str, tuple[str, ...]] = {}
    unnamed_test: Mapping[str, tuple[str, ...]] = {}
    cover: Mapping[str, tuple[str, ...]] = {}
    blood_test: Mapping[str, tuple[str, ...]] = {}
    carrier: tuple[str, ...] = ()
    today: Mapping[str, tuple[str, ...]] = {}


class DiscreetWords:
    """Finds words that tell whoever holds the phone too much, or that bind a text to a purpose."""

    def __init__(self, file: _Discreet) -> None:
        """Beginnings of words, by language; the English ones hold in every language."""
        self._telling = _patterns(file.words)
        self._pregnancy_test = _patterns(file.pregnancy_test)
        self._unnamed_test = _patterns(file.unnamed_test)
        self._cover = _patterns(file.cover)
        self._blood_test = _patterns(file.blood_test)
        self._today = _patterns(file.today)
        self._carrier = frozenset(file.carrier)

    def found(self, text: str, *, language: str) -> str | None:
        """The first telling word of `text`, or None."""
        return _first(self._telling, text, language)

    def pregnancy_test(
        self, text: str, *, language: str, is_lab: bool, is_discreet: bool = False
    ) -> str | None:
        """The words by which `text` asks for a pregnancy test, or None.

        A test without a name is one, unless a text of a lab campaign (`is_lab`) names blood, or a
        discreet text says it as the cover for whatever waits.
        """
        named = _first(self._pregnancy_test, text, language)
        if named is not None or (is_lab and _first(self._blood_test, text, language)):
            return named
        unnamed = _first(self._unnamed_test, text, language)
        is_cover = is_discreet and unnamed is not None and _first(self._cover, unnamed, language)
        return None if is_cover else unnamed

    def is_carrier_word(self, text: str) -> bool:
        """Whether phone companies answer this text themselves when it stands alone."""
        return text.strip().casefold() in self._carrier

    def today(self, text: str, *, language: str) -> str | None:
        """The word by which `text` is true on one day only, or None."""
        return _first(self._today, text, language)


def _patterns(words: Mapping[str, tuple[str, ...]]) -> dict[str, re.Pattern[str]]:
    english = words.get("en", ())
    return {
        language: re.compile(
            rf"(?<!\w)(?:{'|'.join(map(_begins, map(_spelled, (*own, *english))))})", re.IGNORECASE
        )
        for language, own in {"en": (), **words}.items()
        if own or english
    }


def _begins(word: str) -> str:
    """A short word must stand whole: "lab" is no beginning of "labios"."""
    is_short = word.isascii() and len(word) <= _SHORT
    return re.escape(word) + (r"s?(?!\w)" if is_short else "")


def _first(patterns: Mapping[str, re.Pattern[str]], text: str, language: str) -> str | None:
    pattern = patterns.get(language, patterns.get("en"))
    match = pattern.search(_spelled(text)) if pattern is not None else None
    return match[0] if match else None


def _spelled(text: str) -> str:
    """One spelling for letters that can be written in several ways; a nukta is often left out."""
    apart = unicodedata.normalize("NFD", text).replace(_NUKTA, "")
    return unicodedata.normalize("NFC", apart)


def load_discreet_words(path: Path) -> DiscreetWords:
    """content/discreet.yaml. Raises ContentError."""
    return DiscreetWords(load_yaml(path, _Discreet))
