"""`balm test` and `balm lab`: results as the clinic enters and corrects them."""

import json
from datetime import date
from typing import Annotated, Literal

import typer

from bot.cli.entry import BY, Patient, Yes, decimal_of, enter
from bot.cli.house import with_house
from bot.cli.patient import Json, day_of
from bot.domain.identity import ClinicId, PatientId
from bot.services.clinic_entry import Entered
from bot.services.result_records import POSITIVE, TestChange
from bot.wiring.house import House

test = typer.Typer(help="Pregnancy tests: record, correct.", no_args_is_help=True)
lab = typer.Typer(help="Blood results: record, correct, profile, tests.", no_args_is_help=True)

_Result = Literal["negative", "positive", "unclear"]
_Place = Literal["laboratory", "clinic", "home"]
_On = Annotated[
    str | None, typer.Option("--on", help="Day of the sample, YYYY-MM-DD; today if not given.")
]
_Day = Annotated[str, typer.Option("--on", help="The day under which it was recorded.")]


@test.command("record")
def record_test(
    patient_id: Patient,
    result: Annotated[
        str, typer.Option(help="negative, positive, unclear; pending: only the sample is known.")
    ],
    on: _On = None,
    place: Annotated[_Place, typer.Option(help="Where the test was done.")] = "laboratory",
    *,
    is_sure: Yes = False,
    as_json: Json = False,
) -> None:
    """Record a pregnancy test. Balm never tells the patient a result: staff do."""
    if result not in ("negative", "positive", "unclear", "pending"):
        raise typer.BadParameter(
            "use negative, positive, unclear or pending", param_hint="--result"
        )

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        return await house.desk.results.record_test(
            clinic_id,
            PatientId(patient_id),
            result=None if result == "pending" else result,
            on=_day("--on", on),
            place=place,
            by=BY,
        )

    asks = f"The test of {on or 'today'} is POSITIVE." if result == POSITIVE else None
    enter(patient_id, work, asks=asks, is_sure=is_sure, as_json=as_json)


@test.command("correct")
def correct_test(
    patient_id: Patient,
    on: _Day,
    result: Annotated[_Result | None, typer.Option(help="The right result.")] = None,
    to_day: Annotated[str | None, typer.Option("--to-day", help="The right day.")] = None,
    place: Annotated[_Place | None, typer.Option(help="The right place.")] = None,
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="There was no such test.")] = False,
    is_sure: Yes = False,
    as_json: Json = False,
) -> None:
    """Correct a test with a superseding record; nothing is removed."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        change = TestChange(
            result=result, on=_day("--to-day", to_day), place=place, is_withdrawn=withdraw
        )
        day = day_of("--on", on)
        return await house.desk.results.correct_test(
            clinic_id, PatientId(patient_id), day, change, by=BY
        )

    right = "withdrawn" if withdraw else " ".join(filter(None, (result, to_day, place)))
    asks = f"The test of {on} is corrected: {right}."
    enter(patient_id, work, asks=asks, is_sure=is_sure, as_json=as_json)


@lab.command("record")
def record_lab(
    patient_id: Patient,
    name: Annotated[str, typer.Argument(metavar="TEST", help="triglycerides, alt, …")],
    value: Annotated[str, typer.Argument(help="The number.")],
    unit: Annotated[str, typer.Argument(help="mg/dL, mmol/L, U/L, …")],
    on: _On = None,
    *,
    as_json: Json = False,
) -> None:
    """Record a blood result. Balm never tells the patient: staff do."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        results = house.desk.results
        measured = results.lab_value(name, decimal_of("VALUE", value), unit)
        return await results.record_lab(
            clinic_id, PatientId(patient_id), measured, on=_day("--on", on), by=BY
        )

    enter(patient_id, work, as_json=as_json)


@lab.command("correct")
def correct_lab(
    patient_id: Patient,
    name: Annotated[str, typer.Argument(metavar="TEST", help="triglycerides, alt, …")],
    on: _Day,
    value: Annotated[str | None, typer.Option(help="The right number.")] = None,
    unit: Annotated[str | None, typer.Option(help="Its unit.")] = None,
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="There was no such result.")] = False,
    as_json: Json = False,
) -> None:
    """Correct a blood result with a superseding record; nothing is removed."""
    if withdraw == (value is not None) or (value is None) != (unit is None):
        raise typer.BadParameter("give --value and --unit, or --withdraw", param_hint="--value")

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        results = house.desk.results
        known = results.labs.book.test(name)
        measured = None
        if value is not None and unit is not None:
            measured = results.lab_value(name, decimal_of("--value", value), unit)
        return await results.correct_lab(
            clinic_id,
            PatientId(patient_id),
            known.id if known else name,
            measured,
            on=day_of("--on", on),
            by=BY,
        )

    enter(patient_id, work, as_json=as_json)


@lab.command("profile")
def choose_profile(
    patient_id: Patient,
    profile: Annotated[str, typer.Argument(help="baseline-and-peak, monthly or none.")],
    *,
    as_json: Json = False,
) -> None:
    """When this patient's blood tests are due."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        return await house.desk.results.choose_profile(
            clinic_id, PatientId(patient_id), profile, by=BY
        )

    enter(patient_id, work, as_json=as_json)


@lab.command("tests")
def list_tests(*, as_json: Json = False) -> None:
    """The blood tests that Balm knows, with their units."""

    async def work(house: House, clinic_id: ClinicId) -> dict[str, list[str]]:
        known = house.desk.results.labs.book.tests
        return {one.id: [unit.name for unit in one.units] for one in known}

    shown = with_house(work)
    if as_json:
        print(json.dumps(shown))
        return
    for name, units in shown.items():
        print(f"{name}: {', '.join(units)}")


def _day(option: str, text: str | None) -> date | None:
    return day_of(option, text) if text else None
