"""`balm checkin`: the questionnaires as a clinic sees them."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.house import fail
from bot.content.checkin_files import LANGUAGES, QuestionnaireFile
from bot.content.checkin_problems import Known, notes_of, problems_of
from bot.content.checkins import Checkins, load_checkins, schema
from bot.content.messages import load_messages
from bot.content.triage_files import read_categories
from bot.content.yaml_loader import ContentError, load_yaml, mark_of
from bot.domain.cadence import asked_on
from bot.domain.history import NOTHING_TOLD
from bot.domain.identity import Channel
from bot.domain.sms_size import sms_size
from bot.wiring.words import CONTENT

app = typer.Typer(help="Questionnaires: check them, see them.", no_args_is_help=True)
_DAYS = 84
_LONGEST_SMS = {"en": 2, "es": 2, "hi": 4}
_FOLDER = CONTENT / "checkins"
_console = Console()


@app.command()
def lint(
    paths: Annotated[
        list[Path] | None, typer.Argument(exists=True, help="Files; all shipped ones if none.")
    ] = None,
) -> None:
    """Check questionnaires; every problem with file, line and column."""
    files = paths or sorted(_FOLDER.glob("*.yaml"))
    known = _known()
    found = [problem for path in files for problem in _problems(path, known)]
    for problem in found:
        print(problem)
    if found:
        fail(f"{len(found)} problem{'s' * (len(found) > 1)} in {len(files)} files")
    for note in (note for path in files for note in _notes(path)):
        print(note)
    print(f"{len(files)} questionnaires are in order")


@app.command()
def preview(
    questionnaire: Annotated[str | None, typer.Argument(help="Its id; all days if none.")] = None,
    language: Annotated[str, typer.Option(help="en, es or hi.")] = "en",
    *,
    sms: Annotated[bool, typer.Option("--sms", help="As plain texts.")] = False,
    first_day: Annotated[str, typer.Option(help="First day of the course.")] = "2026-01-05",
) -> None:
    """Every question as a patient reads it; without an id, what is asked on which day."""
    if language not in LANGUAGES:
        fail(f"--language {language}: choose one of {', '.join(LANGUAGES)}")
    try:
        checkins = load_checkins(_FOLDER)
        start = date.fromisoformat(first_day)
    except ContentError as error:
        fail(str(error))
    except ValueError:
        fail(f"--first-day {first_day}: write the day as YYYY-MM-DD")
    if questionnaire is None:
        _show_days(checkins, start)
        return
    if questionnaire not in checkins.files:
        fail(f"there is no questionnaire {questionnaire!r}; {', '.join(sorted(checkins.files))}")
    _show_questions(checkins, questionnaire, language, sms=sms)


@app.command("schema")
def show_schema() -> None:
    """The JSON Schema of a questionnaire file."""
    print(schema(), end="")


def _known() -> Known:
    """What a questionnaire may name: messages, topics, red flags."""
    messages = load_messages(CONTENT / "messages")
    categories = read_categories(CONTENT / "triage" / "categories.yaml")
    return Known(
        messages=messages.forms["en"],
        topics={path.stem for path in (CONTENT / "faq" / "en").glob("[!_]*.yaml")},
        red_flags={one.id for one in categories},
    )


def _notes(path: Path) -> list[str]:
    found = notes_of(load_yaml(path, QuestionnaireFile))
    places = [(mark_of(path, keys), reason) for keys, reason in found]
    return [f"{path}:{line}:{column}: to do: {reason}" for (line, column), reason in places]


def _problems(path: Path, known: Known) -> list[str]:
    try:
        file = load_yaml(path, QuestionnaireFile)
    except ContentError as error:
        return [str(error)]
    found = [*problems_of(file, path, known=known), *_too_long(file)]
    places = [(mark_of(path, keys), reason) for keys, reason in found]
    return [f"{path}:{line}:{column}: {reason}" for (line, column), reason in places]


def _too_long(file: QuestionnaireFile) -> list[tuple[tuple[str | int, ...], str]]:
    """Questions that need more text messages than a question is worth."""
    return [
        (
            ("questions", at, "sms", language),
            f"{segments} text messages; {limit} at most: shorten it",
        )
        for at, question in enumerate(file.questions)
        for language, limit in _LONGEST_SMS.items()
        if (segments := sms_size(question.sms.get(language, "")).segments) > limit
    ]


def _show_days(checkins: Checkins, first_day: date) -> None:
    table = Table("day", "date", "asked", title="If every check-in is answered and no dose missed")
    for ahead in range(_DAYS):
        day = first_day + timedelta(days=ahead)
        due = asked_on(
            day, checkins.questionnaires, NOTHING_TOLD, first_day=first_day, last_day=None
        )
        if due:
            names = ", ".join(one.id for one in due)
            table.add_row(str(ahead + 1), f"{day:%a} {day}", names)
    _console.print(table)


def _show_questions(checkins: Checkins, name: str, language: str, *, sms: bool) -> None:
    channel = Channel.SMS if sms else Channel.TELEGRAM
    file = checkins.files[name]
    print(f"{checkins.title(name, language=language)} ({file.id} {file.version})")
    print(f"licence: {file.licence}\nsource: {file.source}\n")
    for number, question in enumerate(file.questions, start=1):
        prompt = checkins.prompt(name, question.id, language=language, channel=channel)
        print(f"{number}. {prompt}")
        if question.choices and not sms:
            shown = (forms.get(language, forms["en"]) for forms in question.choices.values())
            print(f"   [{'] ['.join(shown)}]")
        if question.only_if is not None:
            print(f"   only if {', '.join(question.only_if.questions)} say so")
        if question.categories:
            print(f"   only for {', '.join(question.categories)}")
    for alert in file.alerts:
        print(f"alert {alert.id} ({alert.urgency}): {alert.source}")
