"""How is a language's matcher made from its content, thresholds included? Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.domain.faq_model import (
    ENCODER_WEIGHT,
    TABLE_WEIGHT,
    FaqSource,
    LanguageModel,
    Risk,
    Thresholds,
    confidence,
    left_out_scores,
    scope,
)
from bot.domain.lexical import Example, LexicalModel, Settings, fit, numbered, refit, tokens
from bot.domain.lexical.dense import Likeness
from bot.domain.lexical.groups import Floats
from bot.domain.lexical.meaning import WordTable

LEXICAL = Settings(character_share=0.4, smallest_count=3, smallest_pair_count=2)
"""Chosen by leave-one-out over the shipped questions; the optimum is flat."""
MEDICINE_SHARE = 0.15
"""A topic is about other medicines when so many of its questions name one."""
LEFT_OUT_PRECISION: Mapping[Risk, float] = {
    Risk.ROUTINE: 0.70,
    Risk.CALL_CLINIC: 0.72,
    Risk.SAME_DAY: 0.75,
    Risk.EMERGENCY: 0.77,
}
"""Share of right answers among left-out questions from which a topic may be answered.

Authors make every question unlike the others, so a question left out is much harder than what
patients write: where 70 % of those are right, some 95 % of the patients' are.
"""
ENCODER_PRECISION = 0.02
"""What a sentence encoder adds to these shares: it helps left-out lines more than patients'."""
ANSWERED_OUT_OF_SCOPE = 0.065
OFFERED_OUT_OF_SCOPE = 0.35
"""Shares of left-out lines of no topic that may pass the two scope thresholds."""

OPEN = Thresholds(answer=dict.fromkeys(Risk, 0.0), answer_scope=0.0, offer_scope=0.0)
"""Before any are computed."""

LOST_WITHOUT_LIST = 0.05
"""Content without such lines: share of its own questions that may be left without an offer."""

Embed = Callable[[Sequence[str]], Floats]
"""Unit vectors of texts by a sentence encoder, texts x dimensions."""


def fit_language(
    source: FaqSource,
    *,
    table: WordTable | None = None,
    embed: Embed | None = None,
    helper: LanguageModel | None = None,
) -> LanguageModel:
    """The matcher of one language; `helper` is the English one, for any other language."""
    examples = source.examples()
    texts = [example.text for example in examples]
    _, label_of = numbered(examples)
    likeness = (
        None
        if table is None
        else Likeness(label_of=label_of, vectors=_meant(texts, table), weight=TABLE_WEIGHT)
    )
    lexical = fit(
        examples,
        concepts=source.phrasebook.concepts,
        also_known=table.index.keys() if table is not None else frozenset(),
        settings=LEXICAL,
        beside=None if likeness is None else likeness.of(likeness.cosines(likeness.vectors)),
    )
    model = LanguageModel(
        language=source.language,
        topics=source.bare_topics(),
        about_medicines=about_medicines(source),
        phrasebook=source.phrasebook,
        lexical=lexical,
        table=table,
        table_likeness=likeness,
        helper=helper,
        left_out=left_out_scores(lexical, likeness),
        thresholds=OPEN,
    )
    lines = [line.text for line in source.lines()]
    if embed is not None:
        model = _better(model, _encoded(model, examples, embed(texts)), lines)
    alone = model.left_out.astype(np.float32)
    left_out = model.widened(alone) + model.ahead + model.helped(texts).scores
    model = replace(model, left_out=left_out)
    return replace(model, thresholds=thresholds(model, lines))


def _encoded(model: LanguageModel, examples: Sequence[Example], vectors: Floats) -> LanguageModel:
    likeness = Likeness(label_of=model.lexical.label_of, vectors=vectors, weight=ENCODER_WEIGHT)
    beside = likeness.of(likeness.cosines(vectors))
    encoded = refit(model.lexical, examples, settings=LEXICAL, beside=beside)
    return replace(
        model,
        encoded=encoded,
        encoder_likeness=likeness,
        left_out=left_out_scores(encoded, likeness),
    )


def _better(plain: LanguageModel, encoded: LanguageModel, lines: Sequence[str]) -> LanguageModel:
    """The model that finds more left-out lines: an encoder may not know the language."""
    label_of = plain.lexical.label_of[: len(lines)]
    is_topic = plain.is_topic[label_of]
    found = [
        (model.left_out[: len(lines)].argmax(axis=1) == label_of)[is_topic].sum()
        for model in (plain, encoded)
    ]
    return encoded if found[1] > found[0] else plain


def thresholds(model: LanguageModel, lines: Sequence[str]) -> Thresholds:
    """The thresholds at which the left-out `lines` of `model` keep what policy asks.

    `lines` are the first examples of the model, without the titles and answers behind them.
    """
    signals = left_out_signals(model, lines)
    more = ENCODER_PRECISION if model.encoded is not None else 0.0
    answer = {
        risk: _confidence_for(signals, precision + more)
        for risk, precision in LEFT_OUT_PRECISION.items()
    }
    strange = np.sort(signals.scope[~signals.is_topic])[::-1]
    if not len(strange):
        known = np.sort(signals.scope[signals.is_right])
        return Thresholds(
            answer=answer, answer_scope=0.0, offer_scope=_quantile(known, LOST_WITHOUT_LIST)
        )
    return Thresholds(
        answer=answer,
        answer_scope=_quantile(strange, ANSWERED_OUT_OF_SCOPE),
        offer_scope=_quantile(strange, OFFERED_OUT_OF_SCOPE),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What the matcher would have seen in each line, had it been fitted without the line."""

    best: NDArray[np.int64]
    """Label number of the best topic."""
    confidence: NDArray[np.float64]
    scope: NDArray[np.float64]
    is_right: NDArray[np.bool_]
    """Whether the best topic is the line's own, or of its family."""
    is_topic: NDArray[np.bool_]
    """Whether the line belongs to a topic."""


def left_out_signals(model: LanguageModel, lines: Sequence[str]) -> Signals:
    """The signals of `lines`, the first examples of `model`."""
    count = len(lines)
    scores = model.left_out[:count].astype(np.float64)
    label_of = model.lexical.label_of[:count]
    own_evidence = _left_out_evidence(model.lexical, lines)
    evidence = np.maximum(own_evidence, model.helped(lines).evidence)
    group = family_numbers(model)
    topics = np.where(model.is_topic, scores, -np.inf)
    best = np.argmax(topics, axis=1)
    first = topics[np.arange(count), best]
    rivals = np.where(group[np.newaxis, :] == group[best][:, np.newaxis], -np.inf, topics)
    second = np.maximum(rivals.max(axis=1), 0.0)
    others = np.where(model.is_topic, -np.inf, scores).max(axis=1, initial=0.0)
    return Signals(
        best=best,
        confidence=confidence(first, second, evidence),
        scope=scope(first, others, evidence),
        is_right=group[best] == group[label_of],
        is_topic=model.is_topic[label_of],
    )


def _confidence_for(signals: Signals, precision: float) -> float:
    """The lowest confidence from which at least `precision` of all left-out answers are right."""
    order = np.argsort(-signals.confidence)
    right = np.cumsum(signals.is_right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(right >= precision)
    last = int(enough[-1]) if len(enough) else 0
    return float(signals.confidence[order[last]])


def _quantile(values: NDArray[np.float64], share: float) -> float:
    """The value that stands behind `share` of the sorted `values`; 0 when there are none."""
    if not len(values):
        return 0.0
    return float(values[min(int(share * len(values)), len(values) - 1)])


def _left_out_evidence(lexical: LexicalModel, texts: Sequence[str]) -> NDArray[np.float64]:
    """Evidence of each example, not counting words that only it contains."""
    holders, space = lexical.postings.holders(), lexical.space
    found = np.zeros(len(texts))
    for number, text in enumerate(texts):
        words = [space.index[f"w:{word}"] for word in set(tokens(text)) if space.knows(word)]
        shared = [word for word in words if holders[word] > 1]
        found[number] = np.sqrt(np.sum(space.rarity[shared] ** 2)) if shared else 0.0
    return found


def family_numbers(model: LanguageModel) -> NDArray[np.int64]:
    """A number for each label that the members of a family share."""
    names = [
        (model.all_topics[label].family if label in model.all_topics else None) or label
        for label in model.labels
    ]
    first = {name: number for number, name in reversed(list(enumerate(names)))}
    return np.array([first[name] for name in names])


def _meant(texts: Sequence[str], table: WordTable) -> Floats:
    words = [tokens(text) for text in texts]
    return np.stack([table.vector(said, said) for said in words])


def about_medicines(source: FaqSource) -> frozenset[str]:
    """Topics of which many questions name another medicine."""
    names = source.phrasebook.other_medicines
    shares = {
        topic.id: sum(bool(names & set(tokens(q))) for q in topic.questions)
        / max(len(topic.questions), 1)
        for topic in source.topics
    }
    return frozenset(topic for topic, share in shares.items() if share >= MEDICINE_SHARE)
