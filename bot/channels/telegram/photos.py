"""How is a photo fetched from Telegram, within bounds, and its message deleted there?"""

import httpx
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.channels.telegram.errors import to_send_error
from bot.domain.photo import PhotoRefusal
from bot.ports.channel import Unavailable
from bot.ports.photos import PhotoRefused

_CONNECT_S, _READ_S = 5.0, 10.0
_GONE = ("file_id", "file not found", "file is temporarily unavailable", "wrong file")
_CANNOT_DELETE = ("message to delete not found", "message can't be deleted")


async def fetch_photo(bot: Bot, reference: str, *, at_most: int) -> bytes:
    """The file of `reference`. Raises PhotoRefused, or SendError to try again later.

    Its size is asked for before anything is fetched, and counted while it comes in.
    """
    try:
        file = await bot.get_file(reference)
    except BadRequest as error:
        if "too big" in error.message.lower():
            raise PhotoRefused(PhotoRefusal.TOO_LARGE) from error
        if any(words in error.message.lower() for words in _GONE):
            raise PhotoRefused(PhotoRefusal.NOT_FETCHED) from error
        raise to_send_error(error) from error
    except TelegramError as error:
        raise to_send_error(error) from error
    if file.file_size is not None and file.file_size > at_most:
        raise PhotoRefused(PhotoRefusal.TOO_LARGE)
    if not file.file_path:
        raise Unavailable("file-without-path")
    return await _download(file.file_path, at_most)


async def delete_message(bot: Bot, *, chat: int, message: str) -> None:
    """Delete what a patient sent. Raises SendError; what is gone or too old is no error."""
    if not message.isdecimal():
        return
    try:
        await bot.delete_message(chat, int(message))
    except BadRequest as error:
        if not any(words in error.message.lower() for words in _CANNOT_DELETE):
            raise to_send_error(error) from error
    except TelegramError as error:
        raise to_send_error(error) from error


async def _download(url: str, at_most: int) -> bytes:
    """The bytes behind `url`. Errors do not name their cause: the address holds the token."""
    content = bytearray()
    try:
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(_READ_S, connect=_CONNECT_S)) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise Unavailable("file-not-served", code=str(answer.status_code))
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > at_most:
                    raise PhotoRefused(PhotoRefusal.TOO_LARGE)
    except httpx.HTTPError:
        raise Unavailable("file-not-reached") from None
    return bytes(content)
