"""Which topics does the matcher take for each other? Every line judged without itself. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.domain.faq_fit import family_numbers
from bot.domain.faq_model import LanguageModel

_OFFERED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """A line that, left out, is taken for another topic."""

    line: int
    """Number of the line among the language's lines."""
    topic: str
    taken_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusions:
    """How well a language's topics are told apart."""

    lines: int
    right_first: int
    right_in_three: int
    recall: dict[str, float]
    """Share of each topic's lines that are found first, left out."""
    found: tuple[Confusion, ...]

    def pairs(self) -> list[tuple[tuple[str, str], int]]:
        """Topics and what they are taken for, the most frequent first."""
        return Counter((one.topic, one.taken_for) for one in self.found).most_common()


def confusions(model: LanguageModel, lines: Sequence[str]) -> Confusions:
    """The confusions among `lines`, the first examples of `model` in their order.

    The members of a region family count as one topic.
    """
    count = len(lines)
    scores = np.where(model.is_topic, model.left_out[:count].astype(np.float64), -np.inf)
    label_of = model.lexical.label_of[:count]
    group = family_numbers(model)
    ranked = group[np.argsort(-scores, axis=1)[:, : _OFFERED + 2]]
    own = group[label_of][:, np.newaxis]
    is_topic = model.is_topic[label_of]
    first = (ranked[:, :1] == own).any(axis=1) & is_topic
    in_three = (ranked[:, :_OFFERED] == own).any(axis=1) & is_topic
    wrong = np.flatnonzero(is_topic & ~first)
    return Confusions(
        lines=int(is_topic.sum()),
        right_first=int(first.sum()),
        right_in_three=int(in_three.sum()),
        recall={
            model.labels[number]: float(first[label_of == number].mean())
            for number in np.unique(label_of[is_topic])
        },
        found=tuple(
            Confusion(
                line=int(line),
                topic=model.labels[label_of[line]],
                taken_for=model.labels[int(np.argmax(scores[line]))],
            )
            for line in wrong
        ),
    )


def nearest_line(model: LanguageModel, text: str, topic: str) -> int | None:
    """Number of the topic's example that is most like `text`; None where only English has it.

    It may be the topic's title or answer, which stand behind the lines.
    """
    if topic not in model.lexical.labels:
        return None
    scores = model.lexical.scores(text)
    return int(scores.nearest_example[model.lexical.labels.index(topic)])
