"""Which words does a message consist of, however it was typed? Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

MAX_CHARACTERS = 4_000
"""Longer messages keep their beginning and their end, where the question stands."""

_TOKEN = re.compile(r"[^\W_](?:[^\W_]|[\u0900-\u0963\u0966-\u097f\u200c\u200d'])*")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'", "\u02bc": "'"})
_SENTENCE_END = re.compile(r"(?<=[.!?\u0964])[\s.!?]+|[\n\r]+|\.{2,}\s*")
_NUMBER_AND_UNIT = re.compile(r"(?<=\d)(?=[^\W\d_])")
_SUFFIXES = {
    "n't": ("not",),
    "'m": ("am",),
    "'re": ("are",),
    "'ve": ("have",),
    "'ll": ("will",),
    "'d": ("would",),
    "'s": (),
}
_WITHOUT_APOSTROPHE: Mapping[str, tuple[str, ...]] = {
    "cant": ("can", "not"),
    "cannot": ("can", "not"),
    "can't": ("can", "not"),
    "won't": ("will", "not"),
    "wont": ("will", "not"),
    "shan't": ("shall", "not"),
    "dont": ("do", "not"),
    "doesnt": ("does", "not"),
    "didnt": ("did", "not"),
    "isnt": ("is", "not"),
    "arent": ("are", "not"),
    "wasnt": ("was", "not"),
    "werent": ("were", "not"),
    "havent": ("have", "not"),
    "hasnt": ("has", "not"),
    "hadnt": ("had", "not"),
    "couldnt": ("could", "not"),
    "wouldnt": ("would", "not"),
    "shouldnt": ("should", "not"),
    "im": ("i", "am"),
    "ive": ("i", "have"),
    "thats": ("that",),
    "whats": ("what",),
    "hows": ("how",),
    "theres": ("there",),
    "gonna": ("going", "to"),
    "gotta": ("got", "to"),
    "wanna": ("want", "to"),
}


def normalise(text: str) -> str:
    """`text` in one form: compatible characters, lower case, straight apostrophes.

    Letters repeated three times or more are written twice ("soooo" becomes "soo"); of very long
    messages the beginning and the end are kept.
    """
    if len(text) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        text = f"{text[:half]}\n{text[-half:]}"
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    return _REPEATED.sub(r"\1\1", plain)


def tokens(text: str) -> list[str]:
    """The words of `text` in order, contractions spelled out, "40mg" as "40", "mg"."""
    spaced = _NUMBER_AND_UNIT.sub(" ", normalise(text))
    return [word for found in _TOKEN.findall(spaced) for word in _spelled_out(found.strip("'"))]


def sentences(text: str) -> list[str]:
    """The sentences and lines of `text` that hold at least one word, in order."""
    return [part for part in _SENTENCE_END.split(text) if part and _TOKEN.search(part)]


def phrases(words: Sequence[str], concepts: Mapping[str, str], *, longest: int) -> list[str]:
    """`words` with every phrase that `concepts` knows replaced by its concept, longest first."""
    said: list[str] = []
    position = 0
    while position < len(words):
        for size in range(min(longest, len(words) - position), 0, -1):
            concept = concepts.get(" ".join(words[position : position + size]))
            if concept is not None:
                said.append(concept)
                position += size
                break
        else:
            said.append(words[position])
            position += 1
    return said


def _spelled_out(word: str) -> tuple[str, ...]:
    if word in _WITHOUT_APOSTROPHE:
        return _WITHOUT_APOSTROPHE[word]
    if "'" not in word:
        return (word,)
    for suffix, written in _SUFFIXES.items():
        if word.endswith(suffix) and len(word) > len(suffix):
            return (word.removesuffix(suffix), *written)
    return (word.replace("'", ""),)
