"""`balm patient show`: one patient's course, day by day."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.house import fail, with_house
from bot.cli.patient import Json
from bot.domain.cohort import CourseOf
from bot.domain.history import MISSED
from bot.domain.identity import ClinicId, PatientId
from bot.wiring.house import House

_BY = "command-line"


def show(
    patient_id: Annotated[str, typer.Argument(help="The patient's id.")], *, as_json: Json = False
) -> None:
    """Doses and answers of one patient, newest day first; looking is recorded."""

    async def work(house: House, clinic_id: ClinicId) -> CourseOf | None:
        now = house.clock.now()
        async with house.store.unit_of_work() as tx:
            courses = await tx.history.courses(
                clinic_id, until=now, patient_id=PatientId(patient_id)
            )
            if courses:
                await tx.house.audit(
                    clinic_id,
                    at=now,
                    actor=_BY,
                    verb="view:timeline",
                    subject=courses[0].patient_id,
                )
        return courses[0] if courses else None

    course = with_house(work)
    if course is None:
        fail(f"there is no patient {patient_id} with a course; `balm patient list` shows all")
    if as_json:
        print(json.dumps(asdict(course), default=str))
        return
    _print(course)


def _print(course: CourseOf) -> None:
    table = Table("day", "week", "doses", "check-in", title=f"Course from {course.first_day}")
    days = {one.day for one in course.history.doses} | {o.day for o in course.history.checkins}
    for day in sorted(days, reverse=True):
        doses = [one for one in course.history.doses if one.day == day]
        checkins = [one for one in course.history.checkins if one.day == day]
        table.add_row(
            day.isoformat(),
            str((day - course.first_day).days // 7 + 1),
            ", ".join(
                f"[red]{one.slot} {one.word.value}[/]"
                if one.word in MISSED
                else f"{one.slot} {one.word.value}"
                for one in doses
            ),
            "; ".join(
                f"{one.questionnaire}: "
                + (", ".join(f"{q} {v}" for q, v in one.answers.items()) or "no answer")
                for one in checkins
            ),
        )
    Console().print(table)
