"""How many red flags are found, and how often is a harmless message taken for one?

Without files the whole content reads content/triage/held_out, lines that no layer was fitted on.
When asked to cross-validate, the labelled lines are held out themselves: lines that share half of
their words stay together, the groups are dealt into five folds, and each fold is read by a triage
that was fitted without it, thresholds included. With gold files (JSON lines: text, expect, optional
accept, level, lang, kind) the whole content reads those.
"""

import json
import math
import resource
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from zlib import crc32

from bot.content.faq_cache import Encoder
from bot.content.faq_library import load_library
from bot.content.triage_files import Lines
from bot.content.triage_library import TriageLibrary, load
from bot.content.triage_model import fitted_triage
from bot.content.word_table import TABLE_FOLDER, load_table
from bot.domain import triage
from bot.domain.danger import words_of
from bot.domain.lexical.meaning import WordTable
from bot.domain.reading import Certainty, RedFlag
from bot.domain.triage import TriageModel
from bot.reader import ordinary_lines

FOLDS = 5
HELD_OUT = Path("held_out") / "lines.jsonl"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """Everything that one run measured."""

    source: str
    figures: Sequence[Figures]
    middle_ms: float
    slow_ms: float
    """Of a hundred messages, one takes longer."""
    fitted_in_s: float
    memory_mb: float
    """The most that this process ever held."""


def run(
    gold: Sequence[Path],
    *,
    content: Path,
    as_json: bool,
    cross_validates: bool = False,
    cache: Path | None = None,
    encoder: Encoder | None = None,
) -> None:
    """Print recall and false alarms by language and kind, and how long reading takes."""
    library = load(content / "triage")
    faq = load_library(content / "faq")
    ordinary = ordinary_lines(content, faq, library)
    table = load_table(faq.folder / TABLE_FOLDER, "en")
    begun = time.perf_counter()
    if cross_validates:
        samples = [*_grouped(library), *_questions(ordinary)]
        read = _held_out(library, samples, table)
        fitted_in_s = (time.perf_counter() - begun) / FOLDS
        source = f"own lines, {FOLDS} folds by groups of similar lines, each fitted without its own"
    else:
        files = gold or [content / "triage" / HELD_OUT]
        samples = [sample for path in files for sample in _read(path)]
        model = fitted_triage(library, ordinary=ordinary, table=table, encoder=encoder, cache=cache)
        fitted_in_s = time.perf_counter() - begun
        read = _reading(model, samples, encoder)
        kind = "gold files" if gold else "the held-out lines of the content"
        source = f"{kind}, read by the whole content{' with the encoder' if encoder else ''}"
    report = _report(source, samples, read, fitted_in_s)
    print(json.dumps(asdict(report))) if as_json else _show(report)


def _report(
    source: str,
    samples: Sequence[Sample],
    read: Sequence[tuple[RedFlag | None, float]],
    fitted_in_s: float,
) -> _Report:
    milliseconds = sorted(took for _, took in read)
    return _Report(
        source=source,
        figures=list(_figures(samples, [flag for flag, _ in read])),
        middle_ms=milliseconds[len(read) // 2],
        slow_ms=milliseconds[int(len(read) * 0.99)],
        fitted_in_s=fitted_in_s,
        memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _show(report: _Report) -> None:
    print(f"Source: {report.source}")
    for one in report.figures:
        named = f"{one.language:8} {one.kind:16}"
        right = f"  category {one.right_category}" if one.right_category else ""
        print(f"{named} any {one.any_tier}  certain {one.certain}{right}")
    print(
        f"one message: p50 {report.middle_ms:.2f} ms, p99 {report.slow_ms:.2f} ms of one processor"
    )
    print(f"fitted or loaded in {report.fitted_in_s:.1f} s, at most {report.memory_mb:.0f} MB")


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


def _reading(
    model: TriageModel, samples: Sequence[Sample], encoder: Encoder | None = None
) -> list[tuple[RedFlag | None, float]]:
    """Each reading with its milliseconds of processor time: the load of the machine is not ours."""
    found = []
    for sample in samples:
        begun = time.thread_time()
        vector = encoder.embed([sample.text])[0] if encoder else None
        flag = triage.read(sample.text, model, language=sample.language, vector=vector)
        found.append((flag, 1000 * (time.thread_time() - begun)))
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
        kind=str(row.get("kind") or (row.get("level") or "flag" if is_flag else "near-miss")),
    )
