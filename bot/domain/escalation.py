"""What is a case for staff, and how does it move until a person has closed it? Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.identity import ClinicId, EscalationId, PatientId


class Urgency(StrEnum):
    """How fast staff must act; TASK is work for the day's list, not an alert."""

    NOW = "now"
    EMERGENCY = "emergency"
    SAME_DAY = "urgent-same-day"
    TASK = "task"


class EscalationState(StrEnum):
    """Where a case stands; a case is closed only by a person with an outcome."""

    CHECKING = "checking"
    """A safety check was asked of the patient; silence until the deadline opens the case."""
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CONTACTED = "contacted"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRule:
    """What a category of red flag brings with it, as content/triage declares it."""

    category: str
    urgency: Urgency
    holds: bool
    """A certain flag stops dose messages until a named clinician ends the hold."""
    is_confidential: bool
    """Own list of staff; nothing unprompted on the patient's phone."""
    silence_opens: bool
    """An unanswered safety check becomes an alert instead of an entry on the same-day list."""
    acknowledge_within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A case opened for staff, unique by (clinic, cause)."""

    id: EscalationId
    clinic_id: ClinicId
    cause: str
    category: str
    urgency: Urgency
    state: EscalationState
    patient_id: PatientId | None
    opened_at: datetime
    deadline_at: datetime | None
    evidence: str = field(default="", repr=False)
    note: str | None = None
    """A coded addition, such as "phone-now: could not be answered"."""
