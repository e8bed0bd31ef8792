"""`balm ledger`: is every planned message accounted for, and is the account unchanged?"""

import json

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.house import with_house
from bot.cli.patient import Json
from bot.domain.identity import ClinicId
from bot.services.ledger import Account
from bot.wiring.house import House

app = typer.Typer(help="The closed account of planned messages.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """The closed account of planned messages."""


@app.command()
def verify(*, as_json: Json = False) -> None:
    """Every message has one end with a reason, and nothing that was sealed has changed.

    Exit code 1 when something does not add up.
    """

    async def work(house: House, clinic_id: ClinicId) -> Account:
        await house.ledger.seal()
        return await house.ledger.verify(clinic_id)

    account = with_house(work)
    if as_json:
        print(json.dumps(_known(account)))
    else:
        _show(account)
    raise typer.Exit(0 if account.closes else 1)


def _known(account: Account) -> dict[str, object]:
    return {
        "ok": account.closes,
        "messages": account.messages,
        "ends": dict(account.totals),
        "reasons": [
            {"noun": one.noun, "end": one.end, "reason": one.reason, "count": one.number}
            for one in account.counts
        ],
        "pages": account.pages,
        "sealed": account.sealed,
        "findings": [{"where": one.where, "what": one.what} for one in account.findings],
    }


def _show(account: Account) -> None:
    console = Console()
    table = Table("End", "Reason", "What", "Count", title="Planned messages")
    for one in sorted(account.counts, key=lambda count: (count.end, -count.number)):
        reason = one.reason or (one.state if one.state != one.end else "")
        table.add_row(one.end, reason, one.noun, str(one.number))
    console.print(table)
    ends = " + ".join(f"{number} {end}" for end, number in account.totals.items())
    console.print(f"{account.messages} messages = {ends}", highlight=False)
    console.print(f"{account.sealed} rows sealed on {account.pages} pages", highlight=False)
    for finding in account.findings:
        console.print(f"[red]Wrong:[/red] {finding.where}: {finding.what}", highlight=False)
    console.print("The account closes." if account.closes else "The account does not close.")
