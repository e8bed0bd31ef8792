"""What did text messages cost, one by one and in a month, by the operator's price file?"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer

from bot.cli.campaign_cost import usual_prices
from bot.cli.house import fail, with_house
from bot.cli.patient import Json
from bot.content.prices import Prices
from bot.domain.identity import ClinicId
from bot.ports.story import SmsShare, Spent
from bot.wiring.house import House


def cost(
    month: Annotated[
        str | None, typer.Option(help="YYYY-MM, in UTC; the present month if not given.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """What the text messages of a month cost, by content/prices.yaml: an estimate, never a bill."""

    async def work(house: House, clinic_id: ClinicId) -> tuple[datetime, Spent]:
        since, until = _bounds(month, house.clock.now())
        return since, await house.stories.spent(clinic_id, since=since, until=until)

    since, spent = with_house(work)
    prices = usual_prices()
    messages, segments = sum(spent.messages.values()), sum(spent.segments.values())
    total = sum(
        (prices.cost(count, number) for number, count in spent.segments.items()), Decimal(0)
    )
    if as_json:
        known = {
            "month": f"{since:%Y-%m}",
            "messages": messages,
            "segments": segments,
            "cost": str(total),
            "currency": prices.currency,
            "is_example": prices.is_example,
            "not_counted": spent.unreadable,
        }
        print(json.dumps(known))
        return
    print(
        f"{since:%Y-%m}: {messages} text messages, {segments} segments, about {prices.said(total)}"
    )
    if spent.unreadable:
        print(f"{spent.unreadable} more left, but their text is erased and cannot be counted.")
    if prices.is_example:
        print("Put the prices of your own contract into content/prices.yaml.")


def price_of(share: SmsShare, prices: Prices) -> str:
    """What one text costs."""
    return prices.said(prices.cost(share.bill.segments, share.number_begins))


def sms_known(share: SmsShare | None, prices: Prices) -> dict[str, Any] | None:
    """The same for programs."""
    if share is None:
        return None
    bill = share.bill
    return {
        "segments": bill.segments,
        "alphabet": bill.alphabet,
        "forced_by": bill.culprit,
        "segments_without_it": bill.segments_without,
        "cost": str(prices.cost(bill.segments, share.number_begins)),
        "currency": prices.currency,
    }


def _bounds(month: str | None, now: datetime) -> tuple[datetime, datetime]:
    """First instant of the month, and of the one after it."""
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC) if month else now
    except ValueError:
        fail(f"--month {month}: write it as YYYY-MM, like 2026-11", code=2)
    since = datetime(first.year, first.month, 1, tzinfo=UTC)
    return since, datetime(since.year + since.month // 12, since.month % 12 + 1, 1, tzinfo=UTC)
