"""What is a case for staff, and how does it move until a person has closed it? Pure."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.identity import ClinicId, EscalationId, PatientId, StaffId
from bot.domain.invite import ALPHABET


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
    DELIVERED = "delivered"
    """A provider has taken the alert for somebody; nobody has said that they saw it."""
    ACKNOWLEDGED = "acknowledged"
    CONTACTED = "contacted"
    HANDED_ON = "handed-on"
    """Its owner did not reach the patient in time: the next person is looked for."""
    CLOSED = "closed"


class Outcome(StrEnum):
    """With what a person closed a case."""

    SPOKE = "spoke"
    NOT_REACHED = "not-reached"
    WELFARE_CHECK = "welfare-check"
    MISTAKEN = "mistaken"
    DRILL = "drill"


HANDOFF = "handoff"
"""Category of the case that stands for a conversation which a person has taken over."""


class EntryKind(StrEnum):
    """One thing that happened to a case."""

    NOTIFIED = "notified"
    DELIVERED = "delivered"
    FAILED = "failed"
    """No contact point of this person could be reached with this notice."""
    ACKNOWLEDGED = "acknowledged"
    CONTACTED = "contacted"
    NOT_REACHED = "not-reached"
    HANDED_ON = "handed-on"
    PATIENT_TOLD = "patient-told"
    OPERATOR_ALARMED = "operator-alarmed"
    SAID = "said"
    """Words of the patient while the case was open, or of staff who answer them."""
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
    is_confidential_under_18: bool = False
    """The same as `is_confidential` while the patient is a minor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened to a case; append-only, unique by (case, kind, actor, number)."""

    kind: EntryKind
    actor: str
    """Who is meant: a member of staff, "patient" or "clock"."""
    number: int
    """Which time: the second notice to the same person is number 2."""
    at: datetime


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
    is_confidential: bool = False
    """Only lead, deputy and the person on call may know; the patient hears nothing unprompted."""
    owner_id: StaffId | None = None
    """Who acknowledged it last."""
    outcome: Outcome | None = None
    is_reportable: bool | None = None
    """Whether the harm has to be reported to the regulator; None: nobody has said yet."""

    @property
    def code(self) -> str:
        """The four letters and digits by which staff name the case."""
        return short_code(self.id)

    @property
    def is_drill(self) -> bool:
        """Nobody is in danger: the clinic measures itself."""
        return self.category == DRILL

    @property
    def patient_knows(self) -> bool:
        """Whether the patient was told that somebody at the clinic knows, and waits for word."""
        if self.category == HANDOFF:
            return True
        if self.patient_id is None or self.urgency is Urgency.TASK or self.is_confidential:
            return False
        notes = (self.note or "").split("; ")
        opened_by_silence = "possible-no-answer" in notes and "patient-said-talk" not in notes
        is_announced = self.category.startswith("rf-") or self.category in _ANNOUNCED
        return is_announced and not opened_by_silence


DRILL = "drill"
_ANNOUNCED = frozenset({"talk-without-check", "not-understood-by-software"})
"""Alerts besides red flags whose patient reads "I am showing it to your clinic"."""


def short_code(case_id: str) -> str:
    """Four letters and digits that name a case in a text message; reveal nothing about it."""
    digest = hashlib.sha256(case_id.encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:4])


def initials(name: str) -> str:
    """All that a notification may show of a name: "Ada Example" becomes "A.E."."""
    return "".join(f"{part[0].upper()}." for part in name.split() if part[0].isalpha())


def acknowledge_within(rule: FlagRule | None, urgency: Urgency) -> timedelta:
    """How soon somebody must have said that they saw it; by urgency where no rule says."""
    return rule.acknowledge_within if rule is not None else _ACKNOWLEDGE_WITHIN[urgency]


_ACKNOWLEDGE_WITHIN = {
    Urgency.NOW: timedelta(minutes=5),
    Urgency.EMERGENCY: timedelta(minutes=15),
    Urgency.SAME_DAY: timedelta(hours=4),
    Urgency.TASK: timedelta(days=1),
}
"""Source: content/triage/categories.yaml, the usual value of each level."""
