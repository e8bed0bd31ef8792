"""What is kept of a simulated alert on its way to a person?"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain.alert import notice_of
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.escalation import (
    Entry,
    EntryKind,
    Escalation,
    EscalationState,
    Outcome,
    Urgency,
)
from bot.domain.identity import ClinicId, EscalationId, PatientId, StaffId
from bot.store.memory.cases import MemoryCases
from bot.store.memory.outbox import MemoryOutbox

_SILENT = (EscalationState.CHECKING, EscalationState.CLOSED)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class MemoryAlerts:
    """Cases that a person has to be told of, and what happened to them."""

    def __init__(self, cases: MemoryCases, outbox: MemoryOutbox) -> None:
        """The cases are those of `cases`; notices wait in `outbox`."""
        self._cases = cases
        self._outbox = outbox
        self._steps = cases.steps
        self._entries: dict[EscalationId, list[Entry]] = defaultdict(list)

    async def due(self, now: datetime) -> Sequence[EscalationId]:
        """Cases whose next step has come, the oldest first."""
        return [case.id for case in self._alerting() if self._steps.get(case.id, now) <= now]

    async def next_step_at(self, after: datetime) -> datetime | None:
        """When the first step after `after` comes; None: nothing waits."""
        steps = (self._steps.get(case.id) for case in self._alerting())
        return min((at for at in steps if at is not None and at > after), default=None)

    async def case(self, case_id: EscalationId) -> Escalation | None:
        """The case, or None."""
        return self._cases.cases.get(case_id)

    async def by_code(self, clinic_id: ClinicId, code: str) -> Escalation | None:
        """The newest case with this short code that is not closed; or None."""
        named = [case for case in await self.open_cases(clinic_id) if case.code == code]
        return named[-1] if named else None

    async def open_cases(self, clinic_id: ClinicId) -> Sequence[Escalation]:
        """Every case that alerts somebody and is not closed, oldest first."""
        return [case for case in self._alerting() if case.clinic_id == clinic_id]

    async def entries(self, case_id: EscalationId) -> Sequence[Entry]:
        """Everything that happened to a case, oldest first."""
        return tuple(self._entries[case_id])

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
        del text
        known = self._entries[case.id]
        if any((e.kind, e.actor, e.number) == (kind, actor, number) for e in known):
            return False
        known.append(Entry(kind=kind, actor=actor, number=number, at=at))
        return True

    async def wait(self, case_id: EscalationId, *, until: datetime | None) -> None:
        """The next step comes then; None: never by itself."""
        self._steps[case_id] = until or _NEVER

    async def set_owner(
        self,
        case_id: EscalationId,
        *,
        owner: StaffId | None,
        state: EscalationState,
        deadline_at: datetime | None,
    ) -> None:
        """A new owner and state; the deadline is that of the clock which runs now."""
        self._cases.change(case_id, owner_id=owner, state=state, deadline_at=deadline_at)
        self._steps.pop(case_id, None)

    async def close(
        self, case_id: EscalationId, *, outcome: Outcome, is_reportable: bool | None
    ) -> None:
        """Closed by a person."""
        self._cases.change(
            case_id, state=EscalationState.CLOSED, outcome=outcome, is_reportable=is_reportable
        )

    async def note_end(self, notice: Delivery, state: DeliveryState, *, at: datetime) -> None:
        """What became of a notice to staff; a failed one is looked at again at once."""
        named = notice_of(notice.cause)
        case = await self.case(named.case_id) if named is not None else None
        if named is None or case is None:
            return
        kind = EntryKind.FAILED
        if state is DeliveryState.SENT:
            kind = EntryKind.DELIVERED
            if case.state is EscalationState.OPEN:
                self._cases.change(case.id, state=EscalationState.DELIVERED)
        elif self._outbox.is_on_its_way(notice):
            return
        else:
            self._steps.pop(case.id, None)
        await self.add_entry(case, kind, actor=named.staff_id, number=named.number, at=at)

    async def skip_notices(self, case_id: EscalationId, *, at: datetime) -> int:
        """End notices of a case that still wait in the queue; how many."""
        del at
        return self._outbox.skip_cause(f"alert:{case_id}:", reason="settled")

    async def alerting(self, patient_id: PatientId) -> Escalation | None:
        """The patient's newest case that alerts somebody and is not closed, or None."""
        found = [case for case in self._alerting() if case.patient_id == patient_id]
        return found[-1] if found else None

    async def has_confidential(self, patient_id: PatientId) -> bool:
        """Whether a confidential case of the patient is open."""
        return any(
            case.patient_id == patient_id
            and case.is_confidential
            and case.state is not EscalationState.CLOSED
            for case in self._cases.cases.values()
        )

    def _alerting(self) -> list[Escalation]:
        found = [
            case
            for case in self._cases.cases.values()
            if case.state not in _SILENT and case.urgency is not Urgency.TASK
        ]
        return sorted(found, key=lambda case: (case.opened_at, case.id))
