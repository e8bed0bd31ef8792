"""What can be told of one message: everything that happened to it, in order?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.identity import ClinicId
from bot.domain.sms_bill import SmsBill


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened; coded, without health text."""

    at: datetime
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsShare:
    """What one text is billed as, and to which numbers."""

    bill: SmsBill
    number_begins: str = field(repr=False)
    """The first digits of the number, for its price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Text messages that a provider took, by the beginning of the number."""

    messages: Mapping[str, int] = field(repr=False)
    segments: Mapping[str, int] = field(repr=False)
    unreadable: int
    """Taken too, but their text was erased since, so nobody can count it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One row and its steps, with the rows that belong to it."""

    noun: str
    """delivery, occurrence, alert or message."""
    id: str
    about: str
    """Coded: kind, template, channel, state, reason."""
    steps: Sequence[Step]
    text: str | None = field(default=None, repr=False)
    """What was said, only when asked for and still readable."""
    sms: SmsShare | None = None
    """Its cost as a text message; None for other channels, or when the text is gone."""
    parts: Sequence["Story"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One delivery of the outbox as an operator sees it."""

    id: str
    kind: str
    channel: str
    sender: str
    state: str
    reason: str | None
    attempts: int
    due_at: datetime
    next_at: datetime
    sms: SmsShare | None = None


class Stories(Protocol):
    """Reads; changes nothing."""

    async def of(self, clinic_id: ClinicId, id: str, *, show_text: bool) -> Story | None:  # noqa: A002  # what is asked for
        """The story of a delivery, an occurrence, an alert or a received message."""
        ...

    async def outbox(
        self, clinic_id: ClinicId, *, states: Sequence[str], limit: int
    ) -> Sequence[Waiting]:
        """Deliveries in these states, the oldest due first."""
        ...

    async def spent(self, clinic_id: ClinicId, *, since: datetime, until: datetime) -> Spent:
        """Text messages that a provider took from `since` to before `until`."""
        ...
