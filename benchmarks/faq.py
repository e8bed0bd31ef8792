"""How well and how fast are questions matched, beside what else one could use?

Without files every fifth question of the shipped content is held out and the rest is fitted anew.
With gold files (JSON lines: text, accept, optional lang) the whole content answers them.
"""

import importlib
import json
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from bot.content.faq_library import FaqLibrary, load_library
from bot.content.word_table import TABLE_FOLDER, load_table
from bot.domain import faq
from bot.domain.faq import FaqModel
from bot.domain.faq_fit import fit_language
from bot.domain.faq_model import FaqSource, LanguageModel
from bot.domain.identity import Region
from bot.domain.lexical import tokens
from bot.domain.reading import FaqDecision

HELD_OUT_EVERY = 5
OFFERED = 3

Ranker = Callable[[str], Sequence[str]]
"""Topics for a text, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question and every topic that would honestly serve."""

    text: str
    accept: frozenset[str]
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Shares of all questions; times in milliseconds, one question at a time on one thread."""

    name: str
    questions: int
    first: float
    in_three: float
    helped: float | None
    """Right answer, or right among three options; None where the peer never declines."""
    wrong: float | None
    p50: float
    p99: float


def run(gold: Sequence[Path], *, content: Path, as_json: bool) -> None:
    """Print the figures of Balm's matcher and of its peers, one line each."""
    library = load_library(content / "faq")
    source, asked = _work(library, gold)
    model = _fitted(library, source)
    figures = [_balm(model, asked), *(_peer(name, make, source, asked) for name, make in PEERS)]
    shown = [one for one in figures if one is not None]
    if as_json:
        print(json.dumps([asdict(one) for one in shown]))
        return
    for one in shown:
        print(_line(one))
    if len(shown) < len(figures):
        print("scikit-learn LogReg: not installed, not measured")


def _work(library: FaqLibrary, gold: Sequence[Path]) -> tuple[FaqSource, list[Asked]]:
    source = library.source("en")
    if gold:
        return source, [one for path in gold for one in _read(path)]
    held = [
        Asked(text=question, accept=frozenset({topic.id}))
        for topic in source.topics
        for question in topic.questions[::HELD_OUT_EVERY]
    ]
    topics = tuple(
        replace(
            topic,
            questions=tuple(q for n, q in enumerate(topic.questions) if n % HELD_OUT_EVERY),
        )
        for topic in source.topics
    )
    return replace(source, topics=topics), held


def _read(path: Path) -> list[Asked]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [
        Asked(text=row["text"], accept=frozenset(row["accept"]), language=row.get("lang") or "en")
        for row in rows
        if row.get("accept")
    ]


def _fitted(library: FaqLibrary, source: FaqSource) -> FaqModel:
    folder = library.folder / TABLE_FOLDER
    english = fit_language(source, table=load_table(folder, "en"))
    others: dict[str, LanguageModel] = {
        language: fit_language(library.source(language), helper=english)
        for language in library.languages
        if language != "en"
    }
    return FaqModel(languages={"en": english, **others})


def _balm(model: FaqModel, asked: Sequence[Asked]) -> Figures:
    times, matches = [], []
    for one in asked:
        begun = time.perf_counter()
        matches.append(faq.match(one.text, model, language=one.language, region=Region.UNKNOWN))
        times.append(1000 * (time.perf_counter() - begun))
    pairs = list(zip(asked, matches, strict=True))
    answered = [(a, m) for a, m in pairs if m.decision is FaqDecision.ANSWER]
    right = sum(m.topics[0] in a.accept for a, m in answered)
    offered = sum(
        not a.accept.isdisjoint(m.topics[:OFFERED])
        for a, m in pairs
        if m.decision is FaqDecision.CLARIFY
    )
    ranked = _ranked("Balm", asked, [m.topics for m in matches], times)
    return replace(
        ranked,
        helped=(right + offered) / len(asked),
        wrong=(len(answered) - right) / len(asked),
    )


def _peer(
    name: str,
    make: Callable[[FaqSource], Ranker | None],
    source: FaqSource,
    asked: Sequence[Asked],
) -> Figures | None:
    ranker = make(source)
    if ranker is None:
        return None
    times, ranked = [], []
    for one in asked:
        begun = time.perf_counter()
        ranked.append(ranker(one.text))
        times.append(1000 * (time.perf_counter() - begun))
    return _ranked(name, asked, ranked, times)


def _ranked(
    name: str, asked: Sequence[Asked], ranked: Sequence[Sequence[str]], times: list[float]
) -> Figures:
    pairs = list(zip(asked, ranked, strict=True))
    return Figures(
        name=name,
        questions=len(asked),
        first=statistics.mean(not a.accept.isdisjoint(topics[:1]) for a, topics in pairs),
        in_three=statistics.mean(not a.accept.isdisjoint(topics[:OFFERED]) for a, topics in pairs),
        helped=None,
        wrong=None,
        p50=float(np.quantile(times, 0.5)),
        p99=float(np.quantile(times, 0.99)),
    )


def _fts5(source: FaqSource) -> Ranker:
    """SQLite's full-text search: any word may match, ordered by BM25."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE line USING fts5(topic UNINDEXED, text)")
    base.executemany(
        "INSERT INTO line VALUES (?, ?)", [(line.label, line.text) for line in source.lines()]
    )

    def ranked(text: str) -> list[str]:
        query = " OR ".join(f'"{word}"' for word in set(tokens(text)))
        if not query:
            return []
        rows = base.execute(
            "SELECT topic FROM line WHERE line MATCH ? ORDER BY bm25(line) LIMIT 60", (query,)
        )
        return list(dict.fromkeys(topic for (topic,) in rows))

    return ranked


def _fuzzy(source: FaqSource) -> Ranker:
    """rapidfuzz: the most similar line by shared words."""
    lines = source.lines()
    texts = [" ".join(tokens(line.text)) for line in lines]

    def ranked(text: str) -> list[str]:
        said = " ".join(tokens(text))
        found = process.extract(said, texts, scorer=fuzz.token_set_ratio, limit=60)
        return list(dict.fromkeys(lines[number].label for _, _, number in found))

    return ranked


def _logistic(source: FaqSource) -> Ranker | None:
    """scikit-learn: TF-IDF of words and characters, logistic regression."""
    try:
        text = importlib.import_module("sklearn.feature_extraction.text")
        linear = importlib.import_module("sklearn.linear_model")
        pipeline = importlib.import_module("sklearn.pipeline")
    except ImportError:
        return None
    vectors = pipeline.make_union(
        text.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        text.TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True),
    )
    machine: Any = pipeline.make_pipeline(vectors, linear.LogisticRegression(C=10, max_iter=400))
    lines = source.lines()
    machine.fit([line.text for line in lines], [line.label for line in lines])

    def ranked(said: str) -> list[str]:
        order = np.argsort(-machine.predict_proba([said])[0])
        return [str(label) for label in machine.classes_[order]]

    return ranked


PEERS: tuple[tuple[str, Callable[[FaqSource], Ranker | None]], ...] = (
    ("SQLite FTS5 BM25", _fts5),
    ("rapidfuzz token set", _fuzzy),
    ("scikit-learn LogReg", _logistic),
)


def _line(one: Figures) -> str:
    policy = (
        "" if one.helped is None else f"  helped {one.helped:5.1%}  wrong answer {one.wrong:5.1%}"
    )
    return (
        f"{one.name:22} n={one.questions}  first {one.first:5.1%}  in three {one.in_three:5.1%}"
        f"  p50 {one.p50:.2f} ms  p99 {one.p99:.2f} ms{policy}"
    )


if __name__ == "__main__":
    run([Path(name) for name in sys.argv[1:]], content=Path("content"), as_json=False)
