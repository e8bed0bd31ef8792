"""`balm course hold / pregnancy / … / death`: what life brings, and what falls silent then."""

from typing import Annotated

import typer

from bot.cli.entry import BY, Clinician, Code, Patient, Yes, enter
from bot.cli.patient import Json, day_of
from bot.domain.identity import ClinicId, PatientId
from bot.services.clinic_entry import Entered
from bot.wiring.house import House

app = typer.Typer()

_On = Annotated[str | None, typer.Option("--on", help="The day, YYYY-MM-DD; today if not given.")]


@app.command()
def hold(patient_id: Patient, *, as_json: Json = False) -> None:
    """No capsules until a clinician ends the hold (balm patient end-hold)."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        return await house.desk.life.hold(clinic_id, PatientId(patient_id), by=BY)

    enter(patient_id, work, as_json=as_json)


@app.command()
def pregnancy(
    patient_id: Patient, on: _On = None, *, is_sure: Yes = False, as_json: Json = False
) -> None:
    """A reported pregnancy: hold, alert, and silence where words would hurt."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        day = day_of("--on", on) if on else None
        return await house.desk.life.pregnancy(clinic_id, PatientId(patient_id), on=day, by=BY)

    enter(patient_id, work, asks="A pregnancy is reported.", is_sure=is_sure, as_json=as_json)


@app.command("contraception-failure")
def contraception_failure(patient_id: Patient, on: _On = None, *, as_json: Json = False) -> None:
    """Protection may have failed: hold, and somebody calls today."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        day = day_of("--on", on) if on else None
        return await house.desk.life.contraception_failure(
            clinic_id, PatientId(patient_id), on=day, by=BY
        )

    enter(patient_id, work, as_json=as_json)


@app.command()
def category(
    patient_id: Patient,
    new: Annotated[
        str | None, typer.Argument(help="can-become-pregnant or cannot-become-pregnant.")
    ] = None,
    programme: Annotated[
        str | None, typer.Option(help="us-ipledge, uk-mhra, eu-ppp, in-cdsco or none.")
    ] = None,
    *,
    is_sure: Yes = False,
    as_json: Json = False,
) -> None:
    """Another pregnancy category or programme; only the clinic decides it."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        return await house.desk.life.change_category(
            clinic_id, PatientId(patient_id), category=new, programme=programme, by=BY
        )

    asks = f"It becomes {' '.join(filter(None, (new, programme)))}."
    enter(patient_id, work, asks=asks, is_sure=is_sure, as_json=as_json)


@app.command()
def restart(
    patient_id: Patient, clinician: Clinician, code: Code, *, as_json: Json = False
) -> None:
    """A clinician lets silenced messages begin again after a pregnancy."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        staff = await house.codes.check(clinic_id, name=clinician, code=code)
        return await house.desk.life.restart(clinic_id, PatientId(patient_id), by=staff)

    enter(patient_id, work, as_json=as_json)


@app.command()
def transfer(
    patient_id: Patient, on: _On = None, *, is_sure: Yes = False, as_json: Json = False
) -> None:
    """Another clinic cares for the patient: nothing planned is sent any more."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        day = day_of("--on", on) if on else None
        return await house.desk.life.transfer(clinic_id, PatientId(patient_id), on=day, by=BY)

    asks = "Another clinic cares for this patient, and every message ends."
    enter(patient_id, work, asks=asks, is_sure=is_sure, as_json=as_json)


@app.command()
def death(
    patient_id: Patient, on: _On = None, *, is_sure: Yes = False, as_json: Json = False
) -> None:
    """The patient has died: everything ends, without a word to any phone."""

    async def work(house: House, clinic_id: ClinicId) -> Entered:
        day = day_of("--on", on) if on else None
        return await house.desk.life.death(clinic_id, PatientId(patient_id), on=day, by=BY)

    asks = "This patient has died, and every message ends."
    enter(patient_id, work, asks=asks, is_sure=is_sure, as_json=as_json)
