"""How does a patient's plan come into the store, and stay true when facts change?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.identity import ClinicId, OccurrenceId, PatientId
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import Fact, PatientState, PatientStatus, state_at
from bot.domain.plan import PlannedOccurrence, PlanSource, occurrence_of, plan
from bot.domain.plan_difference import PlanDifference, difference
from bot.logs import failure
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store, Transaction

HORIZON = timedelta(days=14)
_OVERTAKEN = timedelta(days=1)
"""What was planned and now lies so far behind, because the patient travelled east, is still due."""
_PATIENTS_PER_TRANSACTION = 50


class Planner:
    """Plans 14 days ahead; planning twice changes nothing."""

    def __init__(
        self, store: Store, clock: Clock, ids: Ids, *, sources: Sequence[PlanSource] = ()
    ) -> None:
        """Plans from now on, by `clock`; `sources` plan everything but the doses."""
        self._sources = sources
        self._store = store
        self._clock = clock
        self._ids = ids

    def beyond(
        self, facts: Sequence[Fact], state: PatientState, *, now: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """What will be planned after the horizon, as if nothing were to change until then."""
        return plan(facts, state, after=now + HORIZON, until=until, sources=self._sources)

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
        past: list[PlannedOccurrence] = []
        if patient is not None and is_active and course_id is not None:
            facts = await tx.people.facts(patient_id)
            clinic = await tx.house.clinic(clinic_id)
            state = state_at(patient, facts, at=now, clinic=clinic)
            history = await tx.history.course(patient_id, until=now)
            state = replace(state, history=history)
            wanted = plan(facts, state, after=now, until=now + HORIZON, sources=self._sources)
            past = plan(facts, state, after=now - _OVERTAKEN, until=now)
        known = await tx.plan.occurrences(patient_id, after=now, until=now + 2 * HORIZON)
        planned = {(o.reminder, o.slot, o.local_day) for o in known if _is_planned(o)}
        wanted += [one for one in past if (one.reminder, one.slot, one.day) in planned]
        changes = difference(known, wanted, course_id)
        await tx.plan.cancel_planned([one.id for one in changes.removed], reason="replanned")
        await tx.plan.upsert_planned(
            clinic_id,
            [
                occurrence_of(
                    one,
                    id=OccurrenceId(self._ids.new()),
                    patient_id=patient_id,
                    course_id=course_id,
                )
                for one in changes.wanted
                if course_id is not None
            ],
        )
        return changes


def _is_planned(occurrence: Occurrence) -> bool:
    return occurrence.state is OccurrenceState.PLANNED
