"""What does one transaction work on: who, where, why, and what has become of the conversation?"""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.conversation import Conversation
from bot.domain.identity import (
    AddressId,
    AddressIndex,
    Channel,
    ClinicId,
    PatientId,
    SenderId,
)
from bot.domain.patient import Clinic
from bot.ports.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Where the words of one turn or event go."""

    channel: Channel
    sender_id: SenderId
    value: str
    index: AddressIndex
    address_id: AddressId | None


@dataclass(kw_only=True)
class Scene:
    """What one transaction works on; changes as effects are carried out."""

    tx: Transaction
    clinic: Clinic
    now: datetime
    cause: str
    """Stable name of what caused this: inbound id, occurrence id and purpose, alert id."""
    actor: str
    conversation: Conversation
    patient_id: PatientId | None
    language: str
    recipient: Recipient | None
    is_opted_out: bool
    answers_press: str | None = None
    pressed_message: str | None = None
    parts: int = 0
    cases: int = 0
    conversation_changed: bool = False
    due_at: datetime | None = None
    """When the message was due by plan; None: now."""
    is_discreet: bool = False
    """Whether somebody else may see the phone that is written to."""
    valid_until: datetime | None = None
    """After this the text is no longer true; None: as long as its kind says."""
    has_heard: bool = False
    """An answer, a word about a dose, or a dose's silent end was recorded."""
    said_at: datetime | None = None
    """When the person wrote what is answered here, as far as that is known."""

    @property
    def clinic_id(self) -> ClinicId:
        """The clinic of everything here."""
        return self.clinic.id
