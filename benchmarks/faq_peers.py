"""What else could one use to find the right answer? The peers that the FAQ is measured beside."""

import importlib
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from bot.domain.faq_model import FaqSource
from bot.domain.lexical import tokens

Ranker = Callable[[str], Sequence[str]]
"""Topics for a text, best first."""


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
