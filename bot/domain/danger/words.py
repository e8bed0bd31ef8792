"""Which words does a message hold, in one script, and how do they sound? Pure.

Hindi arrives in Devanagari and in Latin letters, in a dozen spellings. Everything is turned into
Latin letters without accents, so that lines in one script teach the other.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from bot.domain.lexical import tokens

_DEVANAGARI = re.compile("[\u0900-\u097f]")
_NUKTA, _VIRAMA, _VISARGA = "\u093c", "\u094d", "\u0903"
_NASALS = "\u0901\u0902"
# fmt: off
_CONSONANTS = {
    "क": "k", "ख": "kh", "ग": "g", "घ": "gh", "ङ": "n", "च": "ch", "छ": "chh", "ज": "j",
    "झ": "jh", "ञ": "n", "ट": "t", "ठ": "th", "ड": "d", "ढ": "dh", "ण": "n", "त": "t", "थ": "th",
    "द": "d", "ध": "dh", "न": "n", "प": "p", "फ": "f", "ब": "b", "भ": "bh", "म": "m", "य": "y",
    "र": "r", "ल": "l", "व": "v", "श": "sh", "ष": "sh", "स": "s", "ह": "h", "ळ": "l",
}
# fmt: on
# fmt: off
_VOWELS = {
    "अ": "a", "आ": "a", "इ": "i", "ई": "i", "उ": "u", "ऊ": "u", "ऋ": "ri", "ए": "e", "ऐ": "ai",
    "ओ": "o", "औ": "au", "ऑ": "o", "ऍ": "e",
}
# fmt: on
# fmt: off
_SIGNS = {
    "\u093e": "a", "\u093f": "i", "\u0940": "i", "\u0941": "u", "\u0942": "u", "\u0943": "ri",
    "\u0947": "e", "\u0948": "ai", "\u094b": "o", "\u094c": "au", "\u0949": "o", "\u0945": "e",
}
# fmt: on
_SOUNDS = (
    ("chh", "ch"),
    ("ph", "f"),
    ("sh", "s"),
    ("w", "v"),
    ("z", "j"),
    ("q", "k"),
    ("ck", "k"),
    ("ee", "i"),
    ("oo", "u"),
    ("ai", "e"),
    ("ay", "e"),
    ("ei", "e"),
    ("ey", "e"),
    ("au", "o"),
    ("ou", "u"),
    ("y", "i"),
)
_DOUBLED = re.compile(r"(.)\1+")
_SOUND_CACHE = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A message as the layers of triage read it."""

    raw: str = field(repr=False)
    tokens: tuple[str, ...] = field(repr=False)
    """Lower case, contractions spelled out, Latin letters without accents."""


def words_of(text: str) -> Words:
    """The words of `text`."""
    return Words(raw=text, tokens=tuple(_plain(token) for token in tokens(text)))


def latin(word: str) -> str:
    """A word in Devanagari as people type it in Latin letters ("नहीं" -> "nahin")."""
    letters = unicodedata.normalize("NFD", word).replace(_NUKTA, "")
    letters = unicodedata.normalize("NFC", letters)
    written = []
    for letter, following in zip(letters, f"{letters[1:]} ", strict=True):
        written.append(_written(letter, following))
    return "".join(written)


@lru_cache(maxsize=_SOUND_CACHE)
def sound(word: str) -> str:
    """A rough key of how a word sounds, so that "nahi", "nhi" and "nahin" are one."""
    for spelling, simpler in _SOUNDS:
        word = word.replace(spelling, simpler)
    word = _DOUBLED.sub(r"\1", word)
    if len(word) > 3 and word.endswith("n"):
        word = word[:-1]
    return word[0] + word[1:].replace("a", "") if len(word) > 2 else word


def _plain(token: str) -> str:
    if token.isascii():
        return token
    if _DEVANAGARI.search(token):
        token = latin(token)
    decomposed = unicodedata.normalize("NFKD", token)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _written(letter: str, following: str) -> str:
    if letter in _CONSONANTS:
        has_inner_vowel = following in _CONSONANTS or following in _NASALS + _VISARGA
        return _CONSONANTS[letter] + ("a" if has_inner_vowel else "")
    if letter in _SIGNS:
        return _SIGNS[letter]
    if letter in _VOWELS:
        return _VOWELS[letter]
    if letter in _NASALS:
        return "n"
    if letter == _VISARGA:
        return "h"
    if letter == _VIRAMA:
        return ""
    return str(unicodedata.decimal(letter, letter))
