"""How does what the clinic should look at come onto its list, once per reason?"""

from collections.abc import Sequence

from bot.domain.escalation import Escalation, EscalationState, Urgency
from bot.domain.identity import ClinicId, EscalationId, PatientId
from bot.domain.patient import PatientStatus
from bot.domain.programme import Programme
from bot.domain.programme_watch import WorkItem, work_items
from bot.domain.rehearsal import Rehearsal, rehearse
from bot.domain.timeline import Timeline, timeline
from bot.logs import failure
from bot.ports.clock import Clock, Ids
from bot.ports.many import PATIENTS_AT_ONCE
from bot.ports.store import Store, Transaction
from bot.services.known import Known, known_of, pages_to_plan
from bot.services.programme_desk import ProgrammeDesk

WATCH = "watch"
"""Category prefix of such entries on the list."""
_PATIENTS_AT_A_TIME = 50


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
        new = 0
        async for page in pages_to_plan(self._store, size=_PATIENTS_AT_A_TIME):
            new += await self._look([patient_id for _, patient_id in page])
        return new

    async def _look(self, patient_ids: Sequence[PatientId]) -> int:
        """At all of them together; where that fails, alone, so that nobody stops the others."""
        try:
            async with self._store.read() as tx:
                patients = await tx.many.patients(patient_ids)
                known = await known_of(tx, list(patients.values()), at=self._clock.now())
                courses = await tx.many.running_courses(patient_ids)
            seen = {one: self._timeline(person) for one, person in known.items()}
            found = [
                (known[one].clinic.id, one, items, f"{courses.get(one)}:{timeline.category}")
                for one, timeline in seen.items()
                if timeline is not None and (items := work_items(timeline))
            ]
            if not found:
                return 0
            async with self._store.unit_of_work() as tx:
                return sum(
                    [
                        await self._put(tx, clinic_id, patient_id, items, place=place)
                        for clinic_id, patient_id, items, place in found
                    ]
                )
        except Exception as error:  # noqa: BLE001  # one patient must not stop the others
            failure("watch-failed", error, count=len(patient_ids))
            if len(patient_ids) == 1:
                return 0
            return sum([await self._look([one]) for one in patient_ids])

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

    def _timeline(self, known: Known) -> Timeline | None:
        """The patient's course as seen today; None where no programme speaks."""
        clinic_id, state = known.clinic.id, known.state
        programme = self._desk.programme(clinic_id, state.programme)
        if programme is None:
            return None
        today = self._clock.now().astimezone(state.zone).date()
        closed = self._desk.closed_days(clinic_id)
        return timeline(known.facts, state, programme=programme, today=today, closed_days=closed)

    async def rehearse(
        self, clinic_id: ClinicId, before: Programme, after: Programme
    ) -> Sequence[tuple[PatientId, Rehearsal]]:
        """Every patient of the programme whom other rules would touch, invited ones included."""
        now, closed = self._clock.now(), self._desk.closed_days(clinic_id)
        async with self._store.read() as tx:
            everybody = await tx.people.patients(clinic_id)
        found = []
        for start in range(0, len(everybody), PATIENTS_AT_ONCE):
            async with self._store.read() as tx:
                page = everybody[start : start + PATIENTS_AT_ONCE]
                known = await known_of(tx, page, at=now)
            for patient_id, one in known.items():
                has_ended = one.patient.status is PatientStatus.ENDED
                if one.state.programme == before.id and not has_ended:
                    seen = rehearse(one.facts, one.state, (before, after), closed, now=now)
                    if seen.changes_anything:
                        found.append((patient_id, seen))
        return found


def _said(item: WorkItem) -> str:
    by = f", by {item.by}" if item.by is not None else ""
    return f"{item.step or 'category'}: {item.concern}{by}"
