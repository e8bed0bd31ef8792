"""Why does a bot hear nothing at present, what can be done, and when is the next try?"""

from dataclasses import dataclass

from telegram.error import BadRequest, Conflict, InvalidToken

from bot.channels.telegram.client import TooFast

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_DOUBLINGS = 6

_ADVICE = {
    "bot-used-elsewhere": (
        "Somebody else receives this bot's messages: another running copy of Balm, or a webhook. "
        "A bot gives each message to one receiver only. Stop the other copy, or give this one a "
        "token of its own from @BotFather."
    ),
    "token-refused": (
        "Telegram does not know this token. Compare TELEGRAM_BOT_TOKEN with what @BotFather shows."
    ),
    "request-refused": (
        "Telegram refused our request. In webhook mode it wants a public https address, and a "
        "TELEGRAM_WEBHOOK_SECRET of letters, digits, _ and - only."
    ),
    "too-fast": "Telegram asked us to wait. Nothing is lost.",
    "not-reached": "Telegram does not answer at present. Nothing is lost; Balm keeps trying.",
    "not-stored": (
        "A message came in and could not be stored. It stays with Telegram until it can be. Look "
        "at the database."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One failed try; free of private data."""

    code: str
    advice: str
    """For the operator, in plain words."""
    cause: str
    """Name of the exception."""
    pause_s: float
    """Seconds until the next try."""


def trouble(error: Exception, *, failures: int, is_ours: bool = False) -> Trouble:
    """What `error` means after `failures` failed tries; `is_ours` when Telegram did its part."""
    asked = error.retry_after if isinstance(error, TooFast) else 0.0
    code = "not-stored" if is_ours else _code(error)
    return Trouble(
        code=code,
        advice=_ADVICE[code],
        cause=type(error).__name__,
        pause_s=max(asked, _pause(failures)),
    )


def advice_on(code: str) -> str | None:
    """What an operator can do about a trouble; None when the code is unknown."""
    return _ADVICE.get(code)


def _code(error: Exception) -> str:
    match error:
        case Conflict():
            return "bot-used-elsewhere"
        case InvalidToken():
            return "token-refused"
        case TooFast():
            return "too-fast"
        case BadRequest():
            return "request-refused"
        case _:
            return "not-reached"


def _pause(failures: int) -> float:
    return min(_FIRST_PAUSE_S * 2.0 ** min(failures, _DOUBLINGS), _LONGEST_PAUSE_S)
