"""A sentence encoder is used only when it is whole, known and installed."""

import hashlib
from pathlib import Path

import pytest

from bot.encoder import HASH_FILE, MODEL_FILE, TOKENIZER_FILE, EncoderUnusable, OnnxEncoder
from bot.reader import load_encoder


def folder_with(folder: Path, *, recorded: str | None = None) -> Path:
    (folder / MODEL_FILE).write_bytes(b"not really a model")
    (folder / TOKENIZER_FILE).write_text("{}", encoding="utf-8")
    if recorded is not None:
        (folder / HASH_FILE).write_text(f"{recorded}  {MODEL_FILE}\n", encoding="ascii")
    return folder


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnusable, match=r"model\.onnx is missing"):
        OnnxEncoder(tmp_path)


def test_a_model_other_than_recorded_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnusable, match="recorded is 0000"):
        OnnxEncoder(folder_with(tmp_path, recorded="0" * 64))


def test_a_model_other_than_set_is_refused(tmp_path: Path) -> None:
    right = hashlib.sha256(b"not really a model").hexdigest()
    with pytest.raises(EncoderUnusable, match="recorded is 1111"):
        OnnxEncoder(folder_with(tmp_path, recorded=right), sha256="1" * 64)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnusable):
        OnnxEncoder(folder_with(tmp_path))


def test_the_reader_goes_on_without_one(tmp_path: Path) -> None:
    assert load_encoder(None) is None
    assert load_encoder(tmp_path / "gone") is None
    assert load_encoder(folder_with(tmp_path)) is None
