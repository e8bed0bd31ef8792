"""`balm report`: how the clinic's patients are doing, with n and dates, and as files."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.house import fail, with_house
from bot.cli.patient import Json, day_of
from bot.domain.cohort import Cohort, CourseOf, cohort
from bot.domain.identity import ClinicId
from bot.wiring.house import House

app = typer.Typer(help="Reports for the clinic.", no_args_is_help=True)
_BY = "command-line"
_USUAL_DAYS = 28
_DICTIONARY = (
    ("answers.csv", "patient", "Balm's id of the patient; no name and no number"),
    ("answers.csv", "day", "local day that the check-in is about, YYYY-MM-DD"),
    ("answers.csv", "questionnaire", "id of the questionnaire"),
    ("answers.csv", "question", "id of the question in content/checkins"),
    ("answers.csv", "value", "coded answer: number, yes, no, a choice, none, text, skipped"),
    ("doses.csv", "patient", "Balm's id of the patient"),
    ("doses.csv", "day", "local day of the dose, YYYY-MM-DD"),
    ("doses.csv", "slot", "name of the time of day in the regimen"),
    (
        "doses.csv",
        "word",
        "taken, extra, not-taken, excused (hold, or the clinic said so), silent (never answered),"
        " unasked (paused or unreachable), waiting",
    ),
)

Since = Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.")]
Until = Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD.")]


@app.command("cohort")
def show_cohort(since: Since = None, until: Until = None, *, as_json: Json = False) -> None:
    """Response rate, adherence, and how fast cases were seen."""

    async def work(house: House, clinic_id: ClinicId) -> Cohort:
        first, last = _days(house, since, until)
        async with house.store.read() as tx:
            courses = await tx.history.courses(clinic_id, until=house.clock.now())
            cases = await tx.history.raised_cases(clinic_id, since=first, until=last)
        return cohort(courses, cases, since=first, until=last)

    found = with_house(work)
    if as_json:
        print(json.dumps(asdict(found), default=str))
        return
    _show(found)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="An empty or new folder.")],
    since: Since = None,
    until: Until = None,
) -> None:
    """Answers and doses as CSV with a data dictionary; no names, no free text."""
    if folder.exists() and any(folder.iterdir()):
        fail(f"{folder} is not empty: nothing was written")

    async def work(house: House, clinic_id: ClinicId) -> tuple[Sequence[CourseOf], date, date]:
        first, last = _days(house, since, until)
        async with house.store.unit_of_work() as tx:
            now = house.clock.now()
            await tx.house.audit(clinic_id, at=now, actor=_BY, verb="export:answers", subject=None)
            return await tx.history.courses(clinic_id, until=now), first, last

    courses, first, last = with_house(work)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    answers = [
        (course.patient_id, one.day.isoformat(), one.questionnaire, question, value)
        for course in courses
        for one in course.history.checkins
        if first <= one.day <= last
        for question, value in one.answers.items()
    ]
    doses = [
        (course.patient_id, one.day.isoformat(), one.slot, one.word.value)
        for course in courses
        for one in course.history.doses
        if first <= one.day <= last
    ]
    heads = ("patient", "day", "questionnaire", "question", "value")
    _write(folder / "answers.csv", heads, answers)
    _write(folder / "doses.csv", ("patient", "day", "slot", "word"), doses)
    _write(folder / "dictionary.csv", ("file", "column", "meaning"), _DICTIONARY)
    print(f"{len(answers)} answers and {len(doses)} doses from {first} to {last} in {folder}")


def _days(house: House, since: str | None, until: str | None) -> tuple[date, date]:
    last = day_of("--until", until) if until else house.clock.now().date()
    first = day_of("--since", since) if since else last - timedelta(days=_USUAL_DAYS - 1)
    if first > last:
        fail(f"--since {first} lies after --until {last}")
    return first, last


def _show(found: Cohort) -> None:
    print(f"{found.since} to {found.until}, {found.patients} patients with a course")
    print(f"check-ins answered      {_of(found.checkins_answered, found.checkins_asked)}")
    print(f"dose days answered      {_of(found.dose_days_answered, found.dose_days)}")
    print(f"  taken, of answered    {_of(found.dose_days_taken, found.dose_days_answered)}")
    print(f"cases from answers      {found.cases}")
    hours = found.median_hours_to_acknowledged
    median = "-" if hours is None else f"{hours:.1f} hours (median)"
    print(f"  seen by somebody      {_of(found.cases_acknowledged, found.cases)}, {median}")
    for name, count in found.by_category.items():
        print(f"  {name:22}{count}")


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({part / whole:.0%})" if whole else "")


def _write(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
