"""Which word vectors does the content ship? Their file, checked against its recorded hash."""

import hashlib
from pathlib import Path

import numpy as np

from bot.content.yaml_loader import ContentError
from bot.domain.lexical.meaning import WordTable

TABLE_FOLDER = "models"


def load_table(folder: Path, language: str) -> WordTable | None:
    """The word table of `language` in `folder`, or None when there is none.

    Raises:
        ContentError: the file's SHA-256 is not the one that stands beside it.
    """
    path = folder / f"words-{language}.npz"
    if not path.exists():
        return None
    recorded = path.with_suffix(".sha256").read_text(encoding="ascii").split()[0]
    if hashlib.sha256(path.read_bytes()).hexdigest() != recorded:
        raise ContentError(path, line=1, column=1, reason="the file differs from its SHA-256")
    with np.load(path, allow_pickle=False) as stored:
        return WordTable(
            words=tuple(stored["words"].tobytes().decode().split("\n")),
            vectors=stored["vectors"].astype(np.int8, copy=False),
            scales=stored["scales"].astype(np.float32),
        )
