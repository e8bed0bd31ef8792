"""How is Telegram's Bot API called, so that no token and no text leaks on the way?"""

import json
import logging
from collections.abc import Awaitable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from telegram import Bot
from telegram.error import NetworkError, TelegramError
from telegram.request import HTTPXRequest

T = TypeVar("T")
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "channel_post",
    "callback_query",
    "my_chat_member",
)
"""What Balm reads; Telegram leaves `my_chat_member` (block, unblock) out unless it is named."""

_CONNECT_S = 5.0
_ANSWER_S = 10.0
CONNECTIONS = 8
"""For calls; more at once would only wait, and be uncertain after a crash."""
_POLL_MARGIN_S = 10.0
"""How long after the end of a long poll its answer may still arrive."""
_WAIT_WHEN_UNSAID_S = 5.0

_EXPLAINED = frozenset({400, 401, 403, 404, 409})
"""Statuses that the library translates by what Telegram says of them."""


class TooFast(TelegramError):
    """HTTP 429: nothing was done; the whole bot waits `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        """`retry_after` in seconds."""
        super().__init__("Too fast")
        self.retry_after = retry_after


class UnexpectedStatus(NetworkError):
    """An HTTP status that Telegram does not explain, such as those of a failing server."""

    def __init__(self, status: int) -> None:
        """`status` is the HTTP status."""
        super().__init__(f"Unexpected status {status}")
        self.status = status


class UnreadableAnswer(TelegramError):
    """HTTP 200 with something that is no answer of the Bot API: perhaps done, perhaps not."""

    def __init__(self) -> None:
        """The answer itself is not kept: it may hold a patient's words."""
        super().__init__("Unreadable answer")


class _Request(HTTPXRequest):
    """The library's request, without its habit of logging and quoting unreadable answers."""

    # Any: the parameters are the library's own and handed on unseen.
    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, payload = await super().do_request(*args, **kwargs)
        answer = _answer(payload)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            if "result" not in answer:
                raise UnreadableAnswer
            return status, payload
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise TooFast(_retry_after(answer))
        if status not in _EXPLAINED:
            raise UnexpectedStatus(status)
        return status, _words_of(answer)


class TelegramClient:
    """One bot's connection, shared by everything that speaks for it."""

    def __init__(
        self, *, token: str, api_base: str, file_base: str, answer_within_s: float = _ANSWER_S
    ) -> None:
        """`api_base` ends where the token begins, as in "https://api.telegram.org/bot"."""
        _keep_token_out_of_logs()
        self._polling = _request(answer_within_s)
        self._calling = _request(answer_within_s)
        self._method_base = api_base + token
        self.bot = Bot(
            token,
            base_url=api_base,
            base_file_url=file_base,
            request=self._calling,
            get_updates_request=self._polling,
        )

    async def updates(self, *, offset: int | None, wait_s: int) -> Sequence[object]:
        """Updates from `offset` on as raw JSON, at most 100; waits `wait_s` seconds for the first.

        Asking with an offset tells Telegram that everything before it may be forgotten. Raw,
        because one update that the library cannot read would otherwise cost all the others.
        Raises TelegramError.
        """
        asked = {"timeout": wait_s, "allowed_updates": json.dumps(ALLOWED_UPDATES)}
        if offset is not None:
            asked["offset"] = offset
        payload = await self._polling.retrieve(
            f"{self._method_base}/getUpdates?{urlencode(asked)}",
            read_timeout=wait_s + _POLL_MARGIN_S,
        )
        result = _answer(payload).get("result")
        return result if isinstance(result, list) else ()

    async def username(self) -> str:
        """The bot's public name, as in t.me/NAME. Raises TelegramError."""
        user = await self.bot.get_me()
        return user.username or ""

    async def show_commands(self, commands: Mapping[str, str], *, language: str | None) -> bool:
        """Show these commands, with what each does, to who reads that language; None: all others.

        True when they were not shown so already: Telegram allows few such calls. Raises
        TelegramError, as the two below.
        """
        shown = await _or_none(self.bot.get_my_commands(language_code=language))
        if shown is not None and {one.command: one.description for one in shown} == dict(commands):
            return False
        return await self.bot.set_my_commands(list(commands.items()), language_code=language)

    async def show_description(self, text: str, *, language: str | None) -> bool:
        """What somebody reads before the first word; True when it was not there already."""
        shown = await _or_none(self.bot.get_my_description(language_code=language))
        if shown is not None and shown.description == text:
            return False
        return await self.bot.set_my_description(text, language_code=language)

    async def show_short_description(self, text: str, *, language: str | None) -> bool:
        """What stands beside the bot's name; True when it was not there already."""
        shown = await _or_none(self.bot.get_my_short_description(language_code=language))
        if shown is not None and shown.short_description == text:
            return False
        return await self.bot.set_my_short_description(text, language_code=language)

    async def close(self) -> None:
        """Close all connections."""
        await self._polling.shutdown()
        await self._calling.shutdown()


async def _or_none(asked: Awaitable[T]) -> T | None:
    """What Telegram answers; None when it does not tell, and so it is shown once more."""
    try:
        return await asked
    except TelegramError:
        return None


def _request(answer_within_s: float) -> _Request:
    return _Request(
        connection_pool_size=CONNECTIONS,
        connect_timeout=_CONNECT_S,
        read_timeout=answer_within_s,
        write_timeout=answer_within_s,
        pool_timeout=_CONNECT_S,
    )


def _keep_token_out_of_logs() -> None:
    # httpx writes every URL at INFO, and Telegram's URLs hold the token; the library writes
    # whole requests at DEBUG. Set here, so that no logging configuration can forget it.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.WARNING)


def _answer(payload: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _words_of(answer: dict[str, Any]) -> bytes:
    # Nothing else of a refusal is handed on: the library makes `retry_after`, wherever it stands,
    # into an error that announces its own change of types as a warning.
    return json.dumps({"description": str(answer.get("description", ""))}).encode()


def _retry_after(answer: dict[str, Any]) -> float:
    match answer.get("parameters"):
        case {"retry_after": int(seconds) | float(seconds)} if seconds > 0:
            return float(seconds)
        case _:
            return _WAIT_WHEN_UNSAID_S
