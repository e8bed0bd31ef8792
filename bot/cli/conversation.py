"""`balm conversation`: a person of the clinic answers a patient instead of Balm, for a while."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.entry import Patient
from bot.cli.house import with_house
from bot.cli.patient import Json
from bot.domain.escalation import HANDOFF
from bot.domain.identity import ClinicId, PatientId
from bot.ports.console import CaseLine
from bot.services.handoff_desk import Taken
from bot.wiring.house import House

app = typer.Typer(
    help="Answer a patient yourself: Balm stays silent, but for danger, until you give it back.",
    no_args_is_help=True,
)

T = TypeVar("T")
By = Annotated[str, typer.Option("--as", help="Your name, as in balm staff list.")]


@app.command("list")
def show_all(*, as_json: Json = False) -> None:
    """Conversations that a person answers now."""

    async def work(house: House, clinic_id: ClinicId) -> list[Taken]:
        return list(await house.conversations.open_ones(clinic_id))

    found = _with_routes(work)
    if as_json:
        print(json.dumps([_known(one) for one in found]))
        return
    if not found:
        print("Balm answers everybody at present.")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("patient", no_wrap=True, min_width=32)
    for name in ("name", "code", "answered by", "since (UTC)", "waits", "next (UTC)"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(
            one.patient_id,
            one.patient_name,
            one.code,
            one.owner,
            f"{one.since:%m-%d %H:%M}",
            "for staff" if one.waits_for_staff else "",
            f"{one.acts_at:%m-%d %H:%M}" if one.acts_at else "",
        )
    Console().print(table)


@app.command()
def take(patient_id: Patient, by: By, *, as_json: Json = False) -> None:
    """You answer this patient from now on; they are told so.

    Reminders that can wait do, and Balm answers nothing but danger. It ends by itself when staff
    say nothing for four staffed hours and not to Balm's question either.
    """

    async def work(house: House, clinic_id: ClinicId) -> Taken:
        return await house.conversations.take(clinic_id, PatientId(patient_id), by=by)

    taken = _with_routes(work)
    if as_json:
        print(json.dumps(_known(taken)))
        return
    print(f"{taken.owner} answers {taken.patient_name} now ({taken.code}).")
    if not taken.rings_at:
        print(
            f"No phone of {taken.owner} is told when the patient writes: balm staff contact, "
            "or look with balm conversation show."
        )
    if taken.acts_at is not None:
        print(f"Without a word of yours Balm asks at {taken.acts_at:%Y-%m-%d %H:%M} UTC.")
    print(f'Talk: balm conversation say {patient_id} "..." --as "{taken.owner}"')


@app.command()
def say(
    patient_id: Patient,
    words: Annotated[str, typer.Argument(help="Your words, sent as they are with your name.")],
    by: By,
    *,
    as_json: Json = False,
) -> None:
    """Write to a patient whose conversation you have taken."""

    async def work(house: House, clinic_id: ClinicId) -> Taken:
        return await house.conversations.say(clinic_id, PatientId(patient_id), words, by=by)

    taken = _with_routes(work)
    print(json.dumps(_known(taken)) if as_json else "Queued.")


@app.command("give-back")
def give_back(patient_id: Patient, by: By) -> None:
    """Balm answers the patient again; they are told so."""

    async def work(house: House, clinic_id: ClinicId) -> None:
        await house.conversations.give_back(clinic_id, PatientId(patient_id), by=by)

    _with_routes(work)
    print("Balm answers again.")


@app.command()
def show(patient_id: Patient, by: By, *, as_json: Json = False) -> None:
    """What was said since a person took the conversation; this is health data, and is audited."""

    async def work(house: House, clinic_id: ClinicId) -> CaseLine:
        staff = await house.conversations.reader(clinic_id, PatientId(patient_id), by=by)
        await house.door.record_view(staff, verb="conversation-read")
        cases = await house.console.cases_of(clinic_id, PatientId(patient_id))
        return next(case for case in cases if case.category == HANDOFF)

    case = with_house(work)
    if as_json:
        lines = [{"at": one.at.isoformat(), "by": one.by, "text": one.text} for one in case.thread]
        print(json.dumps({"code": case.code, "owner": case.owner_name, "thread": lines}))
        return
    print(f"{case.patient_name}, answered by {case.owner_name} ({case.code})")
    for one in case.thread:
        print(f"{one.at:%m-%d %H:%M} UTC  {one.by}: {one.text}")
    if not case.thread:
        print("Nothing was said yet.")


def _with_routes(work: Callable[[House, ClinicId], Awaitable[T]]) -> T:
    """Run `work` where texts to staff are queued for the senders that the running Balm has."""

    async def run(house: House, clinic_id: ClinicId) -> T:
        async with house.store.read() as tx:
            house.alerts.routes.connect(one.id for one in await tx.house.senders())
        return await work(house, clinic_id)

    return with_house(run)


def _known(one: Taken) -> dict[str, object]:
    return {
        "code": one.code,
        "patient": one.patient_id,
        "owner": one.owner,
        "since": one.since.isoformat(),
        "next_at": one.acts_at.isoformat() if one.acts_at else None,
        "waits_for_staff": one.waits_for_staff,
    }
