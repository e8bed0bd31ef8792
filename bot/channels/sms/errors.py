"""What does Twilio's refusal mean for the message that was to be sent?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.channels.sms.http import TwilioRefused
from bot.domain.delivery import Failure
from bot.ports.channel import (
    Misconfigured,
    RecipientStopped,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
    Uncertain,
)

_TABLE = Path(__file__).with_name("error_codes.yaml")
_WAIT_WHEN_UNSAID_S = 5.0

_CLASSES: Mapping[str, type[SendError]] = {
    known.__name__: known
    for known in (RecipientStopped, Rejected, Misconfigured, Throttled, Unavailable, Uncertain)
}


_FAILURES: Mapping[type[SendError], Failure] = {
    RecipientStopped: Failure.STOPPED,
    Rejected: Failure.REFUSED,
    Misconfigured: Failure.MISCONFIGURED,
    Throttled: Failure.TOO_FAST,
    Unavailable: Failure.PASSING,
    Uncertain: Failure.REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCode:
    """One row of the table of Twilio's error codes."""

    code: str
    where: str
    """rest, callback or both."""
    meaning: str
    error: type[SendError]
    consequence: str
    failure: Failure | None = None
    wait_s: float = _WAIT_WHEN_UNSAID_S
    """How long a sender that is too fast waits, where Twilio does not say."""

    @property
    def amounts_to(self) -> Failure:
        """What a report of this failure means for the person's address and for the text."""
        return self.failure or _FAILURES[self.error]


@cache
def error_codes() -> Mapping[str, ErrorCode]:
    """All known codes of Twilio, by code."""
    rows = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    codes = [_code(row) for row in rows]
    return {code.code: code for code in codes}


def failure_of(code: str | None) -> Failure:
    """What the report of a failure with this code means; an unknown one says nothing more."""
    known = error_codes().get(code) if code is not None else None
    return known.amounts_to if known is not None else Failure.REFUSED


def to_send_error(refused: TwilioRefused) -> SendError:
    """The one member of the closed family that a refusal means.

    A code that the table does not know is judged by the HTTP status alone. A failing server (5xx)
    is Uncertain even with a known code: Twilio may have queued the message before it failed.
    """
    code, status = refused.code, refused.status
    if status >= 500:
        return Uncertain("server-failed", code=code or str(status))
    known = error_codes().get(code) if code is not None else None
    wanted = known.error if known is not None else _by_status(status)
    reason, code = f"twilio-{code or status}", code or str(status)
    if wanted is Throttled:
        unsaid = known.wait_s if known is not None else _WAIT_WHEN_UNSAID_S
        wait = refused.retry_after if refused.retry_after is not None else unsaid
        return Throttled(reason, retry_after=wait, code=code)
    if wanted is Rejected:
        is_bad = known is not None and known.failure is Failure.BAD_ADDRESS
        return Rejected(reason, code=code, is_address_bad=is_bad)
    return wanted(reason, code=code)


def _code(row: Mapping[str, str]) -> ErrorCode:
    failure = Failure(row["failure"]) if "failure" in row else None
    return ErrorCode(
        code=row["code"],
        where=row["where"],
        meaning=row["meaning"],
        error=_CLASSES[row["error"]],
        consequence=row["consequence"],
        failure=failure,
        wait_s=float(row.get("wait_s", _WAIT_WHEN_UNSAID_S)),
    )


def _by_status(status: int) -> type[SendError]:
    if status == 429:
        return Throttled
    if status in (401, 403, 404) or status < 400:
        return Misconfigured
    return Rejected
