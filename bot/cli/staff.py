"""`balm staff`: who works at the clinic, how they are reached, and who is on call."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.house import fail, with_house
from bot.cli.patient import Json
from bot.cli.rota_file import EXAMPLE, read_rota, shown
from bot.domain.identity import Channel, ClinicId, ContactId, StaffId
from bot.domain.rota import StaffRole
from bot.ports.staff import StaffMember
from bot.services.patients import NotPossible
from bot.services.roster import ACTIVE
from bot.wiring.house import House

app = typer.Typer(help="The clinic's staff.", no_args_is_help=True)

_BY = "command-line"
_ROLES = ", ".join(StaffRole)
Name = Annotated[str, typer.Argument(help="The person, by name.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Name, as patients read it.")],
    role: Annotated[str, typer.Option(help=f"One of: {_ROLES}.")],
    *,
    as_json: Json = False,
) -> None:
    """Add a member of staff; then say how they are reached with `balm staff contact`."""

    async def work(house: House, clinic_id: ClinicId) -> StaffId:
        return await house.staffing.add(clinic_id, name=name, role=role, by=_BY)

    staff_id = with_house(work)
    print(json.dumps({"staff": staff_id}) if as_json else f"Added. Staff id: {staff_id}")


@app.command("list")
def list_staff(*, as_json: Json = False) -> None:
    """All staff, with how they are reached."""

    async def work(house: House, clinic_id: ClinicId) -> list[dict[str, Any]]:
        roster = await house.staffing.roster(clinic_id)
        on_call = roster.rota.on_call(house.real_clock.now())
        return [
            _row(
                person,
                is_on_call=person.staff.id in on_call,
                is_reachable=bool(roster.contacts(person.staff.id, alone=False)),
            )
            for person in roster.people
        ]

    rows = with_house(work)
    if as_json:
        print(json.dumps(rows))
        return
    table = Table("name", "role", "state", "on call", "reached by", "contact id")
    for row in rows:
        contacts = row["contacts"]
        table.add_row(
            row["name"],
            row["role"],
            row["state"],
            "now" if row["on_call"] else "",
            "\n".join(_told_by(one) for one in contacts) or "nothing",
            "\n".join(one["id"] for one in contacts),
        )
    Console().print(table)


@app.command()
def contact(
    name: Name,
    telegram: Annotated[
        str | None, typer.Option(help="Number of the Telegram chat; a group's begins with -.")
    ] = None,
    sms: Annotated[str | None, typer.Option(help="Phone number, +15550100101.")] = None,
    email: Annotated[str | None, typer.Option(help="E-mail address.")] = None,
    webhook: Annotated[str | None, typer.Option(help="https:// address of a program.")] = None,
    language: Annotated[str, typer.Option(help="en, es or hi.")] = "en",
    remove: Annotated[str | None, typer.Option(help="Remove this contact id instead.")] = None,
    *,
    shared: Annotated[
        bool, typer.Option("--shared", help="Others read it too: no confidential alerts there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say how somebody is told of alerts, or remove such a way."""
    given = {
        Channel.TELEGRAM: telegram,
        Channel.SMS: sms,
        Channel.EMAIL: email,
        Channel.WEBHOOK: webhook,
    }
    wanted = [(channel, value) for channel, value in given.items() if value]
    if len(wanted) != (0 if remove else 1):
        fail("Give one of --telegram, --sms, --email, --webhook, or --remove.", code=2)

    async def work(house: House, clinic_id: ClinicId) -> str:
        if remove is not None:
            await house.staffing.remove_contact(
                clinic_id, name=name, contact=ContactId(remove), by=_BY
            )
            return remove
        if language not in house.content.languages:
            offered = ", ".join(house.content.languages)
            raise NotPossible(f"--language {language}: Balm speaks {offered}")
        ((channel, value),) = wanted
        return await house.staffing.add_contact(
            clinic_id,
            name=name,
            channel=channel,
            value=value,
            language=language,
            is_shared=shared,
            by=_BY,
        )

    contact_id = with_house(work)
    done = "Removed" if remove else "Added"
    print(json.dumps({"contact": contact_id}) if as_json else f"{done}. Contact id: {contact_id}")


@app.command()
def leave(
    name: Name,
    to: Annotated[str | None, typer.Option(help="Who takes over the shifts.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Somebody leaves: alerts and rota move in one step; refused while it leaves a gap."""

    async def work(house: House, clinic_id: ClinicId) -> int:
        return await house.staffing.leave(clinic_id, name=name, heir=to, by=_BY)

    moved = with_house(work)
    text = f"{name} has left. Open alerts that look for somebody else now: {moved}"
    print(json.dumps({"alerts_moved": moved}) if as_json else text)


@app.command()
def rota(
    file: Annotated[
        Path | None, typer.Argument(help="YAML file of a new rota; without it: show the rota.")
    ] = None,
    *,
    example: Annotated[bool, typer.Option("--example", help="Print such a file.")] = False,
    as_json: Json = False,
) -> None:
    """Show who is on call, or read it from a file."""
    if example:
        print(EXAMPLE, end="")
        return

    async def work(house: House, clinic_id: ClinicId) -> dict[str, Any]:
        roster = await house.staffing.roster(clinic_id)
        active = [person.staff for person in roster.people if person.staff.state == ACTIVE]
        if file is not None:
            document = read_rota(file, {staff.name: staff.id for staff in active})
            await house.staffing.set_rota(clinic_id, document, by=_BY)
        names = {person.staff.id: person.staff.name for person in roster.people}
        async with house.store.read() as tx:
            return shown(await tx.staff.rota(clinic_id), names)

    document = with_house(work)
    if as_json:
        print(json.dumps(document))
        return
    table = Table("who", "days", "hours", "from", "until", "holidays")
    for one in document["shifts"]:
        is_always = "works" if one["on_holidays"] else ""
        table.add_row(
            one["who"], one["days"], one["hours"], one["from"] or "", one["until"] or "", is_always
        )
    Console().print(table)
    print(f"Otherwise: {', '.join(document['fallback']) or 'lead, deputy, then everybody'}")
    print(f"Holidays:  {', '.join(document['holidays']) or 'none'}")


def _row(person: StaffMember, *, is_on_call: bool, is_reachable: bool) -> dict[str, Any]:
    return {
        "id": person.staff.id,
        "name": person.staff.name,
        "role": person.staff.role,
        "state": person.staff.state,
        "on_call": is_on_call,
        "reachable": is_reachable,
        "contacts": [
            {
                "id": one.id,
                "channel": one.channel.value,
                "value": one.value,
                "language": one.language,
                "shared": one.is_shared,
            }
            for one in person.contacts
        ],
    }


def _told_by(contact: dict[str, Any]) -> str:
    return f"{contact['channel']} {contact['value']}{' (shared)' if contact['shared'] else ''}"
