"""How well and how fast are questions matched, beside what else one could use?

Without files: every fifth question of the content is held out and the rest is fitted anew, for
Balm and its peers; then the shipped matcher answers `data/faq_unseen.jsonl`, which it never saw.
With gold files (JSON lines: text, accept, optional lang) the whole content answers them.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from math import sqrt
from pathlib import Path

import numpy as np

from benchmarks.faq_peers import PEERS, Ranker
from bot.content.faq_cache import Encoder
from bot.content.faq_library import FaqLibrary, load_library
from bot.content.word_table import TABLE_FOLDER, load_table
from bot.domain import faq
from bot.domain.faq import FaqModel
from bot.domain.faq_fit import fit_language
from bot.domain.faq_model import FaqSource
from bot.domain.identity import Region
from bot.domain.lexical.groups import Floats
from bot.domain.reading import FaqDecision, FaqMatch
from bot.ports.encoder import SentenceEncoder
from bot.reader import load_encoder, load_matcher

UNSEEN = Path(__file__).parent / "data" / "faq_unseen.jsonl"
HELD_OUT_EVERY = 5
OFFERED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question and every topic that would honestly serve; none when it is out of scope."""

    text: str
    accept: frozenset[str]
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """k of n, with its 95 % interval after Wilson."""

    k: int
    n: int
    low: float = field(init=False)
    high: float = field(init=False)

    def __post_init__(self) -> None:
        """Compute the interval."""
        z, n = 1.96, max(self.n, 1)
        p = self.k / n
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        object.__setattr__(self, "low", max(middle - half, 0.0))
        object.__setattr__(self, "high", min(middle + half, 1.0))

    def __str__(self) -> str:
        """`95.8% [92-98]`."""
        return f"{self.k / max(self.n, 1):5.1%} [{100 * self.low:.0f}-{100 * self.high:.0f}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Shares of all questions; times in milliseconds, one question at a time on one thread."""

    name: str
    first: Share
    in_three: Share
    helped: Share | None = None
    """Right answer, or right among three options; None where the peer never declines."""
    wrong: Share | None = None
    answered_out_of_scope: Share | None = None
    p50: float
    p99: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the matcher needs once it is fitted, in a process of its own on one thread."""

    lines: int
    """Questions of all languages."""
    start: float
    """Seconds from the content and the cache to the first answer, imports done."""
    memory: float
    """Resident megabytes that loading added."""
    peak: float
    """Most resident megabytes of the whole process, Python and its libraries included."""


def run(
    gold: Sequence[Path],
    *,
    content: Path,
    cache: Path,
    as_json: bool,
    semantic_model: Path | None = None,
) -> None:
    """Print the figures of Balm's matcher and of its peers, one line each."""
    encoder = load_encoder(semantic_model)
    if semantic_model is not None and encoder is None:
        raise SystemExit(f"{semantic_model} holds no usable encoder; `balm model install` gets one")
    library = load_library(content / "faq")
    whole = _Balm(encoder=encoder, model=_shipped(content, cache, encoder))
    if gold:
        shown = [whole.figures("Balm", [one for path in gold for one in _read(path)])]
        shown += _peers(library.source("en"), [one for path in gold for one in _read(path)])
        missing = len(PEERS) + 1 - len(shown)
    else:
        shown, missing = _own(library, encoder)
        shown += [whole.figures(name, asked) for name, asked in _unseen().items()]
    needs = None if gold else _needs(semantic_model)
    if as_json:
        print(json.dumps({"figures": [asdict(one) for one in shown], "needs": _plain(needs)}))
        return
    print("\n".join(_line(one) for one in shown))
    if missing:
        print("scikit-learn LogReg: not installed (extra `bench`), not measured")
    if needs is not None:
        print(_needs_line(needs))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Balm:
    """A fitted matcher with its encoder, ready to be asked."""

    model: FaqModel
    encoder: SentenceEncoder | None

    def match(self, one: Asked) -> FaqMatch:
        vector: Floats | None = self.encoder.embed([one.text])[0] if self.encoder else None
        return faq.match(
            one.text, self.model, language=one.language, region=Region.UNKNOWN, vector=vector
        )

    def figures(self, name: str, asked: Sequence[Asked]) -> Figures:
        self.match(asked[0])
        times, matches = [], []
        for one in asked:
            begun = time.perf_counter()
            matches.append(self.match(one))
            times.append(1000 * (time.perf_counter() - begun))
        pairs = list(zip(asked, matches, strict=True))
        ours = [(a, m) for a, m in pairs if a.accept]
        answered = [(a, m) for a, m in ours if m.decision is FaqDecision.ANSWER]
        right = sum(m.topics[0] in a.accept for a, m in answered)
        offered = sum(
            not a.accept.isdisjoint(m.topics[:OFFERED])
            for a, m in ours
            if m.decision is FaqDecision.CLARIFY
        )
        strange = [m.decision is FaqDecision.ANSWER for a, m in pairs if not a.accept]
        return replace(
            _ranked(name, ours, times),
            helped=Share(k=right + offered, n=len(ours)),
            wrong=Share(k=len(answered) - right, n=len(ours)),
            answered_out_of_scope=Share(k=sum(strange), n=len(strange)) if strange else None,
        )


def _ranked(name: str, pairs: Sequence[tuple[Asked, FaqMatch]], times: Sequence[float]) -> Figures:
    found = [(a.accept, m.topics) for a, m in pairs]
    return _places(name, found, times)


def _places(
    name: str,
    found: Sequence[tuple[frozenset[str], Sequence[str]]],
    times: Sequence[float],
) -> Figures:
    def share(most: int) -> Share:
        hits = sum(not accept.isdisjoint(topics[:most]) for accept, topics in found)
        return Share(k=hits, n=len(found))

    return Figures(
        name=name,
        first=share(1),
        in_three=share(OFFERED),
        p50=float(np.quantile(times, 0.5)),
        p99=float(np.quantile(times, 0.99)),
    )


def _peers(source: FaqSource, asked: Sequence[Asked]) -> list[Figures]:
    ours = [one for one in asked if one.accept]
    made = [(name, make(source)) for name, make in PEERS]
    return [_peer(name, ranker, ours) for name, ranker in made if ranker is not None]


def _peer(name: str, ranker: Ranker, asked: Sequence[Asked]) -> Figures:
    times, found = [], []
    for one in asked:
        begun = time.perf_counter()
        found.append((one.accept, ranker(one.text)))
        times.append(1000 * (time.perf_counter() - begun))
    return _places(name, found, times)


def _own(library: FaqLibrary, encoder: SentenceEncoder | None) -> tuple[list[Figures], int]:
    """Balm and its peers on every fifth English question, fitted on the others."""
    source, asked = _without_fifth(library.source("en"))
    table = load_table(library.folder / TABLE_FOLDER, "en")
    model = fit_language(source, table=table, embed=encoder.embed if encoder else None)
    balm = _Balm(encoder=encoder, model=FaqModel(languages={"en": model}))
    shown = [balm.figures("Balm, own fifth", asked), *_peers(source, asked)]
    return shown, len(PEERS) + 1 - len(shown)


def _without_fifth(source: FaqSource) -> tuple[FaqSource, list[Asked]]:
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


def _unseen() -> dict[str, list[Asked]]:
    """The unseen messages by language; those out of scope stand with English."""
    found: dict[str, list[Asked]] = {}
    for one in _read(UNSEEN):
        found.setdefault(f"Balm, unseen {one.language}", []).append(one)
    return found


def _read(path: Path) -> list[Asked]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [
        Asked(
            text=row["text"],
            accept=frozenset(row.get("accept") or ()),
            language=row.get("lang") or "en",
        )
        for row in rows
    ]


def _shipped(content: Path, cache: Path, encoder: SentenceEncoder | None) -> FaqModel:
    fitting = Encoder(name=encoder.name, embed=encoder.embed) if encoder else None
    return load_matcher(content, cache=cache, encoder=fitting)[1]


def _needs(semantic_model: Path | None) -> Needs:
    """Measured in a fresh process, whose matcher comes from the cache that this one has filled."""
    folder = "" if semantic_model is None else str(semantic_model)
    told = subprocess.run(  # noqa: S603  # our own module, by our own interpreter
        [sys.executable, "-m", "benchmarks.faq", folder],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        cwd=Path(__file__).parents[1],
    )
    return Needs(**json.loads(told.stdout.splitlines()[-1]))


def measure_needs(folder: str) -> Needs:
    """Load what the shipped content needs and answer one question, here and now."""
    from bot.settings import Settings
    from bot.wiring.words import CONTENT, cache_folder

    before, begun = _resident(), time.perf_counter()
    encoder = load_encoder(Path(folder)) if folder else None
    model = _shipped(CONTENT, cache_folder(Settings()), encoder)
    _Balm(model=model, encoder=encoder).match(Asked(text="dry lips?", accept=frozenset()))
    start = time.perf_counter() - begun
    return Needs(
        lines=sum(len(one.lexical.label_of) for one in model.languages.values()),
        start=start,
        memory=_resident() - before,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _resident() -> float:
    """Resident megabytes now; the peak where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(one for one in status.read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _line(one: Figures) -> str:
    parts = [f"{one.name:22} n={one.first.n:<5} first {one.first}  in three {one.in_three}"]
    for name, share in (
        ("helped", one.helped),
        ("wrong", one.wrong),
        ("out of scope answered", one.answered_out_of_scope),
    ):
        parts += [f"{name} {share}"] if share is not None else []
    return "  ".join([*parts, f"p50 {one.p50:.2f} ms  p99 {one.p99:.2f} ms"])


def _needs_line(needs: Needs) -> str:
    return (
        f"{needs.lines} lines in all languages: ready {needs.start:.2f} s after the imports, "
        f"from the cache; {needs.memory:.0f} MB for it, {needs.peak:.0f} MB at most in all"
    )


def _plain(needs: Needs | None) -> dict[str, float] | None:
    return None if needs is None else asdict(needs)


if __name__ == "__main__":
    print(json.dumps(asdict(measure_needs(*sys.argv[1:2]))))
