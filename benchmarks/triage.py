"""How many red flags are found, and how often is a harmless message taken for one?

Without files the labelled lines are held out: lines that share half of their words stay together,
the groups are dealt into five folds, and each fold is read by a triage that was fitted without it,
thresholds included. Phrases are the authors' own and were not written from these lines. With gold
files (JSON lines: text, expect, optional accept, level, lang) the whole content reads them.
"""

import json
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from zlib import crc32

from bot.content.faq_library import load_library
from bot.content.triage_files import Lines
from bot.content.triage_library import TriageLibrary, load
from bot.content.triage_model import fitted_triage, ordinary_questions
from bot.content.word_table import TABLE_FOLDER, load_table
from bot.domain import triage
from bot.domain.danger import words_of
from bot.domain.lexical.meaning import WordTable
from bot.domain.reading import Certainty, RedFlag
from bot.domain.triage import TriageModel

FOLDS = 5
ALIKE = 0.5
"""Share of common words from which on two lines are never parted."""
NONE = "none"
_NINETY_FIVE = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A labelled message."""

    text: str
    language: str
    expected: frozenset[str]
    """Acceptable categories; empty for a harmless message."""
    kind: str
    """Level of a flag; near-miss or ordinary."""
    group: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """k of n, with its 95 % interval after Wilson."""

    k: int
    n: int
    low: float
    high: float

    @classmethod
    def of(cls, hits: Iterable[bool]) -> "Share":
        """The share of true ones."""
        found = list(hits)
        k, n = sum(found), len(found)
        if n == 0:
            return cls(k=0, n=0, low=0.0, high=1.0)
        centre = (k / n + _NINETY_FIVE**2 / (2 * n)) / (1 + _NINETY_FIVE**2 / n)
        spread = _NINETY_FIVE * math.sqrt(k / n * (1 - k / n) / n + _NINETY_FIVE**2 / (4 * n * n))
        half = spread / (1 + _NINETY_FIVE**2 / n)
        return cls(k=k, n=n, low=max(centre - half, 0.0), high=min(centre + half, 1.0))

    def __str__(self) -> str:
        """For people."""
        if self.n == 0:
            return "none"
        return f"{self.k}/{self.n} {self.k / self.n:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What happened to the messages of one language and kind."""

    language: str
    kind: str
    any_tier: Share
    """Flags found, or harmless messages taken for one."""
    certain: Share
    right_category: Share | None
    """Of the flags found; None for harmless messages."""


def run(gold: Sequence[Path], *, content: Path, as_json: bool) -> None:
    """Print recall and false alarms by language and kind, and how long reading takes."""
    library = load(content / "triage")
    faq = load_library(content / "faq")
    ordinary = ordinary_questions(faq, library.policy)
    table = load_table(faq.folder / TABLE_FOLDER, "en")
    if gold:
        samples = [sample for path in gold for sample in _read(path)]
        model = fitted_triage(library, ordinary=ordinary, table=table)
        read = _reading(model, samples)
        source = "gold files, read by the whole content"
    else:
        samples = [*_grouped(library), *_questions(ordinary)]
        read = _held_out(library, samples, table)
        source = f"own lines, {FOLDS} folds by groups of similar lines, each fitted without its own"
    flags = [flag for flag, _ in read]
    milliseconds = sorted(took for _, took in read)
    figures = list(_figures(samples, flags))
    if as_json:
        print(json.dumps({"source": source, "figures": [asdict(one) for one in figures]}))
        return
    print(f"Source: {source}")
    for one in figures:
        named = f"{one.language:8} {one.kind:16}"
        right = f"  category {one.right_category}" if one.right_category else ""
        print(f"{named} any {one.any_tier}  certain {one.certain}{right}")
    middle, slow = milliseconds[len(read) // 2], milliseconds[int(len(read) * 0.99)]
    print(f"one message: p50 {middle:.2f} ms, p99 {slow:.2f} ms")


def _figures(samples: Sequence[Sample], flags: Sequence[RedFlag | None]) -> Iterable[Figures]:
    pairs: dict[tuple[str, str], list[tuple[Sample, RedFlag | None]]] = defaultdict(list)
    for sample, flag in zip(samples, flags, strict=True):
        for language in ("all", sample.language):
            pairs[language, sample.kind].append((sample, flag))
    for (language, kind), found in sorted(pairs.items()):
        is_flag = bool(found[0][0].expected)
        yield Figures(
            language=language,
            kind=kind,
            any_tier=Share.of(flag is not None for _, flag in found),
            certain=Share.of(
                flag is not None and flag.certainty is Certainty.CERTAIN for _, flag in found
            ),
            right_category=Share.of(
                flag.category in sample.expected for sample, flag in found if flag is not None
            )
            if is_flag
            else None,
        )


def _reading(model: TriageModel, samples: Sequence[Sample]) -> list[tuple[RedFlag | None, float]]:
    found = []
    for sample in samples:
        begun = time.perf_counter()
        flag = triage.read(sample.text, model, language=sample.language)
        found.append((flag, 1000 * (time.perf_counter() - begun)))
    return found


def _held_out(
    library: TriageLibrary, samples: Sequence[Sample], table: WordTable | None
) -> list[tuple[RedFlag | None, float]]:
    found: dict[int, tuple[RedFlag | None, float]] = {}
    for fold in range(FOLDS):
        held = [at for at, sample in enumerate(samples) if sample.group % FOLDS == fold]
        texts = {samples[at].text for at in held}
        known = replace(library, lines=tuple(_without(lines, texts) for lines in library.lines))
        ordinary = [
            sample.text
            for sample in samples
            if sample.kind == "question" and sample.text not in texts
        ]
        model = fitted_triage(known, ordinary=ordinary, table=table)
        found.update(zip(held, _reading(model, [samples[at] for at in held]), strict=True))
    return [found[at] for at in range(len(samples))]


def _without(lines: Lines, texts: set[str]) -> Lines:
    return lines.model_copy(
        update={
            "examples": tuple(text for text in lines.examples if text not in texts),
            "near_misses": tuple(text for text in lines.near_misses if text not in texts),
        }
    )


def _grouped(library: TriageLibrary) -> list[Sample]:
    """All lines as samples; similar ones of one file carry the same group."""
    samples: list[Sample] = []
    for lines in library.lines:
        own = [
            *(_sample(lines, text, library.levels[lines.id].value) for text in lines.examples),
            *(
                _sample(lines, text, "near-miss" if lines.id in library.levels else "ordinary")
                for text in lines.near_misses
            ),
        ]
        samples += _with_groups(own)
    return samples


def _sample(lines: Lines, text: str, kind: str) -> Sample:
    is_flag = text in lines.examples
    return Sample(
        text=text,
        language=lines.language,
        expected=frozenset((lines.id,)) if is_flag else frozenset(),
        kind=kind,
    )


def _with_groups(samples: Sequence[Sample]) -> list[Sample]:
    said = [frozenset(words_of(sample.text).tokens) for sample in samples]
    group = [crc32(sample.text.encode()) for sample in samples]
    for at, words in enumerate(said):
        for before in range(at):
            union = len(words | said[before]) or 1
            if len(words & said[before]) / union >= ALIKE:
                group[at] = group[before]
                break
    return [replace(sample, group=number) for sample, number in zip(samples, group, strict=True)]


def _questions(ordinary: Sequence[str]) -> list[Sample]:
    return [
        Sample(
            text=text,
            language="faq",
            expected=frozenset(),
            kind="question",
            group=crc32(text.encode()),
        )
        for text in ordinary
    ]


def _read(path: Path) -> list[Sample]:
    rows: list[Mapping[str, object]] = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line
    ]
    return [_gold(row) for row in rows if "expect" in row]


def _gold(row: Mapping[str, object]) -> Sample:
    expected, accepted = str(row["expect"]), row.get("accept")
    also = [str(one) for one in accepted] if isinstance(accepted, list) else []
    is_flag = expected != NONE
    return Sample(
        text=str(row["text"]),
        language=str(row.get("lang") or "en"),
        expected=frozenset([expected, *also]) if is_flag else frozenset(),
        kind=str(row.get("level") or "flag") if is_flag else "near-miss",
    )
