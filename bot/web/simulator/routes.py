"""What can a visitor of the try-it page do, and what does the page learn?"""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.domain.identity import Channel, ClinicId
from bot.domain.inbound import Inbound, InboundKind
from bot.domain.sms_size import sms_size
from bot.ports.channel import Accept
from bot.ports.console import ConsoleReader, PatientCard
from bot.ports.demo import DemoClock
from bot.ports.simulator import Invitations, Phone, SimulatedPhones, Thread, UnknownPhone
from bot.web.discretion import card_without_confidential
from bot.web.render import page
from bot.web.same_origin import require_loopback_name, require_same_origin
from bot.web.simulator.clock import BadRequest, tomorrow, wanted_instant

WAIT_S = 15.0
"""How long a page's question for news stays open."""

TYPED_LIMIT = 12_000
"""Characters; more than any provider carries, so that a text too long for Balm can be tried."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Draft(_Body):
    """A text as it stands in the composer, perhaps empty."""

    text: Annotated[str, StringConstraints(max_length=TYPED_LIMIT)]


class TypedText(_Body):
    """A text to be sent."""

    text: Annotated[str, StringConstraints(max_length=TYPED_LIMIT, pattern=r"\S")]


class Press(_Body):
    """A button pressed."""

    bubble: str
    action: str


class Media(_Body):
    """Something sent that is not text."""

    kind: Literal[InboundKind.PHOTO, InboundKind.VOICE, InboundKind.LOCATION]


class Blocking(_Body):
    """Whether the bot is blocked from now on."""

    is_blocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """All that the try-it page needs."""

    clinic_id: ClinicId
    clinic_zone: str
    phones: SimulatedPhones
    invitations: Invitations
    accept: Accept
    """The same as for every other channel: the page has no way in of its own."""
    clock: DemoClock
    reader: ConsoleReader


def mount_try(app: FastAPI, demo: Demonstration) -> None:
    """Serve `/try`. Only for a demonstration whose server is bound to loopback."""
    guards = [Depends(require_loopback_name), Depends(require_same_origin)]
    routes = APIRouter(prefix="/try", dependencies=guards)
    _add_page(routes, demo)
    _add_clock(routes, demo)
    _add_reading(routes, demo)
    _add_pictures(routes, demo)
    _add_doing(routes, demo)
    app.include_router(routes)
    app.add_exception_handler(UnknownPhone, _unknown_phone)


def _unknown_phone(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "there is no such phone or button"}, status_code=404)


def _add_page(routes: APIRouter, demo: Demonstration) -> None:
    @routes.get("")
    async def show() -> HTMLResponse:
        return page("try.html")


def _add_clock(routes: APIRouter, demo: Demonstration) -> None:
    @routes.get("/clock")
    async def read_clock() -> dict[str, str]:
        return {"now": demo.clock.now().isoformat()}

    @routes.post("/clock")
    async def move_clock(request: Request) -> JSONResponse:
        try:
            await demo.clock.advance(wanted_instant(await request.body(), demo.clock.now()))
        except (BadRequest, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"now": demo.clock.now().isoformat()})


def _add_pictures(routes: APIRouter, demo: Demonstration) -> None:
    @routes.get("/phones/{phone_id}/shown/{bubble_id}")
    async def read_shown(phone_id: str, bubble_id: str) -> Response:
        shown = demo.phones.shown(phone_id, bubble_id)
        return Response(shown.content, media_type=shown.media_type)


def _add_reading(routes: APIRouter, demo: Demonstration) -> None:
    @routes.get("/phones")
    async def list_phones() -> dict[str, object]:
        phones = [_phone(phone) for phone in demo.phones.phones()]
        return {"phones": phones, "received": demo.phones.received()}

    @routes.get("/phones/{phone_id}/{channel}/messages")
    async def read_thread(
        phone_id: str, channel: Channel, after: int = 0, run: str = ""
    ) -> dict[str, object]:
        thread = demo.phones.thread(phone_id, channel, after=after)
        if thread.run != run:
            return _thread(demo, demo.phones.thread(phone_id, channel, after=0))
        try:
            async with asyncio.timeout(WAIT_S):
                await demo.phones.changed(after=after)
        except TimeoutError:
            return _thread(demo, thread)
        return _thread(demo, demo.phones.thread(phone_id, channel, after=after))

    @routes.get("/phones/{phone_id}/{channel}/clinic")
    async def read_clinic(phone_id: str, channel: Channel) -> object:
        address = demo.phones.phone(phone_id).address(channel)
        now = demo.clock.now()
        card = await demo.reader.card(demo.clinic_id, channel, address, now=now)
        if isinstance(card, PatientCard):
            card = card_without_confidential(card)
        is_patient = isinstance(card, PatientCard)
        zone = card.patient.zone if isinstance(card, PatientCard) else demo.clinic_zone
        view = {
            "now": now,
            "zone": zone,
            "shortcuts": tomorrow(now, zone),
            "patient": card if is_patient else None,
            "stranger": None if is_patient else card,
        }
        return jsonable_encoder(view)

    @routes.post("/sms-size")
    async def measure(draft: Draft) -> object:
        return jsonable_encoder(sms_size(draft.text))


def _add_doing(routes: APIRouter, demo: Demonstration) -> None:
    async def accept(events: list[Inbound]) -> dict[str, bool]:
        await demo.accept(events)
        return {"ok": True}

    @routes.post("/phones")
    async def welcome_visitor() -> dict[str, object]:
        return _phone(demo.phones.new_visitor(await demo.invitations.invite()))

    @routes.post("/phones/{phone_id}/{channel}/messages")
    async def send_text(phone_id: str, channel: Channel, typed: TypedText) -> dict[str, bool]:
        return await accept(demo.phones.type_text(phone_id, channel, typed.text))

    @routes.post("/phones/{phone_id}/telegram/presses")
    async def press(phone_id: str, pressed: Press) -> dict[str, bool]:
        return await accept(demo.phones.press(phone_id, pressed.bubble, pressed.action))

    @routes.post("/phones/{phone_id}/{channel}/media")
    async def send_media(phone_id: str, channel: Channel, media: Media) -> dict[str, bool]:
        return await accept(demo.phones.send_media(phone_id, channel, media.kind))

    @routes.post("/phones/{phone_id}/telegram/block")
    async def block(phone_id: str, blocking: Blocking) -> dict[str, bool]:
        return await accept(demo.phones.block(phone_id, is_blocked=blocking.is_blocked))


def _phone(phone: Phone) -> dict[str, object]:
    shown: dict[str, object] = jsonable_encoder(phone)
    return shown


def _thread(demo: Demonstration, thread: Thread) -> dict[str, object]:
    """What changed, with what an SMS costs beside each text."""
    bubbles = [
        {**jsonable_encoder(bubble), "segments": sms_size(bubble.text).segments}
        for bubble in thread.bubbles
    ]
    return {
        "run": thread.run,
        "revision": thread.revision,
        "bubbles": bubbles,
        "is_blocked": thread.is_blocked,
        "received": demo.phones.received(),
        "now": demo.clock.now().isoformat(),
    }
