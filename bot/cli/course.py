"""`balm course`: what the clinic enters about a treatment."""

import json
import re
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Annotated

import typer

from bot.cli.entry import BY, Clinician, Code, Patient, Yes, decimal_of, enter
from bot.cli.house import with_house
from bot.cli.patient import Json, day_of
from bot.domain.identity import ClinicId, CourseId, PatientId
from bot.domain.schedule import SlotTime
from bot.services.clinic_entry import Entered
from bot.services.course_records import NewDose
from bot.services.patients import NotPossible
from bot.wiring.house import House

app = typer.Typer(
    help="Courses: start, dose, pause, resume, end, show, correct, and what life brings.",
    no_args_is_help=True,
)

_SLOT = re.compile(r"(?:([a-z][a-z0-9-]{0,19})@)?([01]\d|2[0-3]):([0-5]\d)")
_MG = re.compile(r"(\d{1,3}(?:\.\d)?)\s*mg\b", re.IGNORECASE)
_SEVERAL = re.compile(r"twice|bid|b\.i\.d|two times|2\s*x|x\s*2|morning and|each", re.IGNORECASE)
_Slots = Annotated[
    str | None, typer.Option(help="Times of day: 20:00, or morning@08:00,evening@20:00.")
]
_Capsules = Annotated[
    str | None,
    typer.Option(help="Capsules of each dose: 40, or 20+10, or morning=20,evening=20+10."),
]
_Every = Annotated[
    int | None, typer.Option("--every-days", help="2: on alternate days.", min=1, max=7)
]
_On = Annotated[str | None, typer.Option("--on", help="The day, YYYY-MM-DD; today if not given.")]


@app.callback()
def course() -> None:
    """Courses."""


@app.command()
def start(
    patient_id: Patient,
    first_day: Annotated[str, typer.Option("--first-day", help="Day of the first capsule.")],
    dose: Annotated[str, typer.Option(help='Of a whole day, as prescribed: "40mg".')],
    slots: _Slots = None,
    capsules: _Capsules = None,
    every_days: _Every = None,
    last_day: Annotated[str | None, typer.Option("--last-day", help="Day of the last one.")] = None,
    minimum_gap_minutes: Annotated[
        int | None, typer.Option(help="Reminders closer than this speak once.", min=0, max=1440)
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Start a course: reminders and check-ins are planned at once."""

    async def work(house: House, clinic_id: ClinicId) -> CourseId:
        daily_mg = mg_of(dose)
        named = with_capsules(slots_of(slots or "20:00"), capsules)
        house.desk.courses.check_dose(daily_mg, named)
        return await house.patients.start_course(
            clinic_id,
            PatientId(patient_id),
            first_day=day_of("--first-day", first_day),
            last_day=_day("--last-day", last_day),
            dose=dose.strip(),
            slots=named,
            minimum_gap=timedelta(minutes=minimum_gap_minutes)
            if minimum_gap_minutes is not None
            else None,
            by=BY,
            daily_mg=daily_mg,
            every_days=every_days or 1,
        )

    course_id = with_house(work)
    print(json.dumps({"course": course_id}) if as_json else f"Started. Course id: {course_id}")


@app.command("dose")
def change_dose(
    patient_id: Patient,
    dose: Annotated[str, typer.Option(help='Of a whole day, as prescribed: "60mg".')],
    from_day: Annotated[
        str | None, typer.Option("--from", help="First day; tomorrow if not given.")
    ] = None,
    slots: _Slots = None,
    capsules: _Capsules = None,
    every_days: _Every = None,
    last_day: Annotated[str | None, typer.Option("--last-day", help="A new last day.")] = None,
    *,
    has_capsules: Annotated[
        bool, typer.Option("--has-capsules", help="The patient has the new capsules already.")
    ] = False,
    told: Annotated[bool, typer.Option("--told", help="Staff have told the patient.")] = False,
    is_sure: Yes = False,
    as_json: Json = False,
) -> None:
    """Change the dose. It begins when the patient confirms having the new capsules."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        daily_mg = mg_of(dose)
        named = slots_of(slots) if slots else None
        if capsules is not None:
            named = with_capsules(named or await _slots_now(house, clinic_id, patient_id), capsules)
        house.desk.courses.check_dose(daily_mg, named or ())
        new = NewDose(
            daily_mg=daily_mg,
            from_day=_day("--from", from_day),
            slots=named,
            every_days=every_days,
            last_day=_day("--last-day", last_day),
            has_capsules=has_capsules,
            was_told=told,
        )
        return await house.desk.courses.change_dose(clinic_id, PatientId(patient_id), new, by=BY)

    asks = f"The dose becomes {dose} from {from_day or 'tomorrow'} on."
    enter(patient_id, work, asks=asks, is_sure=is_sure, as_json=as_json)


@app.command()
def told(patient_id: Patient, *, as_json: Json = False) -> None:
    """Staff have told the patient of the new dose; Balm may ask about its capsules."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        return await house.desk.courses.tell_dose(clinic_id, PatientId(patient_id), by=BY)

    enter(patient_id, work, as_json=as_json)


@app.command()
def capsules(patient_id: Patient, *, as_json: Json = False) -> None:
    """The patient has the capsules of the new dose: it begins."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        return await house.desk.courses.give_capsules(clinic_id, PatientId(patient_id), by=BY)

    enter(patient_id, work, as_json=as_json)


@app.command()
def pause(
    patient_id: Patient,
    from_day: Annotated[str | None, typer.Option("--from", help="First day; or today.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day without capsules.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """No capsules for some days. Contraception, tests and windows go on."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        return await house.desk.courses.pause(
            clinic_id,
            PatientId(patient_id),
            from_day=_day("--from", from_day),
            until_day=_day("--until", until),
            by=BY,
        )

    enter(patient_id, work, as_json=as_json)


@app.command()
def resume(patient_id: Patient, on: _On = None, *, as_json: Json = False) -> None:
    """Capsules again: ends a pause, or a stop that the patient reported."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        return await house.desk.courses.resume(
            clinic_id, PatientId(patient_id), on=_day("--on", on), by=BY
        )

    enter(patient_id, work, as_json=as_json)


@app.command()
def weight(
    patient_id: Patient,
    kg: Annotated[str, typer.Argument(help="Kilograms, like 62.5.")],
    on: _On = None,
    *,
    as_json: Json = False,
) -> None:
    """What the patient weighs; the same day again corrects it."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        return await house.desk.courses.weigh(
            clinic_id, PatientId(patient_id), decimal_of("KG", kg), on=_day("--on", on), by=BY
        )

    enter(patient_id, work, as_json=as_json)


@app.command()
def target(
    patient_id: Patient,
    mg_per_kg: Annotated[str, typer.Argument(help="As 120-150, or 120, in mg per kg.")],
    *,
    as_json: Json = False,
) -> None:
    """The prescriber's cumulative target. Patients never see it."""
    low, _, high = mg_per_kg.partition("-")

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        lowest = decimal_of("MG_PER_KG", low)
        highest = decimal_of("MG_PER_KG", high) if high else lowest
        return await house.desk.courses.aim(
            clinic_id, PatientId(patient_id), lowest, highest, by=BY
        )

    enter(patient_id, work, as_json=as_json)


@app.command()
def end(
    patient_id: Patient,
    last_capsule: Annotated[
        str | None, typer.Option("--last-capsule", help="Day of the last capsule; or today.")
    ] = None,
    *,
    is_sure: Yes = False,
    as_json: Json = False,
) -> None:
    """The last capsule was taken: doses end, and the time after begins."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        day = _day("--last-capsule", last_capsule)
        return await house.desk.courses.end(
            clinic_id, PatientId(patient_id), last_capsule=day, by=BY
        )

    asks = f"The last capsule was taken {last_capsule or 'today'}."
    enter(patient_id, work, asks=asks, is_sure=is_sure, as_json=as_json)


@app.command()
def clear(patient_id: Patient, clinician: Clinician, code: Code, *, as_json: Json = False) -> None:
    """A clinician's tick that the programme is over for this patient; never by date alone."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        staff = await house.codes.check(clinic_id, name=clinician, code=code)
        return await house.desk.courses.clear(clinic_id, PatientId(patient_id), by=staff)

    enter(patient_id, work, as_json=as_json)


@app.command()
def correct(
    patient_id: Patient,
    undo: Annotated[str, typer.Option(help="The entry to take back, as it was shown.")],
    *,
    is_sure: Yes = False,
    as_json: Json = False,
) -> None:
    """Take an entry back: superseding facts are added, nothing is removed."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        return await house.desk.corrections.take_back(clinic_id, PatientId(patient_id), undo, by=BY)

    enter(patient_id, work, asks=f"Entry {undo} is taken back.", is_sure=is_sure, as_json=as_json)


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


def with_capsules(slots: tuple[SlotTime, ...], text: str | None) -> tuple[SlotTime, ...]:
    """The slots with "20+10" each, or "morning=20,evening=10". Raises NotPossible."""
    if text is None:
        return slots
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 1 and "=" not in text:
        return tuple(replace(slot, capsules=_mix(text)) for slot in slots)
    named = dict(part.partition("=")[::2] for part in parts)
    if unknown := set(named) - {slot.slot for slot in slots}:
        known = ", ".join(slot.slot for slot in slots)
        raise NotPossible(f"--capsules {text}: no dose is called {min(unknown)}; use {known}")
    return tuple(
        replace(slot, capsules=_mix(named[slot.slot]) if slot.slot in named else ())
        for slot in slots
    )


def mg_of(dose: str) -> Decimal:
    """The mg of a whole day in "40mg". Raises NotPossible."""
    found = _MG.match(dose.strip())
    if found is None or not Decimal(found[1]):
        raise NotPossible(f"--dose {dose}: write it in mg, like 40mg")
    if _SEVERAL.search(dose):
        raise NotPossible(
            f"--dose {dose}: give the dose of a whole day, like 80mg, and the times with "
            "--slots morning@08:00,evening@20:00"
        )
    return Decimal(found[1])


def _mix(text: str) -> tuple[int, ...]:
    parts = [part.strip().removesuffix("mg").strip() for part in text.split("+")]
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise NotPossible(f"--capsules {text}: write the strengths in mg, like 40 or 20+10")
    return tuple(int(part) for part in parts)


async def _slots_now(house: House, clinic_id: ClinicId, patient_id: str) -> tuple[SlotTime, ...]:
    view = await house.desk.views.of(clinic_id, PatientId(patient_id))
    regimen = view.regimen.on(view.today)
    return regimen.slots if regimen is not None else ()


def _day(option: str, text: str | None) -> date | None:
    return day_of(option, text) if text else None
