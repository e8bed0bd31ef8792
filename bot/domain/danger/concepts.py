"""Which ideas does a message name, whatever the language? Words and phrases to concepts. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import OSA

from bot.domain.danger.words import sound, words_of
from bot.domain.lexical.spelling import Speller, speller

_SHORTEST_SOUND = 4
_SHORTEST_CORRECTED = 5
_ENGLISH = "en"
_BY_SOUND = "hi"
"""The language whose forms are also found by their sound."""


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """Forms of each concept, as content/triage/lexicon.yaml lists them for all languages."""

    words: Mapping[str, tuple[str, ...]]
    """Concepts of a single word."""
    stems: Mapping[str, tuple[str, ...]]
    """Concepts of every word that begins so."""
    phrases: Mapping[tuple[str, ...], str]
    sounds: Mapping[str, tuple[str, ...]]
    in_english: Mapping[str, str]
    """One English word for each concept that has one."""

    @classmethod
    def of(cls, forms: Mapping[str, Mapping[str, Iterable[str]]]) -> "Lexicon":
        """The lexicon of concept -> language -> forms.

        `_` joins the words of a phrase, a final `*` is any ending.
        """
        words: dict[str, set[str]] = defaultdict(set)
        stems: dict[str, set[str]] = defaultdict(set)
        sounds: dict[str, set[str]] = defaultdict(set)
        phrases: dict[tuple[str, ...], str] = {}
        in_english: dict[str, str] = {}
        for concept, by_language in forms.items():
            for language, listed in by_language.items():
                for form in listed:
                    said = words_of(form.replace("_", " ").rstrip("*")).tokens or (form,)
                    if len(said) > 1:
                        phrases.setdefault(said, concept)
                    elif form.endswith("*"):
                        stems[said[0]].add(concept)
                    else:
                        words[said[0]].add(concept)
                        if language == _ENGLISH:
                            in_english.setdefault(concept, said[0])
                        if language == _BY_SOUND and len(said[0]) >= _SHORTEST_SOUND:
                            sounds[sound(said[0])].add(concept)
        return cls(
            words=_sorted(words),
            stems=_sorted(stems),
            phrases=phrases,
            sounds=_sorted(sounds),
            in_english=in_english,
        )

    def glossed(self, tokens: Sequence[str]) -> list[str]:
        """`tokens`, each in English where its concept has a word for it; else as it stands."""
        return [
            next(
                (self.in_english[one] for one in self._word(token) if one in self.in_english),
                token,
            )
            for token in tokens
        ]

    def read(self, tokens: Sequence[str], *, spelled: frozenset[str] = frozenset()) -> list[str]:
        """The concepts of `tokens` in order; two concepts of one word are joined by "|".

        Words outside the lexicon that are not in `spelled` are taken for misspellings.
        """
        found = []
        at = 0
        while at < len(tokens):
            size = self._phrase_at(tokens, at)
            if size:
                found.append(self.phrases[tuple(tokens[at : at + size])])
            else:
                size = 1
                concepts = self._word(tokens[at]) or self._misspelled(tokens[at], spelled)
                if concepts:
                    found.append("|".join(concepts[:2]))
            at += size
        return found

    def _phrase_at(self, tokens: Sequence[str], at: int) -> int:
        """Length of the longest phrase that begins at `at`, or 0."""
        longest = min(self._phrase_starts.get(tokens[at], 0), len(tokens) - at)
        for size in range(longest, 1, -1):
            if tuple(tokens[at : at + size]) in self.phrases:
                return size
        return 0

    def _word(self, word: str) -> tuple[str, ...]:
        exact = self.words.get(word, ())
        for length in self._stem_lengths:
            if len(word) >= length and word[:length] in self.stems:
                return tuple(sorted({*exact, *self.stems[word[:length]]}))
        if not exact and len(word) >= _SHORTEST_SOUND:
            return self.sounds.get(sound(word), ())
        return exact

    def _misspelled(self, word: str, spelled: frozenset[str]) -> tuple[str, ...]:
        if len(word) < _SHORTEST_CORRECTED or word in spelled:
            return ()
        meant = self._speller.correct(word)
        return self.words.get(meant, ()) if OSA.distance(word, meant) == 1 else ()

    @cached_property
    def _phrase_starts(self) -> Mapping[str, int]:
        longest: dict[str, int] = {}
        for phrase in self.phrases:
            longest[phrase[0]] = max(len(phrase), longest.get(phrase[0], 0))
        return longest

    @cached_property
    def _stem_lengths(self) -> Sequence[int]:
        return sorted({len(stem) for stem in self.stems}, reverse=True)

    @cached_property
    def _speller(self) -> Speller:
        return speller(dict.fromkeys(self.words, 1))


def _sorted(found: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {form: tuple(sorted(concepts)) for form, concepts in found.items()}
