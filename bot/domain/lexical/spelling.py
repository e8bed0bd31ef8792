"""Which known word was meant by an unknown one? Pure."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

_SHORTEST = 4
_TWO_EDITS_FROM = 8


@dataclass(frozen=True, slots=True)
class Speller:
    """Corrects unknown words towards a vocabulary; known words are never touched."""

    known: frozenset[str]
    also_known: Set[str]
    """Words that are never a correction but stay as typed."""
    by_initial: Mapping[str, tuple[str, ...]]
    """Words of at least four letters that may be a correction, the most frequent first."""

    def knows(self, word: str) -> bool:
        """Whether `word` is right as it stands."""
        return word in self.known or word in self.also_known

    def correct(self, word: str) -> str:
        """The nearest known word with the same first letter, or `word` itself.

        One edit (a letter more, less, other, or two swapped) for words of four letters or more,
        two edits from eight letters on.
        """
        if len(word) < _SHORTEST or self.knows(word) or not word.isalpha():
            return word
        edits = 2 if len(word) >= _TWO_EDITS_FROM else 1
        candidates = self.by_initial.get(word[0], ())
        found = extractOne(word, candidates, scorer=OSA.distance, score_cutoff=edits)
        return found[0] if found else word


def speller(counts: Mapping[str, int], *, also_known: Set[str] = frozenset()) -> Speller:
    """A speller for the words of `counts`, preferring frequent ones; `also_known` stay as typed."""
    by_initial: dict[str, list[str]] = defaultdict(list)
    for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if len(word) >= _SHORTEST and word.isalpha():
            by_initial[word[0]].append(word)
    return Speller(
        known=frozenset(counts),
        also_known=also_known,
        by_initial={initial: tuple(words) for initial, words in by_initial.items()},
    )
