"""Is every webhook of Twilio proved genuine and read as what was said?"""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.sms.receive import TwilioReceiver
from bot.domain.delivery import Failure, Receipt, ReceiptStatus
from bot.domain.identity import Channel, SenderId
from bot.domain.inbound import TEXT_LIMIT, Inbound, InboundKind, Keyword
from bot.ports.channel import ReceivedReceipt, Refused, WebhookRequest
from tests.simulators.twilio import AUTH_TOKEN, TwilioSimulator, signed

SENDER = SenderId("sender-1")
URL = "https://clinic.example/sms/inbound"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
ADA = "+15550102222"
GENUINE = TwilioSimulator().phone(ADA)


def receiver(token: str = AUTH_TOKEN) -> TwilioReceiver:
    return TwilioReceiver(auth_token=token, sender_id=SENDER)


def request(
    fields: dict[str, str],
    *,
    url: str = URL,
    signature: str | None = None,
    content_type: str = FORM,
    body: bytes | None = None,
    method: str = "POST",
) -> WebhookRequest:
    shown = signed(url, fields) if signature is None else signature
    return WebhookRequest(
        method=method,
        url=url,
        headers={"x-twilio-signature": shown, "content-type": content_type},
        body=urlencode(fields).encode() if body is None else body,
    )


def read_one(fields: dict[str, str]) -> Inbound:
    return one_inbound(receiver().read(request(fields)))


def one_inbound(found: list[Inbound | ReceivedReceipt] | Refused) -> Inbound:
    assert isinstance(found, list)
    (inbound,) = found
    assert isinstance(inbound, Inbound)
    return inbound


def status_fields(status: str, **more: str) -> dict[str, str]:
    return {"MessageSid": "SM1", "SmsSid": "SM1", "From": "+1", "MessageStatus": status, **more}


def test_text() -> None:
    assert read_one(GENUINE.fields("TAKEN", sid="SM7")) == Inbound(
        channel=Channel.SMS,
        sender_id=SENDER,
        provider_id="SM7",
        kind=InboundKind.TEXT,
        address=ADA,
        text="TAKEN",
    )


def test_signature_of_twilios_own_published_example() -> None:
    """Source: Twilio, "Validating Signatures from Twilio": its example, with its token."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    shown = request(
        fields,
        url="https://mycompany.com/myapp.php?foo=1&bar=2",
        signature="RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    )
    assert receiver("12345").read(shown) == []
    assert receiver("54321").read(shown) == Refused(status=403, reason="wrong-signature")


@pytest.mark.parametrize(
    ("said", "keyword"),
    [
        ("STOP", Keyword.STOP),
        (" stop \n", Keyword.STOP),
        ("Unsubscribe", Keyword.STOP),
        ("END", Keyword.STOP),
        ("quit", Keyword.STOP),
        ("STOPALL", Keyword.STOP),
        ("REVOKE", Keyword.STOP),
        ("OPTOUT", Keyword.STOP),
        ("cancel", Keyword.STOP),
        ("start", Keyword.START),
        ("UNSTOP", Keyword.START),
        ("help", Keyword.HELP),
        ("INFO", Keyword.HELP),
        ("YES", None),
        ("stop.", None),
        ("please stop", None),
        ("TAKEN", None),
        ("", None),
    ],
)
def test_bare_carrier_keywords(said: str, keyword: Keyword | None) -> None:
    assert read_one(GENUINE.fields(said)).keyword is keyword


@pytest.mark.parametrize(
    ("named", "keyword"),
    [
        ("STOP", Keyword.STOP),
        ("START", Keyword.START),
        ("HELP", Keyword.HELP),
        ("", None),
        ("X", None),
    ],
)
def test_keyword_that_twilio_names(named: str, keyword: Keyword | None) -> None:
    assert read_one({**GENUINE.fields("YES"), "OptOutType": named}).keyword is keyword


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("image/jpeg", InboundKind.PHOTO),
        ("audio/amr", InboundKind.VOICE),
        ("video/mp4", InboundKind.OTHER),
        ("text/x-vcard", InboundKind.OTHER),
        ("", InboundKind.PHOTO),
    ],
)
def test_media_is_named_with_its_caption(content_type: str, kind: InboundKind) -> None:
    media = [("https://media.example/1", content_type), ("https://media.example/2", "image/png")]
    found = read_one(GENUINE.fields("is this rash normal", media=media))
    assert (found.kind, found.text) == (kind, "is this rash normal")
    assert found.attachments == ("https://media.example/1", "https://media.example/2")
    assert found.provider_id.startswith("MM")


@pytest.mark.parametrize("stated", ["", "x", "-1", "1.5", "99999999"])
def test_unreadable_count_of_media_is_none(stated: str) -> None:
    found = read_one({**GENUINE.fields("hello"), "NumMedia": stated})
    assert (found.kind, found.attachments) == (InboundKind.TEXT, ())


def test_count_without_addresses_is_still_a_picture() -> None:
    found = read_one({**GENUINE.fields(""), "NumMedia": "12"})
    assert (found.kind, found.attachments) == (InboundKind.PHOTO, ())


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a\x00b\x1fc", "abc"),
        ("😀😀", "😀😀"),
        ("مرحبا", "مرحبا"),
        ("दवा ली", "दवा ली"),
        ("50% & more + a=b", "50% & more + a=b"),
        ("x" * 10_000, "x" * TEXT_LIMIT),
        ("   ", ""),
    ],
    ids=["control", "emoji-only", "right-to-left", "hindi", "reserved", "long", "blank"],
)
def test_difficult_texts(sent: str, read: str) -> None:
    assert read_one(GENUINE.fields(sent)).text == read


@pytest.mark.parametrize("sender", ["", "12345", "CLINIC", "whatsapp:+15550102222", "+0123456789"])
def test_senders_that_nobody_could_answer_are_left_out(sender: str) -> None:
    assert receiver().read(request({**GENUINE.fields("hello"), "From": sender})) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("sent", ReceiptStatus.SENT),
        ("delivered", ReceiptStatus.DELIVERED),
        ("read", ReceiptStatus.READ),
        ("undelivered", ReceiptStatus.FAILED),
        ("failed", ReceiptStatus.FAILED),
        ("canceled", ReceiptStatus.FAILED),
    ],
)
def test_receipt(status: str, expected: ReceiptStatus) -> None:
    has_failed = expected is ReceiptStatus.FAILED
    found = receiver().read(request(status_fields(status, ErrorCode="30005")))
    receipt = Receipt(
        provider_id="SM1",
        status=expected,
        code="30005" if has_failed else None,
        failure=Failure.SUSPECT_ADDRESS if has_failed else None,
    )
    assert found == [ReceivedReceipt(sender_id=SENDER, receipt=receipt)]


@pytest.mark.parametrize("status", ["queued", "accepted", "scheduled", "sending", "new-one"])
def test_statuses_that_tell_nothing_new(status: str) -> None:
    assert receiver().read(request(status_fields(status))) == []


def test_failure_without_a_code() -> None:
    receipt = Receipt(
        provider_id="SM1", status=ReceiptStatus.FAILED, code=None, failure=Failure.REFUSED
    )
    found = receiver().read(request(status_fields("failed", ErrorCode="")))
    assert found == [ReceivedReceipt(sender_id=SENDER, receipt=receipt)]


@pytest.mark.parametrize("field", ["FromZip", "Body", "OptOutType"])
def test_empty_fields_are_part_of_what_is_signed(field: str) -> None:
    fields = {**GENUINE.fields("hello"), field: ""}
    assert isinstance(receiver().read(request(fields)), list)


@pytest.mark.parametrize(
    "signature", ["", "wrong", "ä", signed(URL, {"Body": "other"}), "A" * 10_000]
)
def test_wrong_signature_is_refused(signature: str) -> None:
    found = receiver().read(request(GENUINE.fields("STOP"), signature=signature))
    assert isinstance(found, Refused)
    assert found.status == 403


@pytest.mark.parametrize(
    ("signed_url", "called_url", "is_genuine"),
    [
        (URL + "?a=1", URL + "?a=1", True),
        (URL, URL.replace("example", "example:443"), True),
        (URL, URL.replace("https", "http"), False),
        (URL, URL + "/", False),
        (URL, URL + "?a=1", False),
        (URL, URL.replace("example", "example:99999x"), False),
    ],
)
def test_public_address_is_part_of_what_is_signed(
    signed_url: str, called_url: str, is_genuine: bool
) -> None:
    fields = GENUINE.fields("hello")
    found = receiver().read(request(fields, url=called_url, signature=signed(signed_url, fields)))
    assert isinstance(found, list) == is_genuine


def test_field_named_twice_is_signed_with_both_values() -> None:
    covered = f"{URL}BodyaBodybFrom{ADA}MessageSidSM1"
    digest = hmac.new(AUTH_TOKEN.encode(), covered.encode(), hashlib.sha1).digest()
    body = urlencode([("Body", "a"), ("Body", "b"), ("From", ADA), ("MessageSid", "SM1")])
    shown = request({}, signature=base64.b64encode(digest).decode(), body=body.encode())
    assert one_inbound(receiver().read(shown)).text == "a"


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (request(GENUINE.fields("hello"), method="GET"), "not-a-post"),
        (request({"a": "b"}, content_type="application/json"), "not-a-form"),
        (request({}, content_type=""), "not-a-form"),
        (request({}, body=b"\xff\xfe"), "not-a-form"),
        (request({}, body=b"Body=%ff"), "not-a-form"),
        (request({}, body=b"&".join([b"a=b"] * 201)), "not-a-form"),
    ],
    ids=["get", "json", "no-type", "no-text", "no-utf8", "too-many-fields"],
)
def test_what_is_no_form_is_refused(shown: WebhookRequest, reason: str) -> None:
    assert receiver().read(shown) == Refused(status=400, reason=reason)


names = st.sampled_from(["MessageSid", "From", "Body", "NumMedia", "MessageStatus", "OptOutType"])


@given(fields=st.dictionaries(names | st.text(max_size=5), st.text(max_size=20), max_size=8))
def test_arbitrary_signed_form_is_never_an_exception(fields: dict[str, str]) -> None:
    found = receiver().read(request(fields))
    assert isinstance(found, list)
    assert len(found) <= 1


@given(body=st.binary(max_size=200), signature=st.text(max_size=30))
def test_arbitrary_bytes_are_refused(body: bytes, signature: str) -> None:
    found = receiver().read(request({}, signature=signature, body=body))
    assert isinstance(found, Refused)
