"""`balm clinic`: what the clinic declares about itself."""

import json
from typing import Annotated, Literal

import typer

from bot.cli.house import with_house
from bot.cli.patient import Json
from bot.domain.identity import ClinicId
from bot.domain.patient import Clinic
from bot.services.staffing import Declared
from bot.wiring.house import House

app = typer.Typer(help="What the clinic declares about itself.", no_args_is_help=True)

_BY = "command-line"


@app.command()
def show(*, as_json: Json = False) -> None:
    """What is declared now."""

    async def work(house: House, clinic_id: ClinicId) -> Clinic:
        async with house.store.read() as tx:
            return await tx.house.clinic(clinic_id)

    _print(with_house(work), as_json=as_json)


@app.command("set")
def set_clinic(
    hours: Annotated[
        str | None, typer.Option(help='When somebody reads: "Monday to Friday 9:00 to 17:00".')
    ] = None,
    cover: Annotated[
        Literal["on-call", "none"] | None, typer.Option(help="Who reads outside these hours.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the clinic.")] = None,
    phone: Annotated[str | None, typer.Option(help="Its telephone number.")] = None,
    photos: Annotated[
        Literal["on", "off"] | None,
        typer.Option(help="Whether patients who agree may keep photos of their skin."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Declare hours, cover, name, telephone, photos; deadlines of alerts follow at once."""
    declared = Declared(
        name=name,
        phone=phone,
        staffed_hours=hours,
        has_cover=None if cover is None else cover == "on-call",
        offers_photos=None if photos is None else photos == "on",
    )

    async def work(house: House, clinic_id: ClinicId) -> Clinic:
        return await house.staffing.declare(clinic_id, declared, by=_BY)

    _print(with_house(work), as_json=as_json)


def _print(clinic: Clinic, *, as_json: bool) -> None:
    cover = "on-call" if clinic.out_of_hours_cover else "none"
    photos = "on" if clinic.offers_photos else "off"
    if as_json:
        known = {
            "name": clinic.name,
            "phone": clinic.phone,
            "hours": clinic.staffed_hours,
            "cover": cover,
            "photos": photos,
            "zone": clinic.zone,
            "region": clinic.region.value,
        }
        print(json.dumps(known))
        return
    print(f"{clinic.name}, {clinic.phone}")
    print(f"Read:         {clinic.staffed_hours} ({clinic.zone})")
    print(f"Outside that: {cover}")
    print(f"Photos:       {photos}")
