"""What is kept of cases for staff?

Each method is one statement of the open transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.escalation import Escalation, EscalationState, Urgency
from bot.domain.identity import ClinicId, EscalationId, PatientId


class CaseRecords(Protocol):
    """Cases for staff."""

    async def add(self, case: Escalation) -> bool:
        """Open a case once per cause; False when it was open already."""
        ...

    async def newest_open(self, patient_id: PatientId) -> Escalation | None:
        """The patient's newest case that is not closed, tasks left out; or None."""
        ...

    async def open_of(self, patient_id: PatientId, category: str) -> Escalation | None:
        """The patient's newest case of a category that is not closed, or None."""
        ...

    async def checking(self, patient_id: PatientId) -> Escalation | None:
        """The case that waits for the patient's answer to a safety check, or None."""
        ...

    async def move(
        self,
        case_id: EscalationId,
        *,
        state: EscalationState,
        urgency: Urgency | None = None,
        note: str | None = None,
    ) -> None:
        """A new state; a note is added to those before it."""
        ...

    async def silent_checks(self, now: datetime) -> Sequence[Escalation]:
        """Cases whose safety check stayed unanswered until now."""
        ...

    async def open_handoffs(self, clinic_id: ClinicId) -> Sequence[Escalation]:
        """Conversations that a person has taken over, oldest first."""
        ...

    async def due_handoffs(self, now: datetime) -> Sequence[Escalation]:
        """Conversations taken over whose staff have been silent long enough to act."""
        ...

    async def next_deadline_at(self, after: datetime) -> datetime | None:
        """When the next safety check or hand-off has waited long enough; None: none waits."""
        ...

    async def has_category_since(
        self, patient_id: PatientId, category: str, *, since: datetime
    ) -> bool:
        """Whether a case of this category was opened for the patient after `since`."""
        ...

    async def has_flag_since(self, patient_id: PatientId, *, since: datetime) -> bool:
        """Whether a red flag of the patient was raised after `since`."""
        ...
