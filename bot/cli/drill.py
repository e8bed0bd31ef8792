"""`balm drill`: an unannounced test alert, and how many minutes the clinic needs to see it."""

import asyncio
import json
from datetime import timedelta
from typing import Annotated

import typer

from bot.cli.house import with_house
from bot.cli.patient import Json
from bot.domain.identity import ClinicId
from bot.services.drills import DrillResult
from bot.wiring.house import House

_LOOK_EVERY_S = 1.0


def drill(
    wait: Annotated[
        float, typer.Option(min=0, max=240, help="Longest wait for an answer, in minutes.")
    ] = 15.0,
    *,
    as_json: Json = False,
) -> None:
    """Send a test alert to whoever is on call; exit code 1 when nobody has seen it in time.

    The running Balm sends it (`balm run`): without it nothing leaves.
    """

    async def work(house: House, clinic_id: ClinicId) -> DrillResult:
        case_id = await house.drills.start(clinic_id, by="command-line")
        rounds = max(1, int(wait * 60 / _LOOK_EVERY_S))
        try:
            for _ in range(rounds):
                await asyncio.sleep(_LOOK_EVERY_S if wait else 0)
                if (await house.drills.result(case_id)).seen_after is not None:
                    break
        finally:
            result = await house.drills.result(case_id)
            await house.drills.end(case_id)
        return result

    result = with_house(work)
    if as_json:
        known = {
            "code": result.code,
            "notices": result.told,
            "delivered_minutes": _minutes(result.delivered_after),
            "seen_minutes": _minutes(result.seen_after),
            "seen_by": result.seen_by or None,
        }
        print(json.dumps(known))
    else:
        print(_report(result))
    raise typer.Exit(0 if result.seen_after is not None else 1)


def _report(result: DrillResult) -> str:
    if not result.told:
        return f"Test alert {result.code}: nothing was sent. Is Balm running? Start: balm run"
    if result.seen_after is not None:
        minutes = _minutes(result.seen_after)
        return f"Test alert {result.code}: {result.seen_by} saw it after {minutes} min."
    if result.delivered_after is None:
        return f"Test alert {result.code}: no channel has taken it; see: balm doctor"
    minutes = _minutes(result.delivered_after)
    return f"Test alert {result.code}: delivered after {minutes} min, and seen by nobody."


def _minutes(span: timedelta | None) -> float | None:
    return round(span / timedelta(minutes=1), 1) if span is not None else None
