"""How does one outgoing text come to its one end, whatever arrives in whatever order? Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.identity import AddressId, Channel, ClinicId, DeliveryId, PatientId, SenderId
from bot.domain.message_kind import MessageKind
from bot.domain.picture import PictureOrder

LATE_AFTER = timedelta(minutes=15)
"""An automatic emergency text that leaves later than this says that it is late."""


class DeliveryState(StrEnum):
    """queued → leased → sending → exactly one end."""

    QUEUED = "queued"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    SKIPPED = "skipped"
    UNCERTAIN = "uncertain"

    @property
    def is_final(self) -> bool:
        """Whether nothing will be sent for this delivery any more."""
        return self not in (self.QUEUED, self.LEASED, self.SENDING)


class ReceiptStatus(StrEnum):
    """What the provider says of a message after taking it."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class Failure(StrEnum):
    """What a report of failure amounts to, whatever the provider's code."""

    STOPPED = "stopped"
    """The person opted out at the provider."""
    BAD_ADDRESS = "bad-address"
    SUSPECT_ADDRESS = "suspect-address"
    """Bad after a repeat."""
    PASSING = "passing"
    """Surely not delivered, for a reason that may pass."""
    TOO_FAST = "too-fast"
    """Not delivered because the sender was too fast: it slows down, and the text may go again."""
    REFUSED = "refused"
    MISCONFIGURED = "misconfigured"
    """The sender itself is not allowed: nothing more should leave until an operator acts."""


_RANK = {
    None: 0,
    ReceiptStatus.SENT: 1,
    ReceiptStatus.FAILED: 2,
    ReceiptStatus.DELIVERED: 3,
    ReceiptStatus.READ: 4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One possible answer: a button on Telegram, a number or word on SMS."""

    label: str
    action: str
    """What pressing it means, at most 64 bytes; carries the id of its own question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What the person reads."""

    text: str = field(repr=False)
    choices: tuple[tuple[Choice, ...], ...] = ()
    """Rows of choices; empty on channels that cannot show them."""
    late_text: str | None = field(default=None, repr=False)
    """What is said instead when it leaves late; None: it stays true."""
    picture: PictureOrder | None = field(default=None, repr=False)
    """Drawn when it leaves, where the channel shows pictures; the text says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message as a channel gets it."""

    delivery_id: DeliveryId
    address: str = field(repr=False)
    body: Body = field(repr=False)
    edits: str | None = None
    """Provider id of the message that this one replaces in place."""
    answers_press: str | None = None
    """Provider id of the button press that this message answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One text to one address, with its cause; unique by (clinic, cause, part, address)."""

    id: DeliveryId
    clinic_id: ClinicId
    sender_id: SenderId
    channel: Channel
    kind: MessageKind
    cause: str
    part: int
    patient_id: PatientId | None
    address_id: AddressId | None
    """None for a stranger, whose address is sealed with the clinic's intake key."""
    address: str = field(repr=False)
    body: Body = field(repr=False)
    template: str
    due_at: datetime
    expires_at: datetime | None
    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    doubts: int = 0
    """Attempts of which nobody knows whether the provider took the message."""
    edits: str | None = None
    answers_press: str | None = None
    provider_id: str | None = None
    reason: str | None = None

    def body_at(self, now: datetime) -> Body:
        """What is sent at `now`: an emergency text that waited too long says so."""
        if self.body.late_text is None or now - self.due_at <= LATE_AFTER:
            return self.body
        return replace(self.body, text=self.body.late_text)


def to_send_again(delivery: Delivery, *, id: DeliveryId, cause: str, due_at: datetime) -> Delivery:  # noqa: A002  # the field's name
    """The same words as a delivery of its own: what once ended is never changed."""
    return replace(
        delivery,
        id=id,
        cause=cause,
        due_at=due_at,
        state=DeliveryState.QUEUED,
        attempts=0,
        edits=None,
        answers_press=None,
        provider_id=None,
        reason=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A provider's report; `code` is the provider's own error code."""

    provider_id: str
    status: ReceiptStatus
    code: str | None = None
    failure: Failure | None = None
    """What a failure amounts to; None for other reports."""


def later_status(known: ReceiptStatus | None, reported: ReceiptStatus) -> ReceiptStatus:
    """The status that stands when `reported` arrives after `known`: it only moves forward.

    A failure does not undo what was delivered or read, in whichever order the two arrive.
    """
    if known is not None and _RANK[known] >= _RANK[reported]:
        return known
    return reported
