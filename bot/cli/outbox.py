"""`balm outbox`: what waits to leave, what ended badly, and what an operator does about it."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.campaign_cost import usual_prices
from bot.cli.house import fail, with_house
from bot.cli.patient import Json
from bot.cli.sms_cost import cost, sms_known
from bot.content.prices import Prices
from bot.domain.delivery import DeliveryState
from bot.domain.identity import ClinicId, DeliveryId
from bot.ports.house import Sender
from bot.ports.story import Waiting
from bot.services.outbox_desk import NotRetried
from bot.wiring.house import House

app = typer.Typer(help="Messages that wait or ended badly.", no_args_is_help=True)
app.command()(cost)
_BY = "command-line"
_SHOWN = ("queued", "leased", "sending", "uncertain", "failed")

SenderName = Annotated[str, typer.Argument(help="Public name or id; balm outbox list shows them.")]


@app.command("list")
def show(
    state: Annotated[
        list[str] | None, typer.Option(help="Only this state; may be given several times.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    *,
    as_json: Json = False,
) -> None:
    """Messages that wait, are uncertain or failed, the oldest first; and every sender."""
    states = state or _SHOWN
    unknown = sorted(set(states) - {known.value for known in DeliveryState})
    if unknown:
        fail(f"No such state: {', '.join(unknown)}. One of: {', '.join(DeliveryState)}", code=2)

    async def work(house: House, clinic_id: ClinicId) -> tuple[list[Waiting], list[Sender]]:
        async with house.store.read() as tx:
            senders = [one for one in await tx.house.senders() if one.clinic_id == clinic_id]
        found = await house.stories.outbox(clinic_id, states=states, limit=limit)
        return list(found), senders

    messages, senders = with_house(work)
    prices = usual_prices()
    if as_json:
        known = [{**asdict(one), "sms": sms_known(one.sms, prices)} for one in messages]
        lines = [
            {"id": one.id, "name": one.public_name, "state": one.state, "held": one.held_until}
            for one in senders
        ]
        print(json.dumps({"messages": known, "senders": lines}, default=str))
        return
    _show(messages, senders, prices)


@app.command()
def retry(delivery_id: Annotated[str, typer.Argument(help="Id of the message.")]) -> None:
    """Send a waiting message now, or a failed or uncertain one anew, while it is still true."""

    async def work(house: House, clinic_id: ClinicId) -> str:
        try:
            return await house.outbox_desk.retry(clinic_id, DeliveryId(delivery_id), by=_BY)
        except NotRetried as error:
            fail(f"Not sent again: {error}.")

    print(f"Queued: {with_house(work)}")


@app.command()
def hold(
    sender: SenderName,
    hours: Annotated[float | None, typer.Option(min=0.01, help="Default: until released.")] = None,
) -> None:
    """Nothing leaves from this sender; its queue is kept, and what is late expires as always."""

    async def work(house: House, clinic_id: ClinicId) -> str:
        found = await _sender(house, clinic_id, sender)
        await house.outbox_desk.hold(clinic_id, found.id, hours=hours, by=_BY)
        return found.public_name

    until = f"for {hours:g} hours" if hours is not None else "until: balm outbox release"
    print(f"{with_house(work)} is held {until}")


@app.command()
def release(sender: SenderName) -> None:
    """A held or stopped sender goes on; do this once its cause is mended."""

    async def work(house: House, clinic_id: ClinicId) -> str:
        found = await _sender(house, clinic_id, sender)
        await house.outbox_desk.release(clinic_id, found.id, by=_BY)
        return found.public_name

    print(f"{with_house(work)} goes on")


async def _sender(house: House, clinic_id: ClinicId, name: str) -> Sender:
    async with house.store.read() as tx:
        senders = [one for one in await tx.house.senders() if one.clinic_id == clinic_id]
    found = next((one for one in senders if name in (one.id, one.public_name)), None)
    if found is None:
        known = ", ".join(one.public_name for one in senders) or "none yet"
        fail(f"No sender is called {name}. There are: {known}")
    return found


def _show(messages: list[Waiting], senders: list[Sender], prices: Prices) -> None:
    console = Console()
    table = Table(box=None, pad_edge=False)
    table.add_column("Message", no_wrap=True, min_width=32)
    for name in ("Kind", "By", "State", "Tries", "Due (UTC)", f"SMS ({prices.currency})"):
        table.add_column(name, overflow="fold")
    for one in messages:
        table.add_row(
            one.id,
            one.kind,
            one.sender,
            _state(one),
            str(one.attempts),
            f"{one.due_at:%m-%d %H:%M}",
            _billed(one, prices),
        )
    if messages:
        console.print(table)
    else:
        console.print("Nothing waits, and nothing ended badly.")
    if prices.is_example and any(one.sms for one in messages):
        console.print("The prices are an example: put your own into content/prices.yaml.")
    for sender in senders:
        held = f", held until {sender.held_until:%Y-%m-%d %H:%M} UTC" if sender.held_until else ""
        console.print(f"Sender {sender.public_name}: {sender.state}{held}", highlight=False)


def _state(one: Waiting) -> str:
    """The state with its reason; of what waits for a later try, also when that is."""
    state = f"{one.state} ({one.reason})" if one.reason else one.state
    waits = one.state == DeliveryState.QUEUED and one.next_at > one.due_at
    return f"{state}, next {one.next_at:%m-%d %H:%M}" if waits else state


def _billed(one: Waiting, prices: Prices) -> str:
    if one.sms is None:
        return ""
    segments = one.sms.bill.segments
    return f"{segments}: {prices.cost(segments, one.sms.number_begins).normalize():f}"
