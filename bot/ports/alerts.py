"""What is kept of an alert on its way to a person?

Each method is one statement of the open transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.escalation import Entry, EntryKind, Escalation, EscalationState, Outcome
from bot.domain.identity import ClinicId, EscalationId, PatientId, StaffId


class AlertRecords(Protocol):
    """Cases that a person has to be told of, and what happened to them."""

    async def due(self, now: datetime) -> Sequence[EscalationId]:
        """Cases whose next step has come, the oldest first."""
        ...

    async def next_step_at(self, after: datetime) -> datetime | None:
        """When the first step after `after` comes; None: nothing waits."""
        ...

    async def case(self, case_id: EscalationId) -> Escalation | None:
        """The case, held for this transaction; or None."""
        ...

    async def by_code(self, clinic_id: ClinicId, code: str) -> Escalation | None:
        """The newest case with this short code that is not closed, held; or None."""
        ...

    async def open_cases(self, clinic_id: ClinicId) -> Sequence[Escalation]:
        """Every case that alerts somebody and is not closed, oldest first."""
        ...

    async def entries(self, case_id: EscalationId) -> Sequence[Entry]:
        """Everything that happened to a case, oldest first."""
        ...

    async def add_entry(
        self,
        case: Escalation,
        kind: EntryKind,
        *,
        actor: str,
        number: int,
        at: datetime,
        text: str | None = None,
    ) -> bool:
        """One more thing that happened; False when it was written before."""
        ...

    async def wait(self, case_id: EscalationId, *, until: datetime | None) -> None:
        """The next step comes then; None: never by itself."""
        ...

    async def set_owner(
        self,
        case_id: EscalationId,
        *,
        owner: StaffId | None,
        state: EscalationState,
        deadline_at: datetime | None,
    ) -> None:
        """A new owner and state; the deadline is that of the clock which runs now."""
        ...

    async def close(
        self, case_id: EscalationId, *, outcome: Outcome, is_reportable: bool | None
    ) -> None:
        """Closed by a person."""
        ...

    async def note_end(self, notice: Delivery, state: DeliveryState, *, at: datetime) -> None:
        """What became of a notice to staff; a failed one is looked at again at once."""
        ...

    async def skip_notices(self, case_id: EscalationId, *, at: datetime) -> int:
        """End notices of a case that still wait in the queue; how many."""
        ...

    async def alerting(self, patient_id: PatientId) -> Escalation | None:
        """The patient's newest case that alerts somebody and is not closed, or None."""
        ...

    async def has_confidential(self, patient_id: PatientId) -> bool:
        """Whether a confidential case of the patient is open."""
        ...
