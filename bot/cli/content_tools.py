"""`balm content lint | coverage | confusions`: what authors of answers look at."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from bot.cli.ask import Folder, Language, open_matcher
from bot.cli.house import fail, settings
from bot.content.faq_library import FALLBACK_LANGUAGE, FaqLibrary
from bot.content.faq_lint import Finding, lint, lint_confusions, lint_red_flags
from bot.content.flag_memory import remembered_flags
from bot.domain import triage
from bot.domain.faq import FaqModel, match
from bot.domain.faq_confusions import Confusions, confusions, nearest_line
from bot.domain.identity import Region
from bot.domain.reading import Certainty
from bot.domain.triage import TriageModel
from bot.reader import load_triage
from bot.wiring.words import CONTENT, cache_folder

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def lint_content(
    content: Folder = None,
    *,
    errors_only: Annotated[bool, typer.Option("--errors", help="Leave the advice out.")] = False,
    red_flags: Annotated[
        bool,
        typer.Option(
            "--red-flags/--no-red-flags",
            help="Read every question for danger too; half a minute when the red flags are new.",
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Check every answer: size, reading grade, links, doubles, reviews, reach, red flags."""
    library, model = open_matcher(content)
    found = lint(library, today=datetime.now(tz=UTC).date())
    for language in library.languages:
        found += lint_confusions(library, language, _confusions(library, model, language))
    if red_flags:
        found += lint_red_flags(library, _trips(library))
    shown = [one for one in found if one.is_error or not errors_only]
    print(json.dumps([_record(one) for one in shown]) if as_json else _listed(shown))
    raise typer.Exit(1 if any(one.is_error for one in found) else 0)


def show_confusions(
    lang: Language = "en",
    content: Folder = None,
    most: Annotated[int, typer.Option(min=1, help="How many pairs to show.")] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """Every question judged without itself: how many are found, and what is mixed up."""
    library, model = open_matcher(content)
    if lang not in library.languages:
        fail(f"There is no language {lang!r}; there are {', '.join(library.languages)}.", code=2)
    seen = _confusions(library, model, lang)
    if as_json:
        print(json.dumps(_summary(seen)))
        return
    print(
        f"{seen.lines} questions; found first {seen.right_first / seen.lines:.1%}, "
        f"in the first three {seen.right_in_three / seen.lines:.1%}"
    )
    texts = [example.text for example in library.source(lang).examples()]
    for (topic, taken_for), times in seen.pairs()[:most]:
        print(f"\n{times} x {topic} taken for {taken_for}")
        example = next(
            one for one in seen.found if (one.topic, one.taken_for) == (topic, taken_for)
        )
        print(f"   {topic}: {_short(texts[example.line])}")
        near = nearest_line(model.languages[lang], texts[example.line], taken_for)
        print(f"   {taken_for}: {'(English only)' if near is None else _short(texts[near])}")


def coverage(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    lang: Language = "en",
    content: Folder = None,
    region: Annotated[Region, typer.Option(help="Whose rules hold.")] = Region.UNKNOWN,
    *,
    as_json: AsJson = False,
) -> None:
    """What a file of questions (one a line, or JSON lines with text) would get."""
    _, model = open_matcher(content)
    asked = _questions(file)
    matches = [
        (text, match(text, model, language=lang, region=region))
        for text in track(asked, description="Asking", disable=as_json)
    ]
    decided = Counter(found.decision.value for _, found in matches)
    topics = Counter(found.topics[0] for _, found in matches if found.topics)
    if as_json:
        print(json.dumps({"decisions": decided, "topics": topics.most_common()}))
        return
    table = Table("decision", "questions", "share")
    for decision, times in decided.most_common():
        table.add_row(decision, str(times), f"{times / max(len(matches), 1):.0%}")
    typer.echo(_rendered(table))
    print("\nLeast sure:")
    for text, found in sorted(matches, key=lambda pair: pair[1].score)[:10]:
        print(f"  {found.score:.2f} {found.decision.value:8} {_short(text)}")


def _questions(file: Path) -> list[str]:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if file.suffix != ".jsonl":
        return lines
    try:
        return [str(json.loads(line)["text"]) for line in lines]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        fail(f"{file}: every line needs a JSON object with a text: {error}")


def _confusions(library: FaqLibrary, model: FaqModel, language: str) -> Confusions:
    lines = [line.text for line in library.source(language).lines()]
    return confusions(model.languages[language], lines)


def _trips(library: FaqLibrary) -> Mapping[str, str | None]:
    """The certain flag of every question; the matchers are opened only for new questions."""
    questions = [
        question
        for files in library.languages.values()
        for entry in files.topics.values()
        for question in entry.questions
    ]
    dangers: list[TriageModel] = []

    def read(question: str) -> str | None:
        dangers[:] = dangers or [load_triage(CONTENT, library, cache=folder)]
        flag = triage.read(question, dangers[0], language=FALLBACK_LANGUAGE)
        return flag.category if flag and flag.certainty is Certainty.CERTAIN else None

    folder = cache_folder(settings())
    return remembered_flags(questions, content=CONTENT, cache=folder, read=read)


def _listed(found: Sequence[Finding]) -> str:
    errors = sum(one.is_error for one in found)
    lines = [str(one) for one in found]
    return "\n".join([*lines, f"{errors} errors, {len(found) - errors} pieces of advice"])


def _record(finding: Finding) -> dict[str, str | int | bool]:
    return {
        "path": str(finding.path),
        "line": finding.line,
        "column": finding.column,
        "reason": finding.reason,
        "is_error": finding.is_error,
    }


def _summary(seen: Confusions) -> dict[str, object]:
    return {
        "lines": seen.lines,
        "right_first": seen.right_first,
        "right_in_three": seen.right_in_three,
        "recall": seen.recall,
        "pairs": [
            {"topic": topic, "taken_for": taken_for, "times": times}
            for (topic, taken_for), times in seen.pairs()
        ],
    }


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 110 else f"{line[:107]}..."


def _rendered(table: Table) -> str:
    from rich.console import Console

    console = Console()
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip()
