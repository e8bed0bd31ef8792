"""`balm model`: fetch and check the sentence encoder, which finds answers by meaning."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.house import fail, settings
from bot.content.word_table import TABLE_FOLDER
from bot.content.yaml_loader import ContentError
from bot.encoder import EncoderUnusable, OnnxEncoder
from bot.encoder_install import NotInstalled, PinnedEncoder, install, is_installed, pinned_encoder
from bot.wiring.words import CONTENT

app = typer.Typer(help="The sentence encoder, an optional help.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `install` a command of its own while it is the only one."""


@app.command("install")
def install_model(
    folder: Annotated[
        Path | None,
        typer.Argument(
            file_okay=False, help="Where to; else BALM_SEMANTIC_MODEL_DIR or the data folder."
        ),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(help="A mirror of upstream; else BALM_MODEL_BASE_URL, else upstream itself."),
    ] = None,
) -> None:
    """Fetch the pinned files, check their SHA-256, and say how to use them."""
    known = settings()
    pinned = _pinned()
    target = folder or known.semantic_model_dir or known.data_dir / "models" / pinned.name
    if is_installed(pinned, target):
        print(f"{pinned.name} is in {target} already, every file as pinned.")
    else:
        source = base_url or known.model_base_url
        print(f"Fetching {pinned.name} ({pinned.licence}) from {source or pinned.base_url}")
        try:
            install(pinned, target, base_url=source, tell=print)
        except NotInstalled as error:
            fail(f"Nothing was installed: {error}")
        print(f"Installed in {target}.")
    _try_it(target)
    if known.semantic_model_dir != target:
        print(f"To use it, set BALM_SEMANTIC_MODEL_DIR={target} and start Balm again.")


def _pinned() -> PinnedEncoder:
    try:
        return pinned_encoder(CONTENT / "faq" / TABLE_FOLDER)
    except ContentError as error:
        fail(str(error))


def _try_it(folder: Path) -> None:
    """Whether this machine can run it: the packages of the extra may be missing."""
    try:
        dimensions = OnnxEncoder(folder).embed(["a first try"]).shape[1]
    except EncoderUnusable as error:
        print(f"The files are right, but cannot be used yet: {error}")
        return
    print(f"It works here: a sentence becomes {dimensions} numbers.")
