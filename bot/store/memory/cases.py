"""What is kept of the cases that a simulation opens for staff?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.escalation import HANDOFF, Escalation, EscalationState, Urgency
from bot.domain.identity import ClinicId, EscalationId, PatientId


class MemoryCases:
    """Cases, one per cause, never removed."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self.cases: dict[EscalationId, Escalation] = {}
        self.steps: dict[EscalationId, datetime] = {}
        """When the next step of an alert comes; a case without one is looked at now."""
        self._causes: set[str] = set()

    async def add(self, case: Escalation) -> bool:
        """Open a case once per cause; False when it was open already."""
        if case.cause in self._causes:
            return False
        self._causes.add(case.cause)
        self.cases[case.id] = case
        return True

    async def newest_open(self, patient_id: PatientId) -> Escalation | None:
        """The patient's newest case that is not closed, tasks left out; or None."""
        return self._newest(
            lambda case: (
                case.patient_id == patient_id
                and case.state is not EscalationState.CLOSED
                and case.urgency is not Urgency.TASK
            )
        )

    async def open_of(self, patient_id: PatientId, category: str) -> Escalation | None:
        """The patient's newest case of a category that is not closed, or None."""
        return self._newest(
            lambda case: (
                case.patient_id == patient_id
                and case.category == category
                and case.state is not EscalationState.CLOSED
            )
        )

    async def checking(self, patient_id: PatientId) -> Escalation | None:
        """The case that waits for the patient's answer to a safety check, or None."""
        return self._newest(
            lambda case: case.patient_id == patient_id and case.state is EscalationState.CHECKING
        )

    async def move(
        self,
        case_id: EscalationId,
        *,
        state: EscalationState,
        urgency: Urgency | None = None,
        note: str | None = None,
    ) -> None:
        """A new state; a note is added to those before it.

        A new urgency has its own clock: what happens next is decided at once.
        """
        known = self.cases[case_id]
        if urgency is not None:
            self.steps.pop(case_id, None)
        notes = "; ".join(part for part in (known.note, note) if part)
        self.change(case_id, state=state, urgency=urgency or known.urgency, note=notes or None)

    async def silent_checks(self, now: datetime) -> Sequence[Escalation]:
        """Cases whose safety check stayed unanswered until now."""
        return [
            case
            for case in self._checks()
            if case.deadline_at is not None and case.deadline_at <= now
        ]

    async def open_handoffs(self, clinic_id: ClinicId) -> Sequence[Escalation]:
        """Conversations that a person has taken over, oldest first."""
        return [case for case in self._handoffs() if case.clinic_id == clinic_id]

    async def due_handoffs(self, now: datetime) -> Sequence[Escalation]:
        """Conversations taken over whose staff have been silent long enough to act."""
        return [
            case
            for case in self._handoffs()
            if case.deadline_at is not None and case.deadline_at <= now
        ]

    async def next_deadline_at(self, after: datetime) -> datetime | None:
        """When the next safety check or hand-off has waited long enough; None: none waits."""
        deadlines = (case.deadline_at for case in (*self._checks(), *self._handoffs()))
        return min((at for at in deadlines if at is not None and at > after), default=None)

    async def has_category_since(
        self, patient_id: PatientId, category: str, *, since: datetime
    ) -> bool:
        """Whether a case of this category was opened for the patient after `since`."""
        return any(
            case.patient_id == patient_id and case.opened_at > since and case.category == category
            for case in self.cases.values()
        )

    async def has_flag_since(self, patient_id: PatientId, *, since: datetime) -> bool:
        """Whether a red flag of the patient was raised after `since`."""
        return any(
            case.patient_id == patient_id
            and case.opened_at > since
            and case.category.startswith("rf-")
            for case in self.cases.values()
        )

    def change(self, case_id: EscalationId, **values: Any) -> None:
        """The same case with other values."""
        self.cases[case_id] = replace(self.cases[case_id], **values)

    def _checks(self) -> list[Escalation]:
        return [c for c in self.cases.values() if c.state is EscalationState.CHECKING]

    def _handoffs(self) -> list[Escalation]:
        return [
            case
            for case in self.cases.values()
            if case.category == HANDOFF and case.state is EscalationState.ACKNOWLEDGED
        ]

    def _newest(self, fits: Callable[[Escalation], bool]) -> Escalation | None:
        found = [case for case in self.cases.values() if fits(case)]
        return max(found, key=lambda case: case.id, default=None)
