"""How does the pinned sentence encoder get into its folder, whole and checked, or not at all?"""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field

from bot.content.yaml_loader import load_yaml
from bot.encoder import HASH_FILE, MODEL_FILE, TOKENIZER_FILE

PIN_FILE = "_encoder.yaml"
_SECONDS = 60.0
"""How long the server may be silent."""

Told = Callable[[str], None]
"""Takes a line for the operator."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PinnedFile(_Strict):
    """One file of the encoder, as upstream has it and as it must arrive."""

    path: Annotated[str, Field(min_length=1)]
    save_as: Literal["model.onnx", "tokenizer.json"]
    bytes: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class PinnedEncoder(_Strict):
    """Which encoder at which revision, and where its authors publish it."""

    name: str
    licence: str
    base_url: str
    revision: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    files: tuple[PinnedFile, ...]

    def address(self, file: PinnedFile, base_url: str | None) -> str:
        """Where `file` is fetched from: upstream, or a mirror at `base_url`."""
        return f"{(base_url or self.base_url).rstrip('/')}/{self.revision}/{file.path}"


class NotInstalled(Exception):
    """The encoder could not be installed; says why, and nothing was left behind."""


def pinned_encoder(folder: Path) -> PinnedEncoder:
    """What `_encoder.yaml` in `folder` pins. Raises ContentError."""
    return load_yaml(folder / PIN_FILE, PinnedEncoder)


def is_installed(pinned: PinnedEncoder, folder: Path) -> bool:
    """Whether every file stands in `folder`, as pinned."""
    return all(_sha256(folder / file.save_as) == file.sha256 for file in pinned.files)


def install(pinned: PinnedEncoder, folder: Path, *, base_url: str | None, tell: Told) -> None:
    """Fetch the files of `pinned` into `folder`; all of them are checked before any is moved.

    Raises:
        NotInstalled: a file cannot be fetched, is another one, or cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        waiting = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise NotInstalled(f"{folder.parent} cannot be written: {error.strerror}") from error
    try:
        with httpx.Client(follow_redirects=True, timeout=_SECONDS) as client:
            for file in pinned.files:
                _fetch(client, pinned.address(file, base_url), file, waiting)
                tell(f"{file.save_as}: {file.bytes} bytes, SHA-256 {file.sha256} as pinned")
        _put(pinned, waiting, folder)
    except OSError as error:
        raise NotInstalled(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _fetch(client: httpx.Client, address: str, file: PinnedFile, waiting: Path) -> None:
    digest, size = hashlib.sha256(), 0
    try:
        with client.stream("GET", address) as reply, (waiting / file.save_as).open("wb") as out:
            reply.raise_for_status()
            for part in reply.iter_bytes():
                size += len(part)
                if size > file.bytes:
                    raise NotInstalled(f"{address} is longer than the pinned {file.bytes} bytes")
                digest.update(part)
                out.write(part)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotInstalled(f"{address} cannot be fetched: {error}") from error
    if digest.hexdigest() != file.sha256:
        raise NotInstalled(
            f"{address} has SHA-256 {digest.hexdigest()}, pinned is {file.sha256}: "
            "do not use it; ask whoever runs the mirror"
        )


def _put(pinned: PinnedEncoder, waiting: Path, folder: Path) -> None:
    """Move the checked files; the tokenizer first, for a folder is used only with its model."""
    model = next(file for file in pinned.files if file.save_as == MODEL_FILE)
    (waiting / HASH_FILE).write_text(f"{model.sha256}  {MODEL_FILE}\n", encoding="ascii")
    folder.mkdir(exist_ok=True)
    # A model that stood here before must not meet the new hash or tokenizer.
    (folder / MODEL_FILE).unlink(missing_ok=True)
    for name in (TOKENIZER_FILE, HASH_FILE, MODEL_FILE):
        (waiting / name).replace(folder / name)


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
