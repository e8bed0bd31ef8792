"""Which parts of a long message could hide a danger among ordinary chatter? Pure."""

import re
from itertools import pairwise

from bot.domain.danger.words import words_of
from bot.domain.lexical import sentences

LONG_WORDS = 25
"""Messages of more words are also read in parts."""
_SENTENCE_WORDS = 18
"""Longer sentences are read in clauses."""
_SHORTEST_WORDS = 4
_MOST_PARTS = 24
_CLAUSE = re.compile(
    r"[,;:()]|\s[-\u2013\u2014]\s|"
    r"\b(?:and|but|also|anyway|though|then|y|pero|ademas|aur|lekin|par|magar)\b",
    re.IGNORECASE,
)


def parts_of(text: str) -> list[str]:
    """Sentences, and of long ones each clause and each pair of neighbouring clauses."""
    found: list[str] = []
    for sentence in sentences(text):
        if _size(sentence) <= _SENTENCE_WORDS:
            found.append(sentence)
            continue
        clauses = [clause for clause in _CLAUSE.split(sentence) if _size(clause)]
        pairs = [" ".join(pair) for pair in pairwise(clauses)]
        found += [*clauses, *pairs]
    return [part for part in found if _size(part) >= _SHORTEST_WORDS][:_MOST_PARTS]


def _size(text: str) -> int:
    return len(words_of(text).tokens)
