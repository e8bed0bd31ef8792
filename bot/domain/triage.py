"""Is the writer, or somebody they speak for, in danger now, and how sure are we? Pure.

Two layers check each other: phrases that say a red flag plainly, with their scope, and the fitted
classifier (with the sentence encoder's vector, where there is one).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.domain.danger import DangerModel, DangerScores, Words, words_of
from bot.domain.danger.classifier import HeldOut
from bot.domain.danger.features import Floats
from bot.domain.danger.patterns import Hit, PatternBook, Scope, parse
from bot.domain.danger.windows import LONG_WORDS
from bot.domain.reading import Certainty, Level, RedFlag

_HIT_SHARE = 0.5
"""What a found phrase adds to the score of its category when the category is chosen."""


_TRAITS_LOOKED_AT = 8
_TAKEN_BACK: Mapping[Scope, str] = {
    Scope.NEGATION: "denied",
    Scope.NEGATION_AFTER: "denied",
    Scope.SETTLED: "over, or long ago",
    Scope.ASKING: "only asked about",
    Scope.ELSEWHERE: "about the news, a film or others",
    Scope.JOKE: "a joke",
    Scope.IDIOM: "a saying",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TriagePolicy:
    """How many false alarms are borne, as shares of harmless messages."""

    possible_ordinary: float
    """Ordinary messages that may get the one-line safety check."""
    doubted_ordinary: float
    """Ordinary messages in which a phrase of ours would be believed."""
    certain_ordinary: float
    """Ordinary messages that may get the full emergency text."""
    certain_near_misses: float
    """Near misses, written to look like flags, that may get the full emergency text."""
    grave_margin: float
    """By how much lower the danger of a grave category may be for the safety check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Danger scores that decide; each is at most the next."""

    grave_margin: float
    """Categories in which a doubt must be asked about may lie lower by this much."""
    doubted: float
    """Below it the classifier holds a message for harmless, whatever phrase it contains."""
    possible: float
    certain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageModel:
    """The layers with the thresholds that held-out lines gave."""

    danger: DangerModel
    books: Sequence[PatternBook]
    levels: Mapping[str, Level]
    never_cancelled: frozenset[str]
    """Categories whose phrases stand unless the classifier, too, holds the message for harmless."""
    asked_in_doubt: frozenset[str]
    """Categories in which a doubt is asked about sooner than in others, in short messages: long
    ones hold so many words that a few of them always sound grave."""
    thresholds: Thresholds


def read(
    text: str, model: TriageModel, *, language: str, vector: Floats | None = None
) -> RedFlag | None:
    """The red flag of `text`, or None.

    All languages are always read, since people mix them; `language` names the fallback only in
    what is reported.
    """
    words = words_of(text)
    if not words.tokens:
        return None
    scores = model.danger.scores(words, vector)
    message = parse(words)
    spelled = model.danger.space.spelled
    hits = [hit for book in model.books for hit in book.hits(message, spelled=spelled)]
    category = _category(scores, hits, model)
    is_asked = category in model.asked_in_doubt and len(words.tokens) <= LONG_WORDS
    certainty = decide(scores.danger, hits, model, is_asked_in_doubt=is_asked)
    if certainty is None:
        return None
    return RedFlag(
        category=category,
        level=model.levels[category],
        certainty=certainty,
        score=round(scores.danger, 3),
        why=_why(words, category, hits, model),
    )


def decide(
    danger: float, hits: Sequence[Hit], model: TriageModel, *, is_asked_in_doubt: bool = False
) -> Certainty | None:
    """How sure the layers are together.

    A phrase that stands makes a suspicion certain and lifts a doubt to a suspicion. A phrase taken
    back by its scope counts for nothing, except in the categories that are never cancelled.
    """
    limits = model.thresholds
    stands = any(hit.taken_back_by is None for hit in hits)
    grave = any(hit.category in model.never_cancelled for hit in hits)
    if danger >= limits.certain or (stands and danger >= limits.possible):
        return Certainty.CERTAIN
    possible = limits.possible - limits.grave_margin * is_asked_in_doubt
    if danger >= possible or ((stands or grave) and danger >= limits.doubted):
        return Certainty.POSSIBLE
    return None


def thresholds_of(
    held_out: HeldOut, policy: TriagePolicy, *, asked_in_doubt: NDArray[np.bool_]
) -> Thresholds:
    """The thresholds at which held-out harmless lines give just the false alarms of `policy`.

    `asked_in_doubt` says of each ordinary line whether it resembles a category of that kind most.
    """
    raised = held_out.ordinary + policy.grave_margin * asked_in_doubt
    possible = float(np.quantile(raised, 1.0 - policy.possible_ordinary))
    certain = max(
        float(np.quantile(held_out.ordinary, 1.0 - policy.certain_ordinary)),
        float(np.quantile(held_out.near_misses, 1.0 - policy.certain_near_misses)),
        possible,
    )
    doubted = min(float(np.quantile(held_out.ordinary, 1.0 - policy.doubted_ordinary)), possible)
    return Thresholds(
        grave_margin=policy.grave_margin, doubted=doubted, possible=possible, certain=certain
    )


def _category(scores: DangerScores, hits: Sequence[Hit], model: TriageModel) -> str:
    found = {hit.category for hit in hits if hit.taken_back_by is None}
    found |= {hit.category for hit in hits if hit.category in model.never_cancelled}
    weighed = scores.by_category + np.array(
        [_HIT_SHARE * (category in found) for category in model.danger.categories],
        dtype=np.float32,
    )
    return model.danger.categories[int(np.argmax(weighed))]


def _why(words: Words, category: str, hits: Sequence[Hit], model: TriageModel) -> str:
    """For a nurse: the phrases that were found, what else counted, and from when it is believed."""
    said = [
        f'phrase "{hit.phrase}"'
        + (f" (taken back: {_TAKEN_BACK[hit.taken_back_by]})" if hit.taken_back_by else "")
        for hit in hits
        if hit.category == category
    ]
    told = (
        (_in_words(name), weight)
        for name, weight in model.danger.explain(words, category, most=_TRAITS_LOOKED_AT)
    )
    counted = ", ".join(f"{trait} {weight:+.2f}" for trait, weight in told if trait)
    limits = model.thresholds
    return "; ".join(
        [
            *said[:2],
            f"classifier: {counted or 'the wording as a whole'}",
            f"asked about from {limits.possible:.2f}, certain from {limits.certain:.2f}",
        ]
    )


def _in_words(trait: str) -> str:
    """How a trait of a message is told; empty for letters and shapes, which tell nobody much."""
    block, _, name = trait.partition(":")
    match block:
        case "concept":
            return f'talk of "{name}"'
        case "together":
            return f'"{name.replace(" & ", chr(34) + " close to " + chr(34))}"'
        case "word":
            return f'the words "{name}"'
        case _:
            return ""
