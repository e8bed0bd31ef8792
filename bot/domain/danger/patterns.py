"""Does a message say a red flag in plain words, and does its scope take it back? Pure.

A pattern is a row of words: `(a|b)` is one of these, `...` up to three words between, a final `*`
any ending. What stands around a match (a denial, the past, a question, a joke, the news) takes it
back; the caller decides whether it stays taken back.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from bot.domain.danger.words import Words, sound, words_of
from bot.domain.lexical import sentences
from bot.domain.lexical.spelling import Speller, speller

_STEP = re.compile(r"\([^)]*\)|\S+")
_CLAUSE = re.compile(
    r"[,;:()\u2013\u2014]|\b(?:but|though|although|pero|aunque|lekin|magar)\b", re.I
)
_GAP_WORDS = 3
_NEGATION_REACH = 4
"""How many words before a match a denial may stand, in the same clause."""
_AFTER_REACH = 3
_SHORTEST_SOUND = 4
_BY_SOUND = "hi"
_GAP: tuple[tuple[str, ...], ...] = ()


class Scope(StrEnum):
    """What takes a match back."""

    NEGATION = "negation"
    NEGATION_AFTER = "negation_after"
    SETTLED = "settled"
    ASKING = "asking"
    ELSEWHERE = "elsewhere"
    JOKE = "joke"
    IDIOM = "idiom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A phrase that was found."""

    category: str
    phrase: str = field(repr=False)
    taken_back_by: Scope | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One phrase of one category."""

    category: str
    steps: tuple[tuple[tuple[str, ...], ...], ...]
    """Alternatives of each step, each a row of words; an empty step is a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence with the clause that each word stands in."""

    raw: str = field(repr=False)
    tokens: tuple[str, ...] = field(repr=False)
    clause_of: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A message cut up once, for the books of all languages."""

    tokens: tuple[str, ...] = field(repr=False)
    sentences: tuple[Sentence, ...]


def parse(words: Words) -> Parsed:
    """The sentences and clauses of a message."""
    parts = sentences(words.raw) or [words.raw]
    return Parsed(tokens=words.tokens, sentences=tuple(_sentence(part) for part in parts))


@dataclass(frozen=True, kw_only=True)
class PatternBook:
    """The patterns of one language with the words of its scopes."""

    language: str
    patterns: tuple[Pattern, ...]
    scopes: Mapping[Scope, frozenset[tuple[str, ...]]]
    markers: frozenset[str] = frozenset()
    """Where given, only a message with one of these words is read."""

    @classmethod
    def of(
        cls,
        language: str,
        patterns: Mapping[str, Iterable[str]],
        scopes: Mapping[Scope, Iterable[str]],
        markers: Iterable[str] = (),
    ) -> "PatternBook":
        """The book of category -> phrases."""
        return cls(
            language=language,
            patterns=tuple(
                Pattern(category=category, steps=_steps(phrase))
                for category, phrases in patterns.items()
                for phrase in phrases
            ),
            scopes={
                scope: frozenset(words_of(words).tokens for words in listed)
                for scope, listed in scopes.items()
            },
            markers=frozenset(markers),
        )

    def hits(self, message: Parsed, *, spelled: frozenset[str]) -> list[Hit]:
        """Every phrase found in a message; words of `spelled` are never corrected."""
        if self.markers and not self.markers & set(message.tokens):
            return []
        found = []
        settled = self._says(message.tokens, Scope.SETTLED)
        elsewhere = self._says(message.tokens, Scope.ELSEWHERE)
        for sentence in message.sentences:
            heard = tuple(self._may_mean(token, spelled) for token in sentence.tokens)
            for pattern, start, end in self._matches(heard):
                scope = self._taken_back(sentence, start, end)
                if scope is None and settled:
                    scope = Scope.SETTLED
                if scope is None and elsewhere:
                    scope = Scope.ELSEWHERE
                phrase = " ".join(sentence.tokens[start:end])
                found.append(Hit(category=pattern.category, phrase=phrase, taken_back_by=scope))
        return found

    def _matches(self, heard: Sequence[frozenset[str]]) -> Iterator[tuple[Pattern, int, int]]:
        for start, words in enumerate(heard):
            for number in sorted(self._beginning_with(words)):
                pattern = self.patterns[number]
                end = _matched_until(pattern.steps, heard, start)
                if end is not None:
                    yield pattern, start, end

    def _beginning_with(self, words: frozenset[str]) -> set[int]:
        exact = {number for word in words for number in self._by_first_word.get(word, ())}
        by_stem = {
            number
            for word in words
            for stem, numbers in self._by_first_stem.items()
            if word.startswith(stem)
            for number in numbers
        }
        return exact | by_stem

    def _taken_back(self, sentence: Sentence, start: int, end: int) -> Scope | None:
        clause = sentence.clause_of[start]
        before = [
            token
            for token, its_clause in zip(sentence.tokens[:start], sentence.clause_of, strict=False)
            if its_clause == clause
        ]
        if self._says(tuple(before[-_NEGATION_REACH:]), Scope.NEGATION):
            return Scope.NEGATION
        if self._says(sentence.tokens[end : end + _AFTER_REACH], Scope.NEGATION_AFTER):
            return Scope.NEGATION_AFTER
        if self._begins(sentence.tokens, Scope.ASKING) or (
            sentence.raw.rstrip().endswith("?") and self._begins(tuple(before), Scope.ASKING)
        ):
            return Scope.ASKING
        for scope in (Scope.JOKE, Scope.IDIOM):
            if self._says(sentence.tokens, scope):
                return scope
        return None

    def _says(self, tokens: Sequence[str], scope: Scope) -> bool:
        listed = self.scopes.get(scope, frozenset())
        return any(
            tuple(tokens[at : at + size]) in listed
            for size in {len(words) for words in listed}
            for at in range(len(tokens) - size + 1)
        )

    def _begins(self, tokens: Sequence[str], scope: Scope) -> bool:
        listed = self.scopes.get(scope, frozenset())
        return any(tuple(tokens[: len(words)]) == words for words in listed)

    def _may_mean(self, token: str, spelled: frozenset[str]) -> frozenset[str]:
        if token in self._vocabulary:
            return frozenset((token,))
        if self.language == _BY_SOUND and len(token) >= _SHORTEST_SOUND:
            return self._by_sound.get(sound(token), frozenset()) | {token}
        if token in spelled:
            return frozenset((token,))
        return frozenset((token, self._speller.correct(token)))

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return frozenset(
            word
            for pattern in self.patterns
            for step in pattern.steps
            for alternative in step
            for word in alternative
        )

    @cached_property
    def _by_sound(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for word in self._vocabulary:
            found[sound(word)].add(word)
        return {key: frozenset(words) for key, words in found.items()}

    @cached_property
    def _speller(self) -> Speller:
        return speller(dict.fromkeys((w for w in self._vocabulary if w.isalpha()), 1))

    @cached_property
    def _by_first_word(self) -> Mapping[str, tuple[int, ...]]:
        return self._by_first(is_stem=False)

    @cached_property
    def _by_first_stem(self) -> Mapping[str, tuple[int, ...]]:
        return self._by_first(is_stem=True)

    def _by_first(self, *, is_stem: bool) -> Mapping[str, tuple[int, ...]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, pattern in enumerate(self.patterns):
            for alternative in pattern.steps[0]:
                if alternative[0].endswith("*") == is_stem:
                    found[alternative[0].rstrip("*")].append(number)
        return {word: tuple(numbers) for word, numbers in found.items()}


def _sentence(raw: str) -> Sentence:
    tokens: list[str] = []
    clause_of: list[int] = []
    for number, clause in enumerate(_CLAUSE.split(raw)):
        said = words_of(clause).tokens
        tokens += said
        clause_of += [number] * len(said)
    return Sentence(raw=raw, tokens=tuple(tokens), clause_of=tuple(clause_of))


def _steps(phrase: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    steps: list[tuple[tuple[str, ...], ...]] = []
    for written in _STEP.findall(phrase):
        if written == "...":
            steps.append(_GAP)
        elif written.startswith("("):
            steps.append(tuple(_row(part) for part in written[1:-1].split("|")))
        else:
            steps.append((_row(written),))
    return tuple(steps)


def _row(words: str) -> tuple[str, ...]:
    row = words_of(words).tokens
    return (*row[:-1], f"{row[-1]}*") if words.endswith("*") else row


def _matched_until(
    steps: Sequence[tuple[tuple[str, ...], ...]], heard: Sequence[frozenset[str]], at: int
) -> int | None:
    """Where a match of all `steps` beginning at `at` ends, or None."""
    if not steps:
        return at
    first, rest = steps[0], steps[1:]
    if first == _GAP:
        for skipped in range(_GAP_WORDS + 1):
            end = _matched_until(rest, heard, at + skipped) if at + skipped <= len(heard) else None
            if end is not None:
                return end
        return None
    for alternative in first:
        after = at + len(alternative)
        if after <= len(heard) and all(
            _is_heard(word, heard[at + offset]) for offset, word in enumerate(alternative)
        ):
            end = _matched_until(rest, heard, after)
            if end is not None:
                return end
    return None


def _is_heard(word: str, heard: frozenset[str]) -> bool:
    if word.endswith("*"):
        return any(one.startswith(word[:-1]) for one in heard)
    return word in heard
