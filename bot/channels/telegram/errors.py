"""What does Telegram's refusal mean for the message that was to be sent?"""

from collections.abc import Mapping

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

_SETTLED: Mapping[type[TelegramError], tuple[type[SendError], str, str]] = {
    InvalidToken: (Misconfigured, "token-refused", "401"),
    Conflict: (Misconfigured, "bot-used-elsewhere", "409"),
}

_STOPPED = {
    "blocked": "blocked-by-recipient",
    "deactivated": "account-deactivated",
    "kicked": "removed-from-chat",
}
"""Words of a 403 that tell of the person's own will or end; other 403s are about this message."""

_REJECTED = {
    "chat not found": "chat-not-found",
    "upgraded to a supergroup": "chat-migrated",
    "user not found": "chat-not-found",
    "too long": "text-too-long",
    "text is empty": "text-empty",
    "can't parse entities": "markup-unreadable",
    "button_data_invalid": "button-data-invalid",
}

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
            return _forbidden(words)
        case InvalidToken() | Conflict():
            kind, reason, code = _SETTLED[type(error)]
            return kind(reason, code=code)
        case BadRequest():
            return Rejected(_coded(words, _REJECTED) or "bad-request", code="400")
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


def _forbidden(words: str) -> SendError:
    reason = _coded(words, _STOPPED)
    if reason is not None:
        return RecipientStopped(reason, code="403")
    return Rejected("not-allowed-to-write", code="403")


def _unexpected(status: int) -> SendError:
    if status >= 500:
        return Uncertain("server-failed", code=str(status))
    if status >= 400:
        return Rejected("refused", code=str(status))
    return Misconfigured("not-the-bot-api", code=str(status))


def _coded(words: str, reasons: dict[str, str]) -> str | None:
    return next((reason for known, reason in reasons.items() if known in words), None)
