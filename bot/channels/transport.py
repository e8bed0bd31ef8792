"""Was a call that got no answer surely never received, or perhaps?"""

import httpx

from bot.ports.channel import Misconfigured, SendError, Unavailable, Uncertain

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""No byte of the request left: the connection itself did not come about."""

_WRONG_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol)


def from_transport(error: BaseException | None) -> SendError:
    """The send error for a failed exchange: Unavailable, Misconfigured, or else Uncertain.

    From the first byte of the request on, nobody but the provider knows whether it acted: a
    reset or a timeout then loses its answer, not necessarily the message.
    """
    if isinstance(error, _NEVER_SENT):
        return Unavailable("provider-not-reached")
    if isinstance(error, _WRONG_ADDRESS):
        return Misconfigured("provider-address-wrong")
    return Uncertain("answer-lost")
