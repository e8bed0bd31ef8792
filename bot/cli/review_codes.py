"""`balm staff enrol`: one-time codes for a member of staff, who signs and approves with them."""

import json
import sys
from typing import Annotated

import segno
import typer

from bot.cli.house import with_house
from bot.cli.patient import Json
from bot.domain.identity import ClinicId
from bot.domain.rota import StaffRole
from bot.services.codes import Enrolment
from bot.wiring.house import House


def enrol(
    name: Annotated[str, typer.Argument(help="Who will sign and approve.")],
    role: Annotated[
        StaffRole, typer.Option(help="Of somebody new; known staff keep theirs.")
    ] = StaffRole.PRESCRIBER,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="A new phone: codes of the old one end.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the secret for an authenticator app; it is shown once, to its owner alone."""

    async def work(house: House, clinic_id: ClinicId) -> Enrolment:
        return await house.codes.enrol(
            clinic_id, name=name, role=role, replaces=replace, by="command-line"
        )

    made = with_house(work)
    if as_json:
        record = {"staff": made.staff.id, "role": made.staff.role, "uri": made.uri}
        print(json.dumps({**record, "secret": made.secret}))
        return
    print(f"{made.staff.name} ({made.staff.role}): scan this once with an authenticator app.")
    if sys.stdout.isatty():
        segno.make(made.uri).terminal(compact=True)
    print(f"Address: {made.uri}")
    print(f"By hand: {made.secret}")
