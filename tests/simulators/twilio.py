"""Twilio on this machine: its REST interface for messages, and phones that text and receive.

    async with TwilioSimulator() as twilio:
        twilio.bring_to(local="http://127.0.0.1:8000", public="https://clinic.example")
        ada = twilio.phone()
        answer = await ada.text("hello")    # a signed webhook; the answer of the one who got it
        await twilio.until(lambda: ada.inbox)

Webhooks are signed over the public address and brought to the local one, as by a proxy that ends
TLS. Signing is written from Twilio's manual, not with Twilio's library, which Balm uses.
Source: Twilio, "Create a Message resource", "Validating Signatures", "Track message status".
"""

import asyncio
import base64
import hashlib
import hmac
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from aiohttp import ClientError, web

from tests.simulators.provider import Misbehaviour, Provider, after_acting, cut

ACCOUNT_SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "simulated-auth-token-that-must-not-leak"
NUMBER = "+15550001000"
SERVICE_SID = "MG" + "0" * 31 + "2"

_STOP = {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}
_START = {"START", "UNSTOP", "YES"}
_HELP = {"HELP", "INFO"}
_KNOWN_FIELDS = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback"}
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_URL = re.compile(r"https?://[^\s_/]+(/\S*)?")


class TwilioRefusal(Exception):
    """An error of the REST interface."""

    def __init__(self, status: int, code: int, message: str) -> None:
        """HTTP status, Twilio's code and words."""
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text that Twilio took for sending."""

    sid: str
    to: str
    body: str
    fields: Mapping[str, str]
    created: str = field(default_factory=lambda: format_datetime(datetime.now(UTC)))
    """As Twilio writes times: RFC 2822, whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One webhook and how it was answered; status 0 when nobody answered."""

    url: str
    fields: Mapping[str, str]
    status: int
    content_type: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of texts to one number."""

    status: str = "delivered"
    code: int | None = None


@dataclass(slots=True, kw_only=True)
class _Targets:
    local: str = ""
    public: str = ""


class TwilioSimulator(Provider):
    """Twilio's side."""

    account_sid = ACCOUNT_SID
    auth_token = AUTH_TOKEN
    number = NUMBER
    service_sid = SERVICE_SID

    def __init__(self) -> None:
        """Nothing is served before `async with`."""
        super().__init__()
        self.calls: list[dict[str, str]] = []
        self.texts: list[Text] = []
        self.brought: list[Brought] = []
        self.opted_out: set[str] = set()
        self.fates: dict[str, Fate] = {}
        self._targets = _Targets()
        self._numbers = itertools.count(1)
        self._reporting: asyncio.Queue[Text] = asyncio.Queue()

    @property
    def api_base(self) -> str:
        """What replaces "https://api.twilio.com"."""
        return self.address

    def _app(self) -> web.Application:
        app = web.Application()
        messages = "/2010-04-01/Accounts/{account}/Messages.json"
        app.router.add_post(messages, self._create)
        app.router.add_get(messages, self._list)
        return app

    def bring_to(self, *, local: str, public: str | None = None) -> None:
        """Where webhooks go, and the address that is signed (by default the same)."""
        self._targets = _Targets(local=local.rstrip("/"), public=(public or local).rstrip("/"))

    def phone(self, number: str | None = None) -> "Phone":
        """Somebody's phone."""
        return Phone(self, number or f"+1555010{next(self._numbers):04d}")

    async def bring(
        self, path_or_url: str, fields: Mapping[str, str], *, signature: str | None = None
    ) -> Brought:
        """Post a webhook, signed unless `signature` says otherwise."""
        public, local = self._targets.public, self._targets.local
        url = path_or_url if "://" in path_or_url else public + path_or_url
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": signed(url, fields) if signature is None else signature,
        }
        where = local + url.removeprefix(public) if local else url
        try:
            async with self._http.post(where, data=urlencode(fields), headers=headers) as answer:
                brought = Brought(
                    url=url,
                    fields=fields,
                    status=answer.status,
                    content_type=answer.headers.get("Content-Type", ""),
                    body=await answer.text(),
                )
        except (ClientError, TimeoutError):
            brought = Brought(url=url, fields=fields, status=0)
        self.brought.append(brought)
        return brought

    async def _create(self, request: web.Request) -> web.Response:
        sent = await request.post()
        fields = {name: str(value) for name, value in sent.items()}
        self.calls.append(fields)
        fault = self._fault("Messages")
        if fault is not None and fault.kind is Misbehaviour.RESET_BEFORE:
            return cut(request)
        if fault is not None and fault.kind is Misbehaviour.REFUSE:
            return _refused(fault.status, fault.code, fault.error, retry_after=fault.retry_after)
        try:
            self._check(request, fields)
        except TwilioRefusal as refusal:
            return _refused(refusal.status, refusal.code, str(refusal))
        sid = f"SM{next(self._numbers):032x}"
        text = Text(sid=sid, to=fields["To"], body=fields["Body"], fields=fields)
        self.texts.append(text)
        self._reporting.put_nowait(text)
        answer = {"sid": sid, "status": "queued", "to": text.to, "body": text.body}
        return await after_acting(fault, request, web.json_response(answer, status=201))

    async def _list(self, request: web.Request) -> web.Response:
        fault = self._fault("List")
        if fault is not None and fault.kind is Misbehaviour.RESET_BEFORE:
            return cut(request)
        if fault is not None and fault.kind is Misbehaviour.REFUSE:
            return _refused(fault.status, fault.code, fault.error, retry_after=fault.retry_after)
        to = request.query.get("To")
        found = [
            {
                "sid": text.sid,
                "to": text.to,
                "body": text.body,
                "status": "sent",
                "date_created": text.created,
            }
            for text in reversed(self.texts)
            if to in (None, text.to)
        ]
        return web.json_response({"messages": found, "page": 0, "next_page_uri": None})

    def _check(self, request: web.Request, fields: Mapping[str, str]) -> None:
        """Raises TwilioRefusal for what Twilio would refuse."""
        known = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {known}":
            raise TwilioRefusal(401, 20003, "Authenticate")
        if request.match_info["account"] != self.account_sid:
            raise TwilioRefusal(404, 20404, "The requested resource was not found")
        unknown = fields.keys() - _KNOWN_FIELDS
        if unknown:
            raise TwilioRefusal(400, 20001, f"Unknown parameter {sorted(unknown)[0]}")
        self._check_ends(fields)
        if not fields.get("Body"):
            raise TwilioRefusal(400, 21619, "A text message body or media urls must be specified.")
        if len(fields["Body"]) > 1_600:
            raise TwilioRefusal(400, 21617, "The concatenated message body exceeds the limit.")
        if not _URL.fullmatch(fields.get("StatusCallback", "https://none.example")):
            raise TwilioRefusal(400, 21609, "The 'StatusCallback' URL is not a valid URL.")

    def _check_ends(self, fields: Mapping[str, str]) -> None:
        to, sender, service = (fields.get(n) for n in ("To", "From", "MessagingServiceSid"))
        if not to:
            raise TwilioRefusal(400, 21604, "A 'To' phone number is required.")
        if not _E164.fullmatch(to):
            raise TwilioRefusal(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if not sender and not service:
            raise TwilioRefusal(400, 21603, "A 'From' phone number is required.")
        if sender and sender != self.number:
            raise TwilioRefusal(400, 21606, f"The From phone number {sender} is not valid.")
        if service and service != self.service_sid:
            raise TwilioRefusal(404, 20404, "The requested resource was not found")
        if to in self.opted_out:
            raise TwilioRefusal(400, 21610, "Attempt to send to unsubscribed recipient")

    async def _work(self) -> None:
        while True:
            text = await self._reporting.get()
            where = text.fields.get("StatusCallback")
            if not where:
                continue
            fate = self.fates.get(text.to, Fate())
            for status in ("sent", fate.status) if fate.status != "failed" else ("failed",):
                await self.report(text, status, code=fate.code if status == fate.status else None)

    async def report(self, text: Text, status: str, *, code: int | None = None) -> Brought:
        """Bring one signed status callback; also by hand, twice or in the wrong order."""
        fields = {
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "From": text.fields.get("From") or self.number,
            "To": text.to,
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "MessageStatus": status,
            "SmsStatus": status,
        }
        if code is not None:
            fields["ErrorCode"] = str(code)
        return await self.bring(text.fields["StatusCallback"], fields)


@dataclass(slots=True)
class Phone:
    """A phone that texts with the clinic's number; use `TwilioSimulator.phone`."""

    twilio: TwilioSimulator
    number: str
    path: str = field(default="/sms/inbound", kw_only=True)

    @property
    def inbox(self) -> list[str]:
        """The texts it received, oldest first."""
        return [text.body for text in self.twilio.texts if text.to == self.number]

    async def text(
        self,
        body: str,
        *,
        media: Sequence[tuple[str, str]] = (),
        is_keyword_named: bool = True,
        sid: str | None = None,
    ) -> Brought:
        """Text the clinic. Keywords act at Twilio as they do by default.

        `media` are (URL, content type); `is_keyword_named` is whether Advanced Opt-Out is on;
        `sid` repeats an earlier message, as Twilio does after a lost answer.
        """
        fields = self.fields(body, media=media, sid=sid)
        keyword = self._act_on(body.strip().upper())
        if keyword and is_keyword_named:
            fields["OptOutType"] = keyword
        return await self.twilio.bring(self.path, fields)

    def fields(
        self, body: str, *, media: Sequence[tuple[str, str]] = (), sid: str | None = None
    ) -> dict[str, str]:
        """The webhook's form, with the empty fields that Twilio sends."""
        prefix = "MM" if media else "SM"
        sid = sid or f"{prefix}{next(self.twilio._numbers):032x}"
        fields = dict.fromkeys(("FromCity", "FromZip", "ToCity", "ToZip"), "") | {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "SmsStatus": "received",
            "AccountSid": self.twilio.account_sid,
            "ApiVersion": "2010-04-01",
            "From": self.number,
            "To": self.twilio.number,
            "Body": body,
            "NumSegments": "1",
            "NumMedia": str(len(media)),
        }
        for number, (url, content_type) in enumerate(media):
            fields |= {f"MediaUrl{number}": url, f"MediaContentType{number}": content_type}
        return fields

    def _act_on(self, said: str) -> str | None:
        if said in _STOP:
            self.twilio.opted_out.add(self.number)
            return "STOP"
        if said in _START:
            was_out = self.number in self.twilio.opted_out
            self.twilio.opted_out.discard(self.number)
            return "START" if was_out or said != "YES" else None
        return "HELP" if said in _HELP else None


def signed(url: str, fields: Mapping[str, str], *, token: str = AUTH_TOKEN) -> str:
    """Twilio's signature of a form posted to `url`."""
    covered = url + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(token.encode(), covered.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _refused(
    status: int, code: int | None, message: str, *, retry_after: int | None = None
) -> web.Response:
    answer = {"code": code, "message": message, "status": status}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.json_response(answer, status=status, headers=headers)
