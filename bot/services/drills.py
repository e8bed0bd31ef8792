"""How long does the clinic need to see an alert? Measured with one that endangers nobody."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.escalation import (
    DRILL,
    EntryKind,
    Escalation,
    EscalationState,
    Outcome,
    Urgency,
    short_code,
)
from bot.domain.identity import ClinicId, EscalationId
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store
from bot.services.patients import NotPossible
from bot.services.staffing import Staffing


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillResult:
    """How far a drill has come; times since it was sent, None: not yet."""

    code: str
    told: int
    """How many notices were written to staff."""
    delivered_after: timedelta | None
    seen_after: timedelta | None
    seen_by: str


class Drills:
    """Sends test alerts, through the very same way as real ones."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, staffing: Staffing) -> None:
        """The running program finds the test alert and carries it on."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._staffing = staffing

    async def start(self, clinic_id: ClinicId, *, by: str) -> EscalationId:
        """A test alert, told to whoever is on call. Raises NotPossible when nobody is."""
        now = self._clock.now()
        case = Escalation(
            id=EscalationId(self._ids.new()),
            clinic_id=clinic_id,
            cause=f"drill:{self._ids.new()}",
            category=DRILL,
            urgency=Urgency.NOW,
            state=EscalationState.OPEN,
            patient_id=None,
            opened_at=now,
            deadline_at=None,
        )
        async with self._store.unit_of_work() as tx:
            if not await self._staffing.reaches_somebody(tx, clinic_id):
                raise NotPossible("nobody at the clinic can be told; see: balm staff contact")
            await tx.cases.add(case)
            await tx.house.audit(clinic_id, at=now, actor=by, verb="drill", subject=case.id)
        return case.id

    async def result(self, case_id: EscalationId) -> DrillResult:
        """How far it has come. Raises KeyError for an unknown one."""
        async with self._store.read() as tx:
            case = await tx.alerts.case(case_id)
            if case is None:
                raise KeyError(case_id)
            entries = await tx.alerts.entries(case_id)
            people = await tx.staff.members(case.clinic_id)
        first = {entry.kind: entry for entry in reversed(entries)}
        delivered, seen = first.get(EntryKind.DELIVERED), first.get(EntryKind.ACKNOWLEDGED)
        names = {str(person.staff.id): person.staff.name for person in people}
        return DrillResult(
            code=short_code(case_id),
            told=sum(entry.kind is EntryKind.NOTIFIED for entry in entries),
            delivered_after=delivered.at - case.opened_at if delivered else None,
            seen_after=seen.at - case.opened_at if seen else None,
            seen_by=names.get(seen.actor, "") if seen else "",
        )

    async def end(self, case_id: EscalationId) -> None:
        """Nobody is asked any longer; ending it twice changes nothing."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            case = await tx.alerts.case(case_id)
            if case is None or case.state is EscalationState.CLOSED:
                return
            await tx.alerts.skip_notices(case_id, at=now)
            await tx.alerts.add_entry(case, EntryKind.CLOSED, actor="clock", number=1, at=now)
            await tx.alerts.close(case_id, outcome=Outcome.DRILL, is_reportable=None)
