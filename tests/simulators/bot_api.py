"""Which calls would Telegram's Bot API refuse, and in which words?

Source: Telegram Bot API 10.1: sendMessage, InlineKeyboardButton, "Formatting options", setWebhook.
"""

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

_TEXT_LIMIT = 4_096
_CAPTION_LIMIT = 1_024
_ACTION_BYTES = 64
_PROFILE_LIMITS = {"description": 512, "short_description": 120}
_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre"}
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_REQUIRED = {
    "sendMessage": ("chat_id", "text"),
    "sendPhoto": ("chat_id", "photo"),
    "sendDocument": ("chat_id", "document"),
    "getFile": ("file_id",),
    "deleteMessage": ("chat_id", "message_id"),
    "setMyCommands": ("commands",),
    "editMessageText": ("text",),
    "answerCallbackQuery": ("callback_query_id",),
    "setWebhook": ("url",),
}


class Refusal(Exception):
    """An error of the Bot API: HTTP status and description."""

    def __init__(self, status: int, description: str) -> None:
        """`description` without the "Bad Request: " that goes with 400."""
        prefix = "Bad Request: " if status == 400 else ""
        super().__init__(prefix + description)
        self.status = status


class _Markup(HTMLParser):
    """Reads Telegram's HTML as Telegram does: a few tags, all of them closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.visible = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in _TAGS:
            raise Refusal(400, f'can\'t parse entities: unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refusal(400, "can't parse entities: unmatched end tag")

    def handle_data(self, data: str) -> None:
        self.visible += data


def _check_profile(raw: Mapping[str, str]) -> None:
    for name, limit in _PROFILE_LIMITS.items():
        if len(raw.get(name, "")) > limit:
            raise Refusal(400, f"{name} is too long")


def checked(method: str, raw: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a call, JSON decoded. Raises Refusal."""
    for name in _REQUIRED.get(method, ()):
        if not raw.get(name):
            raise Refusal(400, f"parameter {name} is required")
    called = {name: _decoded(value) for name, value in raw.items() if name not in ("text", "url")}
    called |= {name: raw[name] for name in ("text", "url") if name in raw}
    if "caption" in raw:
        called["caption"] = raw["caption"]
        called["visible"] = _visible(raw["caption"], called.get("parse_mode"))
        if len(called["visible"].encode("utf-16-le")) > 2 * _CAPTION_LIMIT:
            raise Refusal(400, "message caption is too long")
    if "text" in called:
        called["visible"] = _visible(called["text"], called.get("parse_mode"))
    _check_keyboard(called.get("reply_markup"))
    _check_profile(raw)
    secret = raw.get("secret_token")
    if secret is not None:
        called["secret_token"] = secret
        if not _SECRET.fullmatch(secret):
            raise Refusal(400, "secret token contains unallowed characters")
    return called


def _visible(text: str, parse_mode: object) -> str:
    """The text as the person reads it."""
    visible = text
    if parse_mode == "HTML":
        if re.search(r"<(?![a-zA-Z/])", text):
            raise Refusal(400, "can't parse entities: unexpected character after <")
        markup = _Markup()
        markup.feed(text)
        markup.close()
        if markup.open:
            raise Refusal(400, f"can't parse entities: can't find end tag of {markup.open[-1]}")
        visible = markup.visible
    if not visible.strip():
        raise Refusal(400, "message text is empty")
    if len(visible.encode("utf-16-le")) // 2 > _TEXT_LIMIT:
        raise Refusal(400, "message is too long")
    return visible


def _check_keyboard(markup: object) -> None:
    if not isinstance(markup, dict):
        return
    buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
    if len(buttons) > 100:
        raise Refusal(400, "reply markup is too long")
    for button in buttons:
        if not button.get("text"):
            raise Refusal(400, "inline keyboard button text must be non-empty")
        data = button.get("callback_data")
        if data is not None and not 1 <= len(data.encode()) <= _ACTION_BYTES:
            raise Refusal(400, "BUTTON_DATA_INVALID")


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
