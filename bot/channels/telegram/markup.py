"""How does a text of the content look as a Telegram message? Pure."""

import html

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.domain.delivery import Choice
from bot.domain.light_markup import BOLD, BULLET, plain
from bot.ports.channel import Rejected

TEXT_LIMIT = 4_096
"""UTF-16 units of one message, markup not counted. Source: Telegram Bot API, sendMessage."""

CAPTION_LIMIT = 1_024
"""UTF-16 units under a picture. Source: Telegram Bot API, sendPhoto."""

_ACTION_LIMIT = 64
"""Bytes. Source: Telegram Bot API, InlineKeyboardButton.callback_data."""

_CHOICES_LIMIT = 100


def to_html(text: str, *, limit: int = TEXT_LIMIT) -> str:
    """`text` as Telegram's HTML, everything but our own light markup escaped.

    Raises Rejected when it is empty or longer than one message: splitting changes what is said
    and is for whoever wrote it.
    """
    bulleted = BULLET.sub("• ", text)
    visible = plain(bulleted)
    if not visible.strip():
        raise Rejected("text-empty")
    if utf16_units(visible) > limit:
        raise Rejected("text-too-long")
    return BOLD.sub(r"<b>\1</b>", html.escape(bulleted, quote=False))


def utf16_units(text: str) -> int:
    """Length of `text` as Telegram counts it: most emoji are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def to_keyboard(rows: tuple[tuple[Choice, ...], ...]) -> InlineKeyboardMarkup | None:
    """Buttons under the message, or None. Raises Rejected for what Telegram would refuse."""
    if not rows:
        return None
    if sum(map(len, rows)) > _CHOICES_LIMIT:
        raise Rejected("too-many-choices")
    return InlineKeyboardMarkup([[_button(choice) for choice in row] for row in rows])


def _button(choice: Choice) -> InlineKeyboardButton:
    if not choice.label.strip():
        raise Rejected("button-without-label")
    if not 1 <= len(choice.action.encode()) <= _ACTION_LIMIT:
        raise Rejected("button-data-invalid")
    return InlineKeyboardButton(choice.label, callback_data=choice.action)
