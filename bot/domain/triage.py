"""Is the writer, or somebody they speak for, in danger now, and how sure are we? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bot.domain.danger import DangerModel, words_of
from bot.domain.danger.classifier import HeldOut
from bot.domain.danger.features import Floats
from bot.domain.reading import Certainty, Level, RedFlag


@dataclass(frozen=True, slots=True, kw_only=True)
class TriagePolicy:
    """How many false alarms are borne, as shares of harmless messages."""

    possible_ordinary: float
    """Ordinary messages that may get the one-line safety check."""
    certain_ordinary: float
    """Ordinary messages that may get the full emergency text."""
    certain_near_misses: float
    """Near misses, written to look like flags, that may get the full emergency text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Danger scores from which on a message is a possible or a certain red flag."""

    possible: float
    certain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageModel:
    """The fitted layers with the thresholds that held-out lines gave."""

    danger: DangerModel
    levels: Mapping[str, Level]
    thresholds: Thresholds


def read(
    text: str, model: TriageModel, *, language: str, vector: Floats | None = None
) -> RedFlag | None:
    """The red flag of `text`, or None; `language` is not needed to find one."""
    words = words_of(text)
    if not words.tokens:
        return None
    scores = model.danger.scores(words, vector)
    if scores.danger < model.thresholds.possible:
        return None
    category = model.danger.categories[int(np.argmax(scores.by_category))]
    is_certain = scores.danger >= model.thresholds.certain
    return RedFlag(
        category=category,
        level=model.levels[category],
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        score=round(scores.danger, 3),
        why=_why(model, text, category),
    )


def thresholds_of(held_out: HeldOut, policy: TriagePolicy) -> Thresholds:
    """The thresholds at which held-out harmless lines give just the false alarms of `policy`."""
    possible = float(np.quantile(held_out.ordinary, 1.0 - policy.possible_ordinary))
    certain = max(
        float(np.quantile(held_out.ordinary, 1.0 - policy.certain_ordinary)),
        float(np.quantile(held_out.near_misses, 1.0 - policy.certain_near_misses)),
        possible,
    )
    return Thresholds(possible=possible, certain=certain)


def _why(model: TriageModel, text: str, category: str) -> str:
    parts = model.danger.explain(words_of(text), category)
    return "classifier: " + ", ".join(f"{name} {weight:+.2f}" for name, weight in parts)
