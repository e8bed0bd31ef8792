"""What is one planned message, and which states can it pass through? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from bot.domain.identity import CourseId, OccurrenceId, PatientId
from bot.domain.message_kind import MessageKind

DOSE_REMINDER = "dose"
DAILY_CHECKIN = "checkin-daily"


class OccurrenceState(StrEnum):
    """Planned may be moved or cancelled by a new plan; every other state is frozen for it."""

    PLANNED = "planned"
    ASKED = "asked"
    NUDGED = "nudged"
    SNOOZED = "snoozed"
    TAKEN = "taken"
    SKIPPED = "skipped"
    ANSWERED = "answered"
    SENT = "sent"
    """A notice was said; nothing more is awaited."""
    MISSED = "missed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether an answer of the patient still changes anything by itself."""
        return self in (self.ASKED, self.NUDGED, self.SNOOZED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One planned instance of a reminder; its identity is (course, reminder, slot, local day)."""

    id: OccurrenceId
    patient_id: PatientId
    course_id: CourseId
    reminder: str
    slot: str
    local_day: date
    local_time: time
    zone: str
    due_at: datetime
    kind: MessageKind
    message: str = ""
    """Name of the text in the content; empty where the kind has texts of its own."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    rule: str | None = None
    """The rule or campaign, with its version, from which this was planned."""
    valid_until: datetime | None = None
    """After this instant the text is no longer true (UTC); None: as long as its kind says."""
    state: OccurrenceState = OccurrenceState.PLANNED
    next_at: datetime | None = None
    """When something happens by itself next: due, nudge, missed, expiry (UTC); None: never."""
    reason: str | None = None
