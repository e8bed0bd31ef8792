"""`balm month`: a month of all patients in one table, out and in."""

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.entry import BY, Yes, be_sure, print_changes, record
from bot.cli.house import with_house
from bot.cli.patient import Json
from bot.domain.identity import ClinicId
from bot.services.clinic_entry import Entered
from bot.services.patients import NotPossible
from bot.wiring.house import House

app = typer.Typer(help="The month in one go: out, in, undo.", no_args_is_help=True)


@app.command("out")
def write_out(
    month: Annotated[str | None, typer.Option(help="YYYY-MM; this month if not given.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Or standard output.")] = None,
) -> None:
    """A row per patient with a course, as CSV; what is known is filled in."""

    async def work(house: House, clinic_id: ClinicId) -> str:
        text = month or f"{house.clock.now():%Y-%m}"
        found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
        if found is None:
            raise NotPossible(f"--month {text}: write it as 2026-12")
        return await house.desk.months.table(clinic_id, year=int(found[1]), month=int(found[2]))

    table = with_house(work)
    if file is None:
        sys.stdout.write(table)
        return
    file.write_text(table, encoding="utf-8")
    print(f"Written: {file} ({len(table.splitlines()) - 1} patients). Keep it as you keep records.")


@app.command("in")
def read_in(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The filled table.")],
    *,
    is_sure: Yes = False,
    as_json: Json = False,
) -> None:
    """Enter everything that is new in the table; the same table again changes nothing."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise typer.BadParameter("save the table as CSV in UTF-8", param_hint="FILE") from error

    async def work(house: House, clinic_id: ClinicId) -> tuple[str, list[Entered]]:
        plan = await house.desk.months.read(clinic_id, text)
        if plan.positives:
            what = "These tests are POSITIVE."
            be_sure(plan.positives, what, is_sure=is_sure, as_json=as_json)
        return await house.desk.months.enter(clinic_id, plan, by=BY)

    entry_id, entered = with_house(work)
    if as_json:
        print(json.dumps({"entry": entry_id, "patients": [record(one) for one in entered]}))
        return
    _print_all(entered)
    if entered:
        print(f"Entered for {len(entered)} patients. A slip? balm month undo {entry_id}")
    else:
        print("Everything in the table is known already; nothing was changed.")


@app.command()
def undo(
    entry_id: Annotated[str, typer.Argument(metavar="ENTRY", help="As `balm month in` showed.")],
    *,
    as_json: Json = False,
) -> None:
    """Take back everything that one table entered."""

    async def work(house: House, clinic_id: ClinicId) -> list[Entered]:
        return await house.desk.months.undo(clinic_id, entry_id, by=BY)

    entered = with_house(work)
    if as_json:
        print(json.dumps({"patients": [record(one) for one in entered]}))
        return
    _print_all(entered)
    print(f"Taken back for {len(entered)} patients.")


def _print_all(entered: list[Entered]) -> None:
    for one in entered:
        print(f"{one.person.name}, born {one.person.birth_year}")
        print_changes(one)
