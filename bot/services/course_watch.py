"""How does what the clinic should look at come onto its list, once per reason?"""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.closed_days import ClosedDays
from bot.domain.escalation import Escalation, EscalationState, Urgency
from bot.domain.identity import ClinicId, EscalationId, PatientId
from bot.domain.patient import Fact, PatientState, PatientStatus, state_at
from bot.domain.programme import Programme
from bot.domain.programme_watch import WorkItem, work_items
from bot.domain.rehearsal import Rehearsal, rehearse
from bot.domain.timeline import Timeline, timeline
from bot.logs import failure
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store, Transaction
from bot.services.programme_desk import ProgrammeDesk

WATCH = "watch"
"""Category prefix of such entries on the list."""


class CourseWatch:
    """Looks at every running course and puts on the list what somebody has to do."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, desk: ProgrammeDesk) -> None:
        """Rules and closed days come from `desk`."""
        self._store = store
        self._clock = clock
        self._ids = ids
        self._desk = desk

    async def run(self) -> int:
        """Look at everybody; how many entries are new."""
        async with self._store.read() as tx:
            patients = await tx.plan.patients_to_plan()
        new = 0
        for clinic_id, patient_id in patients:
            try:
                new += await self._look(clinic_id, patient_id)
            except Exception as error:  # noqa: BLE001  # one patient must not stop the others
                failure("watch-failed", error, count=1)
        return new

    async def _look(self, clinic_id: ClinicId, patient_id: PatientId) -> int:
        async with self._store.read() as tx:
            seen = await self.timeline(tx, clinic_id, patient_id)
            course_id = await tx.plan.running_course(patient_id)
        items = work_items(seen) if seen is not None else []
        if seen is None or not items:
            return 0
        place = f"{course_id}:{seen.category}"
        async with self._store.unit_of_work() as tx:
            return await self._put(tx, clinic_id, patient_id, items, place=place)

    async def _put(
        self,
        tx: Transaction,
        clinic_id: ClinicId,
        patient_id: PatientId,
        items: Sequence[WorkItem],
        *,
        place: str,
    ) -> int:
        now, new = self._clock.now(), 0
        for item in items:
            case = Escalation(
                id=EscalationId(self._ids.new()),
                clinic_id=clinic_id,
                cause=f"{WATCH}:{place}:{item.step}:{item.concern}",
                category=f"{WATCH}-{item.concern}",
                urgency=Urgency.TASK,
                state=EscalationState.OPEN,
                patient_id=patient_id,
                opened_at=now,
                deadline_at=None,
                evidence=_said(item),
            )
            new += await tx.cases.add(case)
        return new

    async def timeline(
        self, tx: Transaction, clinic_id: ClinicId, patient_id: PatientId
    ) -> Timeline | None:
        """The patient's course as seen today; None where no programme speaks."""
        known = await self._known(tx, clinic_id, patient_id)
        if known is None:
            return None
        facts, state = known
        programme = self._desk.programme(clinic_id, state.programme)
        if programme is None:
            return None
        today = self._clock.now().astimezone(state.zone).date()
        closed = self._desk.closed_days(clinic_id)
        return timeline(facts, state, programme=programme, today=today, closed_days=closed)

    async def rehearse(
        self, clinic_id: ClinicId, before: Programme, after: Programme
    ) -> Sequence[tuple[PatientId, Rehearsal]]:
        """Every patient of the programme whom other rules would touch, invited ones included."""
        now, closed = self._clock.now(), self._desk.closed_days(clinic_id)
        async with self._store.read() as tx:
            found = []
            for patient in await tx.people.patients(clinic_id):
                known = await self._known(tx, clinic_id, patient.id)
                has_ended = patient.status is PatientStatus.ENDED
                if known is not None and known[1].programme == before.id and not has_ended:
                    seen = _rehearsed(known, (before, after), closed, now)
                    if seen.changes_anything:
                        found.append((patient.id, seen))
            return found

    async def _known(
        self, tx: Transaction, clinic_id: ClinicId, patient_id: PatientId
    ) -> tuple[Sequence[Fact], PatientState] | None:
        patient = await tx.people.patient(patient_id)
        if patient is None:
            return None
        facts = await tx.people.facts(patient_id)
        clinic = await tx.house.clinic(clinic_id)
        return facts, state_at(patient, facts, at=self._clock.now(), clinic=clinic)


def _rehearsed(
    known: tuple[Sequence[Fact], PatientState],
    programmes: tuple[Programme, Programme],
    closed: ClosedDays,
    now: datetime,
) -> Rehearsal:
    facts, state = known
    return rehearse(facts, state, programmes, closed, now=now)


def _said(item: WorkItem) -> str:
    by = f", by {item.by}" if item.by is not None else ""
    return f"{item.step or 'category'}: {item.concern}{by}"
