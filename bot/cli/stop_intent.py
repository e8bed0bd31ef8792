"""`balm stop-intent`: what an opt-out-like message means, offline."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

from bot.cli.ask import open_reader, read_batch
from bot.cli.house import fail
from bot.domain.stop_intent import Meaning


def stop_intent(
    text: Annotated[str | None, typer.Argument(help="What a patient might write.")] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the text.")] = "en",
    batch: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON lines with id, text and lang."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, writable=True, help="Where the meanings go.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """What TEXT, or every line of a file, asks: opt out, pause, a question, or help."""
    if (text is None) == (batch is None) or (batch is None) != (out is None):
        fail("Give either a TEXT, or --batch IN.jsonl with --out OUT.jsonl.", code=2)
    _, reader = open_reader(None)
    if batch is not None and out is not None:
        lines = list(read_batch(batch))
        with out.open("w", encoding="utf-8") as file:
            for line in track(lines, description="Reading"):
                meaning = reader.stop_meaning(str(line["text"]), language=_language(line))
                record = {"id": line["id"], **as_record(meaning)}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        return
    assert text is not None
    meaning = reader.stop_meaning(text, language=lang)
    if as_json:
        print(json.dumps(as_record(meaning), ensure_ascii=False))
        return
    print(f"Action: {meaning.action.value}")
    if meaning.red_flag is not None:
        flag = meaning.red_flag
        print(f"Red flag: {flag.category} ({flag.certainty.value}, {flag.level.value})")
    if meaning.pause_kind or meaning.pause_days:
        print(f"Pause: {meaning.pause_kind or 'ask which'}, days: {meaning.pause_days or 'ask'}")


def as_record(meaning: Meaning) -> dict[str, Any]:
    """What a meaning looks like to programs."""
    flag = meaning.red_flag
    return {
        "action": meaning.action.value,
        "redflag": flag.category if flag else None,
        "certainty": flag.certainty.value if flag else None,
        "level": flag.level.value if flag else None,
        "pause_kind": meaning.pause_kind,
        "pause_days": meaning.pause_days,
    }


def _language(line: dict[str, Any]) -> str:
    return str(line.get("lang") or "en")
