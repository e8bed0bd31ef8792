"""A sentence encoder is used only when it is whole, known and installed; then it finds meaning."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from bot.encoder import HASH_FILE, MODEL_FILE, TOKENIZER_FILE, EncoderUnusable, OnnxEncoder
from bot.encoder_install import (
    NotInstalled,
    PinnedEncoder,
    PinnedFile,
    install,
    is_installed,
    pinned_encoder,
)
from bot.reader import load_encoder
from bot.wiring.words import CONTENT
from tests.fakes.tiny_encoder import model_bytes, tokenizer_json, write_tiny_encoder


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


def test_the_reader_refuses_a_model_other_than_set(tmp_path: Path) -> None:
    folder = write_tiny_encoder(tmp_path / "tiny")
    right = hashlib.sha256(model_bytes()).hexdigest()
    found = load_encoder(folder, sha256=right.upper())
    assert found is not None
    assert found.name == right
    assert load_encoder(folder, sha256="0" * 64) is None


class TestMeaning:
    def test_words_of_one_meaning_lie_close(self, tmp_path: Path) -> None:
        encoder = OnnxEncoder(write_tiny_encoder(tmp_path / "tiny"))
        lips, mouth, beer = encoder.embed(["lips", "Mouth", "beer"])
        assert lips @ mouth > 0.9 > 0.2 > lips @ beer

    @pytest.mark.parametrize("text", ["", " ", "💊", "x" * 10_000, "lips " * 2_000])
    def test_every_text_has_a_vector_without_gaps(self, tmp_path: Path, text: str) -> None:
        vectors = OnnxEncoder(write_tiny_encoder(tmp_path / "tiny")).embed([text])
        assert vectors.shape == (1, 3)
        assert np.isfinite(vectors).all()
        assert np.linalg.norm(vectors) <= 1.0 + 1e-6


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """A server on loopback that holds the tiny encoder's files at revision 0."""
    files = tmp_path / "mirror" / ("0" * 40)
    (files / "onnx").mkdir(parents=True)
    (files / "onnx" / "small.onnx").write_bytes(model_bytes())
    (files / "tokenizer.json").write_text(tokenizer_json(), encoding="utf-8")
    handler = partial(_Quiet, directory=str(tmp_path / "mirror"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def pins(*, tokenizer: str | None = None, model_path: str = "onnx/small.onnx") -> PinnedEncoder:
    model, words = model_bytes(), tokenizer_json().encode()
    return PinnedEncoder(
        name="tiny",
        licence="none",
        base_url="http://127.0.0.1:1",
        revision="0" * 40,
        files=(
            PinnedFile(
                path=model_path,
                save_as="model.onnx",
                bytes=len(model),
                sha256=hashlib.sha256(model).hexdigest(),
            ),
            PinnedFile(
                path="tokenizer.json",
                save_as="tokenizer.json",
                bytes=len(words),
                sha256=tokenizer or hashlib.sha256(words).hexdigest(),
            ),
        ),
    )


class TestInstall:
    def test_puts_checked_files_and_their_hash(self, tmp_path: Path, mirror: str) -> None:
        told: list[str] = []
        folder = tmp_path / "models" / "tiny"
        install(pins(), folder, base_url=mirror, tell=told.append)
        assert is_installed(pins(), folder)
        assert load_encoder(folder) is not None
        assert [line.split(":")[0] for line in told] == ["model.onnx", "tokenizer.json"]
        assert [path.name for path in folder.parent.iterdir()] == ["tiny"]

    def test_leaves_nothing_when_a_hash_differs(self, tmp_path: Path, mirror: str) -> None:
        folder = tmp_path / "models" / "tiny"
        with pytest.raises(NotInstalled, match="pinned is 1111"):
            install(pins(tokenizer="1" * 64), folder, base_url=mirror, tell=_silent)
        assert list(folder.parent.iterdir()) == []

    def test_keeps_what_stood_there_when_it_fails(self, tmp_path: Path, mirror: str) -> None:
        folder = write_tiny_encoder(tmp_path / "models" / "tiny")
        with pytest.raises(NotInstalled):
            install(pins(tokenizer="1" * 64), folder, base_url=mirror, tell=_silent)
        assert is_installed(pins(), folder)

    def test_says_which_file_is_not_there(self, tmp_path: Path, mirror: str) -> None:
        with pytest.raises(NotInstalled, match=r"gone\.onnx cannot be fetched"):
            install(pins(model_path="gone.onnx"), tmp_path / "x", base_url=mirror, tell=_silent)

    def test_says_that_upstream_is_out_of_reach(self, tmp_path: Path) -> None:
        with pytest.raises(NotInstalled, match=r"127\.0\.0\.1:1/.* cannot be fetched"):
            install(pins(), tmp_path / "x", base_url=None, tell=_silent)

    def test_refuses_more_than_was_pinned(self, tmp_path: Path, mirror: str) -> None:
        model, words = pins().files
        short = pins().model_copy(update={"files": (model.model_copy(update={"bytes": 9}), words)})
        with pytest.raises(NotInstalled, match="longer than the pinned 9 bytes"):
            install(short, tmp_path / "x", base_url=mirror, tell=_silent)

    def test_replaces_a_damaged_model(self, tmp_path: Path, mirror: str) -> None:
        folder = write_tiny_encoder(tmp_path / "models" / "tiny")
        (folder / MODEL_FILE).write_bytes(b"broken")
        assert not is_installed(pins(), folder)
        install(pins(), folder, base_url=mirror, tell=_silent)
        assert is_installed(pins(), folder)

    def test_the_shipped_pins_name_both_files_once(self) -> None:
        pinned = pinned_encoder(CONTENT / "faq" / "models")
        assert {file.save_as for file in pinned.files} == {MODEL_FILE, TOKENIZER_FILE}
        assert all(
            pinned.address(file, None).startswith("https://")
            and pinned.revision in pinned.address(file, None)
            for file in pinned.files
        )


def _silent(_: str) -> None:
    """Take a line and keep it."""
