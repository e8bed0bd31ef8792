"""A sentence encoder of a few hundred bytes: a table of word vectors as a real ONNX model.

The model is one Gather; it is written here byte by byte after the protobuf schema of ONNX, so that
tests need no further package.
"""

import json
import struct
from collections.abc import Sequence
from pathlib import Path

from bot.encoder import MODEL_FILE, TOKENIZER_FILE

VECTORS = {
    "[UNK]": (0.0, 0.0, 0.1),
    "lips": (1.0, 0.0, 0.0),
    "mouth": (0.9, 0.1, 0.0),
    "beer": (0.0, 1.0, 0.0),
    "booze": (0.1, 0.9, 0.0),
}
_FLOAT, _INT64 = 1, 7
"""Element types of ONNX."""


def write_tiny_encoder(folder: Path) -> Path:
    """Write `model.onnx` and `tokenizer.json` to `folder`, which is made if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(model_bytes())
    (folder / TOKENIZER_FILE).write_text(tokenizer_json(), encoding="utf-8")
    return folder


def model_bytes() -> bytes:
    """The ONNX model: input_ids (1 x words) to states (1 x words x 3)."""
    flat = [number for vector in VECTORS.values() for number in vector]
    table = (
        _number(1, len(VECTORS))
        + _number(1, 3)
        + _number(2, _FLOAT)
        + _text(8, "table")
        + _message(9, struct.pack(f"<{len(flat)}f", *flat))
    )
    node = _text(1, "table") + _text(1, "input_ids") + _text(2, "states") + _text(4, "Gather")
    graph = (
        _message(1, node)
        + _text(2, "words")
        + _message(5, table)
        + _message(11, _value("input_ids", _INT64, ["one", "words"]))
        + _message(12, _value("states", _FLOAT, ["one", "words", "three"]))
    )
    opset = _number(2, 13)
    return _number(1, 8) + _message(7, graph) + _message(8, opset)


def tokenizer_json() -> str:
    """A tokenizer that splits at spaces and knows the words of `VECTORS`."""
    words = {word: number for number, word in enumerate(VECTORS)}
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [],
            "normalizer": {"type": "Lowercase"},
            "pre_tokenizer": {"type": "Whitespace"},
            "post_processor": None,
            "decoder": None,
            "model": {"type": "WordLevel", "vocab": words, "unk_token": "[UNK]"},
        }
    )


def _value(name: str, element: int, sizes: Sequence[str]) -> bytes:
    shape = b"".join(_message(1, _text(2, size)) for size in sizes)
    tensor = _number(1, element) + _message(2, shape)
    return _text(1, name) + _message(2, _message(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _variable(field << 3) + _variable(value)


def _text(field: int, value: str) -> bytes:
    return _message(field, value.encode())


def _message(field: int, value: bytes) -> bytes:
    return _variable(field << 3 | 2) + _variable(len(value)) + value


def _variable(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
