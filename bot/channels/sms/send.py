"""How does one outgoing message become a text message of Twilio's?"""

import asyncio
from datetime import datetime

import httpx
from twilio.rest import Client  # type: ignore[import-untyped]  # the package ships no types

from bot.channels.sms.errors import to_send_error
from bot.channels.sms.http import ANSWER_WITHIN_S, TwilioHttp, TwilioRefused
from bot.channels.transport import from_transport
from bot.domain.delivery import Outgoing
from bot.domain.light_markup import plain
from bot.ports.channel import Capabilities, Rejected, Uncertain

TEXT_LIMIT = 1_600
"""Characters. Source: Twilio, error 21617."""

_SEND_WITHIN_S = 20.0
_LOOKED_THROUGH = 50
"""Newest texts to one number that are compared."""
_CAPABILITIES = Capabilities(has_buttons=False, can_edit=False, text_limit=TEXT_LIMIT)

# What the library raises when a success lacks a field: the message was taken all the same.
_UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)


class SmsChannel:
    """One phone number's way out; implements `bot.ports.channel.Channel`."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        from_number: str | None = None,
        service_sid: str | None = None,
        api_base: str | None = None,
        status_url: str | None = None,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        """A Messaging Service goes before a number where both are given.

        `status_url` is where Twilio reports what became of a message, as the public reaches it.
        Raises ValueError when there is neither a service nor a number to send from.
        """
        if not service_sid and not from_number:
            raise ValueError("SMS needs TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID")
        self._http = TwilioHttp(api_base=api_base, answer_within_s=answer_within_s)
        # Reaching for `messages` here loads a quarter of a second of library at start, not at
        # the first text.
        self._messages = Client(account_sid, auth_token, http_client=self._http).messages
        self._sender = (
            {"messaging_service_sid": service_sid} if service_sid else {"from_": from_number}
        )
        self._report = {"status_callback": status_url} if status_url else {}

    @property
    def capabilities(self) -> Capabilities:
        """Plain text of at most 1600 characters."""
        return _CAPABILITIES

    async def send(self, message: Outgoing) -> str:
        """Hand the text to Twilio; its SID. Raises SendError."""
        text = plain(message.body.text)
        if not text.strip():
            raise Rejected("text-empty")
        if len(text) > TEXT_LIMIT:
            raise Rejected("text-too-long")
        try:
            async with asyncio.timeout(_SEND_WITHIN_S):
                taken = await self._messages.create_async(
                    to=message.address, body=text, **self._sender, **self._report
                )
        except TwilioRefused as error:
            raise to_send_error(error) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise from_transport(error) from error
        except TimeoutError as error:
            raise Uncertain("answer-lost") from error
        except _UNREADABLE as error:
            raise Uncertain("answer-unreadable") from error
        if not taken.sid:
            raise Uncertain("answer-unreadable")
        return str(taken.sid)

    async def find(self, message: Outgoing, *, since: datetime) -> str | None:
        """Twilio's SID of this text if it was created after `since`; None: surely not taken.

        Twilio takes no key of ours, so number, words and time have to do. Raises SendError.
        Source: Twilio, "Read multiple Message resources".
        """
        text = plain(message.body.text)
        try:
            async with asyncio.timeout(_SEND_WITHIN_S):
                known = await self._messages.list_async(
                    to=message.address, date_sent_after=since.date(), limit=_LOOKED_THROUGH
                )
        except TwilioRefused as error:
            raise to_send_error(error) from error
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, *_UNREADABLE) as error:
            raise Uncertain("look-up-failed") from error
        begun = since.replace(microsecond=0)  # Twilio's times are whole seconds
        found = (one for one in known if one.date_created and one.date_created >= begun)
        return next((str(one.sid) for one in found if one.body == text), None)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()
