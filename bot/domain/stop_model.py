"""What does an opt-out-like message resemble? The classifier behind the meaning of "stop". Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.domain.danger.concepts import Lexicon
from bot.domain.danger.features import BUCKETS, TraitSpace, count_traits
from bot.domain.danger.separate import separate
from bot.domain.danger.words import Words, words_of
from bot.domain.reading import StopAction

OTHER = "other"
"""Everything that is no wish to hear less: questions, answers, small talk."""
_ACTIONS = (
    StopAction.OPT_OUT.value,
    StopAction.PAUSE_TOPIC.value,
    StopAction.CLARIFY.value,
    StopAction.RED_FLAG.value,
)
_PENALTY = 0.5
_WEIGHT_OF_STOP_LINES = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLine:
    """A message that an author wrote, with what it means."""

    text: str = field(repr=False)
    meaning: str
    """A StopAction or OTHER."""
    is_about_stopping: bool = True
    """False for lines borrowed from elsewhere to show what is no wish to stop."""


@dataclass(frozen=True, kw_only=True)
class StopClassifier:
    """The fitted classifier; immutable."""

    space: TraitSpace
    weights: NDArray[np.float16]
    """Buckets x meanings."""

    def scores(self, words: Words) -> Mapping[str, float]:
        """About 1 for the meaning of similar lines and about 0 for the others."""
        row = self.space.row(words)
        scored = np.einsum("i,ij->j", row.values, self.weights[row.buckets].astype(np.float32))
        return dict(zip((*_ACTIONS, OTHER), map(float, scored), strict=True))

    def concepts(self, words: Words) -> list[str]:
        """The concepts that the message names."""
        return self.space.lexicon.read(words.tokens, spelled=self.space.spelled)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """The classifier as plain arrays; the lexicon is content."""
        used = np.flatnonzero(np.any(self.weights != 0, axis=1)).astype(np.int32)
        words = "\n".join(sorted(self.space.spelled)).encode()
        return {
            "spelled": np.frombuffer(words, dtype=np.uint8),
            "lines": np.array([self.space.lines], dtype=np.int64),
            "held": self.space.held.astype(np.uint16),
            "used": used,
            "weights": self.weights[used],
        }

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], *, lexicon: Lexicon
    ) -> "StopClassifier":
        """The classifier that `to_arrays` wrote."""
        stored = arrays["weights"].astype(np.float16)
        weights = np.zeros((BUCKETS, stored.shape[1]), dtype=np.float16)
        weights[arrays["used"].astype(np.int64)] = stored
        words = arrays["spelled"].astype(np.uint8).tobytes().decode()
        return cls(
            space=TraitSpace(
                lexicon=lexicon,
                spelled=frozenset(words.split("\n")),
                lines=int(arrays["lines"].astype(np.int64)[0]),
                held=arrays["held"].astype(np.int32),
            ),
            weights=weights,
        )


def fit_stop(lines: Sequence[StopLine], *, lexicon: Lexicon) -> StopClassifier:
    """The classifier of `lines`; a question about stopping the medicine counts as OTHER."""
    read = [words_of(line.text) for line in lines]
    spelled = frozenset(token for words in read for token in words.tokens)
    counted = [count_traits(words, lexicon, spelled) for words in read]
    held = np.zeros(BUCKETS, dtype=np.int32)
    for counts in counted:
        held[np.unique(np.concatenate([numbers for numbers, _ in counts.values()]))] += 1
    space = TraitSpace(lexicon=lexicon, spelled=spelled, lines=len(lines), held=held)
    meanings = (*_ACTIONS, OTHER)
    column = {meaning: at for at, meaning in enumerate(meanings)}
    targets = np.zeros((len(lines), len(meanings)), dtype=np.float32)
    for at, line in enumerate(lines):
        targets[at, column.get(line.meaning, column[OTHER])] = 1.0
    importance = np.array(
        [_WEIGHT_OF_STOP_LINES if line.is_about_stopping else 1.0 for line in lines],
        dtype=np.float32,
    )
    weights = separate(
        [space.row_of(counts) for counts in counted],
        targets,
        np.ones(targets.shape, dtype=np.bool_),
        penalties=_PENALTY / importance,
    )
    return StopClassifier(space=space, weights=weights.astype(np.float16))
