"""`balm bench`: measured, never claimed."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.patient import Json
from bot.content.faq_cache import Encoder
from bot.settings import Settings
from bot.wiring.words import CONTENT, cache_folder

app = typer.Typer(help="Benchmarks; give the machine nothing else to do.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Benchmarks."""


@app.command()
def faq(
    gold: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, dir_okay=False, help="Labelled questions, JSON lines."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Balm's matcher beside three others on the same questions."""
    from benchmarks import faq as benchmark

    benchmark.run(gold or [], content=CONTENT, as_json=as_json)


@app.command()
def triage(
    gold: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, dir_okay=False, help="Labelled messages, JSON lines."),
    ] = None,
    *,
    cross_validate: Annotated[
        bool,
        typer.Option("--cross-validate", help="Hold out the labelled lines too: five fits more."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Recall and false alarms of the red flags, by language and level, on held-out lines."""
    from benchmarks import triage as benchmark
    from bot.reader import load_encoder

    settings = Settings()
    encoder = load_encoder(settings.semantic_model_dir)
    benchmark.run(
        gold or [],
        content=CONTENT,
        as_json=as_json,
        cross_validates=cross_validate,
        cache=cache_folder(settings),
        encoder=Encoder(name=encoder.name, embed=encoder.embed) if encoder else None,
    )


@app.command()
def webhook(
    requests: Annotated[int, typer.Option(min=10, help="How many messages come in.")] = 500,
    per_second: Annotated[float, typer.Option(min=1, help="How many a second.")] = 50.0,
    *,
    as_json: Json = False,
) -> None:
    """Webhook to commit, and webhook to the reply handed to the provider."""
    from benchmarks import webhook as benchmark

    benchmark.run(requests=requests, per_second=per_second, as_json=as_json)
