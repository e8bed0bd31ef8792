"""Which label does a text resemble, and why? Ridge and nearest example over TF-IDF. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bot.domain.lexical.features import WORD_BLOCK, FeatureSpace, Row, count_features
from bot.domain.lexical.groups import Floats, Groups, Integers
from bot.domain.lexical.postings import Postings
from bot.domain.lexical.ridge import solve_ridge
from bot.domain.lexical.words import tokens

Arrays = Mapping[str, NDArray[np.generic]]
"""Plain arrays, as numpy.savez takes them; no Python objects."""


_NONE_LEFT_OUT = np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text that an author wrote for a label."""

    text: str
    label: str
    weight: float = 1.0
    """How much this example counts, relative to the others of its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the fit may choose; the defaults were measured by leave-one-out on the shipped FAQ."""

    ridge: float = 0.5
    """Penalty on the squared weights; larger is smoother."""
    character_share: float = 0.5
    is_balanced: bool = True
    """Whether every label counts the same, however many examples it has."""
    smallest_count: int = 2
    """Character sequences of fewer examples are dropped."""
    smallest_pair_count: int = 1
    """Pairs of words in fewer examples are dropped; single words never are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What a model says about one text; arrays are in the order of the model's labels."""

    ridge: Floats
    """About 1 for texts like those of the label and about 0 for all others."""
    nearest: Floats
    """Cosine of the most similar example of each label, 0 to 1."""
    nearest_example: Integers
    """Number of that example in the order of fitting."""
    known_words: int
    evidence: float
    """How much was said that the model knows: root of the summed squared word rarities."""
    typed: tuple[str, ...]
    """The words of the text in order."""
    read: tuple[str, ...]
    """The same words after correction of misspellings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one word or letter sequence added to the ridge score of a label."""

    name: str
    weight: float


@dataclass(frozen=True, kw_only=True)
class LexicalModel:
    """A fitted classifier; immutable, and the same for the same examples and settings."""

    labels: tuple[str, ...]
    space: FeatureSpace
    label_of: Integers
    """Label number of each example, in the order of fitting."""
    postings: Postings
    dual: Floats
    """Ridge coefficients, examples x labels."""
    left_out_ridge: Floats
    """Ridge scores of each example by the model fitted without it, examples x labels.

    Empty in a model that was read from arrays without them.
    """
    left_out_nearest: Floats = field(default_factory=lambda: _NONE_LEFT_OUT)
    """Best cosine per label of each example without itself, examples x labels; after a fit only."""

    def scores(self, text: str) -> Scores:
        """What the model says about `text`."""
        return self.scores_of([text])[0]

    def scores_of(self, texts: Sequence[str]) -> list[Scores]:
        """What the model says about each of `texts`, in order."""
        return self.scores_of_rows([self.space.row(text) for text in texts])

    def scores_of_rows(self, rows: Sequence[Row], beside: Floats | None = None) -> list[Scores]:
        """What the model says about texts that were read as `rows`, in order.

        `beside` is their likeness to the examples by the kernel that the model was fitted beside,
        texts x examples.
        """
        similarities = self.similarities(rows)
        alike = similarities if beside is None else similarities + beside
        ridge = alike @ self.dual
        return [
            self._scores(row, similarity, scored)
            for row, similarity, scored in zip(rows, similarities, ridge, strict=True)
        ]

    def similarities(self, rows: Sequence[Row]) -> Floats:
        """Cosines between `rows` and the examples, rows x examples."""
        return np.stack([self.postings.similarity(row.indices, row.values) for row in rows])

    def explain(self, text: str, label: str, *, most: int = 12) -> list[Contribution]:
        """The sequences of `text` that moved the ridge score of `label`, the strongest first."""
        row = self.space.row(text)
        coefficients = self.dual[:, self.labels.index(label)]
        found = []
        for number, value in zip(row.indices, row.values, strict=True):
            weight = float(value) * self.postings.weight(int(number), coefficients)
            found.append(Contribution(name=self.space.names[number], weight=weight))
        return sorted(found, key=lambda part: -abs(part.weight))[:most]

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """The model as plain arrays."""
        concepts = [f"{phrase}\t{concept}" for phrase, concept in self.space.concepts.items()]
        return {
            "labels": _joined(self.labels),
            "names": _joined(self.space.names),
            "concepts": _joined(concepts),
            "rarity": self.space.rarity,
            "character_share": np.array([self.space.character_share], dtype=np.float64),
            "label_of": self.label_of,
            "posting_starts": self.postings.starts,
            "posting_examples": self.postings.examples,
            "posting_values": self.postings.values,
            "dual": self.dual,
            "left_out_ridge": self.left_out_ridge,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, *, also_known: Set[str] = frozenset()) -> "LexicalModel":
        """The model that `to_arrays` wrote; `also_known` as it was fitted with."""
        concepts = (line.split("\t", 1) for line in _split(arrays["concepts"]))
        return cls(
            labels=_split(arrays["labels"]),
            space=FeatureSpace(
                names=_split(arrays["names"]),
                rarity=arrays["rarity"].astype(np.float32, copy=False),
                concepts=dict(concepts),
                also_known=also_known,
                character_share=float(arrays["character_share"].astype(np.float64)[0]),
            ),
            label_of=arrays["label_of"].astype(np.int32, copy=False),
            postings=Postings(
                starts=arrays["posting_starts"].astype(np.int64, copy=False),
                examples=arrays["posting_examples"].astype(np.int32, copy=False),
                values=arrays["posting_values"].astype(np.float32, copy=False),
                count=len(arrays["label_of"]),
            ),
            dual=arrays["dual"].astype(np.float32, copy=False),
            left_out_ridge=arrays.get("left_out_ridge", _NONE_LEFT_OUT).astype(np.float32),
        )

    @cached_property
    def _groups(self) -> Groups:
        return Groups.of(self.label_of, len(self.labels))

    def _scores(self, row: Row, similarity: Floats, ridge: Floats) -> Scores:
        return Scores(
            ridge=ridge,
            nearest=self._groups.best(similarity[np.newaxis, :])[0],
            nearest_example=self._groups.where(similarity),
            known_words=row.known_words,
            evidence=row.evidence,
            typed=row.typed,
            read=row.read,
        )


def fit(
    examples: Sequence[Example],
    *,
    concepts: Mapping[str, str] | None = None,
    also_known: Set[str] = frozenset(),
    settings: Settings | None = None,
    beside: Floats | None = None,
) -> LexicalModel:
    """The classifier of `examples`; every label needs at least one.

    `concepts` are phrases that mean the same ("accutane" -> "=isotretinoin"); they are counted
    beside the words as typed. `also_known` are words of the language that are never taken for
    misspellings, though no example holds them. `beside` is another kernel of the examples, such
    as that of their meanings: it is added to that of words and letters.
    """
    settings = settings or Settings()
    labels, label_of = numbered(examples)
    space = replace(
        _space([example.text for example in examples], concepts or {}, settings),
        also_known=also_known,
    )
    postings = Postings.of(
        [space.row(example.text) for example in examples], features=len(space.names)
    )
    bare = LexicalModel(
        labels=labels,
        space=space,
        label_of=label_of,
        postings=postings,
        dual=_NONE_LEFT_OUT,
        left_out_ridge=_NONE_LEFT_OUT,
    )
    return refit(bare, examples, settings=settings, beside=beside)


def refit(
    model: LexicalModel,
    examples: Sequence[Example],
    *,
    settings: Settings,
    beside: Floats | None = None,
) -> LexicalModel:
    """`model` with the words and letters of the same `examples`, fitted `beside` another kernel."""
    weights = np.array([example.weight for example in examples], dtype=np.float32)
    if settings.is_balanced:
        weights *= _balance(model.label_of, len(model.labels))
    kernel = model.postings.kernel()
    nearest = Groups.of(model.label_of, len(model.labels)).best(_without_themselves(kernel))
    if beside is not None:
        kernel += beside
    dual, left_out = solve_ridge(
        kernel,
        np.eye(len(model.labels), dtype=np.float32)[model.label_of],
        penalty=settings.ridge / weights,
    )
    return replace(model, dual=dual, left_out_ridge=left_out, left_out_nearest=nearest)


def _without_themselves(kernel: Floats) -> Floats:
    others = kernel.copy()
    np.fill_diagonal(others, 0.0)
    return others


def numbered(examples: Sequence[Example]) -> tuple[tuple[str, ...], Integers]:
    """The labels of `examples` in the order of all scores, and the number of each example's."""
    labels = tuple(sorted({example.label for example in examples}))
    number = {label: at for at, label in enumerate(labels)}
    return labels, np.array([number[example.label] for example in examples], dtype=np.int32)


def _balance(label_of: Integers, labels: int) -> Floats:
    sizes = np.bincount(label_of, minlength=labels)
    return (len(label_of) / (labels * sizes[label_of])).astype(np.float32)


def _space(texts: Sequence[str], concepts: Mapping[str, str], settings: Settings) -> FeatureSpace:
    concepts = {" ".join(tokens(phrase)): concept for phrase, concept in concepts.items()}
    longest = max((phrase.count(" ") + 1 for phrase in concepts), default=1)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(count_features(tokens(text), concepts, longest=longest)))
    kept = sorted(name for name, n in counts.items() if n >= _smallest_count(name, settings))
    held = np.array([counts[name] for name in kept], dtype=np.float32)
    return FeatureSpace(
        names=tuple(kept),
        rarity=(np.log((1.0 + len(texts)) / (1.0 + held)) + 1.0).astype(np.float32),
        concepts=concepts,
        character_share=settings.character_share,
    )


def _smallest_count(name: str, settings: Settings) -> int:
    if not name.startswith(WORD_BLOCK):
        return settings.smallest_count
    return settings.smallest_pair_count if " " in name else 1


def _joined(lines: Iterable[str]) -> NDArray[np.generic]:
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def _split(blob: NDArray[np.generic]) -> tuple[str, ...]:
    text = blob.astype(np.uint8).tobytes().decode()
    return tuple(text.split("\n")) if text else ()
