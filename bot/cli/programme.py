"""`balm programme`: what regulators ask for, from when, and what if that changes."""

import json
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.house import fail, with_house
from bot.cli.patient import Json, day_of
from bot.cli.programme_print import (
    confirmed,
    print_category,
    print_touched,
    rules,
    step_record,
    summary,
    touched,
)
from bot.content.programmes import load_programme, load_programmes
from bot.content.yaml_loader import ContentError
from bot.domain.identity import ClinicId, PatientId
from bot.domain.programme import Programme
from bot.services.patients import NotPossible
from bot.wiring.house import House
from bot.wiring.words import CONTENT

app = typer.Typer(help="Programmes: rules with their dates.", no_args_is_help=True)

FOLDER = CONTENT / "programmes"
_BY = "command-line"
Name = Annotated[str, typer.Argument(help="The programme, such as us-ipledge.")]
Change = Annotated[
    str | None, typer.Option("--change", help="Which change; its only one if not named.")
]
OnDay = Annotated[str, typer.Option("--on", help="Day from which the change holds, 2026-08-08.")]


@app.command("list")
def list_programmes(*, as_json: Json = False) -> None:
    """Every programme, and which of its changes still wait for a day."""
    known = _loaded()
    if as_json:
        print(json.dumps([summary(one) for one in known.values()]))
        return
    table = Table("programme", "name", "version", "rules", "to be checked", "changes without a day")
    for one in known.values():
        every = rules(one)
        unsure = sum(rule.confidence == "to-be-checked" for rule in every)
        waiting = ", ".join(change.id for change in one.unconfirmed()) or "-"
        table.add_row(one.id, one.name, one.version, str(len(every)), str(unsure), waiting)
    Console().print(table)


@app.command()
def show(
    name: Name,
    category: Annotated[str | None, typer.Option(help="One category only.")] = None,
    on: Annotated[str | None, typer.Option("--on", help="Only rules in force on that day.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Every step with its rules, their dates, sources and how sure they are."""
    programme = _named(name)
    day = _day(on) if on else None
    if category is not None and category not in programme.categories:
        known = ", ".join(programme.categories)
        fail(f"--category {category}: {name} has {known}", code=2)
    chosen = [c for c in programme.categories.values() if category in (None, c.id)]
    if as_json:
        shown = {c.id: [step_record(step, day) for step in c.steps] for c in chosen}
        print(json.dumps({**summary(programme), "categories": shown}))
        return
    for one in chosen:
        print_category(one, day)


@app.command()
def lint(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Programme files; all that are known if none.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Check programme files: complete, dated, sourced, without a gap; exit code 1 if not."""
    found: list[dict[str, Any]] = []
    for path in files or sorted(FOLDER.glob("*.yaml")):
        try:
            load_programme(path)
        except ContentError as error:
            known = {"path": str(error.path), "line": error.line, "column": error.column}
            found.append({**known, "reason": error.reason})
    if as_json:
        print(json.dumps(found))
    for one in () if as_json else found:
        print(f"{one['path']}:{one['line']}:{one['column']}: {one['reason']}")
    if not found and not as_json:
        print("Every rule is complete, dated and without a gap.")
    raise typer.Exit(1 if found else 0)


@app.command()
def rehearse(name: Name, on: OnDay, change: Change = None, *, as_json: Json = False) -> None:
    """Whose steps and messages would change if a rule changed on that day. Changes nothing."""
    day = _day(on)

    async def work(house: House, clinic_id: ClinicId) -> list[dict[str, Any]]:
        asked = house.programmes.change(name, change)
        before = house.programmes.programme(clinic_id, name)
        if before is None:
            raise NotPossible(f"{name} is not signed yet, so it says nothing to anybody")
        if day < asked.announced_on:
            raise NotPossible(
                f"--on {day}: {asked.id} was announced on {asked.announced_on}; give a later day"
            )
        known = {c.id: c.effective_on for c in before.changes if c.effective_on is not None}
        after = before.with_dates({**known, asked.id: day})
        found = await house.watch.rehearse(clinic_id, before, after)
        return [touched(patient_id, seen) for patient_id, seen in found]

    patients = with_house(work)
    if as_json:
        print(json.dumps({"programme": name, "on": day.isoformat(), "patients": patients}))
        return
    for one in patients:
        print_touched(one)
    print(f"{len(patients)} patients would be touched if the change held from {day}.")


@app.command()
def confirm(name: Name, on: OnDay, change: Change = None) -> None:
    """Say from which day a change of rules holds at your clinic; every plan follows at once."""
    day = _day(on)

    async def work(house: House, clinic_id: ClinicId) -> str:
        asked = house.programmes.change(name, change)
        await house.programmes.confirm(house.store, clinic_id, (name, asked.id), day, by=_BY)
        count = await house.planner.plan_all()
        return f"{asked.id} of {name} holds from {day}; {count} plans looked at anew."

    print(with_house(work))


@app.command()
def dates(*, as_json: Json = False) -> None:
    """Which days for changes of rules the clinic has confirmed, and who said so when."""

    async def work(house: House, clinic_id: ClinicId) -> list[dict[str, str]]:
        async with house.store.read() as tx:
            known = await house.programmes.confirmed(tx, clinic_id)
        return [
            confirmed(programme, change, said)
            for programme, changes in known.items()
            for change, said in changes.items()
        ]

    known = with_house(work)
    if as_json:
        print(json.dumps(known))
        return
    for one in known:
        print(f"{one['programme']} {one['change']}: from {one['on']}, said on {one['said_on']}")
    if not known:
        print("None. See: balm programme list")


@app.command("close")
def close_days(
    days: Annotated[list[str], typer.Argument(help="Days on which your clinic is closed.")],
) -> None:
    """Tell Balm days on which your clinic is closed, besides weekends and public holidays."""
    asked = [_day(one) for one in days]

    async def work(house: House, clinic_id: ClinicId) -> Sequence[date]:
        known = await house.programmes.close(house.store, clinic_id, asked, by=_BY)
        await house.planner.plan_all()
        return known

    print("Closed: " + ", ".join(map(str, with_house(work))))


@app.command()
def join(
    patient_id: Annotated[str, typer.Argument(help="The patient.")],
    name: Name,
    *,
    home_tests: Annotated[
        bool, typer.Option("--home-tests", help="The prescriber permits tests at home.")
    ] = False,
) -> None:
    """Say which programme a patient follows; their plan follows at once."""

    async def work(house: House, clinic_id: ClinicId) -> None:
        await house.programme_facts.join(
            clinic_id, PatientId(patient_id), name, permits_home_tests=home_tests, by=_BY
        )

    with_house(work)
    print(f"{patient_id} follows {name}.")


@app.command()
def method(
    patient_id: Annotated[str, typer.Argument(help="The patient.")],
    name: Annotated[str, typer.Argument(help="The method, such as pill-21-7.")],
    since: Annotated[str, typer.Option(help="First day of the pack, or day of the insertion.")],
    at: Annotated[str | None, typer.Option(help="Hour of its reminder, 21:00.")] = None,
    second: Annotated[str | None, typer.Option(help="The second method.")] = None,
) -> None:
    """Say which contraception a patient uses; reminders follow its rhythm."""
    day = _day(since)
    hour = _hour(at) if at is not None else None

    async def work(house: House, clinic_id: ClinicId) -> None:
        await house.programme_facts.use_method(
            clinic_id,
            PatientId(patient_id),
            name,
            since=day,
            at=hour,
            second=second,
            by=_BY,
        )

    with_house(work)
    print(f"{patient_id}: {name}{f' and {second}' if second else ''}.")


def _hour(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        fail(f"--at {text}: write a time as 21:00", code=2)


def _loaded() -> dict[str, Programme]:
    try:
        return dict(load_programmes(FOLDER))
    except ContentError as error:
        fail(str(error))


def _named(name: str) -> Programme:
    known = _loaded()
    if name not in known:
        fail(f"There is no programme {name!r}; there are {', '.join(known)}.", code=2)
    return known[name]


def _day(text: str) -> date:
    try:
        return day_of("day", text)
    except NotPossible as error:
        fail(str(error), code=2)
