"""Make content/faq/models/words-en.npz: word vectors distilled from a sentence encoder.

Usage: python scripts/distil_words.py ENCODER_FOLDER [CONTENT_FOLDER]

Every whole word of the encoder's vocabulary and every word of our own content gets the encoder's
vector for that word alone. The vectors of words that our content uses are then moved, by ridge
regression, so that their sums point where the encoder puts our own sentences (questions, answers,
red-flag lines). The result is cut to its main directions, weighted by rarity and rounded to int8.
Running it twice on the same input gives the same file. Needs the extra `semantic`.
"""

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Sequence
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bot.content.faq_files import TopicFile
from bot.content.faq_library import LanguageFiles, load_library
from bot.content.triage_files import read_lines
from bot.domain.lexical import sentences, tokens
from bot.encoder import OnnxEncoder

DIMENSIONS = 160
PENALTY = 1.0
"""How strongly a word's vector keeps to what the encoder says of the word alone."""
SHORTEST_SENTENCE = 4

Floats = NDArray[np.float32]


def main() -> None:
    """Write the table and its hash."""
    encoder_folder = Path(sys.argv[1])
    content = Path(sys.argv[2] if len(sys.argv) > 2 else "content")
    encoder = OnnxEncoder(encoder_folder)
    corpus = read_corpus(content)
    words = read_words(encoder_folder, corpus)
    alone = encoder.embed(words)
    alone -= alone.mean(axis=0)
    meant = encoder.embed(corpus)
    meant -= meant.mean(axis=0)
    rarity = rarity_of(words, corpus)
    bags = [bag(text, {word: n for n, word in enumerate(words)}, rarity) for text in corpus]
    moved = move(alone, bags, meant)
    table = main_directions(moved, bags)
    path = content / "faq" / "models" / "words-en.npz"
    write(path, words, table * rarity[:, np.newaxis])
    sys.stdout.write(f"{path}: {len(words)} words, {path.stat().st_size} bytes\n")


def read_corpus(content: Path) -> list[str]:
    """All English sentences of the content, each once, in a fixed order."""
    library = load_library(content / "faq")
    texts = [*_faq_texts(library.languages["en"])]
    for path in sorted((content / "triage" / "examples" / "en").glob("*.yaml")):
        lines = read_lines(path)
        texts += [*lines.examples, *lines.near_misses]
    return list(dict.fromkeys(texts))


def _faq_texts(files: LanguageFiles) -> list[str]:
    texts = [question for topic in files.topics.values() for question in topic.questions]
    texts += [question for reply in files.replies.values() for question in reply.questions]
    texts += files.out_of_scope
    for topic in files.topics.values():
        texts += _answer_sentences(topic)
    return texts


def _answer_sentences(topic: TopicFile) -> list[str]:
    forms = [topic, *topic.regional.values()]
    parts = [part for form in forms for part in sentences(form.answer.replace("**", ""))]
    parts += [part for form in forms for part in sentences(form.sms)]
    return [part for part in parts if len(part.split()) >= SHORTEST_SENTENCE]


def read_words(encoder_folder: Path, corpus: Sequence[str]) -> list[str]:
    """Whole words of the encoder's vocabulary and all words of `corpus`, sorted."""
    vocabulary = Tokenizer.from_file(str(encoder_folder / "tokenizer.json")).get_vocab()
    whole = {word for word in vocabulary if re.fullmatch(r"[a-z]{2,}|[ai]", word)}
    ours = {word for text in corpus for word in tokens(text)}
    return sorted(whole | ours)


def rarity_of(words: Sequence[str], corpus: Sequence[str]) -> Floats:
    """How rare each word is in `corpus` (natural logarithm); unseen words are the rarest."""
    held = Counter(word for text in corpus for word in set(tokens(text)))
    total = len(corpus) + 1
    return np.array([log(total / (held[word] + 1)) for word in words], dtype=np.float32)


Bag = tuple[list[int], Floats]


def bag(text: str, index: dict[str, int], rarity: Floats) -> Bag:
    """Numbers of the words of `text` and how much each counts."""
    counts = Counter(index[word] for word in tokens(text) if word in index)
    numbers = list(counts)
    weights = np.array([1.0 + log(n) for n in counts.values()], dtype=np.float32)
    return numbers, weights * rarity[numbers]


def added(bags: Sequence[Bag], vectors: Floats) -> Floats:
    """The weighted sum of the word vectors of each bag."""
    return np.stack([weights @ vectors[numbers] for numbers, weights in bags]).astype(np.float32)


def move(alone: Floats, bags: Sequence[Bag], meant: Floats) -> Floats:
    """Word vectors whose sums point where the sentences do: a ridge regression of the rest."""
    lengths = np.maximum(np.linalg.norm(added(bags, alone), axis=1), 1e-6)
    used = sorted({number for numbers, _ in bags for number in numbers})
    column = {number: n for n, number in enumerate(used)}
    counted = np.zeros((len(bags), len(used)), dtype=np.float32)
    for row, (numbers, weights) in enumerate(bags):
        counted[row, [column[number] for number in numbers]] = weights / lengths[row]
    wanted = meant / np.linalg.norm(meant, axis=1, keepdims=True) - counted @ alone[used]
    system = counted.T @ counted
    system[np.diag_indices_from(system)] += PENALTY
    moved = alone.copy()
    moved[used] += np.linalg.solve(system, counted.T @ wanted)
    return moved


def main_directions(vectors: Floats, bags: Sequence[Bag]) -> Floats:
    """`vectors` in the directions in which our sentences differ most."""
    summed = added(bags, vectors)
    summed /= np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-6)
    _, directions = np.linalg.eigh(summed.T @ summed)
    cut: Floats = vectors @ directions[:, ::-1][:, :DIMENSIONS]
    return cut


def write(path: Path, words: Sequence[str], vectors: Floats) -> None:
    """The table in int8 with one scale for each word, and its SHA-256 beside it."""
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-9) / 127.0
    rounded = np.round(vectors / scales[:, np.newaxis]).astype(np.int8)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        words=np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
        vectors=rounded,
        scales=scales.astype(np.float32),
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_suffix(".sha256").write_text(f"{digest}  {path.name}\n", encoding="ascii")


if __name__ == "__main__":
    main()
