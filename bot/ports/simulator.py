"""What can the phones of the try-it page do?

Everything here happens on this machine, with people who are made up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.delivery import Choice
from bot.domain.identity import Channel
from bot.domain.inbound import Inbound, InboundKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a new visitor holds in hand: the paper that a clinic gives out."""

    name: str
    birth_year: int
    link_token: str
    """Opens Telegram: what follows `/start`."""
    code: str
    """For SMS: what follows `JOIN`."""


class Invitations(Protocol):
    """Makes up one more patient and invites them."""

    async def invite(self) -> Invitation:
        """A fresh invitation of the demo clinic."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One simulated phone, reached on both channels."""

    id: str
    name: str
    note: str
    """One line on who holds it."""
    telegram_address: str
    sms_address: str
    language: str = "en"
    invitation: Invitation | None = None

    def address(self, channel: Channel) -> str:
        """Where the phone is reached on `channel`. Raises UnknownPhone: it has no other."""
        match channel:
            case Channel.TELEGRAM:
                return self.telegram_address
            case Channel.SMS:
                return self.sms_address
            case _:
                raise UnknownPhone(channel)


class Side(StrEnum):
    """Who said it."""

    PERSON = "person"
    BALM = "balm"
    CARRIER = "carrier"
    """The provider itself, as it answers STOP on SMS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message on the screen."""

    id: str
    revision: int
    """Grows with every change of any phone; an edit gets a new one."""
    side: Side
    text: str
    """What Balm says on Telegram may hold `**bold**`."""
    at: datetime
    """Patient time, aware, in UTC."""
    kind: InboundKind = InboundKind.TEXT
    choices: tuple[tuple[Choice, ...], ...] = ()
    is_edited: bool = False
    shows: str = ""
    """Media type of the picture or page above the words; empty: none, or gone by a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture or a page on a phone's screen."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What changed on one phone and channel."""

    run: str
    """Changes with every start of the program: revisions of another run mean nothing."""
    revision: int
    bubbles: Sequence[Bubble]
    is_blocked: bool


class UnknownPhone(Exception):
    """There is no such phone, message or button."""


class SimulatedPhones(Protocol):
    """The phones, and what their holders do with them.

    What a holder does is shown on the screen at once and returned as the provider would report
    it; the caller has it accepted. Every method that names a phone raises UnknownPhone.
    """

    def phones(self) -> Sequence[Phone]:
        """All phones, in the order they were added."""
        ...

    def phone(self, phone_id: str) -> Phone:
        """The phone."""
        ...

    def new_visitor(self, invitation: Invitation) -> Phone:
        """One more phone, with fresh addresses, for somebody who holds `invitation`."""
        ...

    def shown(self, phone_id: str, bubble_id: str) -> Shown:
        """The picture or page of a message on Telegram. Raises UnknownPhone."""
        ...

    def thread(self, phone_id: str, channel: Channel, *, after: int) -> Thread:
        """Messages that are new or changed since the revision `after`, oldest first."""
        ...

    def received(self) -> dict[str, int]:
        """How many messages each thread has received, by "phone/channel"."""
        ...

    async def changed(self, *, after: int) -> None:
        """Return once anything has changed since `after`, or the phones are switched off."""
        ...

    def type_text(self, phone_id: str, channel: Channel, text: str) -> list[Inbound]:
        """The holder sends a text."""
        ...

    def press(self, phone_id: str, bubble_id: str, action: str) -> list[Inbound]:
        """The holder presses a button of a Telegram message, new or old."""
        ...

    def send_media(self, phone_id: str, channel: Channel, kind: InboundKind) -> list[Inbound]:
        """The holder sends a picture, a voice message or the like."""
        ...

    def block(self, phone_id: str, *, is_blocked: bool) -> list[Inbound]:
        """The holder blocks the Telegram bot, or lets it in again."""
        ...
