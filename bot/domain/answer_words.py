"""In which words do people of a language answer a check-in? Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.vocabulary import fold

_VARIATION = re.compile("[\ufe0e\ufe0f\u20e3\u200d\U0001f3fb-\U0001f3ff]")
_MARKS = re.compile(r"\s*[,.;:!?¿¡…।]+(?:\s+|$)|[¿¡]")
"""Punctuation behind a word; a point inside "a.m" is none."""
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerWords:
    """Words as data; every phrase is stored as `plain` makes it."""

    levels: Mapping[str, int]
    """Level from 0 (no trouble) to 10, by phrase."""
    names: Mapping[str, tuple[str, ...]]
    """Question ids by what people call their subject; several questions may share a name."""
    weekdays: Mapping[str, int]
    phrases: Mapping[str, frozenset[str]]
    """All other lists of words, by their name."""

    @classmethod
    def of(
        cls,
        *,
        levels: Iterable[Mapping[str, Sequence[str]]],
        names: Iterable[Mapping[str, Sequence[str]]],
        weekdays: Iterable[Sequence[Sequence[str]]],
        **phrases: Iterable[str],
    ) -> "AnswerWords":
        """From lists as they are written; of two meanings of one phrase the later list holds."""
        found: dict[str, list[str]] = {}
        for one in names:
            for question, words in one.items():
                for word in map(plain, words):
                    if question not in found.setdefault(word, []):
                        found[word].append(question)
        return cls(
            levels={
                plain(word): int(level)
                for one in levels
                for level, words in one.items()
                for word in words
            },
            names={word: tuple(questions) for word, questions in found.items()},
            weekdays={
                plain(word): number
                for one in weekdays
                for number, words in enumerate(one)
                for word in words
            },
            phrases={name: frozenset(map(plain, words)) for name, words in phrases.items()},
        )

    def says(self, meaning: str, text: str) -> bool:
        """Whether the whole of `text` is a phrase for `meaning`."""
        return plain(text) in self.phrases.get(meaning, frozenset())

    def finds(self, meaning: str, text: str) -> str | None:
        """The longest phrase for `meaning` inside `text` on word boundaries, or None."""
        whole = plain(text)
        padded = f" {whole} {_MARKS.sub(' ', whole)} "
        found = [one for one in self.phrases.get(meaning, frozenset()) if f" {one} " in padded]
        return max(found, key=len, default=None)

    def says_only(self, meaning: str, text: str) -> bool:
        """Whether `text` is a phrase for `meaning`, with nothing but courtesies around it."""
        if self.says(meaning, text):
            return True
        phrase = self.finds(meaning, text)
        if phrase is None:
            return False
        shown = " ".join(_MARKS.sub(" ", plain(text)).split())
        before, _, after = f" {shown} ".partition(f" {phrase} ")
        courtesies = self.phrases.get("courtesies", frozenset())
        return is_made_of(before, courtesies) and is_made_of(after, courtesies)


NO_WORDS = AnswerWords(levels={}, names={}, weekdays={}, phrases={})


def plain(text: str) -> str:
    """`text` as phrases are compared: folded, without skin tones, accents or inner marks.

    Digits of every script become 0-9, and an emoji stands as a word of its own.
    """
    kept = _VARIATION.sub("", unicodedata.normalize("NFKC", text)).casefold().replace("’", "'")
    parts = [_plain(character) for character in unicodedata.normalize("NFD", kept)]
    return fold(" ".join("".join(parts).split()))


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "So" or ord(character) >= 0x1F000:
        return f" {character} "
    if category == "Mn" and ord(character) < 0x900:
        return ""
    return character if character.isprintable() else " "


def is_made_of(text: str, phrases: Collection[str]) -> bool:
    """Whether `text` is some of `phrases` one after another; true of an empty text."""
    words = " ".join(_MARKS.sub(" ", plain(text)).split()).split()
    reached = {0}
    for end in range(1, len(words) + 1):
        if any(" ".join(words[start:end]) in phrases for start in reached):
            reached.add(end)
    return len(words) in reached


def has_letters(text: str) -> bool:
    """Whether anything in `text` is a letter of any script."""
    return _LETTERS.search(text) is not None
