"""How does a patient's plan come into the store, and stay true when facts change?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.history import CourseHistory
from bot.domain.identity import ClinicId, CourseId, OccurrenceId, PatientId
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import Fact, PatientState, PatientStatus
from bot.domain.plan import PlannedOccurrence, PlanSource, occurrence_of, plan
from bot.domain.plan_difference import PlanDifference, difference
from bot.logs import failure
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store, Transaction
from bot.services.known import Known, known_of, pages_to_plan

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
        count = 0
        async for page in pages_to_plan(self._store, size=_PATIENTS_PER_TRANSACTION):
            await self._plan_page(page)
            count += len(page)
        return count

    async def _plan_page(self, page: Sequence[tuple[ClinicId, PatientId]]) -> None:
        """Plan in one transaction; where that fails, alone, so that nobody stops the others."""
        try:
            async with self._store.unit_of_work() as tx:
                await self.plan_patients(tx, page)
        except Exception as error:  # noqa: BLE001  # one patient must not stop the others
            failure("plan-failed", error, count=len(page))
            if len(page) > 1:
                for one in page:
                    await self._plan_page([one])

    async def plan_patient(
        self, tx: Transaction, clinic_id: ClinicId, patient_id: PatientId
    ) -> PlanDifference:
        """Compute one patient's plan anew; what has begun is left alone. What it changed."""
        return (await self.plan_patients(tx, [(clinic_id, patient_id)]))[patient_id]

    async def plan_patients(
        self, tx: Transaction, page: Sequence[tuple[ClinicId, PatientId]]
    ) -> Mapping[PatientId, PlanDifference]:
        """The same for many, in as many statements as for one."""
        now, everybody = self._clock.now(), [patient_id for _, patient_id in page]
        patients = await tx.many.patients(everybody)
        courses = await tx.many.running_courses(everybody)
        meant = [
            one
            for one in patients.values()
            if one.id in courses and one.status is PatientStatus.ACTIVE
        ]
        known = await known_of(tx, meant, at=now)
        told = await tx.many.told(list(known), until=now)
        before = await tx.many.occurrences(everybody, after=now, until=now + 2 * HORIZON)
        changes = {
            one: self._changes(before[one], known.get(one), told.get(one), courses.get(one), now)
            for one in everybody
        }
        removed = [one.id for change in changes.values() for one in change.removed]
        await tx.plan.cancel_planned(removed, reason="replanned")
        for clinic_id in dict.fromkeys(clinic_id for clinic_id, _ in page):
            here = [patient_id for at, patient_id in page if at == clinic_id]
            await tx.plan.upsert_planned(clinic_id, self._written(changes, courses, here))
        return changes

    def _changes(
        self,
        before: Sequence[Occurrence],
        known: Known | None,
        told: CourseHistory | None,
        course_id: CourseId | None,
        now: datetime,
    ) -> PlanDifference:
        """What a new plan changes for one patient; nobody `known` has a plan no more."""
        if known is None or told is None:
            return difference(before, (), course_id)
        facts, state = known.facts, replace(known.state, history=told)
        wanted = plan(facts, state, after=now, until=now + HORIZON, sources=self._sources)
        past = plan(facts, state, after=now - _OVERTAKEN, until=now)
        planned = {(o.reminder, o.slot, o.local_day) for o in before if _is_planned(o)}
        wanted += [one for one in past if (one.reminder, one.slot, one.day) in planned]
        return difference(before, wanted, course_id)

    def _written(
        self,
        changes: Mapping[PatientId, PlanDifference],
        courses: Mapping[PatientId, CourseId],
        patient_ids: Sequence[PatientId],
    ) -> list[Occurrence]:
        return [
            occurrence_of(
                one,
                id=OccurrenceId(self._ids.new()),
                patient_id=patient_id,
                course_id=courses[patient_id],
            )
            for patient_id in patient_ids
            if patient_id in courses
            for one in changes[patient_id].wanted
        ]


def _is_planned(occurrence: Occurrence) -> bool:
    return occurrence.state is OccurrenceState.PLANNED
