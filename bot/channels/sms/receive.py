"""What does Twilio's webhook say, in the words of the house, and is it Twilio's? Pure."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs

from twilio.request_validator import (  # type: ignore[import-untyped]  # ships no types
    RequestValidator,
)

from bot.channels.sms.errors import failure_of
from bot.domain.delivery import Receipt, ReceiptStatus
from bot.domain.identity import Channel, SenderId
from bot.domain.inbound import Inbound, InboundKind, Keyword, clean_text
from bot.ports.channel import ReceivedReceipt, Refused, WebhookRequest

_FORM = "application/x-www-form-urlencoded"
_FIELDS_LIMIT = 200
_MEDIA_LIMIT = 10
"""Source: Twilio, "Receive and Download Images on Incoming Media Messages"."""

_E164 = re.compile(r"\+[1-9]\d{6,14}")

_CARRIER_KEYWORDS: Mapping[str, Keyword] = {
    **dict.fromkeys(
        ("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"),
        Keyword.STOP,
    ),
    **dict.fromkeys(("START", "UNSTOP"), Keyword.START),
    **dict.fromkeys(("HELP", "INFO"), Keyword.HELP),
}
"""Texts that Twilio acts on and answers by itself, when nothing else is in the message.

YES is left out: it lets back in only somebody who had opted out, and `OptOutType` then says so;
from everybody else it is an answer to Balm's own question.
Source: Twilio, "Default handling of STOP, HELP and START".
"""

_STATUSES: Mapping[str, ReceiptStatus] = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "undelivered": ReceiptStatus.FAILED,
    "failed": ReceiptStatus.FAILED,
    "canceled": ReceiptStatus.FAILED,
}
"""Before these come accepted, queued, scheduled and sending, which tell us nothing new."""


class _Form(dict[str, list[str]]):
    """A form as the validator reads one that may name a field twice."""

    def getlist(self, name: str) -> list[str]:
        return self[name]

    def first(self, name: str) -> str:
        """The field's value, "" when it is missing."""
        return self.get(name, [""])[0]


class TwilioReceiver:
    """One number's webhooks; implements `bot.ports.channel.Receiver`."""

    def __init__(self, *, auth_token: str, sender_id: SenderId) -> None:
        """`auth_token` is the account's, with which Twilio signs."""
        self._validator = RequestValidator(auth_token)
        self._sender_id = sender_id

    def read(self, request: WebhookRequest) -> list[Inbound | ReceivedReceipt] | Refused:
        """The message or report; refused unsigned (403) or when it is no form (400)."""
        signature = request.headers.get("x-twilio-signature", "")
        if not signature:
            return Refused(status=403, reason="not-signed")
        if request.method != "POST":
            return Refused(status=400, reason="not-a-post")
        form = _form(request)
        if form is None:
            return Refused(status=400, reason="not-a-form")
        if not self._is_genuine(request.url, form, signature):
            return Refused(status=403, reason="wrong-signature")
        return self._events(form)

    def _is_genuine(self, url: str, form: _Form, signature: str) -> bool:
        try:
            return bool(self._validator.validate(url, form, signature))
        except ValueError:  # a port in the URL that is no number
            return False

    def _events(self, form: _Form) -> list[Inbound | ReceivedReceipt]:
        provider_id = form.first("MessageSid") or form.first("SmsSid")
        if not provider_id:
            return []
        status = form.first("MessageStatus")
        if status:
            return self._receipts(provider_id, status, form)
        if not _E164.fullmatch(form.first("From")):
            return []  # a short code or a name: nobody who could be answered
        return [self._inbound(provider_id, form)]

    def _receipts(
        self, provider_id: str, status: str, form: _Form
    ) -> list[Inbound | ReceivedReceipt]:
        known = _STATUSES.get(status)
        if known is None:
            return []
        is_failed = known is ReceiptStatus.FAILED
        code = (form.first("ErrorCode") if is_failed else "") or None
        failure = failure_of(code) if is_failed else None
        receipt = Receipt(provider_id=provider_id, status=known, code=code, failure=failure)
        return [ReceivedReceipt(sender_id=self._sender_id, receipt=receipt)]

    def _inbound(self, provider_id: str, form: _Form) -> Inbound:
        count = _media_count(form)
        return Inbound(
            channel=Channel.SMS,
            sender_id=self._sender_id,
            provider_id=provider_id,
            kind=_media_kind(form.first("MediaContentType0")) if count else InboundKind.TEXT,
            address=form.first("From"),
            text=clean_text(form.first("Body")),
            attachments=tuple(
                form.first(f"MediaUrl{n}") for n in range(count) if form.first(f"MediaUrl{n}")
            ),
            keyword=_keyword(form),
        )


def _form(request: WebhookRequest) -> _Form | None:
    """The fields, empty ones too, as Twilio signs them; None when the body is no form."""
    if not request.headers.get("content-type", "").lower().startswith(_FORM):
        return None
    try:
        fields = parse_qs(
            request.body.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_FIELDS_LIMIT,
        )
    except ValueError:
        return None
    return _Form(fields)


def _keyword(form: _Form) -> Keyword | None:
    """What Twilio itself has acted on, by its own word or else by the text alone."""
    said = form.first("OptOutType").lower()
    if said in set(Keyword):
        return Keyword(said)
    return _CARRIER_KEYWORDS.get(form.first("Body").strip().upper())


def _media_count(form: _Form) -> int:
    stated = form.first("NumMedia")
    return min(int(stated), _MEDIA_LIMIT) if stated.isdecimal() and len(stated) < 4 else 0


def _media_kind(content_type: str) -> InboundKind:
    match content_type.partition("/")[0]:
        case "audio":
            return InboundKind.VOICE
        case "" | "image":
            return InboundKind.PHOTO
        case _:
            return InboundKind.OTHER
