"""How messages leave for a provider and come in from one, whatever the provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.domain.delivery import Outgoing, Receipt
from bot.domain.identity import SenderId
from bot.domain.inbound import Inbound


class SendError(Exception):
    """A send that gave no provider id; the family is closed. `code` is the provider's."""

    def __init__(self, reason: str, *, code: str | None = None) -> None:
        """`reason` is coded and free of private data: it is stored and logged."""
        super().__init__(reason)
        self.reason = reason
        self.code = code


class RecipientStopped(SendError):
    """The person blocked us or opted out at the provider: record it, tell the clinic."""


class Rejected(SendError):
    """This message can never be delivered to this address: permanent."""

    def __init__(
        self, reason: str, *, code: str | None = None, is_address_bad: bool = False
    ) -> None:
        """`is_address_bad`: no message to this address will ever arrive."""
        super().__init__(reason, code=code)
        self.is_address_bad = is_address_bad


class Misconfigured(SendError):
    """Our account or number is wrong: stop the sender, keep its queue, tell the operator."""


class Throttled(SendError):
    """Too fast: the whole sender waits `retry_after` seconds. Surely not sent."""

    def __init__(self, reason: str, *, retry_after: float, code: str | None = None) -> None:
        """`retry_after` in seconds, as the provider asked."""
        super().__init__(reason, code=code)
        self.retry_after = retry_after


class Unavailable(SendError):
    """Surely not sent, for a passing reason: try again with backoff."""


class Uncertain(SendError):
    """Perhaps sent: the message kind decides what follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can show."""

    has_buttons: bool
    can_edit: bool
    text_limit: int
    """Longest text: UTF-16 units on Telegram, characters on SMS."""
    calls_at_once: int = 8
    """How many calls may be under way; what a crash leaves uncertain is never more."""
    chat_interval_s: float = 0.0
    """Seconds between messages to one chat once a short burst is used up; 0: no limit."""
    group_interval_s: float = 0.0
    """The same for a chat of several people."""


class Channel(Protocol):
    """One sender's way out."""

    @property
    def capabilities(self) -> Capabilities:
        """What this channel can show."""
        ...

    async def send(self, message: Outgoing) -> str:
        """Hand one message to the provider; its id for the message. Raises SendError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture with the same facts in words, for whoever does not see it."""

    image: bytes = field(repr=False)
    """PNG or JPEG."""
    alt: str = field(repr=False)
    is_veiled: bool = False
    """Covered until the person taps on it."""


@runtime_checkable
class ShowsPictures(Protocol):
    """A channel that can show a picture."""

    async def send_picture(self, message: Outgoing, picture: Picture) -> str:
        """Hand a picture with the message's text to the provider; its id. Raises SendError.

        The words for those who do not see it follow the text.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A page to print or to show at the desk, with its facts in words."""

    pdf: bytes = field(repr=False)
    alt: str = field(repr=False)


@runtime_checkable
class SendsPapers(Protocol):
    """A channel that can hand over a page as a document."""

    async def send_paper(self, message: Outgoing, paper: Paper) -> str:
        """Hand a page with the message's text to the provider; its id. Raises SendError.

        The words for those who do not open it follow the text.
        """
        ...


@runtime_checkable
class LooksUp(Protocol):
    """A channel whose provider can be asked whether it took a message."""

    async def find(self, message: Outgoing, *, since: datetime) -> str | None:
        """The provider's id of this text if it was taken after `since`; None: surely not.

        Raises SendError when it cannot be told.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """One HTTP request as it came in; `url` is the public one that the provider called."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request that did not prove its origin (403) or cannot be read (400)."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedReceipt:
    """A provider's report with the sender that it belongs to."""

    sender_id: SenderId
    receipt: Receipt


class Receiver(Protocol):
    """One sender's way in: proves the origin of a request and reads it. Pure."""

    def read(self, request: WebhookRequest) -> list[Inbound | ReceivedReceipt] | Refused:
        """What the request holds; empty when it is genuine and of no interest."""
        ...


class Accept(Protocol):
    """Stores what came in; returns after the commit. Repeating it changes nothing."""

    async def __call__(self, events: Sequence[Inbound | ReceivedReceipt]) -> None:
        """Store the events once. Raises when they could not be stored: do not acknowledge."""
        ...
