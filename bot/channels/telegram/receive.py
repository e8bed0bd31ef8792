"""What does a Telegram update say, in the words of the house? Pure."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User

from bot.domain.identity import Channel, SenderId
from bot.domain.inbound import Inbound, InboundKind, Keyword, clean_text
from bot.ports.channel import ReceivedReceipt, Refused, WebhookRequest

_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name, no secret
_ACTION_LIMIT = 64
_LANGUAGE_LIMIT = 35
"""Longest language tag that RFC 5646 asks everybody to accept."""

_MESSAGES = ("message", "edited_message", "channel_post")
_READ_BY_LIBRARY = frozenset(
    {"message_id", "date", "edit_date", "chat", "from", "text", "caption"},
)
"""All else of a message is kept from the library: a new kind of attachment that it cannot read
must not cost the words beside it."""

_KINDS: Mapping[str, InboundKind] = {
    "text": InboundKind.TEXT,
    "photo": InboundKind.PHOTO,
    "voice": InboundKind.VOICE,
    "audio": InboundKind.VOICE,
    "location": InboundKind.LOCATION,
    "venue": InboundKind.LOCATION,
    "contact": InboundKind.CONTACT,
}
"""By the field that a message has; what is not named here is OTHER."""

_WITH_FILES = ("photo", "voice", "audio", "video", "video_note", "document", "animation", "sticker")

_NOT_SAID_TO_US = frozenset(
    {
        "boost_added",
        "channel_chat_created",
        "chat_background_set",
        "chat_shared",
        "connected_website",
        "delete_chat_photo",
        "forum_topic_closed",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_reopened",
        "group_chat_created",
        "left_chat_member",
        "message_auto_delete_timer_changed",
        "migrate_from_chat_id",
        "migrate_to_chat_id",
        "new_chat_members",
        "new_chat_photo",
        "new_chat_title",
        "pinned_message",
        "proximity_alert_triggered",
        "supergroup_chat_created",
        "users_shared",
        "video_chat_ended",
        "video_chat_participants_invited",
        "video_chat_scheduled",
        "video_chat_started",
        "write_access_allowed",
    }
)
"""Notices of Telegram itself ("Ada pinned a message"): nobody waits for an answer to them."""

_COMMANDS = {"/stop": Keyword.STOP, "/start": Keyword.START, "/help": Keyword.HELP}
_IN_CHAT = frozenset({"creator", "administrator", "member", "restricted"})

# What the library raises for JSON that is not what the Bot API promises.
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


class TelegramReceiver:
    """One bot's webhook; implements `bot.ports.channel.Receiver`."""

    def __init__(self, *, secret: str, sender_id: SenderId) -> None:
        """`secret` is what Telegram sends back with each update; an empty one opens nothing."""
        self._secret = secret.encode()
        self._sender_id = sender_id

    def read(self, request: WebhookRequest) -> list[Inbound | ReceivedReceipt] | Refused:
        """What the update holds; refused without the secret (403) or when unreadable (400)."""
        shown = request.headers.get(_SECRET_HEADER, "").encode()
        if not self._secret or not hmac.compare_digest(shown, self._secret):
            return Refused(status=403, reason="wrong-secret")
        if request.method != "POST":
            return Refused(status=400, reason="not-a-post")
        try:
            update = json.loads(request.body)
        except (ValueError, RecursionError):
            return Refused(status=400, reason="not-json")
        if update_id(update) is None:
            return Refused(status=400, reason="not-an-update")
        return [*read_update(update, sender_id=self._sender_id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """What all messages of one update share."""

    sender_id: SenderId
    provider_id: str

    def inbound(self, kind: InboundKind, chat: Chat, **said: Any) -> Inbound:
        # Any: the remaining fields of `Inbound`, each checked there by its own type.
        return Inbound(
            channel=Channel.TELEGRAM,
            sender_id=self.sender_id,
            provider_id=self.provider_id,
            kind=kind,
            address=str(int(chat.id)),
            is_group=chat.type != Chat.PRIVATE,
            **said,
        )


def update_id(update: object) -> int | None:
    """The number of an update, or None when it is none."""
    match update:
        case {"update_id": bool()}:
            return None
        case {"update_id": int(number)}:
            return number
        case _:
            return None


def read_update(update: object, *, sender_id: SenderId) -> Sequence[Inbound]:
    """What one update of the Bot API says; empty when it is nothing that anybody said to Balm.

    Never raises: an update that cannot be read would otherwise come again for ever and hold up
    everybody behind it.
    """
    number = update_id(update)
    if number is None or not isinstance(update, dict):
        return ()
    origin = _Origin(sender_id=sender_id, provider_id=f"u{number}")
    try:
        found = _read(update, origin)
    except _UNREADABLE:
        return ()
    return () if found is None else (found,)


def _read(raw: dict[str, Any], origin: _Origin) -> Inbound | None:
    update = Update.de_json(_essential(raw), None)
    if update.callback_query is not None:
        return _pressed(update.callback_query, origin)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, origin)
    for name in _MESSAGES:
        message = getattr(update, name)
        if message is not None:
            return _said(message, raw[name], origin, is_edited=name == "edited_message")
    return None


def _essential(raw: dict[str, Any]) -> dict[str, Any]:
    """The update with only those parts that are read, and messages with only their words."""
    kept = {
        name: raw[name] for name in ("update_id", "callback_query", "my_chat_member") if name in raw
    }
    query = kept.get("callback_query")
    if query and query.get("message"):
        kept["callback_query"] = {**query, "message": _words_only(query["message"])}
    return kept | {name: _words_only(raw[name]) for name in _MESSAGES if raw.get(name)}


def _words_only(message: dict[str, Any]) -> dict[str, Any]:
    return {name: message[name] for name in _READ_BY_LIBRARY & message.keys()}


def _said(
    message: Message, raw: dict[str, Any], origin: _Origin, *, is_edited: bool
) -> Inbound | None:
    if raw.keys() & _NOT_SAID_TO_US:
        return None
    if is_edited and "location" in raw:
        return None  # a live location moves every few seconds; nobody edited anything
    text, keyword = _words(message.text or message.caption or "")
    kind = next((kind for name, kind in _KINDS.items() if name in raw), InboundKind.OTHER)
    return origin.inbound(
        InboundKind.EDITED if is_edited else kind,
        message.chat,
        text=text,
        keyword=None if is_edited else keyword,
        attachments=_file_ids(raw),
        message=str(message.message_id),
        album=_album(raw),
        language_hint=_language(message.from_user),
        sent_at=_instant(message.edit_date or message.date),
    )


def _words(raw: str) -> tuple[str, Keyword | None]:
    """The text, with "/help@the_bot" as "/help", and the keyword that a command stands for.

    "/start CODE" is no keyword: it opens an invitation.
    """
    text = clean_text(raw)
    if not text.startswith("/"):
        return text, None
    first, *rest = text.split(maxsplit=1)
    command = first.partition("@")[0].lower()
    keyword = _COMMANDS.get(command)
    if keyword is Keyword.START and rest:
        keyword = None
    return " ".join([command, *rest]), keyword


def _file_ids(raw: dict[str, Any]) -> tuple[str, ...]:
    for name in _WITH_FILES:
        match raw.get(name):
            case {"file_id": str(file_id)}:
                return (file_id,)
            case [*_, {"file_id": str(file_id)}]:  # sizes of one picture, the largest last
                return (file_id,)
    return ()


def _album(raw: dict[str, Any]) -> str | None:
    album = raw.get("media_group_id")
    return clean_text(str(album))[:_ACTION_LIMIT] if album else None


def _pressed(query: CallbackQuery, origin: _Origin) -> Inbound:
    # The date of `query.message` is that of the question, not of the press: left out.
    message = query.message
    return origin.inbound(
        InboundKind.BUTTON,
        message.chat if message else Chat(id=query.from_user.id, type=Chat.PRIVATE),
        action=clean_text(query.data)[:_ACTION_LIMIT] if query.data else None,
        press_id=str(query.id),
        pressed_message=str(int(message.message_id)) if message else None,
        language_hint=_language(query.from_user),
    )


def _membership(change: ChatMemberUpdated, origin: _Origin) -> Inbound | None:
    """Blocked and let back in by a person; put into a group. Leaving a group needs no answer."""
    was_in = change.old_chat_member.status in _IN_CHAT
    is_in = change.new_chat_member.status in _IN_CHAT
    if change.chat.type == Chat.PRIVATE:
        kind = InboundKind.UNBLOCKED if is_in else InboundKind.BLOCKED
    elif is_in and not was_in:
        kind = InboundKind.MEMBERSHIP
    else:
        return None
    return origin.inbound(
        kind,
        change.chat,
        language_hint=_language(change.from_user),
        sent_at=_instant(change.date),
    )


def _language(user: User | None) -> str | None:
    if user is None or not user.language_code:
        return None
    return clean_text(user.language_code)[:_LANGUAGE_LIMIT]


def _instant(moment: datetime | None) -> datetime | None:
    return moment if moment and moment.timestamp() > 0 else None
