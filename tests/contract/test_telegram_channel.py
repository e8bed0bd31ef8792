"""Does a message reach the person on Telegram as it is meant, and is every failure named truly?"""

import logging
import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.send import TelegramChannel
from bot.domain.delivery import Body, Choice, Outgoing
from bot.domain.identity import DeliveryId
from bot.ports.channel import (
    Capabilities,
    Channel,
    Misconfigured,
    Picture,
    RecipientStopped,
    Rejected,
    SendError,
    ShowsPictures,
    Throttled,
    Unavailable,
    Uncertain,
)
from tests.simulators.provider import Misbehaviour
from tests.simulators.telegram import TOKEN, USERNAME, Person, TelegramSimulator

TAKEN = Choice(label="Taken", action="dose:1:taken")
LATER = Choice(label="Later", action="dose:1:later")


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as simulator:
        yield simulator


@pytest.fixture
async def client(telegram: TelegramSimulator) -> AsyncIterator[TelegramClient]:
    client = connected(telegram)
    yield client
    await client.close()


@pytest.fixture
def channel(client: TelegramClient) -> Channel:
    return TelegramChannel(client)


@pytest.fixture
def ada(telegram: TelegramSimulator) -> Person:
    person = telegram.person()
    person.write("hello")
    return person


def connected(telegram: TelegramSimulator, **other: Any) -> TelegramClient:
    known = {"token": TOKEN, "api_base": telegram.api_base, "file_base": telegram.file_base}
    return TelegramClient(**{**known, "answer_within_s": 0.5, **other})


def outgoing(to: Person | str, text: str = "Time for your capsule.", **more: Any) -> Outgoing:
    address = to if isinstance(to, str) else str(to.chat_id)
    body = Body(text=text, choices=more.pop("choices", ()))
    return Outgoing(delivery_id=DeliveryId("d1"), address=address, body=body, **more)


def test_capabilities(channel: Channel) -> None:
    assert channel.capabilities == Capabilities(
        has_buttons=True,
        can_edit=True,
        text_limit=4_096,
        calls_at_once=8,
        chat_interval_s=1.0,
        group_interval_s=3.5,
    )


async def test_text_reaches_the_person(channel: Channel, ada: Person) -> None:
    sent = await channel.send(outgoing(ada))
    assert [(str(m.message_id), m.text) for m in ada.inbox] == [(sent, "Time for your capsule.")]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("5 < 6 & 7 > 2", "5 &lt; 6 &amp; 7 &gt; 2"),
        ("**Act now.** Then call.", "<b>Act now.</b> Then call."),
        ("**a <b> c**", "<b>a &lt;b&gt; c</b>"),
        ("- one\n- **two**", "• one\n• <b>two</b>"),
        ("a - b", "a - b"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("**open", "**open"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("नमस्ते، שלום 🙂", "नमस्ते، שלום 🙂"),
    ],
)
async def test_markup_is_ours_and_nothing_else(
    channel: Channel, ada: Person, text: str, html: str
) -> None:
    await channel.send(outgoing(ada, text))
    assert ada.inbox[-1].html == html


async def test_no_preview_of_links(
    telegram: TelegramSimulator, channel: Channel, ada: Person
) -> None:
    await channel.send(outgoing(ada, "https://clinic.example"))
    assert telegram.called("sendMessage")[0]["link_preview_options"] == {"is_disabled": True}


async def test_choices_become_buttons(channel: Channel, ada: Person) -> None:
    await channel.send(outgoing(ada, choices=((TAKEN, LATER), (LATER,))))
    assert ada.inbox[-1].buttons == [
        [
            {"text": "Taken", "callback_data": "dose:1:taken"},
            {"text": "Later", "callback_data": "dose:1:later"},
        ],
        [{"text": "Later", "callback_data": "dose:1:later"}],
    ]


@pytest.mark.parametrize(
    ("text", "is_sent"),
    [
        ("x" * 4_096, True),
        ("x" * 4_097, False),
        ("🙂" * 2_048, True),
        ("🙂" * 2_049, False),
        ("**" + "x" * 4_096 + "**", True),
        ("&" * 4_096, True),
    ],
    ids=["longest", "too-long", "longest-emoji", "emoji-too-long", "markup-free", "escapes-free"],
)
async def test_length_is_counted_in_utf16_units_without_markup(
    channel: Channel, ada: Person, text: str, is_sent: bool
) -> None:
    if is_sent:
        assert await channel.send(outgoing(ada, text)) == str(ada.inbox[-1].message_id)
        return
    with pytest.raises(Rejected) as caught:
        await channel.send(outgoing(ada, text))
    assert (caught.value.reason, ada.inbox) == ("text-too-long", [])


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"text": " \n"}, "text-empty"),
        ({"choices": ((Choice(label="a", action="é" * 33),),)}, "button-data-invalid"),
        ({"choices": ((Choice(label="a", action=""),),)}, "button-data-invalid"),
        ({"choices": ((Choice(label=" ", action="a"),),)}, "button-without-label"),
        ({"choices": (tuple(TAKEN for _ in range(101)),)}, "too-many-choices"),
    ],
)
async def test_what_telegram_would_refuse_is_not_sent(
    telegram: TelegramSimulator,
    channel: Channel,
    ada: Person,
    message: dict[str, Any],
    reason: str,
) -> None:
    with pytest.raises(Rejected) as caught:
        await channel.send(outgoing(ada, **message))
    assert (caught.value.reason, telegram.calls) == (reason, [])


async def test_edit_changes_the_message_in_place(channel: Channel, ada: Person) -> None:
    first = await channel.send(outgoing(ada, choices=((TAKEN,),)))
    second = await channel.send(outgoing(ada, "Recorded: taken.", edits=first))
    assert second == first
    assert [(m.text, m.buttons, m.edits) for m in ada.inbox] == [("Recorded: taken.", [], 1)]


async def test_refused_edit_is_a_refusal(
    telegram: TelegramSimulator, channel: Channel, ada: Person
) -> None:
    first = await channel.send(outgoing(ada))
    telegram.fails(Misbehaviour.REFUSE, status=400, error="Bad Request: chat not found")
    with pytest.raises(Rejected):
        await channel.send(outgoing(ada, "Recorded.", edits=first))
    assert [message.text for message in ada.inbox] == ["Time for your capsule."]


async def test_edit_that_changes_nothing_counts_as_sent(channel: Channel, ada: Person) -> None:
    first = await channel.send(outgoing(ada))
    assert await channel.send(outgoing(ada, edits=first)) == first
    assert len(ada.inbox) == 1


@pytest.mark.parametrize("gone", ["too-old", "deleted", "never-ours"])
async def test_message_past_editing_is_followed_by_a_new_one(
    telegram: TelegramSimulator, channel: Channel, ada: Person, gone: str
) -> None:
    first = await channel.send(outgoing(ada))
    if gone == "too-old":
        ada.inbox[0].is_editable = False
    elif gone == "deleted":
        telegram.shown.clear()
    edits = "sms-SM1" if gone == "never-ours" else first
    second = await channel.send(outgoing(ada, "Recorded.", edits=edits))
    assert second != first
    assert ada.inbox[-1].text == "Recorded."


async def test_press_is_answered_before_the_message(
    telegram: TelegramSimulator, channel: Channel, ada: Person
) -> None:
    await channel.send(outgoing(ada, choices=((TAKEN,),)))
    press = ada.press("Taken")
    await channel.send(outgoing(ada, "Recorded.", answers_press=press))
    assert telegram.answered_presses == [press]
    assert [call.method for call in telegram.calls][-2:] == ["answerCallbackQuery", "sendMessage"]


async def test_press_is_answered_even_when_the_message_cannot_be_sent(
    telegram: TelegramSimulator, channel: Channel, ada: Person
) -> None:
    await channel.send(outgoing(ada, choices=((TAKEN,),)))
    press = ada.press("Taken")
    with pytest.raises(Rejected):
        await channel.send(outgoing(ada, "x" * 5_000, answers_press=press))
    assert telegram.answered_presses == [press]


@pytest.mark.parametrize("kind", [*Misbehaviour])
async def test_unanswerable_press_does_not_cost_the_message(
    telegram: TelegramSimulator, channel: Channel, ada: Person, kind: Misbehaviour
) -> None:
    telegram.fails(kind, method="answerCallbackQuery")
    await channel.send(outgoing(ada, "Recorded.", answers_press="1"))
    assert ada.inbox[-1].text == "Recorded."


async def test_press_too_old_to_answer_does_not_cost_the_message(
    channel: Channel, ada: Person
) -> None:
    await channel.send(outgoing(ada, "Recorded.", answers_press="of-last-month"))
    assert ada.inbox[-1].text == "Recorded."


ERRORS = [
    (403, "Forbidden: bot was blocked by the user", RecipientStopped, "blocked-by-recipient"),
    (403, "Forbidden: user is deactivated", RecipientStopped, "account-deactivated"),
    (403, "Forbidden: bot was kicked from the group chat", RecipientStopped, "removed-from-chat"),
    (
        403,
        "Forbidden: bot can't initiate conversation with a user",
        Rejected,
        "not-allowed-to-write",
    ),
    (400, "Bad Request: chat not found", Rejected, "chat-not-found"),
    (400, "Bad Request: message is too long", Rejected, "text-too-long"),
    (400, "Bad Request: can't parse entities: unclosed tag", Rejected, "markup-unreadable"),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", Rejected, "chat-migrated"),
    (400, "Bad Request: something new", Rejected, "bad-request"),
    (401, "Unauthorized", Misconfigured, "token-refused"),
    (404, "Not Found", Misconfigured, "token-refused"),
    (409, "Conflict: terminated by other getUpdates request", Misconfigured, "bot-used-elsewhere"),
    (413, "Request Entity Too Large", Rejected, "refused"),
    (302, "Found", Misconfigured, "not-the-bot-api"),
    (429, "Too Many Requests", Throttled, "too-fast"),
    (500, "Internal Server Error", Uncertain, "server-failed"),
    (502, "Bad Gateway", Uncertain, "server-failed"),
    (504, "Gateway Timeout", Uncertain, "server-failed"),
]


@pytest.mark.parametrize(("status", "error", "expected", "reason"), ERRORS)
async def test_refusal_is_translated(
    telegram: TelegramSimulator,
    channel: Channel,
    ada: Person,
    status: int,
    error: str,
    expected: type[SendError],
    reason: str,
) -> None:
    telegram.fails(Misbehaviour.REFUSE, status=status, error=error)
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(ada))
    assert (type(caught.value), caught.value.reason, ada.inbox) == (expected, reason, [])


@pytest.mark.parametrize(("asked", "waited"), [(7, 7.0), (None, 5.0)])
async def test_throttling_says_how_long(
    telegram: TelegramSimulator,
    channel: Channel,
    ada: Person,
    asked: int | None,
    waited: float,
) -> None:
    telegram.fails(Misbehaviour.REFUSE, status=429, error="Too Many Requests", retry_after=asked)
    with pytest.raises(Throttled) as caught:
        await channel.send(outgoing(ada))
    assert caught.value.retry_after == waited


@pytest.mark.parametrize(
    ("kind", "arrived"),
    [
        (Misbehaviour.RESET_BEFORE, 0),
        (Misbehaviour.RESET_AFTER, 1),
        (Misbehaviour.SILENCE, 1),
        (Misbehaviour.GARBAGE, 1),
        (Misbehaviour.HALF, 1),
    ],
)
async def test_lost_answer_is_uncertain(
    telegram: TelegramSimulator,
    channel: Channel,
    ada: Person,
    kind: Misbehaviour,
    arrived: int,
) -> None:
    telegram.fails(kind, method="sendMessage")
    with pytest.raises(Uncertain):
        await channel.send(outgoing(ada))
    assert len(ada.inbox) == arrived


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"api_base": "http://127.0.0.1:9/bot"}, Unavailable),
        ({"api_base": "ftp://127.0.0.1/bot"}, Misconfigured),
        ({"token": "1:wrong"}, Misconfigured),
    ],
    ids=["nobody-listens", "no-http", "wrong-token"],
)
async def test_surely_not_sent(
    telegram: TelegramSimulator, ada: Person, changed: dict[str, str], expected: type[SendError]
) -> None:
    client = connected(telegram, **changed)
    with pytest.raises(expected):
        await TelegramChannel(client).send(outgoing(ada))
    await client.close()
    assert ada.inbox == []


async def test_person_who_blocked_is_not_written_to(channel: Channel, ada: Person) -> None:
    ada.block()
    with pytest.raises(RecipientStopped) as caught:
        await channel.send(outgoing(ada))
    assert (caught.value.reason, caught.value.code) == ("blocked-by-recipient", "403")


@pytest.mark.parametrize("address", ["123456", "+15550001", "ada"])
async def test_unknown_address_is_rejected(channel: Channel, address: str) -> None:
    with pytest.raises(Rejected):
        await channel.send(outgoing(address))


async def test_username_for_the_invite_link(client: TelegramClient) -> None:
    assert await client.username() == USERNAME


@pytest.mark.parametrize("kind", [*Misbehaviour])
async def test_neither_token_nor_text_nor_address_reaches_a_log_or_an_error(
    telegram: TelegramSimulator,
    channel: Channel,
    caplog: pytest.LogCaptureFixture,
    kind: Misbehaviour,
) -> None:
    person = telegram.person(987_654_321_012)
    person.write("hello")
    # Put together here, as a traceback quotes the lines of this file.
    words = "-".join(("canary", "words"))
    with caplog.at_level(logging.DEBUG):
        await channel.send(outgoing(person, words))
        telegram.fails(kind, method="sendMessage", error="Bad Request: x", status=400)
        with pytest.raises(SendError) as caught:
            await channel.send(outgoing(person, words))
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert [secret for secret in (TOKEN, words, str(person.chat_id)) if secret in told] == []
    assert str(caught.value) == caught.value.reason


async def test_a_picture_comes_with_its_facts_in_words(channel: Channel, ada: Person) -> None:
    assert isinstance(channel, ShowsPictures)
    picture = Picture(image=b"\x89PNG", alt="Lips: 3, then 1 & better")
    sent = await channel.send_picture(outgoing(ada, text="**Week 4**"), picture)
    (shown,) = ada.inbox
    assert (str(shown.message_id), shown.text) == (sent, "Week 4\n\nLips: 3, then 1 & better")


async def test_a_caption_that_is_too_long_is_refused_before_it_leaves(
    channel: Channel, ada: Person, telegram: TelegramSimulator
) -> None:
    assert isinstance(channel, ShowsPictures)
    with pytest.raises(Rejected, match="text-too-long"):
        await channel.send_picture(outgoing(ada), Picture(image=b"", alt="😀" * 513))
    assert telegram.called("sendPhoto") == []


async def test_what_the_bot_shows_of_itself_is_set_once(
    client: TelegramClient, telegram: TelegramSimulator
) -> None:
    commands = {"menu": "Menu", "learn": "Read about…"}
    for is_first in (True, False):
        assert await client.show_commands(commands, language="es") is is_first
        assert await client.show_description("Hola", language="es") is is_first
        assert await client.show_short_description("Balm", language=None) is is_first
    (called,) = telegram.called("setMyCommands")
    assert [one["command"] for one in called["commands"]] == ["menu", "learn"]
    assert called["language_code"] == "es"
    assert telegram.profile["description", "es"] == "Hola"
    assert telegram.profile["short_description", ""] == "Balm"
