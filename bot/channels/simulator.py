"""How do phones behave that exist only on the try-it page?

They stand behind the same port as Telegram and SMS. What is on their screens is kept in memory
and in a file, so that a restart shows it again; their holders are made up.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.channels.made_up_photo import made_up_photo
from bot.channels.transcript import (
    Transcript,
    bubble_of,
    bubble_record,
    phone_of,
    phone_record,
)
from bot.domain.delivery import Outgoing
from bot.domain.identity import PATIENT_CHANNELS, Channel, SenderId
from bot.domain.inbound import Inbound, InboundKind, Keyword, clean_text
from bot.domain.light_markup import BULLET, plain
from bot.domain.photo import PhotoRefusal
from bot.ports.channel import Capabilities, Paper, Picture, RecipientStopped, Rejected
from bot.ports.clock import Clock, Ids
from bot.ports.photos import PhotoRefused
from bot.ports.simulator import Bubble, Invitation, Phone, Shown, Side, Thread, UnknownPhone

_TELEGRAM = Capabilities(has_buttons=True, can_edit=True, text_limit=4_096)
_SMS = Capabilities(has_buttons=False, can_edit=False, text_limit=1_600)
_AREA_CODES = ("202", "303", "404", "512", "617", "702", "808", "919")
_NUMBERS_PER_AREA = 100
"""555-0100 to 555-0199 belong to nobody. Source: North American Numbering Plan, fictional use."""

_KEYWORDS = {
    **dict.fromkeys(
        ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"),
        Keyword.STOP,
    ),
    **dict.fromkeys(("start", "unstop"), Keyword.START),
    **dict.fromkeys(("help", "info"), Keyword.HELP),
}
"""Source: Twilio, default opt-out keywords of a phone number."""


@dataclass(slots=True)
class _Screen:
    """One phone's thread on one channel."""

    bubbles: dict[str, Bubble] = field(default_factory=dict)
    is_blocked: bool = False


class Simulator:
    """All simulated phones, and the provider that carries their messages."""

    def __init__(
        self,
        *,
        senders: Mapping[Channel, SenderId],
        clock: Clock,
        ids: Ids,
        transcript: Path | None,
        carrier_replies: Mapping[Keyword, str],
    ) -> None:
        """Screens come back from the file `transcript`, one JSON object per line; None: from none.

        `carrier_replies` are the texts that the SMS provider sends by itself to a keyword.
        """
        self._senders = senders
        self._clock = clock
        self._ids = ids
        self._transcript = Transcript(transcript)
        self._carrier_replies = carrier_replies
        self._phones: dict[str, Phone] = {}
        self._shown: dict[str, Shown] = {}
        self._screens: dict[tuple[Channel, str], _Screen] = {}
        self._run = secrets.token_hex(4)
        self._revision = 0
        self._is_on = True
        self._change = asyncio.Event()
        self._replay()

    def channel(self, channel: Channel) -> "SimulatedChannel":
        """The way out to all phones on `channel`."""
        shown = _TELEGRAM if channel is Channel.TELEGRAM else _SMS
        if channel is Channel.TELEGRAM:
            return SimulatedTelegram(shown, partial(self._show, channel))
        return SimulatedChannel(shown, partial(self._show, channel))

    # --- phones

    def add_phone(self, phone: Phone) -> None:
        """A phone of one of the demo's patients; adding it again changes nothing."""
        self._phones.setdefault(phone.id, phone)

    def phones(self) -> Sequence[Phone]:
        """All phones, in the order they were added."""
        return tuple(self._phones.values())

    def phone(self, phone_id: str) -> Phone:
        """The phone. Raises UnknownPhone."""
        try:
            return self._phones[phone_id]
        except KeyError as error:
            raise UnknownPhone(phone_id) from error

    def new_visitor(self, invitation: Invitation) -> Phone:
        """One more phone, with addresses that no phone has."""
        taken = {phone.sms_address for phone in self._phones.values()}
        number = next(n for n in _made_up_numbers() if n not in taken)
        phone = Phone(
            id=self._ids.new(),
            name=invitation.name,
            note="holds a fresh invitation",
            telegram_address=f"9{number[2:]}",
            sms_address=number,
            invitation=invitation,
        )
        self._phones[phone.id] = phone
        self._transcript.write("phone", phone_record(phone))
        self._changed()
        return phone

    # --- the screen

    def thread(self, phone_id: str, channel: Channel, *, after: int) -> Thread:
        """Messages that are new or changed since `after`, oldest first. Raises UnknownPhone."""
        screen = self._screen(channel, self.phone(phone_id).address(channel))
        return Thread(
            run=self._run,
            revision=self._revision,
            bubbles=[b for b in screen.bubbles.values() if b.revision > after],
            is_blocked=screen.is_blocked,
        )

    def shown(self, phone_id: str, bubble_id: str) -> Shown:
        """The picture or page of a message. Raises UnknownPhone."""
        address = self.phone(phone_id).telegram_address
        if bubble_id not in self._screen(Channel.TELEGRAM, address).bubbles:
            raise UnknownPhone(f"{phone_id}/{bubble_id}")
        try:
            return self._shown[bubble_id]
        except KeyError as error:
            raise UnknownPhone(f"{phone_id}/{bubble_id}") from error

    def received(self) -> dict[str, int]:
        """How many messages each thread has received, by "phone/channel"."""
        return {
            f"{phone.id}/{channel}": self._count_received(channel, phone.address(channel))
            for phone in self._phones.values()
            for channel in PATIENT_CHANNELS
        }

    async def changed(self, *, after: int) -> None:
        """Return once anything has changed since `after`, or the phones are switched off."""
        while self._is_on and self._revision <= after:
            await self._change.wait()

    def switch_off(self) -> None:
        """Let everybody go who waits for news; a server can only stop without them."""
        self._is_on = False
        self._change.set()

    # --- what the holder does

    def type_text(self, phone_id: str, channel: Channel, text: str) -> list[Inbound]:
        """The holder sends a text. Raises UnknownPhone."""
        phone = self.phone(phone_id)
        self._put(channel, phone, text, InboundKind.TEXT)
        if channel is Channel.TELEGRAM:
            unblocked = self.block(phone_id, is_blocked=False) if self._blocked(phone) else []
            return [*unblocked, self._inbound(channel, phone, InboundKind.TEXT, text=text)]
        keyword = self._keyword(phone, text)
        if keyword is not None:
            self._carrier_answers(phone, keyword)
        return [self._inbound(channel, phone, InboundKind.TEXT, text=text, keyword=keyword)]

    def press(self, phone_id: str, bubble_id: str, action: str) -> list[Inbound]:
        """The holder presses a button, of a new or an old message. Raises UnknownPhone."""
        phone = self.phone(phone_id)
        bubble = self._screen(Channel.TELEGRAM, phone.telegram_address).bubbles.get(bubble_id)
        actions = {c.action for row in bubble.choices for c in row} if bubble else set()
        if action not in actions:
            raise UnknownPhone(f"{phone_id}/{bubble_id}")
        inbound = self._inbound(Channel.TELEGRAM, phone, InboundKind.BUTTON, action=action)
        return [replace(inbound, press_id=inbound.provider_id, pressed_message=bubble_id)]

    def send_media(self, phone_id: str, channel: Channel, kind: InboundKind) -> list[Inbound]:
        """The holder sends something that is not text. Raises UnknownPhone."""
        phone = self.phone(phone_id)
        self._put(channel, phone, "", kind)
        inbound = self._inbound(channel, phone, kind)
        return [replace(inbound, attachments=(f"simulated-{kind}-{inbound.provider_id}",))]

    def block(self, phone_id: str, *, is_blocked: bool) -> list[Inbound]:
        """The holder blocks the Telegram bot, or lets it in again. Raises UnknownPhone."""
        phone = self.phone(phone_id)
        self._set_blocked(Channel.TELEGRAM, phone, is_blocked=is_blocked)
        kind = InboundKind.BLOCKED if is_blocked else InboundKind.UNBLOCKED
        return [self._inbound(Channel.TELEGRAM, phone, kind)]

    # --- inside

    def _blocked(self, phone: Phone) -> bool:
        return self._screen(Channel.TELEGRAM, phone.telegram_address).is_blocked

    def _keyword(self, phone: Phone, text: str) -> Keyword | None:
        word = text.strip().casefold()
        is_stopped = self._screen(Channel.SMS, phone.sms_address).is_blocked
        return Keyword.START if is_stopped and word == "yes" else _KEYWORDS.get(word)

    def _carrier_answers(self, phone: Phone, keyword: Keyword) -> None:
        was_stopped = self._screen(Channel.SMS, phone.sms_address).is_blocked
        if keyword is not Keyword.HELP:
            self._set_blocked(Channel.SMS, phone, is_blocked=keyword is Keyword.STOP)
        if not (keyword is Keyword.STOP and was_stopped):
            text = self._carrier_replies[keyword]
            self._put(Channel.SMS, phone, text, InboundKind.TEXT, side=Side.CARRIER)

    def _inbound(
        self,
        channel: Channel,
        phone: Phone,
        kind: InboundKind,
        *,
        text: str = "",
        action: str | None = None,
        keyword: Keyword | None = None,
    ) -> Inbound:
        return Inbound(
            channel=channel,
            sender_id=self._senders[channel],
            provider_id=self._ids.new(),
            kind=kind,
            address=phone.address(channel),
            text=clean_text(text),
            action=action,
            keyword=keyword,
            language_hint=phone.language if channel is Channel.TELEGRAM else None,
            sent_at=self._clock.now(),
        )

    def _show(self, channel: Channel, message: Outgoing, shown: Shown | None = None) -> str:
        """One message of Balm on the screen at once; its id. Raises SendError."""
        phone = next((p for p in self.phones() if p.address(channel) == message.address), None)
        if phone is None:
            raise Rejected("unknown-number", code="21211")
        screen = self._screen(channel, message.address)
        if screen.is_blocked:
            raise RecipientStopped("recipient-stopped", code="21610")
        bubble = Bubble(
            id=message.edits if message.edits in screen.bubbles else self._ids.new(),
            revision=0,
            side=Side.BALM,
            text=_as_shown(channel, message.body.text),
            at=self._clock.now(),
            choices=message.body.choices if channel is Channel.TELEGRAM else (),
            shows=shown.media_type if shown is not None else "",
        )
        if shown is not None:
            self._shown[bubble.id] = shown
        self._keep(channel, message.address, bubble)
        return bubble.id

    def _put(
        self,
        channel: Channel,
        phone: Phone,
        text: str,
        kind: InboundKind,
        *,
        side: Side = Side.PERSON,
    ) -> None:
        bubble = Bubble(
            id=self._ids.new(), revision=0, side=side, text=text, at=self._clock.now(), kind=kind
        )
        self._keep(channel, phone.address(channel), bubble)

    def _keep(self, channel: Channel, address: str, bubble: Bubble) -> None:
        self._transcript.write("message", bubble_record(channel, address, bubble))
        self._place(channel, address, bubble)

    def _place(self, channel: Channel, address: str, bubble: Bubble) -> None:
        """Show a bubble; one with a known id replaces its text and keeps its place and time."""
        self._changed()
        bubbles = self._screen(channel, address).bubbles
        before = bubbles.get(bubble.id)
        at = before.at if before else bubble.at
        bubbles[bubble.id] = replace(
            bubble, revision=self._revision, at=at, is_edited=before is not None
        )

    def _set_blocked(self, channel: Channel, phone: Phone, *, is_blocked: bool) -> None:
        address = phone.address(channel)
        self._screen(channel, address).is_blocked = is_blocked
        record = {"channel": channel, "address": address, "is_blocked": is_blocked}
        self._transcript.write("block", record)
        self._changed()

    def _count_received(self, channel: Channel, address: str) -> int:
        bubbles = self._screen(channel, address).bubbles.values()
        return sum(bubble.side is not Side.PERSON for bubble in bubbles)

    def _screen(self, channel: Channel, address: str) -> _Screen:
        return self._screens.setdefault((channel, address), _Screen())

    def _changed(self) -> None:
        self._revision += 1
        self._change.set()
        self._change = asyncio.Event()

    # --- the file

    def _replay(self) -> None:
        for event, record in self._transcript.read():
            self._restore(event, record)

    def _restore(self, event: str, record: dict[str, Any]) -> None:
        if event == "phone":
            self.add_phone(phone_of(record))
            return
        channel, address = Channel(record.pop("channel")), record.pop("address")
        if event == "block":
            self._screen(channel, address).is_blocked = record["is_blocked"]
        else:
            self._place(channel, address, bubble_of(record))


class SimulatedChannel:
    """One channel of the simulated phones; a message is on the screen before `send` returns."""

    def __init__(self, capabilities: Capabilities, show: Callable[..., str]) -> None:
        """`show` puts a message on the right screen."""
        self._capabilities = capabilities
        self._show = show

    @property
    def capabilities(self) -> Capabilities:
        """What this channel can show."""
        return self._capabilities

    async def send(self, message: Outgoing) -> str:
        """Show the message; its id. Raises SendError as the real provider would."""
        self._check(message)
        return self._show(message)

    def _check(self, message: Outgoing) -> None:
        units = len(plain(message.body.text).encode("utf-16-le", "surrogatepass")) // 2
        if not 0 < units <= self._capabilities.text_limit:
            raise Rejected("text-too-long" if units else "text-empty")


class SimulatedTelegram(SimulatedChannel):
    """Telegram on the simulated phones, which also shows pictures and hands over pages."""

    async def send_picture(self, message: Outgoing, picture: Picture) -> str:
        """Show the picture above its words; the message's id. Raises SendError."""
        return self._show_with(message, picture.alt, _media_type(picture.image), picture.image)

    async def fetch(self, reference: str, *, at_most: int) -> bytes:
        """A made-up photo, another one for each reference. Raises PhotoRefused."""
        photo = made_up_photo(reference)
        if len(photo) > at_most:
            raise PhotoRefused(PhotoRefusal.TOO_LARGE)
        return photo

    async def let_go(self, address: str, message: str) -> None:
        """The phone keeps no copy of what was sent."""

    async def send_paper(self, message: Outgoing, paper: Paper) -> str:
        """Hand over the page above its words; the message's id. Raises SendError."""
        return self._show_with(message, paper.alt, "application/pdf", paper.pdf)

    def _show_with(self, message: Outgoing, alt: str, media_type: str, content: bytes) -> str:
        words = "\n\n".join(part for part in (message.body.text, alt) if part)
        message = replace(message, body=replace(message.body, text=words))
        self._check(message)
        return self._show(message, Shown(media_type=media_type, content=content))


def _as_shown(channel: Channel, text: str) -> str:
    """Telegram shows light markup, which the page renders; a text message shows none."""
    return BULLET.sub("• ", text) if channel is Channel.TELEGRAM else plain(text)


def _media_type(image: bytes) -> str:
    return "image/png" if image.startswith(b"\x89PNG") else "image/jpeg"


def _made_up_numbers() -> Sequence[str]:
    return [
        f"+1{area}5550{100 + number}" for area in _AREA_CODES for number in range(_NUMBERS_PER_AREA)
    ]
