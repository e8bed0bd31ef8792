"""`balm bench`: measured, never claimed."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.house import fail, settings
from bot.cli.patient import Json
from bot.content.faq_cache import Encoder
from bot.content.yaml_loader import ContentError
from bot.settings import Settings
from bot.wiring.words import CONTENT, cache_folder, load_words

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
    semantic: Annotated[
        bool, typer.Option("--semantic", help="With the encoder in BALM_SEMANTIC_MODEL_DIR.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Balm's matcher beside three others on the same questions."""
    from benchmarks import faq as benchmark

    known = settings()
    if semantic and known.semantic_model_dir is None:
        fail("Set BALM_SEMANTIC_MODEL_DIR; `balm model install` fetches an encoder.", code=2)
    benchmark.run(
        gold or [],
        content=CONTENT,
        cache=cache_folder(known),
        as_json=as_json,
        semantic_model=known.semantic_model_dir if semantic else None,
    )


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
def signals(
    patients: Annotated[int, typer.Option(min=20, help="Simulated patients of each kind.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same number gives the same patients.")] = 7,
    *,
    as_json: Json = False,
) -> None:
    """How soon a change for the worse is found, against false alarms per patient-month."""
    from benchmarks import signals as benchmark

    benchmark.run(patients=patients, seed=seed, content=CONTENT, as_json=as_json)


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


@app.command()
def delivery(
    messages: Annotated[int | None, typer.Option(min=100, help="Messages of each run.")] = None,
    kills: Annotated[int | None, typer.Option(min=1, help="Workers killed in each run.")] = None,
    for_memory: Annotated[
        int | None, typer.Option(min=100, help="Messages while memory is watched.")
    ] = None,
    postgres: Annotated[
        str | None, typer.Option(help="A server where databases may be made; else one of our own.")
    ] = None,
    *,
    is_long: Annotated[
        bool, typer.Option("--long", help="As for the report: about twenty minutes.")
    ] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="A table for docs/operations/reliability.md.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Speed, pace, memory, and what kills and mishaps leave behind; others beside it."""
    from benchmarks.delivery import report
    from benchmarks.delivery.figures import LONG, Sizes

    usual = LONG if is_long else Sizes()
    sizes = replace(
        usual,
        messages=messages or usual.messages,
        kills=kills or usual.kills,
        kills_on_sqlite=kills or usual.kills_on_sqlite,
        for_memory=for_memory or usual.for_memory,
    )
    report.run(sizes, postgres=postgres, as_json=as_json, as_markdown=as_markdown)


@app.command()
def planner(
    patients: Annotated[int, typer.Option(min=1, help="How many in the nightly day.")] = 100,
    occurrences: Annotated[
        int, typer.Option(min=1, help="Among how many the due ones are looked up.")
    ] = 20_000,
    jobs: Annotated[int, typer.Option(min=1, help="Jobs of the baseline.")] = 5_000,
    runs: Annotated[int, typer.Option(min=3, help="How often each is repeated.")] = 50,
    database: Annotated[
        str | None, typer.Option(help="An empty PostgreSQL; without it a throw-away SQLite file.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Planning one patient, a nightly day, a look-up; try 100000 patients, 1000000 occurrences."""
    from benchmarks import planner as benchmark

    benchmark.run(
        patients=patients,
        occurrences=occurrences,
        jobs=jobs,
        runs=runs,
        database=database,
        as_json=as_json,
    )


@app.command()
def campaigns(
    files: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, dir_okay=False, help="Campaigns; without any, two of ours."),
    ] = None,
    patients: Annotated[int, typer.Option(min=20, help="How many in the clinic.")] = 2_000,
    postgres: Annotated[
        str | None, typer.Option(help="A server where databases may be made; else one of our own.")
    ] = None,
    *,
    with_postgres: Annotated[
        bool, typer.Option("--with-postgres", help="Measure on PostgreSQL too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Lint, audience, preview and publishing over a whole clinic; try 10000 patients."""
    from benchmarks import campaigns as benchmark

    try:
        benchmark.run(
            patients=patients,
            campaigns=files or [],
            postgres=postgres,
            with_postgres=with_postgres,
            as_json=as_json,
        )
    except ContentError as error:
        fail(str(error))


@app.command()
def modelcheck(*, as_json: Json = False) -> None:
    """A hundred broken campaigns: caught by loader, lint or model check, and false alarms."""
    from benchmarks import modelcheck as benchmark
    from bot.logs import configure

    configure(is_quiet=True)
    benchmark.run(library=CONTENT / "campaigns", words=load_words(settings()), as_json=as_json)
