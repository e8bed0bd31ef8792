"""What does Telegram's refusal mean for the message that was to be sent?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)

from bot.channels.telegram.client import TooFast, UnexpectedStatus
from bot.channels.transport import from_transport
from bot.ports.channel import (
    Misconfigured,
    RecipientStopped,
    Rejected,
    SendError,
    Throttled,
    Uncertain,
)

_TABLE = Path(__file__).with_name("refusals.yaml")
_CLASSES: Mapping[str, type[SendError]] = {
    known.__name__: known for known in (RecipientStopped, Rejected, Misconfigured)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One row of the table of Telegram's refusals."""

    status: int
    words: str
    """Looked for in the description, in lower case; empty fits every one."""
    error: str
    reason: str
    address_is_bad: bool = False

    def as_error(self) -> SendError:
        """The member of the closed family that follows."""
        if self.error == "Rejected":
            return Rejected(self.reason, code=str(self.status), is_address_bad=self.address_is_bad)
        return _CLASSES[self.error](self.reason, code=str(self.status))


@cache
def refusals() -> tuple[Refusal, ...]:
    """The whole table, in the order in which it is read."""
    rows = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return tuple(Refusal(**row) for row in rows)


_CANNOT_EDIT = (
    "message can't be edited",
    "message to edit not found",
    "message_id_invalid",
    "message identifier is not specified",
)


def to_send_error(error: TelegramError) -> SendError:
    """The one member of the closed family that `error` means; its reason is coded.

    A failing server (5xx) counts as Uncertain: Telegram gives no promise that it did nothing, and
    its gateways answer 502 and 504 also for messages that did arrive.
    Source: Telegram Bot API, "Making requests" and "ResponseParameters".
    """
    words = error.message.lower()
    match error:
        case TooFast():
            return Throttled("too-fast", retry_after=error.retry_after, code="429")
        case Forbidden():
            return _refused(403, words)
        case InvalidToken():
            return _refused(401, words)
        case Conflict():
            return _refused(409, words)
        case BadRequest():
            return _refused(400, words)
        case UnexpectedStatus():
            return _unexpected(error.status)
        case NetworkError():  # its subclasses are above: this one never got an answer
            return from_transport(error.__cause__)
        case _:
            return Uncertain("answer-unreadable")


def is_unchanged(error: BadRequest) -> bool:
    """Whether an edit was refused because the message already reads so."""
    return "message is not modified" in error.message.lower()


def is_past_editing(error: BadRequest) -> bool:
    """Whether an edit was refused because the message is gone or too old."""
    return any(words in error.message.lower() for words in _CANNOT_EDIT)


def _refused(status: int, words: str) -> SendError:
    known = (row for row in refusals() if row.status == status and row.words in words)
    return next(known).as_error()


def _unexpected(status: int) -> SendError:
    if status >= 500:
        return Uncertain("server-failed", code=str(status))
    if status >= 400:
        return Rejected("refused", code=str(status))
    return Misconfigured("not-the-bot-api", code=str(status))
