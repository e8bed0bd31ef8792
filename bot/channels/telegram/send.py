"""How does one outgoing message become a Telegram message?"""

import asyncio
import contextlib
from collections.abc import Awaitable

from telegram import InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.channels.telegram.client import CONNECTIONS, TelegramClient
from bot.channels.telegram.errors import is_past_editing, is_unchanged, to_send_error
from bot.channels.telegram.markup import CAPTION_LIMIT, TEXT_LIMIT, to_html, to_keyboard
from bot.channels.telegram.photos import delete_message, fetch_photo
from bot.domain.delivery import Outgoing
from bot.ports.channel import Capabilities, Paper, Picture, Rejected, Uncertain

_SEND_WITHIN_S = 20.0
_ANSWER_PRESS_WITHIN_S = 3.0

_CAPABILITIES = Capabilities(
    has_buttons=True,
    can_edit=True,
    text_limit=TEXT_LIMIT,
    calls_at_once=CONNECTIONS,
    # Source: Telegram, "Bots FAQ": one message a second to a chat, 20 a minute to a group.
    chat_interval_s=1.0,
    group_interval_s=3.5,
)
# A preview would fetch a clinic's page through Telegram and show it in the chat list.
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

# What the library raises when a 200 answer lacks a field: the message was sent all the same.
_UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)


class TelegramChannel:
    """One bot's way out; implements `bot.ports.channel.Channel`."""

    def __init__(self, client: TelegramClient) -> None:
        """`client` stays the caller's to close."""
        self._bot = client.bot

    @property
    def capabilities(self) -> Capabilities:
        """Buttons, edits, 4096 UTF-16 units."""
        return _CAPABILITIES

    async def send(self, message: Outgoing) -> str:
        """Answer the press, then edit or write; Telegram's id of the message. Raises SendError."""
        if message.answers_press is not None:
            await self._answer_press(message.answers_press)
        text, keyboard = to_html(message.body.text), to_keyboard(message.body.choices)
        chat = _chat_id(message.address)

        async def call() -> str:
            if message.edits is not None and await self._edit(
                message.edits, chat=chat, text=text, keyboard=keyboard
            ):
                return message.edits
            return await self._write(text, chat=chat, keyboard=keyboard)

        return await _in_time(call())

    async def send_picture(self, message: Outgoing, picture: Picture) -> str:
        """Show a picture; Telegram has no place for other words, so they follow the caption."""
        caption = _caption(message, picture.alt)
        keyboard, chat = to_keyboard(message.body.choices), _chat_id(message.address)
        if message.answers_press is not None:
            await self._answer_press(message.answers_press)

        async def call() -> str:
            shown = await self._bot.send_photo(
                chat,
                picture.image,
                caption=caption,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                filename="picture",
                has_spoiler=picture.is_veiled,
            )
            return str(shown.message_id)

        return await _in_time(call())

    async def send_paper(self, message: Outgoing, paper: Paper) -> str:
        """Hand over a page as a document, which opens and prints on any phone."""
        caption = _caption(message, paper.alt)
        keyboard, chat = to_keyboard(message.body.choices), _chat_id(message.address)
        if message.answers_press is not None:
            await self._answer_press(message.answers_press)

        async def call() -> str:
            handed = await self._bot.send_document(
                chat,
                paper.pdf,
                caption=caption,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                filename="visit.pdf",
            )
            return str(handed.message_id)

        return await _in_time(call())

    async def fetch(self, reference: str, *, at_most: int) -> bytes:
        """A photo that the patient asked to keep. Raises PhotoRefused or SendError."""
        return await fetch_photo(self._bot, reference, at_most=at_most)

    async def let_go(self, address: str, message: str) -> None:
        """Delete the message that the photo came in. Raises SendError."""
        await delete_message(self._bot, chat=_chat_id(address), message=message)

    async def _answer_press(self, press_id: str) -> None:
        # Ends the spinner on the person's button. Too old a press cannot be answered any more,
        # and whatever else goes wrong here must not cost the message itself.
        with contextlib.suppress(TelegramError, TimeoutError):
            async with asyncio.timeout(_ANSWER_PRESS_WITHIN_S):
                await self._bot.answer_callback_query(press_id)

    async def _edit(
        self, edits: str, *, chat: int, text: str, keyboard: InlineKeyboardMarkup | None
    ) -> bool:
        """Whether the message now reads so; False when it can no longer be edited."""
        if not edits.isdecimal():
            return False
        try:
            await self._bot.edit_message_text(
                text,
                chat_id=chat,
                message_id=int(edits),
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                link_preview_options=_NO_PREVIEW,
            )
        except BadRequest as error:
            if is_past_editing(error):
                return False
            if not is_unchanged(error):
                raise
        return True

    async def _write(self, text: str, *, chat: int, keyboard: InlineKeyboardMarkup | None) -> str:
        written = await self._bot.send_message(
            chat,
            text,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard,
            link_preview_options=_NO_PREVIEW,
        )
        return str(written.message_id)


def _caption(message: Outgoing, alt: str) -> str:
    """The message's text, then the words of what is shown. Raises Rejected if too long."""
    words = "\n\n".join(part for part in (message.body.text, alt) if part)
    return to_html(words, limit=CAPTION_LIMIT)


async def _in_time(call: Awaitable[str]) -> str:
    """The id that `call` returns. Raises SendError for whatever else becomes of it."""
    try:
        async with asyncio.timeout(_SEND_WITHIN_S):
            return await call
    except TelegramError as error:
        raise to_send_error(error) from error
    except TimeoutError as error:
        raise Uncertain("answer-lost") from error
    except _UNREADABLE as error:
        raise Uncertain("answer-unreadable") from error


def _chat_id(address: str) -> int:
    try:
        return int(address)
    except ValueError as error:
        raise Rejected("address-unreadable") from error
