"""Does a text reach the person by SMS as it is meant, and is every failure named truly?"""

import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.channels.sms.errors import ErrorCode, error_codes, failure_of
from bot.channels.sms.send import SmsChannel
from bot.domain.delivery import Body, Choice, Failure, Outgoing
from bot.domain.identity import DeliveryId
from bot.ports.channel import (
    Capabilities,
    Channel,
    Misconfigured,
    RecipientStopped,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
    Uncertain,
)
from tests.simulators.provider import Misbehaviour, served
from tests.simulators.twilio import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    NUMBER,
    SERVICE_SID,
    Phone,
    TwilioSimulator,
)

STATUS_URL = "https://clinic.example/sms/status"

CODES_THAT_MATTER = {
    "20003": Misconfigured,
    "20429": Throttled,
    "21211": Rejected,
    "21614": Rejected,
    "21635": Rejected,
    "21408": Rejected,
    "21612": Rejected,
    "21610": RecipientStopped,
    "21617": Rejected,
    "21619": Rejected,
    "21606": Misconfigured,
    "30003": Unavailable,
    "30004": Rejected,
    "30005": Rejected,
    "30006": Rejected,
    "30007": Rejected,
    "30008": Unavailable,
    "30022": Throttled,
    "30034": Misconfigured,
    "63003": Rejected,
    "63007": Misconfigured,
    "63018": Throttled,
    "63024": Rejected,
    "63038": Throttled,
}
"""What a clinic relies on, written down a second time so that a slip in the table is seen."""


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    async with TwilioSimulator() as simulator:
        yield simulator


@pytest.fixture
async def channel(twilio: TwilioSimulator) -> AsyncIterator[SmsChannel]:
    channel = connected(twilio)
    yield channel
    await channel.close()


@pytest.fixture
def ada(twilio: TwilioSimulator) -> Phone:
    return twilio.phone()


def connected(twilio: TwilioSimulator, **other: Any) -> SmsChannel:
    known = {
        "account_sid": ACCOUNT_SID,
        "auth_token": AUTH_TOKEN,
        "from_number": NUMBER,
        "api_base": twilio.api_base,
        "answer_within_s": 0.5,
    }
    return SmsChannel(**{**known, **other})


def outgoing(to: Phone | str, text: str = "Time for your capsule.", **more: Any) -> Outgoing:
    address = to if isinstance(to, str) else to.number
    body = Body(text=text, choices=more.pop("choices", ()))
    return Outgoing(delivery_id=DeliveryId("d1"), address=address, body=body, **more)


def test_capabilities(channel: Channel) -> None:
    assert channel.capabilities == Capabilities(has_buttons=False, can_edit=False, text_limit=1_600)


async def test_text_reaches_the_person(
    twilio: TwilioSimulator, channel: Channel, ada: Phone
) -> None:
    sid = await channel.send(outgoing(ada))
    assert [(text.sid, text.to, text.body) for text in twilio.texts] == [
        (sid, ada.number, "Time for your capsule.")
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**Act now.** Call 911.", "Act now. Call 911."),
        ("- one\n- two", "- one\n- two"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("दवा का समय & <ok>", "दवा का समय & <ok>"),
    ],
)
async def test_markup_becomes_plain_text(
    channel: Channel, ada: Phone, text: str, shown: str
) -> None:
    await channel.send(outgoing(ada, text))
    assert ada.inbox == [shown]


async def test_buttons_edits_and_presses_are_left_to_telegram(
    twilio: TwilioSimulator, channel: Channel, ada: Phone
) -> None:
    choices = ((Choice(label="Taken", action="taken"),),)
    await channel.send(outgoing(ada, choices=choices, edits="SM1", answers_press="1"))
    assert twilio.calls == [{"To": ada.number, "From": NUMBER, "Body": "Time for your capsule."}]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"from_number": NUMBER}, {"From": NUMBER}),
        ({"service_sid": SERVICE_SID, "from_number": None}, {"MessagingServiceSid": SERVICE_SID}),
        ({"service_sid": SERVICE_SID}, {"MessagingServiceSid": SERVICE_SID}),
        ({"status_url": STATUS_URL}, {"From": NUMBER, "StatusCallback": STATUS_URL}),
    ],
    ids=["number", "service", "service-goes-before-number", "reports-wanted"],
)
async def test_sender_and_report_address(
    twilio: TwilioSimulator, ada: Phone, given: dict[str, Any], sent: dict[str, str]
) -> None:
    channel = connected(twilio, **given)
    twilio.bring_to(local="http://127.0.0.1:9", public="https://clinic.example")
    await channel.send(outgoing(ada))
    await channel.close()
    assert twilio.calls == [{"To": ada.number, "Body": "Time for your capsule.", **sent}]


def test_channel_needs_something_to_send_from() -> None:
    with pytest.raises(ValueError, match="TWILIO_FROM"):
        SmsChannel(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN)


@pytest.mark.parametrize(
    ("text", "reason"), [(" \n", "text-empty"), ("x" * 1_601, "text-too-long")]
)
async def test_what_twilio_would_refuse_is_not_sent(
    twilio: TwilioSimulator, channel: Channel, ada: Phone, text: str, reason: str
) -> None:
    with pytest.raises(Rejected) as caught:
        await channel.send(outgoing(ada, text))
    assert (caught.value.reason, twilio.calls) == (reason, [])


async def test_longest_text_is_sent(channel: Channel, ada: Phone) -> None:
    await channel.send(outgoing(ada, "x" * 1_600))
    assert ada.inbox == ["x" * 1_600]


@pytest.mark.parametrize("row", [*error_codes().values()], ids=lambda row: row.code)
async def test_every_code_of_the_table_is_translated(
    twilio: TwilioSimulator, channel: Channel, ada: Phone, row: ErrorCode
) -> None:
    twilio.fails(Misbehaviour.REFUSE, status=400, code=int(row.code), error="as the table says")
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(ada))
    found = caught.value
    assert (type(found), found.code, found.reason) == (row.error, row.code, f"twilio-{row.code}")
    assert ada.inbox == []


@pytest.mark.parametrize(("code", "expected"), CODES_THAT_MATTER.items())
def test_codes_that_matter_mean_what_they_must(code: str, expected: type[SendError]) -> None:
    row = error_codes()[code]
    assert row.error is expected
    assert row.where in ({"callback", "both"} if code[0] == "3" else {"rest", "both"})


def test_every_row_says_what_follows() -> None:
    rows = error_codes().values()
    assert [row.code for row in rows if not (row.meaning and row.consequence)] == []
    assert {row.where for row in rows} == {"rest", "callback", "both"}


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, None, Misconfigured),
        (403, None, Misconfigured),
        (404, None, Misconfigured),
        (302, None, Misconfigured),
        (400, 99999, Rejected),
        (413, None, Rejected),
        (429, None, Throttled),
        (429, 63038, Throttled),
        (500, None, Uncertain),
        (500, 20500, Uncertain),
        (503, 21610, Uncertain),
    ],
)
async def test_what_the_table_does_not_know_is_judged_by_its_status(
    twilio: TwilioSimulator,
    channel: Channel,
    ada: Phone,
    status: int,
    code: int | None,
    expected: type[SendError],
) -> None:
    twilio.fails(Misbehaviour.REFUSE, status=status, code=code)
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(ada))
    assert type(caught.value) is expected
    assert caught.value.code == str(code or status)


async def test_refusal_that_is_no_json_is_judged_by_its_status(
    twilio: TwilioSimulator, ada: Phone
) -> None:
    async with served(web.Application()) as address:  # answers every path with 404 in plain text
        channel = connected(twilio, api_base=address)
        with pytest.raises(Misconfigured) as caught:
            await channel.send(outgoing(ada))
        await channel.close()
    assert caught.value.code == "404"


@pytest.mark.parametrize(("asked", "waited"), [(30, 30.0), (None, 5.0)])
async def test_throttling_says_how_long(
    twilio: TwilioSimulator, channel: Channel, ada: Phone, asked: int | None, waited: float
) -> None:
    twilio.fails(Misbehaviour.REFUSE, status=429, code=20429, retry_after=asked)
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
    twilio: TwilioSimulator, channel: Channel, ada: Phone, kind: Misbehaviour, arrived: int
) -> None:
    twilio.fails(kind)
    with pytest.raises(Uncertain):
        await channel.send(outgoing(ada))
    assert len(ada.inbox) == arrived


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"api_base": "http://127.0.0.1:9"}, Unavailable),
        ({"api_base": "ftp://127.0.0.1"}, Misconfigured),
        ({"auth_token": "wrong"}, Misconfigured),
        ({"account_sid": "AC" + "9" * 32}, Misconfigured),
        ({"from_number": "+15559999999"}, Misconfigured),
        ({"service_sid": "MG" + "9" * 32}, Misconfigured),
        ({"status_url": "not a url"}, Misconfigured),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value.__name__,
)
async def test_surely_not_sent(
    twilio: TwilioSimulator, ada: Phone, changed: dict[str, str], expected: type[SendError]
) -> None:
    channel = connected(twilio, **changed)
    with pytest.raises(expected):
        await channel.send(outgoing(ada))
    await channel.close()
    assert ada.inbox == []


async def test_person_who_opted_out_at_the_provider(
    twilio: TwilioSimulator, channel: Channel, ada: Phone
) -> None:
    twilio.opted_out.add(ada.number)
    with pytest.raises(RecipientStopped) as caught:
        await channel.send(outgoing(ada))
    assert caught.value.code == "21610"


async def test_invalid_number_is_rejected(channel: Channel) -> None:
    with pytest.raises(Rejected) as caught:
        await channel.send(outgoing("garbage"))
    assert caught.value.code == "21211"


@pytest.mark.parametrize("kind", [*Misbehaviour])
async def test_neither_credentials_nor_text_nor_number_reaches_a_log_or_an_error(
    twilio: TwilioSimulator,
    channel: Channel,
    caplog: pytest.LogCaptureFixture,
    kind: Misbehaviour,
) -> None:
    phone = twilio.phone("+15557654321")
    # Put together here, as a traceback quotes the lines of this file.
    words = "-".join(("canary", "words"))
    with caplog.at_level(logging.DEBUG):
        await channel.send(outgoing(phone, words))
        twilio.fails(kind, status=400, code=21211, error=f"Invalid 'To': {phone.number}")
        with pytest.raises(SendError) as caught:
            await channel.send(outgoing(phone, words))
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert [secret for secret in (AUTH_TOKEN, words, phone.number) if secret in told] == []
    assert str(caught.value) == caught.value.reason


async def test_a_text_that_was_taken_is_found_again(
    twilio: TwilioSimulator, channel: SmsChannel
) -> None:
    ada, before = twilio.phone(), datetime.now(UTC)
    message = Outgoing(
        delivery_id=DeliveryId("d1"), address=ada.number, body=Body(text="**Lab** today")
    )
    twilio.fails(Misbehaviour.RESET_AFTER)
    with pytest.raises(Uncertain):
        await channel.send(message)
    assert await channel.find(message, since=before) == twilio.texts[0].sid
    assert await channel.find(message, since=before + timedelta(hours=1)) is None
    other = Outgoing(delivery_id=DeliveryId("d2"), address=ada.number, body=Body(text="Lab"))
    assert await channel.find(other, since=before) is None


async def test_a_look_up_that_fails_says_nothing(
    twilio: TwilioSimulator, channel: SmsChannel
) -> None:
    message = Outgoing(
        delivery_id=DeliveryId("d1"), address=twilio.phone().number, body=Body(text="Lab")
    )
    twilio.fails(Misbehaviour.RESET_BEFORE, method="List")
    with pytest.raises(SendError):
        await channel.find(message, since=datetime.now(UTC))


def test_what_a_report_amounts_to_for_the_address() -> None:
    known = {code: row.amounts_to for code, row in error_codes().items()}
    assert {code for code, what in known.items() if what is Failure.BAD_ADDRESS} == {
        *("21211", "21614", "21635", "30006", "63003", "63024")
    }
    assert known["21610"] is Failure.STOPPED
    assert known["30003"] is known["30008"] is Failure.PASSING
    assert known["30022"] is Failure.TOO_FAST
    assert error_codes()["63038"].wait_s == 3600
    assert known["30005"] is Failure.SUSPECT_ADDRESS
    assert known["30034"] is Failure.MISCONFIGURED
    assert failure_of("99999") is failure_of(None) is Failure.REFUSED
