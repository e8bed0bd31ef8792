"""Which topic does a message ask about, and is it sure enough to answer? Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.domain.faq_model import (
    REPLY,
    Judged,
    LanguageModel,
    Risk,
    Topic,
    confidence,
    scope,
)
from bot.domain.identity import Region
from bot.domain.lexical import tokens
from bot.domain.lexical.groups import Floats
from bot.domain.reading import FaqDecision, FaqMatch

RANKED = 5
"""How many topics a match names."""
OTHER_MEDICINE = "other-medicine"
"""The reply to a question about another medicine."""
FOLLOW_UP_WORDS = 9
"""Longer messages stand for themselves."""
RELATED_GAIN = np.float32(0.1)
"""What a follow-up adds to the topics that authors named as related to the last one."""
LEAST_KNOWN = 0.4
"""A message of which the language knows less is in no language that we offer."""
FEW_WORDS = 2
"""Messages of no more words may be one misspelled word."""
LANGUAGE_LEAD = 0.25
"""How much more of the words another language must know before it is taken for the one used."""


@dataclass(frozen=True, kw_only=True)
class FaqModel:
    """The matchers of all languages."""

    languages: Mapping[str, LanguageModel]
    fallback: str = "en"

    def of(self, language: str) -> LanguageModel:
        """The matcher for `language`; "hi-Latn" is read by that of "hi"."""
        known = self.languages
        return known.get(language) or known.get(language.split("-")[0]) or known[self.fallback]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Topics in the order in which they fit, and how sure that is."""

    topics: tuple[str, ...]
    """Best first; members of a region family stand for each other."""
    confidence: float
    scope: float
    known_share: float
    """Share of the words that the language's lines contain."""
    other: str
    """The best label that is no topic."""
    after: str | None = None
    """The topic that the message was read as going on with; only its relatives are answers."""


def match(
    text: str,
    model: FaqModel,
    *,
    language: str,
    region: Region = Region.UNKNOWN,
    last_topic: str | None = None,
    vector: Floats | None = None,
) -> FaqMatch:
    """What to do with `text`: answer, offer a choice, or leave it.

    `vector` is the unit vector of the whole text by the sentence encoder, if there is one.
    """
    if not any(character.isalnum() for character in text):
        return FaqMatch(decision=FaqDecision.ABSTAIN)
    words = tokens(text)
    used = language_used(text, model, stated=language)
    ranking = rank(text, used, region=region, vector=vector)
    last = used.all_topics.get(last_topic or "")
    if last is None or not _follows(words, used):
        return _decide(ranking, used, words)
    after = rank_after(last, text, used, region=region)
    agrees = after.topics[:1] == ranking.topics[:1]
    points_back = bool(used.phrasebook.pointers & set(words))
    stands_alone = agrees and not points_back and _is_sure(ranking, used, words)
    return _decide(ranking if stands_alone else after, used, words)


def language_used(text: str, model: FaqModel, *, stated: str) -> LanguageModel:
    """The matcher of the language that `text` is written in, in doubt that of `stated`."""
    expected = model.of(stated)
    words = tokens(text)
    shares = {
        name: sum(map(one.lexical.space.knows, words)) / max(len(words), 1)
        for name, one in model.languages.items()
    }
    best = max(shares, key=lambda name: (shares[name], name == expected.language))
    is_clear = shares[best] >= shares[expected.language] + LANGUAGE_LEAD
    return model.languages[best] if is_clear and len(words) > 1 else expected


def rank(
    text: str, model: LanguageModel, *, region: Region, vector: Floats | None = None
) -> Ranking:
    """The topics of `model` by how well they fit `text`."""
    vectors = None if vector is None else vector[np.newaxis, :]
    return _ranking(model.judge([text], vectors)[0], model, region)


def rank_after(last: Topic, text: str, model: LanguageModel, *, region: Region) -> Ranking:
    """The topics of `model` by how well they fit `text` as a continuation of the topic `last`."""
    alone, joined = model.judge([text, f"{last.title} {text}"])
    scores = np.float32(0.5) * (alone.scores + joined.scores)
    for number, label in enumerate(model.labels):
        scores[number] += RELATED_GAIN * (label in last.related)
    ranking = _ranking(replace(joined, scores=scores), model, region)
    return replace(ranking, after=last.id)


def _ranking(judged: Judged, model: LanguageModel, region: Region) -> Ranking:
    served = _served(judged.scores, model, region)
    first, second = (*served.values(), 0.0, 0.0)[:2]
    others = np.where(model.is_topic, -np.inf, judged.scores)
    other = int(np.argmax(others))
    rival = max(float(others[other]), 0.0)
    return Ranking(
        topics=tuple(served),
        confidence=float(confidence(first, second, judged.evidence)),
        scope=float(scope(first, rival, judged.evidence)),
        known_share=judged.known_share,
        other=model.labels[other],
    )


def _follows(words: Sequence[str], model: LanguageModel) -> bool:
    if not words or len(words) > FOLLOW_UP_WORDS:
        return False
    book = model.phrasebook
    begins = any(" ".join(words[:size]) in book.openings for size in (1, 2, 3, 4))
    return begins or bool(book.pointers & set(words))


def _served(scores: Floats, model: LanguageModel, region: Region) -> dict[str, float]:
    """The best topics that may be answered in `region` with their scores, best first.

    A topic of another region gives way to the member of its family that holds in `region`, or is
    left out; of a family only one member is kept.
    """
    served: dict[str, float] = {}
    families: set[str] = set()
    order = np.argsort(-np.where(model.is_topic, scores, -np.inf))
    for number in order[: int(model.is_topic.sum())]:
        topic = model.all_topics[model.labels[number]]
        serving = _member_for(topic, model, region)
        if serving is None or serving.id in served or serving.family in families:
            continue
        served[serving.id] = float(scores[number])
        families |= {serving.family} if serving.family else set()
        if len(served) == RANKED:
            break
    return served


def _member_for(topic: Topic, model: LanguageModel, region: Region) -> Topic | None:
    if region is Region.UNKNOWN or not topic.regions or region in topic.regions:
        return topic
    if topic.family is None:
        return None
    members = (other for other in model.all_topics.values() if other.family == topic.family)
    return next((other for other in members if region in other.regions), None)


def _decide(ranking: Ranking, model: LanguageModel, words: Sequence[str]) -> FaqMatch:
    reply = _reply(ranking, model, words)
    if reply is not None or _is_outside(ranking, model, words):
        decision = FaqDecision.ABSTAIN
    elif _is_sure(ranking, model, words):
        decision = FaqDecision.ANSWER
    else:
        decision = FaqDecision.CLARIFY
    return FaqMatch(
        decision=decision,
        topics=ranking.topics,
        score=_score(ranking, model.thresholds.answer[Risk.ROUTINE]),
        reply=reply,
    )


def _is_outside(ranking: Ranking, model: LanguageModel, words: Sequence[str]) -> bool:
    is_foreign = ranking.known_share < LEAST_KNOWN and len(words) > FEW_WORDS
    names_ours = bool(model.phrasebook.our_medicine & set(words))
    is_far = ranking.scope < model.thresholds.offer_scope
    return not ranking.topics or is_foreign or (is_far and not names_ours)


def _is_sure(ranking: Ranking, model: LanguageModel, words: Sequence[str]) -> bool:
    if not ranking.topics:
        return False
    best = ranking.topics[0]
    needed = model.thresholds.answer[model.all_topics[best].risk]
    is_ours = best in model.medicine_topics or not _names_other_medicine(model, words)
    is_clear = ranking.confidence >= needed and ranking.scope >= model.thresholds.answer_scope
    last = model.all_topics.get(ranking.after or "")
    return is_ours and is_clear and (last is None or best in last.related)


def _reply(ranking: Ranking, model: LanguageModel, words: Sequence[str]) -> str | None:
    is_short = len(words) <= FOLLOW_UP_WORDS
    is_theirs = not ranking.topics or ranking.topics[0] not in model.medicine_topics
    if is_short and is_theirs and _names_other_medicine(model, words):
        return OTHER_MEDICINE
    is_reply = ranking.scope < 0.0 and ranking.other.startswith(REPLY)
    reply = ranking.other.removeprefix(REPLY) if is_reply else None
    names_ours = bool(model.phrasebook.our_medicine & set(words))
    return None if reply == OTHER_MEDICINE and names_ours else reply


def _names_other_medicine(model: LanguageModel, words: Sequence[str]) -> bool:
    said = set(words)
    book = model.phrasebook
    return bool(said & book.other_medicines) and not said & book.our_medicine


def _score(ranking: Ranking, needed: float) -> float:
    """0 to 1; 0.5 is just enough to answer a routine topic."""
    confidence = max(ranking.confidence, 0.0)
    return round(confidence / (confidence + needed), 4) if needed > 0 else 0.0
