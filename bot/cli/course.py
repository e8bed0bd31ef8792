"""`balm course`: what the clinic enters about a treatment."""

import json
import re
from datetime import time, timedelta
from typing import Annotated

import typer

from bot.cli.house import with_house
from bot.cli.patient import Json, day_of
from bot.domain.identity import ClinicId, CourseId, PatientId
from bot.domain.schedule import SlotTime
from bot.services.patients import NotPossible
from bot.wiring.house import House

app = typer.Typer(help="Courses: start.", no_args_is_help=True)

_SLOT = re.compile(r"(?:([a-z][a-z0-9-]{0,19})@)?([01]\d|2[0-3]):([0-5]\d)")
_MG = re.compile(r"(\d{1,3})(?:\.\d)?\s*mg")
MOST_MG = 160
"""Above any labelled daily dose of oral isotretinoin (2 mg/kg at 80 kg): surely a slip."""


@app.callback()
def course() -> None:
    """Courses."""


@app.command()
def start(
    patient_id: Annotated[str, typer.Argument(help="The patient.")],
    first_day: Annotated[str, typer.Option("--first-day", help="Day of the first capsule.")],
    dose: Annotated[str, typer.Option(help='As prescribed, e.g. "40mg".')],
    slots: Annotated[
        str, typer.Option(help="Times of day: 20:00, or morning@08:00,evening@20:00.")
    ] = "20:00",
    last_day: Annotated[str | None, typer.Option("--last-day", help="Day of the last one.")] = None,
    minimum_gap_minutes: Annotated[
        int | None, typer.Option(help="Reminders closer than this speak once.", min=0, max=1440)
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Start a course: reminders and check-ins are planned at once."""

    async def work(house: House, clinic_id: ClinicId) -> CourseId:
        return await house.patients.start_course(
            clinic_id,
            PatientId(patient_id),
            first_day=day_of("--first-day", first_day),
            last_day=day_of("--last-day", last_day) if last_day else None,
            dose=_checked_dose(dose),
            slots=slots_of(slots),
            minimum_gap=timedelta(minutes=minimum_gap_minutes)
            if minimum_gap_minutes is not None
            else None,
            by="command-line",
        )

    course_id = with_house(work)
    print(json.dumps({"course": course_id}) if as_json else f"Started. Course id: {course_id}")


def slots_of(text: str) -> tuple[SlotTime, ...]:
    """Slots from "20:00" or "morning@08:00,evening@20:00". Raises NotPossible."""
    slots = []
    for position, part in enumerate(text.split(","), start=1):
        found = _SLOT.fullmatch(part.strip())
        if found is None:
            raise NotPossible(f"--slots {part}: write a time as 20:00 or evening@20:00")
        name = found[1] or ("daily" if "," not in text else f"dose-{position}")
        slots.append(SlotTime(slot=name, at=time(int(found[2]), int(found[3]))))
    names = [slot.slot for slot in slots]
    times = [slot.at for slot in slots]
    if len(set(names)) < len(names) or len(set(times)) < len(times):
        raise NotPossible(f"--slots {text}: each slot needs its own name and its own time")
    return tuple(slots)


def _checked_dose(dose: str) -> str:
    found = _MG.match(dose.strip())
    if found is None or int(found[1]) == 0:
        raise NotPossible(f"--dose {dose}: write it in mg, like 40mg")
    if int(found[1]) > MOST_MG:
        raise NotPossible(f"--dose {dose}: more than {MOST_MG} mg a day cannot be right")
    return dose.strip()
