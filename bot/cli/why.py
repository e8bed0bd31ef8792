"""`balm why ID`: the whole story of one message, without its words unless they are asked for."""

import json
from typing import Annotated, Any

import typer

from bot.cli.campaign_cost import usual_prices
from bot.cli.house import fail, with_house
from bot.cli.patient import Json
from bot.cli.sms_cost import price_of, sms_known
from bot.content.prices import Prices
from bot.domain.identity import ClinicId
from bot.ports.story import Story
from bot.wiring.house import House


def why(
    message_id: Annotated[
        str, typer.Argument(help="Id of a delivery, an occurrence, an alert or a message received.")
    ],
    *,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="Also what was said; this is health data.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Why a message was sent, or was not: its cause, every attempt, every report, its end."""

    async def work(house: House, clinic_id: ClinicId) -> Story | None:
        story = await house.stories.of(clinic_id, message_id, show_text=show_text)
        if story is not None and show_text:
            async with house.store.unit_of_work() as tx:
                await tx.house.audit(
                    clinic_id,
                    at=house.clock.now(),
                    actor="command-line",
                    verb="message-read",
                    subject=message_id,
                )
        return story

    story = with_house(work)
    if story is None:
        fail(f"Nothing here has the id {message_id}. Ids stand in: balm outbox list")
    prices = usual_prices()
    if as_json:
        print(json.dumps(_known(story, prices), ensure_ascii=False))
    else:
        _tell(story, "", prices)


def _known(story: Story, prices: Prices) -> dict[str, Any]:
    return {
        "noun": story.noun,
        "id": story.id,
        "about": story.about,
        "steps": [
            {"at": step.at.isoformat(), "what": step.what, "detail": step.detail}
            for step in story.steps
        ],
        "text": story.text,
        "sms": sms_known(story.sms, prices),
        "parts": [_known(part, prices) for part in story.parts],
    }


def _tell(story: Story, margin: str, prices: Prices) -> None:
    print(f"{margin}{story.noun} {story.id}")
    print(f"{margin}  {story.about}")
    for step in story.steps:
        detail = f": {step.detail}" if step.detail else ""
        print(f"{margin}  {step.at:%Y-%m-%d %H:%M:%S} UTC  {step.what}{detail}")
    if story.sms is not None:
        print(f"{margin}  costs {story.sms.bill.words()}, {price_of(story.sms, prices)}")
    if story.text is not None:
        print("\n".join(f"{margin}  | {line}" for line in story.text.splitlines()))
    for part in story.parts:
        _tell(part, margin + "  ", prices)
    if not story.parts and story.noun != "delivery":
        print(f"{margin}  nothing was queued for it")
