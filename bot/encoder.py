"""What does a sentence mean? Any ONNX encoder in a folder; the optional extra `semantic`."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]  # no stubs
    from tokenizers import Tokenizer

MODEL_FILE, TOKENIZER_FILE, HASH_FILE = "model.onnx", "tokenizer.json", "model.sha256"
LONGEST = 256
"""Word pieces read of one text."""


class EncoderUnusable(Exception):
    """The folder of the sentence encoder cannot be used; says why."""


class OnnxEncoder:
    """Mean of the last hidden states over the word pieces, at length one."""

    def __init__(self, folder: Path, *, sha256: str | None = None) -> None:
        """Load `model.onnx` and `tokenizer.json` of `folder`.

        The SHA-256 of the model must be `sha256`, or what `model.sha256` in the folder says.

        Raises:
            EncoderUnusable: a file is missing or other than recorded, or a package is missing.
        """
        self._name = _checked(folder, sha256)
        self._session, self._tokenizer = _load(folder)
        self._inputs = {one.name for one in self._session.get_inputs()}

    @property
    def name(self) -> str:
        """The SHA-256 of the model."""
        return self._name

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of `texts`, texts x dimensions.

        One text at a time: padding would change the result in the last digits and, on one thread,
        saves nothing.
        """
        return np.concatenate([self._one(text) for text in texts]).astype(np.float32)

    def _one(self, text: str) -> NDArray[np.float32]:
        read = self._tokenizer.encode(text)
        pieces = np.array([read.ids], dtype=np.int64)
        mask = np.ones_like(pieces)
        given = {
            "input_ids": pieces,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(pieces),
        }
        fed = {name: value for name, value in given.items() if name in self._inputs}
        states: NDArray[np.float32] = self._session.run(None, fed)[0]
        # A text without any piece has no mean: its vector is zero, like nothing.
        mean = states.sum(axis=1) / max(states.shape[1], 1)
        length = np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
        unit: NDArray[np.float32] = mean / length
        return unit


def _checked(folder: Path, sha256: str | None) -> str:
    model, recorded = folder / MODEL_FILE, folder / HASH_FILE
    for needed in (model, folder / TOKENIZER_FILE):
        if not needed.is_file():
            raise EncoderUnusable(f"{needed} is missing")
    if sha256 is None and recorded.is_file():
        sha256 = recorded.read_text(encoding="ascii").split()[0]
    found = hashlib.sha256(model.read_bytes()).hexdigest()
    if sha256 is not None and found != sha256.lower():
        raise EncoderUnusable(f"{model} has SHA-256 {found}, recorded is {sha256}")
    return found


def _load(folder: Path) -> "tuple[InferenceSession, Tokenizer]":
    try:
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer
    except ImportError as error:
        raise EncoderUnusable("install Balm with the extra 'semantic'") from error
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        session = InferenceSession(
            str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
        )
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    except Exception as error:  # both packages raise private or bare types
        raise EncoderUnusable(f"{folder} holds no usable encoder: {error}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return session, tokenizer
