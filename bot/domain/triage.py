"""Is the writer, or somebody they speak for, in danger now, and how sure are we? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bot.domain.lexical import Example, LexicalModel, Settings, fit
from bot.domain.reading import Certainty, Level, RedFlag

NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageModel:
    """The fitted layers, with the thresholds that held-out lines gave."""

    classifier: LexicalModel
    levels: Mapping[str, Level]
    certain_from: float
    possible_from: float


def read(
    text: str, model: TriageModel, *, language: str, vector: object | None = None
) -> RedFlag | None:
    """The red flag of `text`, or None; `language` is not needed to find one."""
    if not any(character.isalnum() for character in text):
        return None
    scores = model.classifier.scores(text)
    labels = model.classifier.labels
    flags = [number for number, label in enumerate(labels) if label != NONE]
    danger = 1.0 - float(scores.ridge[labels.index(NONE)])
    if danger < model.possible_from:
        return None
    category = labels[flags[int(np.argmax(scores.ridge[flags]))]]
    return RedFlag(
        category=category,
        level=model.levels[category],
        certainty=Certainty.CERTAIN if danger >= model.certain_from else Certainty.POSSIBLE,
        score=danger,
        why=f"classifier {danger:.2f}",
    )


def fit_triage(examples: tuple[Example, ...], levels: Mapping[str, Level]) -> TriageModel:
    """The model of labelled lines; thresholds from their leave-one-out scores."""
    classifier = fit(examples, settings=Settings(is_balanced=False))
    none = classifier.labels.index(NONE)
    danger = 1.0 - classifier.left_out_ridge[:, none]
    harmless = danger[classifier.label_of == none]
    return TriageModel(
        classifier=classifier,
        levels=levels,
        certain_from=float(np.quantile(harmless, 0.97)),
        possible_from=float(np.quantile(harmless, 0.80)),
    )
