"""`balm ask`: the FAQ and the red flags offline, over any content folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

from bot.cli.house import fail, settings
from bot.content.faq_library import FaqLibrary
from bot.content.yaml_loader import ContentError
from bot.domain.faq import FaqModel
from bot.domain.faq_explain import Explanation, explain
from bot.domain.identity import Channel, Region
from bot.domain.reading import FaqDecision, Reading
from bot.logs import configure
from bot.reader import Reader, load_matcher, load_reader
from bot.wiring.words import CONTENT, cache_folder

Language = Annotated[str, typer.Option("--lang", help="Language of the text, such as en or hi.")]
RegionOption = Annotated[Region, typer.Option("--region", help="Whose rules hold.")]
Folder = Annotated[
    Path | None,
    typer.Option("--content", exists=True, file_okay=False, help="Another content folder."),
]


def ask(
    text: Annotated[str | None, typer.Argument(help="What a patient might write.")] = None,
    lang: Language = "en",
    region: RegionOption = Region.UNKNOWN,
    content: Folder = None,
    batch: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="JSON lines with id, text and lang."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, writable=True, help="Where the answers go.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    explaining: Annotated[
        bool, typer.Option("--explain", help="Why: nearest lines, words, thresholds.")
    ] = False,
) -> None:
    """What the bot would make of TEXT, or of every line of a file; no database needed."""
    if (text is None) == (batch is None) or (batch is None) != (out is None):
        fail("Give either a TEXT, or --batch IN.jsonl with --out OUT.jsonl.", code=2)
    library, reader = open_reader(content)
    if batch is not None and out is not None:
        _answer_batch(reader, batch, out, region=region)
        return
    assert text is not None
    reading = reader.read(text, language=lang, region=region)
    if as_json:
        print(json.dumps(as_record(reading), ensure_ascii=False))
        return
    _show(library, reading, lang=lang, region=region)
    if explaining:
        vector = reader.vector(text)
        reasons = explain(text, reader.faq, language=lang, region=region, vector=vector)
        _show_reasons(library, reasons)


def open_reader(content: Path | None) -> tuple[FaqLibrary, Reader]:
    """The library and reader of the shipped content, or with the FAQ in the folder `content`.

    Exits with code 1 and the place of the mistake when a content file is wrong.
    """
    configure(is_quiet=True)
    known = settings()
    folder = faq_folder(content) if content is not None else None
    has_triage = content is not None and (content / "triage").is_dir()
    try:
        library, _, reader = load_reader(
            content if content is not None and has_triage else CONTENT,
            cache=cache_folder(known),
            semantic_model=known.semantic_model_dir,
            semantic_sha256=known.semantic_model_sha256,
            faq_folder=folder,
        )
    except ContentError as error:
        fail(str(error))
    return library, reader


def open_matcher(content: Path | None) -> tuple[FaqLibrary, FaqModel]:
    """The library and its matcher alone, words and letters only; exits as `open_reader` does."""
    configure(is_quiet=True)
    folder = faq_folder(content) if content is not None else None
    try:
        return load_matcher(CONTENT, cache=cache_folder(settings()), faq_folder=folder)
    except ContentError as error:
        fail(str(error))


def faq_folder(content: Path) -> Path:
    """The folder of languages in `content`: itself, or its `faq`."""
    return content / "faq" if (content / "faq").is_dir() else content


def as_record(reading: Reading) -> dict[str, Any]:
    """What a reading looks like to programs; `topics` is the ranking whatever the decision."""
    flag, match = reading.red_flag, reading.faq
    return {
        "decision": match.decision.value,
        "topics": list(match.topics),
        "score": match.score,
        "redflag": flag.category if flag else None,
        "certainty": flag.certainty.value if flag else None,
        "level": flag.level.value if flag else None,
        "reply": match.reply,
    }


def _answer_batch(reader: Reader, batch: Path, out: Path, *, region: Region) -> None:
    asked = list(read_batch(batch))
    with out.open("w", encoding="utf-8") as file:
        for line in track(asked, description="Asking"):
            language = str(line.get("lang") or "en")
            reading = reader.read(str(line["text"]), language=language, region=region)
            record = {"id": line["id"], **as_record(reading)}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def read_batch(batch: Path) -> Iterator[dict[str, Any]]:
    """The lines of a batch file; exits with code 1 and the place where one is wrong."""
    with batch.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except json.JSONDecodeError as error:
                fail(f"{batch}:{number}: not JSON: {error.msg}")
            if not isinstance(found, dict) or not {"id", "text"} <= found.keys():
                fail(f"{batch}:{number}: an object with id and text is needed")
            yield found


def _show(library: FaqLibrary, reading: Reading, *, lang: str, region: Region) -> None:
    flag, match = reading.red_flag, reading.faq
    if flag is not None:
        print(f"Red flag: {flag.category} ({flag.certainty.value}, {flag.level.value})")
        print(f"  score {flag.score:.2f}; {flag.why}")
    print(f"Decision: {match.decision.value} (score {match.score:.2f})")
    if match.reply is not None:
        print(f"Reply {match.reply}: {library.reply(match.reply, language=lang)}")
    for number, topic in enumerate(match.topics, start=1):
        print(f"  {number}. {topic}: {library.title(topic, language=lang)}")
    if match.decision is FaqDecision.ANSWER:
        answer = library.text(
            match.topics[0],
            language=lang,
            region=region,
            channel=Channel.TELEGRAM,
            is_full=True,
        )
        print(f"\n{answer}")


def _show_reasons(library: FaqLibrary, reasons: Explanation) -> None:
    lines = library.source(reasons.language).examples()
    ranking, limits = reasons.ranking, reasons.thresholds
    print(f"\nRead as {reasons.language}; evidence {reasons.evidence:.1f}")
    for typed, read in reasons.corrections:
        print(f"  corrected: {typed} -> {read}")
    for reason in reasons.topics:
        print(f"  {reason.topic}: {reason.score:.3f}")
        if reason.nearest_example is None:
            print("    known in English only, read word for word through the glossary")
            continue
        nearest = lines[reason.nearest_example].text.replace("\n", " ")
        print(f"    nearest ({reason.nearest:.2f}): {nearest[:100]}")
        parts = (f"{part.name[2:]!r} {part.weight:+.3f}" for part in reason.contributions)
        print(f"    because of: {', '.join(parts)}")
    print(f"  best that is no topic: {ranking.other}")
    print(f"  confidence {ranking.confidence:.2f}, needed to answer:")
    for risk, needed in limits.answer.items():
        print(f"    {risk.value}: {needed:.2f}")
    print(
        f"  scope {ranking.scope:.2f}, needed to answer {limits.answer_scope:.2f}, "
        f"to offer {limits.offer_scope:.2f}"
    )
