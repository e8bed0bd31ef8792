"""`balm db`: the database itself."""

import typer

from bot.cli.house import with_house
from bot.domain.identity import ClinicId
from bot.wiring.house import House

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.callback()
def database() -> None:
    """The database."""


@app.command()
def upgrade() -> None:
    """Bring the database to this version's tables."""

    async def work(house: House, _clinic_id: ClinicId) -> bool:
        return await house.is_ready()

    is_current = with_house(work)
    print("The database is up to date." if is_current else "The database could not be upgraded.")
    raise typer.Exit(0 if is_current else 1)
