"""How does a patient's plan come into the store, and stay true when facts change?"""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.identity import ClinicId, CourseId, OccurrenceId, PatientId
from bot.domain.occurrence import Occurrence
from bot.domain.patient import PatientStatus, state_at
from bot.domain.plan import PlannedOccurrence, PlanSource, plan
from bot.domain.plan_difference import PlanDifference, difference
from bot.logs import failure
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store, Transaction

HORIZON = timedelta(days=14)
_PATIENTS_PER_TRANSACTION = 50


class Planner:
    """Plans 14 days ahead; planning twice changes nothing."""

    def __init__(
        self, store: Store, clock: Clock, ids: Ids, *, sources: Sequence[PlanSource] = ()
    ) -> None:
        """Plans from now on, by `clock`; `sources` plan what is neither dose nor check-in."""
        self._sources = sources
        self._store = store
        self._clock = clock
        self._ids = ids

    async def plan_all(self) -> int:
        """Bring the plan of every active patient up to the horizon; how many patients."""
        async with self._store.read() as tx:
            patients = await tx.plan.patients_to_plan()
        for start in range(0, len(patients), _PATIENTS_PER_TRANSACTION):
            await self._plan_batch(patients[start : start + _PATIENTS_PER_TRANSACTION])
        return len(patients)

    async def _plan_batch(self, patients: Sequence[tuple[ClinicId, PatientId]]) -> None:
        """Plan in one transaction; where that fails, alone, so that nobody stops the others."""
        try:
            async with self._store.unit_of_work() as tx:
                for clinic_id, patient_id in patients:
                    await self.plan_patient(tx, clinic_id, patient_id)
        except Exception as error:  # noqa: BLE001  # one patient must not stop the others
            failure("plan-failed", error, count=len(patients))
            if len(patients) > 1:
                for one in patients:
                    await self._plan_batch([one])

    async def plan_patient(
        self, tx: Transaction, clinic_id: ClinicId, patient_id: PatientId
    ) -> PlanDifference:
        """Compute one patient's plan anew; what has begun is left alone. What it changed."""
        now = self._clock.now()
        course_id = await tx.plan.running_course(patient_id)
        patient = await tx.people.patient(patient_id)
        is_active = patient is not None and patient.status is PatientStatus.ACTIVE
        wanted: list[PlannedOccurrence] = []
        if patient is not None and is_active and course_id is not None:
            facts = await tx.people.facts(patient_id)
            clinic = await tx.house.clinic(clinic_id)
            state = state_at(patient, facts, at=now, clinic=clinic)
            wanted = plan(facts, state, after=now, until=now + HORIZON, sources=self._sources)
        known = await tx.plan.occurrences(patient_id, after=now, until=now + 2 * HORIZON)
        changes = difference(known, wanted, course_id)
        await tx.plan.cancel_planned([one.id for one in changes.removed], reason="replanned")
        await tx.plan.upsert_planned(
            clinic_id, [self._occurrence(patient_id, course_id, one) for one in changes.wanted]
        )
        return changes

    def _occurrence(
        self, patient_id: PatientId, course_id: CourseId | None, one: PlannedOccurrence
    ) -> Occurrence:
        assert course_id is not None
        return Occurrence(
            id=OccurrenceId(self._ids.new()),
            patient_id=patient_id,
            course_id=course_id,
            reminder=one.reminder,
            slot=one.slot,
            local_day=one.day,
            local_time=one.at,
            zone=one.zone,
            due_at=one.due,
            next_at=one.due,
            kind=one.kind,
            message=one.message,
            variables=one.variables,
            rule=one.rule,
            valid_until=one.valid_until,
        )
