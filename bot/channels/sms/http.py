"""How are the requests of Twilio's library carried: asynchronously, in time, to which host?"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

_CONNECT_S = 5.0
ANSWER_WITHIN_S = 15.0


class TwilioRefused(Exception):
    """An answer other than success. Only its code is kept: Twilio's words quote phone numbers."""

    def __init__(self, *, status: int, code: str | None, retry_after: float | None) -> None:
        """HTTP `status`, Twilio's error `code`, and the seconds to wait, where it says so."""
        super().__init__(f"HTTP {status}, Twilio {code or 'without a code'}")
        self.status = status
        self.code = code
        self.retry_after = retry_after


class TwilioHttp:
    """The HTTP client that Twilio's library is given: the two members that it uses.

    The library's own asynchronous client has neither a timeout nor a way to another host.
    """

    is_async = True

    def __init__(
        self, *, api_base: str | None = None, answer_within_s: float = ANSWER_WITHIN_S
    ) -> None:
        """`api_base` replaces scheme and host of Twilio's REST interface."""
        self._api_base = api_base.rstrip("/") if api_base else None
        timeout = httpx.Timeout(answer_within_s, connect=_CONNECT_S)
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    # Any: the library hands these on as it made them, already in the form that httpx takes.
    async def request(
        self,
        method: str,
        uri: str,
        *,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature; ours is fixed
        allow_redirects: bool = False,
    ) -> httpx.Response:
        """One exchange. Raises TwilioRefused, or httpx.HTTPError without an answer."""
        del timeout, allow_redirects
        response = await self._client.request(
            method, self._address(uri), params=params, data=data, headers=headers, auth=auth
        )
        if not response.is_success:
            raise _refusal(response)
        return response

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def _address(self, uri: str) -> str:
        if self._api_base is None:
            return uri
        asked = urlsplit(uri)
        return self._api_base + urlunsplit(("", "", asked.path, asked.query, ""))


def _refusal(response: httpx.Response) -> TwilioRefused:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    code = answer.get("code") if isinstance(answer, dict) else None
    wait = response.headers.get("retry-after", "")
    return TwilioRefused(
        status=response.status_code,
        code=str(code) if isinstance(code, int) else None,
        retry_after=float(wait) if wait.isdecimal() else None,
    )
