"""What does the matcher know of one language? Topics, classifiers and thresholds. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bot.domain.identity import Region
from bot.domain.lexical import Example, LexicalModel, tokens
from bot.domain.lexical.dense import Likeness
from bot.domain.lexical.features import Row
from bot.domain.lexical.groups import Floats
from bot.domain.lexical.meaning import WordTable
from bot.domain.lexical.words import phrases

REPLY = "reply:"
"""Prefix of labels that are small talk or clinic business, not topics."""
NOTHING = "nothing"
"""Label of lines that no topic answers."""

NEAREST_WEIGHT = np.float32(0.25)
"""Weight of the best variant's cosine beside the ridge score."""
OFTEN_ASKED_GAIN = np.float32(0.05)
"""What the most asked topics have ahead of the others."""
TABLE_WEIGHT = 1.0
"""What likeness by the word table counts beside equal words and letters."""
HELPER_WEIGHT = np.float32(0.6)
"""Weight of the English model beside that of another language."""
LONGEST_GLOSS = 4
"""Words of the longest phrase that a glossary may hold."""
ENCODER_WEIGHT = 2.0
"""What likeness by a sentence encoder counts; with one, the word table has nothing to add."""


class Risk(StrEnum):
    """How careful an answer must be; anything above ROUTINE needs more confidence."""

    ROUTINE = "routine"
    CALL_CLINIC = "call-clinic"
    SAME_DAY = "urgent-same-day"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic as the matcher sees it, in one language."""

    id: str
    title: str
    risk: Risk
    regions: frozenset[Region] = frozenset()
    """Where it may be the answer; empty: everywhere."""
    family: str | None = None
    """Topics of one family say the same thing under different regulators."""
    related: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    answer: str = ""
    is_often_asked: bool = False
    """Whether it is among the topics that patients ask about most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasebook:
    """Words of one language that steer the matcher beside the questions."""

    concepts: Mapping[str, str] = field(default_factory=dict)
    """Phrases that mean nearly the same: "motrin" -> "=painkiller"."""
    glossary: Mapping[str, str] = field(default_factory=dict)
    """Phrases of this language and an English word for each; empty in English."""
    openings: frozenset[str] = frozenset()
    """How a follow-up begins."""
    pointers: frozenset[str] = frozenset()
    """Words that point back ("it", "that")."""
    our_medicine: frozenset[str] = frozenset()
    other_medicines: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqSource:
    """Everything that a language's model is fitted from."""

    language: str
    topics: tuple[Topic, ...]
    replies: Mapping[str, tuple[str, ...]]
    """Questions of each small-talk or clinic-business reply."""
    out_of_scope: tuple[str, ...]
    phrasebook: Phrasebook

    def bare_topics(self) -> dict[str, Topic]:
        """The topics by id, without their texts."""
        return {topic.id: replace(topic, questions=(), answer="") for topic in self.topics}

    def lines(self) -> tuple[Example, ...]:
        """All lines that somebody might send, topics first, in a fixed order."""
        of_topics = [Example(text=q, label=t.id) for t in self.topics for q in t.questions]
        of_replies = [
            Example(text=question, label=f"{REPLY}{reply}")
            for reply, questions in sorted(self.replies.items())
            for question in questions
        ]
        rest = [Example(text=line, label=NOTHING) for line in self.out_of_scope]
        return (*of_topics, *of_replies, *rest)

    def examples(self) -> tuple[Example, ...]:
        """The lines, and behind them what else tells the topics apart: titles and answers."""
        titles = [Example(text=topic.title, label=topic.id) for topic in self.topics]
        answers = [
            Example(text=topic.answer.replace("**", ""), label=topic.id)
            for topic in self.topics
            if topic.answer
        ]
        return (*self.lines(), *titles, *answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which signals on to answer or to offer; computed from the content by leave-one-out."""

    answer: Mapping[Risk, float]
    """Confidence (see `Judged`) from which a topic of this risk is answered."""
    answer_scope: float
    """Scope from which a message is surely about a topic."""
    offer_scope: float
    """Scope from which topics are offered; below it the matcher says that it does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one language's model says about one text."""

    scores: Floats
    """One per label of the model."""
    evidence: float
    """How much was said that the model knows: root of the summed squared word rarities."""
    known_share: float
    """Share of the words that the language's examples contain, before correction, 0 to 1."""
    known_words: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Helped:
    """What another language's model adds."""

    scores: Floats
    """Texts x labels."""
    evidence: Floats
    """One per text."""


@dataclass(frozen=True, kw_only=True)
class LanguageModel:
    """The fitted matcher of one language; immutable, safe to share between threads."""

    language: str
    topics: Mapping[str, Topic]
    about_medicines: frozenset[str]
    """Topics whose questions often name other medicines, such as painkillers."""
    phrasebook: Phrasebook
    lexical: LexicalModel
    """Fitted beside the likeness by the word table, where there is one."""
    table: WordTable | None = None
    table_likeness: Likeness | None = None
    encoded: LexicalModel | None = None
    """The same words and letters, fitted beside the likeness by the sentence encoder."""
    encoder_likeness: Likeness | None = None
    helper: "LanguageModel | None" = None
    """The English model, asked too, word for word through the glossary."""
    left_out: NDArray[np.floating[Any]]
    """What each example would score without itself, examples x labels; for thresholds, authors."""
    thresholds: Thresholds

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Topics, replies and NOTHING, in the order of all scores.

        The labels of this language's own lines come first, then topics that only English has.
        """
        own = self.lexical.labels
        theirs = self.helper.topics if self.helper is not None else {}
        return (*own, *sorted(theirs.keys() - set(own)))

    @cached_property
    def all_topics(self) -> Mapping[str, Topic]:
        """The topics of this language, and those that only English has."""
        theirs = self.helper.topics if self.helper is not None else {}
        return {**theirs, **self.topics}

    @cached_property
    def medicine_topics(self) -> frozenset[str]:
        """Topics about other medicines, in this language or in English."""
        theirs = self.helper.about_medicines if self.helper is not None else frozenset()
        return self.about_medicines | theirs

    @cached_property
    def is_topic(self) -> NDArray[np.bool_]:
        """Which labels are topics."""
        return np.array([label in self.all_topics for label in self.labels], dtype=np.bool_)

    def judge(self, texts: Sequence[str], vectors: Floats | None = None) -> list[Judged]:
        """What the model says about each of `texts`.

        `vectors` are their unit vectors by the sentence encoder (texts x dimensions), or None.
        """
        rows = [self.lexical.space.row(text) for text in texts]
        if self.encoded is not None and vectors is not None:
            scores = _scores(self.encoded, rows, self.encoder_likeness, vectors)
        else:
            scores = _scores(self.lexical, rows, self.table_likeness, self._meant(rows))
        helped = self.helped(texts)
        scores = self.widened(scores) + self.ahead + helped.scores
        known = self.lexical.space.knows
        return [
            Judged(
                scores=scored,
                evidence=max(row.evidence, float(helped.evidence[number])),
                known_share=sum(map(known, row.typed)) / max(len(row.typed), 1),
                known_words=row.known_words,
            )
            for number, (row, scored) in enumerate(zip(rows, scores, strict=True))
        ]

    @cached_property
    def ahead(self) -> Floats:
        """What each label has ahead; with a helper nothing, whose scores hold it already."""
        gain = OFTEN_ASKED_GAIN if self.helper is None else np.float32(0.0)
        asked = [
            label in self.topics and self.topics[label].is_often_asked for label in self.labels
        ]
        return gain * np.array(asked, dtype=np.float32)

    def _meant(self, rows: Sequence[Row]) -> Floats | None:
        if self.table is None:
            return None
        return np.stack([self.table.vector(row.typed, row.read) for row in rows])

    def widened(self, scores: Floats) -> Floats:
        """`scores` of this language's own labels with zeros for those that only English has."""
        return np.pad(scores, ((0, 0), (0, len(self.labels) - scores.shape[1])))

    def helped(self, texts: Sequence[str]) -> Helped:
        """What the English model adds to the scores of `texts`; nothing without one."""
        if self.helper is None:
            nothing = np.zeros((len(texts), len(self.labels)), dtype=np.float32)
            return Helped(scores=nothing, evidence=np.zeros(len(texts), dtype=np.float32))
        glossary = self.phrasebook.glossary
        glossed = [
            " ".join(phrases(tokens(text), glossary, longest=LONGEST_GLOSS)) for text in texts
        ]
        judged = self.helper.judge(glossed)
        scores = np.stack([one.scores for one in judged])
        padded = np.pad(scores, ((0, 0), (0, 1)))
        return Helped(
            scores=HELPER_WEIGHT * padded[:, self._label_in_helper],
            evidence=np.array([one.evidence for one in judged], dtype=np.float32),
        )

    @cached_property
    def _label_in_helper(self) -> NDArray[np.intp]:
        """Where each label stands in the helper's scores; behind the last when it is unknown."""
        theirs = self.helper.labels if self.helper is not None else ()
        place = {label: number for number, label in enumerate(theirs)}
        return np.array([place.get(label, len(theirs)) for label in self.labels])


def _scores(
    model: LexicalModel, rows: Sequence[Row], likeness: Likeness | None, vectors: Floats | None
) -> Floats:
    """Texts x labels: the ridge scores, and how like the nearest example of each label is."""
    if likeness is None or vectors is None:
        found = model.scores_of_rows(rows)
        return np.stack([one.ridge + NEAREST_WEIGHT * one.nearest for one in found])
    cosines = likeness.cosines(vectors)
    found = model.scores_of_rows(rows, likeness.of(cosines))
    nearest = _together(np.stack([one.nearest for one in found]), likeness, cosines)
    ridge: Floats = np.stack([one.ridge for one in found])
    return ridge + NEAREST_WEIGHT * nearest


def _together(nearest: Floats, likeness: Likeness, cosines: Floats) -> Floats:
    share = np.float32(likeness.weight / (1.0 + likeness.weight))
    return (np.float32(1.0) - share) * nearest + share * likeness.nearest(cosines)


def left_out_scores(model: LexicalModel, likeness: Likeness | None) -> Floats:
    """What each example would score without itself, examples x labels."""
    nearest = model.left_out_nearest
    if likeness is not None:
        cosines = likeness.cosines(likeness.vectors)
        np.fill_diagonal(cosines, 0.0)
        nearest = _together(nearest, likeness, cosines)
    scores: Floats = model.left_out_ridge + NEAREST_WEIGHT * nearest
    return scores


def confidence(first: ArrayLike, second: ArrayLike, evidence: ArrayLike) -> NDArray[np.float64]:
    """How sure the best topic is: its score and its lead, more when more was said.

    The score alone and the lead alone are worse signals; the fourth root was measured.
    """
    lead = 2.0 * np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    weighted: NDArray[np.float64] = lead * np.power(evidence, 0.25)
    return weighted


def scope(first: ArrayLike, other: ArrayLike, evidence: ArrayLike) -> NDArray[np.float64]:
    """How surely a message is about a topic at all: lead over the best reply or none."""
    lead = np.asarray(first, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    weighted: NDArray[np.float64] = lead * np.sqrt(evidence)
    return weighted
