"""Why did the matcher rank a topic where it did? For authors and `balm ask --explain`. Pure."""

from dataclasses import dataclass

from bot.domain.faq import FaqModel, Ranking, language_used, rank
from bot.domain.faq_model import LanguageModel, Thresholds
from bot.domain.identity import Region
from bot.domain.lexical import Contribution
from bot.domain.lexical.groups import Floats

_EXPLAINED = 3
_CONTRIBUTIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicReason:
    """Why one topic scored what it did."""

    topic: str
    score: float
    nearest_example: int | None
    """Number of the most similar line in the order of fitting; None for an English topic."""
    nearest: float
    """Its cosine, words and letters only."""
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What the matcher saw in a text."""

    language: str
    ranking: Ranking
    corrections: tuple[tuple[str, str], ...]
    evidence: float
    topics: tuple[TopicReason, ...]
    thresholds: Thresholds


def explain(
    text: str,
    model: FaqModel,
    *,
    language: str,
    region: Region = Region.UNKNOWN,
    vector: Floats | None = None,
) -> Explanation:
    """The best three topics of `text` with their reasons, and the thresholds that held."""
    used = language_used(text, model, stated=language)
    ranking = rank(text, used, region=region, vector=vector)
    found = used.lexical.scores(text)
    read = zip(found.typed, found.read, strict=True)
    judged = used.judge([text], None if vector is None else vector.reshape(1, -1))[0]
    return Explanation(
        language=used.language,
        ranking=ranking,
        corrections=tuple((typed, meant) for typed, meant in read if typed != meant),
        evidence=judged.evidence,
        topics=tuple(
            _reason(text, used, topic, judged.scores) for topic in ranking.topics[:_EXPLAINED]
        ),
        thresholds=used.thresholds,
    )


def _reason(text: str, model: LanguageModel, topic: str, scores: Floats) -> TopicReason:
    score = float(scores[model.labels.index(topic)])
    if topic not in model.lexical.labels:
        return TopicReason(
            topic=topic, score=score, nearest_example=None, nearest=0.0, contributions=()
        )
    number = model.lexical.labels.index(topic)
    found = model.lexical.scores(text)
    return TopicReason(
        topic=topic,
        score=score,
        nearest_example=int(found.nearest_example[number]),
        nearest=float(found.nearest[number]),
        contributions=tuple(model.lexical.explain(text, topic, most=_CONTRIBUTIONS)),
    )
