"""`balm photos`: how many there are, a guardian's yes, and their end; never what they show."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.house import with_house
from bot.cli.patient import Json, day_of
from bot.domain.identity import ClinicId, PatientId
from bot.domain.photo import PhotoCount
from bot.services.photo_desk import PhotoDesk
from bot.wiring.house import House

app = typer.Typer(
    help="Photos that patients keep for themselves: counts and dates, nothing else.",
    no_args_is_help=True,
)

PatientArgument = Annotated[str, typer.Argument(help="The patient's id.")]
By = Annotated[str, typer.Option("--as", help="Who does this, as enrolled.")]
Code = Annotated[str, typer.Option(help="Six digits of their authenticator.")]


@app.command("list")
def list_photos(*, as_json: Json = False) -> None:
    """How many days each patient keeps a photo of, the first and the last of them."""

    async def work(house: House, clinic_id: ClinicId) -> Sequence[PhotoCount]:
        return await PhotoDesk(house.store, house.clock).counts(clinic_id)

    rows = [_row(one) for one in with_house(work)]
    if as_json:
        print(json.dumps(rows))
        return
    if not rows:
        print("Nobody keeps a photo.")
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(str(value) if value is not None else "" for value in row.values()))
    Console().print(table)


@app.command()
def guardian(
    patient_id: PatientArgument,
    on: Annotated[str, typer.Option(help="Day of the guardian's word, YYYY-MM-DD.")],
    clinician: By,
    code: Code,
    *,
    agrees: Annotated[
        bool, typer.Option("--agrees/--refuses", help="A no removes what was kept.")
    ] = True,
) -> None:
    """Under 18: what the guardian said about photos; the patient is asked as well."""
    day = day_of("--on", on)

    async def work(house: House, clinic_id: ClinicId) -> None:
        staff = await house.codes.check(clinic_id, name=clinician, code=code)
        desk = PhotoDesk(house.store, house.clock)
        await desk.record_guardian(
            clinic_id, PatientId(patient_id), agrees=agrees, on=day, by=staff
        )

    with_house(work)
    print("Recorded: the guardian agrees." if agrees else "Recorded: the guardian refuses.")


@app.command()
def remove(patient_id: PatientArgument, clinician: By, code: Code) -> None:
    """Remove all photos of a patient, and ask for none any more."""

    async def work(house: House, clinic_id: ClinicId) -> int:
        staff = await house.codes.check(clinic_id, name=clinician, code=code)
        desk = PhotoDesk(house.store, house.clock)
        return await desk.remove(clinic_id, PatientId(patient_id), by=staff)

    print(f"Removed: {with_house(work)}.")


def _row(one: PhotoCount) -> dict[str, str | int | None]:
    return {
        "patient": one.patient_id,
        "days": one.count,
        "first": one.first.isoformat() if one.first else None,
        "last": one.last.isoformat() if one.last else None,
        "on their way": one.waiting,
    }
