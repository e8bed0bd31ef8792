"""How does one outgoing message become an e-mail to a member of staff?"""

import asyncio
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate
from typing import Literal

import aiosmtplib

from bot.domain.delivery import Outgoing
from bot.domain.light_markup import plain
from bot.ports.channel import (
    Capabilities,
    Misconfigured,
    Rejected,
    SendError,
    Unavailable,
    Uncertain,
)

TEXT_LIMIT = 4_000
"""Characters; a notice to staff is far shorter."""
SUBJECT_LIMIT = 78
"""Characters. Source: RFC 5322, section 2.1.1."""

_SEND_WITHIN_S = 20.0
_ANSWER_S = 10.0
_CAPABILITIES = Capabilities(has_buttons=False, can_edit=False, text_limit=TEXT_LIMIT)
_PASSING = (
    aiosmtplib.SMTPConnectError,
    aiosmtplib.SMTPServerDisconnected,
    aiosmtplib.SMTPTimeoutError,
)
Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where e-mails are handed in."""

    host: str
    port: int
    security: Security
    sender: str
    """Address that e-mails come from."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)


class EmailChannel:
    """One mail server's way out; implements `bot.ports.channel.Channel`."""

    def __init__(self, server: MailServer) -> None:
        """A connection is made for every message: alerts are few, and servers forget idle ones."""
        self._server = server

    @property
    def capabilities(self) -> Capabilities:
        """Plain text."""
        return _CAPABILITIES

    async def send(self, message: Outgoing) -> str:
        """Hand the e-mail in; its Message-ID. Raises SendError."""
        text = plain(message.body.text)
        if not 0 < len(text) <= TEXT_LIMIT:
            raise Rejected("text-too-long" if text else "text-empty")
        letter = self._letter(message, text)
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            timeout=_ANSWER_S,
            use_tls=self._server.security == "tls",
            start_tls=self._server.security == "starttls",
        )
        try:
            async with asyncio.timeout(_SEND_WITHIN_S):
                await self._connect(client)
                await self._hand_in(client, letter)
        except TimeoutError as error:
            raise Uncertain("answer-lost") from error
        finally:
            client.close()
        return str(letter["Message-ID"])

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.connect()
            if self._server.user is not None and self._server.password is not None:
                await client.login(self._server.user, self._server.password)
        except (*_PASSING, OSError) as error:
            raise Unavailable("mail-server-not-reached") from error
        except aiosmtplib.SMTPResponseException as error:
            if error.code < 500:
                raise Unavailable("try-later", code=str(error.code)) from error
            raise Misconfigured("mail-server-refused", code=str(error.code)) from error
        except aiosmtplib.SMTPException as error:  # no STARTTLS, no login offered
            raise Misconfigured("mail-server-refused") from error

    async def _hand_in(self, client: aiosmtplib.SMTP, letter: EmailMessage) -> None:
        try:
            await client.send_message(letter)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0]) from error
        except aiosmtplib.SMTPSenderRefused as error:
            if error.code < 500:
                raise Unavailable("try-later", code=str(error.code)) from error
            raise Misconfigured("sender-address-refused", code=str(error.code)) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Uncertain("answer-lost") from error

    def _letter(self, message: Outgoing, text: str) -> EmailMessage:
        """The e-mail; its first sentence is its subject."""
        letter = EmailMessage()
        letter["From"] = self._server.sender
        letter["To"] = message.address
        letter["Subject"] = " ".join(text.partition(". ")[0].split())[:SUBJECT_LIMIT]
        letter["Date"] = formatdate()
        # The same for every try, so that mail programs show a resent one as the same message.
        domain = self._server.sender.rpartition("@")[2].rstrip(">")
        letter["Message-ID"] = f"<{message.delivery_id}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        return letter


def _refused(error: aiosmtplib.SMTPResponseException) -> SendError:
    """A passing refusal (4xx) or one for good (5xx). Source: RFC 5321, section 4.2.1."""
    if error.code < 500:
        return Unavailable("try-later", code=str(error.code))
    return Rejected("refused", code=str(error.code))
