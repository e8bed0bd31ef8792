"""Is every update of Telegram read as what was said, and never as an exception?"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.receive import TelegramReceiver, read_update
from bot.domain.identity import Channel, SenderId
from bot.domain.inbound import TEXT_LIMIT, Inbound, InboundKind, Keyword
from bot.ports.channel import Refused, WebhookRequest

SENDER = SenderId("sender-1")
SECRET = "a-secret_0"
SENT_AT = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
SENT = int(SENT_AT.timestamp())
CHAT = {"id": 5001, "type": "private", "first_name": "Ada"}
GROUP = {"id": -1009, "type": "supergroup", "title": "Friends"}
CHANNEL = {"id": -1008, "type": "channel", "title": "News"}
ADA = {"id": 5001, "is_bot": False, "first_name": "Ada", "language_code": "hi"}
BOT = {"id": 7, "is_bot": True, "first_name": "Balm", "username": "balm_bot"}
FILE = {"file_id": "F1", "file_unique_id": "U1"}


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 11, "date": SENT, "chat": CHAT, "from": ADA, **content}


def press(**changed: Any) -> dict[str, Any]:
    question = {**message(text="Taken?"), "from": BOT}
    known = {"id": "901", "from": ADA, "chat_instance": "1", "data": "dose:1:taken"}
    return {**known, "message": question, **changed}


def member_change(old: str, new: str, *, chat: dict[str, Any] = CHAT) -> dict[str, Any]:
    def member(status: str) -> dict[str, Any]:
        until = {"until_date": 0} if status in ("kicked", "restricted") else {}
        return {"user": BOT, "status": status, **until}

    ends = {"old_chat_member": member(old), "new_chat_member": member(new)}
    return {"chat": chat, "from": ADA, "date": SENT, **ends}


def update(kind: str, content: object) -> dict[str, Any]:
    return {"update_id": 42, kind: content}


def read_one(kind: str, content: object) -> Inbound:
    (found,) = read_update(update(kind, content), sender_id=SENDER)
    return found


def request(body: object, *, secret: str | None = SECRET, method: str = "POST") -> WebhookRequest:
    headers = {} if secret is None else {"x-telegram-bot-api-secret-token": secret}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest(
        method=method, url="https://clinic.example/telegram", headers=headers, body=raw
    )


def receiver(secret: str = SECRET) -> TelegramReceiver:
    return TelegramReceiver(secret=secret, sender_id=SENDER)


def test_text() -> None:
    assert read_one("message", message(text="can I drink?")) == Inbound(
        channel=Channel.TELEGRAM,
        sender_id=SENDER,
        provider_id="u42",
        kind=InboundKind.TEXT,
        address="5001",
        text="can I drink?",
        message="11",
        language_hint="hi",
        sent_at=SENT_AT,
    )


@pytest.mark.parametrize(
    ("sent", "text", "keyword"),
    [
        ("/start AB12-CD34", "/start AB12-CD34", None),
        ("/start@balm_bot AB12", "/start AB12", None),
        ("/start", "/start", Keyword.START),
        ("/START", "/start", Keyword.START),
        ("/help@balm_bot", "/help", Keyword.HELP),
        ("/stop", "/stop", Keyword.STOP),
        ("/stop i cant do this", "/stop i cant do this", Keyword.STOP),
        ("/menu", "/menu", None),
        ("/", "/", None),
        ("stop", "stop", None),
        ("please /stop", "please /stop", None),
        ("help", "help", None),
    ],
)
def test_commands(sent: str, text: str, keyword: Keyword | None) -> None:
    found = read_one("message", message(text=sent))
    assert (found.kind, found.text, found.keyword) == (InboundKind.TEXT, text, keyword)


@pytest.mark.parametrize(
    ("content", "kind", "attachments"),
    [
        ({"photo": [{**FILE, "file_id": "small"}, FILE]}, InboundKind.PHOTO, ("F1",)),
        ({"voice": {**FILE, "duration": 3}}, InboundKind.VOICE, ("F1",)),
        ({"audio": FILE}, InboundKind.VOICE, ("F1",)),
        ({"location": {"latitude": 1.0, "longitude": 2.0}}, InboundKind.LOCATION, ()),
        ({"venue": {}, "location": {}}, InboundKind.LOCATION, ()),
        ({"contact": {"phone_number": "+1", "first_name": "B"}}, InboundKind.CONTACT, ()),
        ({"sticker": FILE}, InboundKind.OTHER, ("F1",)),
        ({"document": FILE}, InboundKind.OTHER, ("F1",)),
        ({"video": FILE}, InboundKind.OTHER, ("F1",)),
        ({"video_note": FILE}, InboundKind.OTHER, ("F1",)),
        ({"animation": FILE, "document": FILE}, InboundKind.OTHER, ("F1",)),
        ({"dice": {"emoji": "🎲", "value": 2}}, InboundKind.OTHER, ()),
        ({"invented_next_year": {"x": 1}}, InboundKind.OTHER, ()),
        ({"photo": "not a list"}, InboundKind.PHOTO, ()),
    ],
)
def test_media_is_named_and_not_opened(
    content: dict[str, Any], kind: InboundKind, attachments: tuple[str, ...]
) -> None:
    found = read_one("message", message(**content))
    assert (found.kind, found.attachments, found.kind.is_media) == (kind, attachments, True)


def test_caption_is_read_as_text() -> None:
    found = read_one("message", message(photo=[FILE], caption="is this rash normal"))
    assert (found.kind, found.text) == (InboundKind.PHOTO, "is this rash normal")


def test_attachment_that_cannot_be_read_does_not_cost_the_words() -> None:
    broken = message(caption="i want to die", photo=[{"no": "id"}], entities=5, reply_to_message=7)
    assert read_one("message", broken).text == "i want to die"


def test_edited_message_keeps_its_text_and_is_no_command() -> None:
    found = read_one("edited_message", message(text="/stop", edit_date=SENT + 60))
    assert (found.kind, found.text, found.keyword) == (InboundKind.EDITED, "/stop", None)
    assert found.sent_at == datetime(2026, 11, 23, 20, 1, tzinfo=UTC)


def test_live_location_moving_is_no_edit() -> None:
    moved = update("edited_message", message(location={"latitude": 1, "longitude": 2}))
    assert read_update(moved, sender_id=SENDER) == ()


def test_press() -> None:
    found = read_one("callback_query", press())
    assert (found.kind, found.action, found.press_id) == (InboundKind.BUTTON, "dose:1:taken", "901")
    assert (found.address, found.pressed_message, found.is_group) == ("5001", "11", False)
    assert found.sent_at is None


@pytest.mark.parametrize(
    ("changed", "address", "pressed"),
    [
        ({"message": {"message_id": 11, "date": 0, "chat": CHAT}}, "5001", "11"),
        ({"message": None}, "5001", None),
        ({"message": {**message(text="?"), "chat": GROUP}}, "-1009", "11"),
    ],
    ids=["message-too-old-to-see", "message-gone", "in-a-group"],
)
def test_press_on_what_is_no_longer_there(
    changed: dict[str, Any], address: str, pressed: str | None
) -> None:
    found = read_one("callback_query", press(**changed))
    assert (found.address, found.pressed_message) == (address, pressed)
    assert found.is_group == (address == "-1009")


def test_forged_button_data_is_cut() -> None:
    assert read_one("callback_query", press(data="x\x00" * 500)).action == "x" * 64


@pytest.mark.parametrize(
    ("old", "new", "chat", "kind"),
    [
        ("member", "kicked", CHAT, InboundKind.BLOCKED),
        ("kicked", "member", CHAT, InboundKind.UNBLOCKED),
        ("left", "member", GROUP, InboundKind.MEMBERSHIP),
        ("kicked", "member", CHANNEL, InboundKind.MEMBERSHIP),
        ("member", "left", GROUP, None),
        ("member", "kicked", GROUP, None),
    ],
)
def test_membership(old: str, new: str, chat: dict[str, Any], kind: InboundKind | None) -> None:
    change = update("my_chat_member", member_change(old, new, chat=chat))
    found = read_update(change, sender_id=SENDER)
    assert [(one.kind, one.is_group) for one in found] == (
        [] if kind is None else [(kind, chat is not CHAT)]
    )


@pytest.mark.parametrize(("kind", "chat"), [("message", GROUP), ("channel_post", CHANNEL)])
def test_groups_and_channels_are_marked(kind: str, chat: dict[str, Any]) -> None:
    found = read_one(kind, message(text="hello", chat=chat))
    assert (found.kind, found.address, found.is_group) == (InboundKind.TEXT, str(chat["id"]), True)


@pytest.mark.parametrize(
    "notice",
    ["pinned_message", "new_chat_members", "left_chat_member", "message_auto_delete_timer_changed"],
)
def test_notices_of_telegram_are_nobodys_words(notice: str) -> None:
    said = update("message", message(**{notice: {}}))
    assert read_update(said, sender_id=SENDER) == ()


@pytest.mark.parametrize("kind", ["poll", "inline_query", "chat_member", "business_message", "new"])
def test_updates_that_nobody_asked_for_are_left_out(kind: str) -> None:
    assert read_update(update(kind, message(text="hello")), sender_id=SENDER) == ()


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a\x00b\x1fc", "abc"),
        ("😀😀", "😀😀"),
        ("مرحبا", "مرحبا"),
        ("one\ntwo", "one\ntwo"),
        ("\ud800lone", "lone"),
        ("x" * 10_000, "x" * TEXT_LIMIT),
    ],
    ids=["control", "emoji-only", "right-to-left", "lines", "half-a-pair", "long"],
)
def test_difficult_texts(sent: str, read: str) -> None:
    found = receiver().read(request(update("message", message(text=sent))))
    assert isinstance(found, list)
    assert [one.text for one in found if isinstance(one, Inbound)] == [read]


@pytest.mark.parametrize("secret", [None, "", "a-secret_1", "a-secret", "ä"])
def test_without_the_secret_nothing_is_read(secret: str | None) -> None:
    shown = request(update("message", message(text="hello")), secret=secret)
    assert receiver().read(shown) == Refused(status=403, reason="wrong-secret")


def test_empty_secret_opens_nothing() -> None:
    shown = request(update("message", message(text="hello")), secret="")
    assert receiver("").read(shown) == Refused(status=403, reason="wrong-secret")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"\xff\xfe\x00", "not-json"),
        (b"[" * 100_000, "not-json"),
        (b"[]", "not-an-update"),
        (b"null", "not-an-update"),
        (b"{}", "not-an-update"),
        (b'{"update_id": true}', "not-an-update"),
        (b'{"update_id": "42"}', "not-an-update"),
    ],
)
def test_what_is_no_update_is_refused(body: bytes, reason: str) -> None:
    assert receiver().read(request(body)) == Refused(status=400, reason=reason)


def test_only_posts_are_read() -> None:
    shown = request(update("message", message(text="hello")), method="GET")
    assert receiver().read(shown) == Refused(status=400, reason="not-a-post")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "date", "text", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
kinds = st.sampled_from(
    ["message", "edited_message", "channel_post", "callback_query", "my_chat_member"]
)


@given(kind=kinds, content=anything)
def test_arbitrary_json_is_never_an_exception(kind: str, content: object) -> None:
    found = read_update(update(kind, content), sender_id=SENDER)
    assert all(isinstance(one, Inbound) for one in found)


@given(data=st.data(), kind=kinds, value=anything)
def test_one_wrong_field_is_never_an_exception(data: st.DataObject, kind: str, value: Any) -> None:
    content = {
        "callback_query": press(),
        "my_chat_member": member_change("member", "kicked"),
    }.get(kind, message(text="hello", photo=[FILE], edit_date=SENT))
    name = data.draw(st.sampled_from(sorted(content)))
    inner = content[name]
    if isinstance(inner, dict) and data.draw(st.booleans()):
        value = {**inner, data.draw(st.sampled_from(sorted(inner))): value}
    found = read_update(update(kind, {**content, name: value}), sender_id=SENDER)
    assert all(isinstance(one.text, str) and isinstance(one.address, str) for one in found)


@given(body=st.binary(max_size=200))
def test_arbitrary_bytes_are_never_an_exception(body: bytes) -> None:
    assert isinstance(receiver().read(request(body)), Refused | list)
