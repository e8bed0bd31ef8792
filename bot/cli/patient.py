"""`balm patient`: the roster."""

import json
import re
import sys
from datetime import date, datetime
from typing import Annotated
from zoneinfo import available_timezones

import phonenumbers
import segno
import typer
from rich.console import Console
from rich.table import Table

from bot.cli.house import fail, with_house
from bot.domain.identity import ClinicId, PatientId
from bot.services.holds import HoldOutcome
from bot.services.patients import Invitation, NewPatient, NotPossible
from bot.wiring.house import House
from bot.wiring.senders import TELEGRAM_USERNAME

app = typer.Typer(help="Patients: invite, list.", no_args_is_help=True)

CATEGORIES = ("can-become-pregnant", "cannot-become-pregnant")
_BY = "command-line"

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command()
def invite(
    patient_id: Annotated[
        str | None, typer.Argument(help="A patient who is already known.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name, for the care team only.")] = None,
    born: Annotated[str | None, typer.Option(help="Date of birth, YYYY-MM-DD.")] = None,
    category: Annotated[
        str | None, typer.Option(help="can-become-pregnant or cannot-become-pregnant.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="IANA time zone: America/New_York.")] = None,
    language: Annotated[str, typer.Option(help="en, es or hi.")] = "en",
    phone: Annotated[str | None, typer.Option(help="Phone number, +15550100101.")] = None,
    guardian_name: Annotated[str | None, typer.Option(help="Under 18: who consented.")] = None,
    guardian_consent_on: Annotated[
        str | None, typer.Option(help="Under 18: day of the guardian's consent.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Add a patient if needed; print the Telegram link and the SMS join code."""

    async def work(house: House, clinic_id: ClinicId) -> tuple[Invitation, str | None]:
        known = patient_id
        if known is None:
            new = _new_patient(
                house,
                name=name,
                born=born,
                category=category,
                zone=zone,
                language=language,
                phone=phone,
                guardian_name=guardian_name,
                guardian_consent_on=guardian_consent_on,
            )
            known = await house.patients.add(clinic_id, new, by=_BY)
        invitation = await house.patients.invite(clinic_id, PatientId(known), by=_BY)
        async with house.store.read() as tx:
            return invitation, await tx.house.setting(TELEGRAM_USERNAME)

    invitation, bot_name = with_house(work)
    _show_invitation(invitation, bot_name, as_json=as_json)


@app.command()
def add(
    name: Annotated[str, typer.Option(help="Name, for the care team only.")],
    born: Annotated[str, typer.Option(help="Date of birth, YYYY-MM-DD.")],
    category: Annotated[str, typer.Option(help="can-become-pregnant or cannot-become-pregnant.")],
    zone: Annotated[str, typer.Option(help="IANA time zone: America/New_York.")],
    language: Annotated[str, typer.Option(help="en, es or hi.")] = "en",
    phone: Annotated[str | None, typer.Option(help="Phone number, +15550100101.")] = None,
    guardian_name: Annotated[str | None, typer.Option(help="Under 18: who consented.")] = None,
    guardian_consent_on: Annotated[
        str | None, typer.Option(help="Under 18: day of the guardian's consent.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Add a patient without inviting them yet."""

    async def work(house: House, clinic_id: ClinicId) -> PatientId:
        new = _new_patient(
            house,
            name=name,
            born=born,
            category=category,
            zone=zone,
            language=language,
            phone=phone,
            guardian_name=guardian_name,
            guardian_consent_on=guardian_consent_on,
        )
        return await house.patients.add(clinic_id, new, by=_BY)

    patient_id = with_house(work)
    print(json.dumps({"patient": patient_id}) if as_json else f"Added. Patient id: {patient_id}")


@app.command("end-hold")
def end_hold(
    patient_id: Annotated[str, typer.Argument(help="The patient on hold.")],
    outcome: Annotated[HoldOutcome, typer.Option(help="What was decided with the patient.")],
    clinician: Annotated[str, typer.Option("--as", help="Who decided, as enrolled.")],
    code: Annotated[str, typer.Option(help="Six digits of their authenticator.")],
) -> None:
    """End the hold that a red flag began: a named clinician's decision, with their own code."""

    async def work(house: House, clinic_id: ClinicId) -> None:
        staff = await house.codes.check(clinic_id, name=clinician, code=code)
        await house.holds.end(clinic_id, PatientId(patient_id), outcome, by=staff)

    with_house(work)
    print(f"The hold has ended: {outcome.value}.")


@app.command("list")
def list_patients(*, as_json: Json = False) -> None:
    """All patients of the clinic."""

    async def work(house: House, clinic_id: ClinicId) -> list[dict[str, str]]:
        async with house.store.read() as tx:
            patients = await tx.people.patients(clinic_id)
        return [
            {"id": p.id, "name": p.name, "born": p.born_on.isoformat(), "status": p.status.value}
            for p in patients
        ]

    rows = with_house(work)
    if as_json:
        print(json.dumps(rows))
        return
    table = Table("id", "name", "born", "status")
    for row in rows:
        table.add_row(row["id"], row["name"], row["born"], row["status"])
    Console().print(table)


def _new_patient(
    house: House,
    *,
    name: str | None,
    born: str | None,
    category: str | None,
    zone: str | None,
    language: str,
    phone: str | None,
    guardian_name: str | None,
    guardian_consent_on: str | None,
) -> NewPatient:
    needed = {"--name": name, "--born": born, "--category": category, "--zone": zone}
    missing = [option for option, value in needed.items() if not value]
    if missing:
        fail(f"A new patient needs {', '.join(missing)}; or give a known patient's id.", code=2)
    assert name is not None
    assert born is not None
    if category not in CATEGORIES:
        raise NotPossible(f"--category {category}: use one of {', '.join(CATEGORIES)}")
    if zone not in available_timezones():
        raise NotPossible(f"--zone {zone}: there is no such time zone; use America/New_York")
    if language not in house.content.languages:
        offered = ", ".join(house.content.languages)
        raise NotPossible(f"--language {language}: Balm speaks {offered}")
    return NewPatient(
        name=name,
        born_on=day_of("--born", born),
        category=category,
        zone=zone,
        language=language,
        phone=_e164(phone) if phone else None,
        guardian_name=guardian_name,
        guardian_consent_on=day_of("--guardian-consent-on", guardian_consent_on)
        if guardian_consent_on
        else None,
    )


def day_of(option: str, text: str) -> date:
    """The day that an option gives. Raises NotPossible."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is None:
        raise NotPossible(f"{option} {text}: write the day as YYYY-MM-DD")
    try:
        return datetime.fromisoformat(text).date()  # a day, not an instant
    except ValueError as error:
        raise NotPossible(f"{option} {text}: there is no such day") from error


def _e164(phone: str) -> str:
    try:
        parsed = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException as error:
        raise NotPossible(f"--phone {phone}: write it like +15550100101") from error
    if not phonenumbers.is_possible_number(parsed):
        raise NotPossible(f"--phone {phone}: this is no possible phone number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _show_invitation(invitation: Invitation, bot_name: str | None, *, as_json: bool) -> None:
    link = f"https://t.me/{bot_name}?start={invitation.link_token}" if bot_name else None
    if as_json:
        shown = {
            "patient": invitation.patient_id,
            "telegram_link": link,
            "telegram_start": f"/start {invitation.link_token}",
            "join_code": invitation.join_code,
            "sms": f"JOIN {invitation.join_code}",
            "expires_at": invitation.expires_at.isoformat(),
        }
        print(json.dumps(shown))
        return
    print(f"Patient:   {invitation.patient_id}")
    if link:
        print(f"Telegram:  {link}")
    else:
        print(f"Telegram:  /start {invitation.link_token}")
        print("           (no bot is connected yet; the line works in the try-it page)")
    print(f"SMS:       JOIN {invitation.join_code}")
    print(f"Valid:     once, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC")
    if link and sys.stdout.isatty():
        segno.make(link).terminal(compact=True)
