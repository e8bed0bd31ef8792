"""What is the whole state of a patient's course, as a nurse reads it?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.domain.capsules import CapsuleStock, lasts_until, stock_of
from bot.domain.course import Course
from bot.domain.cumulative import (
    Cumulative,
    FinishRange,
    Target,
    Weight,
    finish_range,
    taken_by,
    target_of,
    weights_of,
)
from bot.domain.evidence import Evidence, evidence_at
from bot.domain.identity import ClinicId, PatientId
from bot.domain.lab_reminders import course_lab_steps
from bot.domain.labs import LabPlan, LabStep
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import PatientState, state_at
from bot.domain.regimen import CourseRegimen, course_regimen
from bot.ports.clock import Clock
from bot.ports.store import Store
from bot.services.patients import NotPossible
from bot.services.planner import HORIZON


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseView:
    """Everything about one course at one moment."""

    now: datetime
    state: PatientState
    course: Course | None
    regimen: CourseRegimen
    total: Cumulative
    target: Target | None
    finish: FinishRange | None
    weights: Sequence[Weight] = field(repr=False)
    stock: CapsuleStock | None = field(repr=False)
    lasts: tuple[date | None, date | None]
    """The last day that the capsules cover, at least and at most."""
    labs: Sequence[LabStep]
    evidence: Sequence[Evidence] = field(repr=False)
    ahead: Sequence[Occurrence]
    """What is planned for the next two weeks, by due time."""
    settles_at: datetime | None

    @property
    def today(self) -> date:
        """The patient's local day."""
        return self.now.astimezone(self.state.zone).date()


class CourseViews:
    """Reads courses; changes nothing."""

    def __init__(self, store: Store, clock: Clock, labs: LabPlan) -> None:
        """As of now, by `clock`."""
        self._store = store
        self._clock = clock
        self._labs = labs

    async def of(self, clinic_id: ClinicId, patient_id: PatientId) -> CourseView:
        """The patient's newest course. Raises NotPossible for somebody unknown."""
        now = self._clock.now()
        async with self._store.read() as tx:
            patient = await tx.people.patient(patient_id)
            if patient is None or patient.clinic_id != clinic_id:
                raise NotPossible(f"there is no patient {patient_id}; see: balm patient list")
            clinic = await tx.house.clinic(clinic_id)
            facts = await tx.people.facts(patient_id)
            course = await tx.plan.course(patient_id)
            words = await tx.plan.dose_words(patient_id)
            known = await tx.plan.occurrences(patient_id, after=now, until=now + HORIZON)
        state = state_at(patient, facts, at=now, clinic=clinic)
        regimen = course_regimen(facts, course=course.id if course else None, zone=state.zone)
        total = taken_by(regimen, words, facts, zone=state.zone, now=now)
        target, weights = target_of(facts, at=now), weights_of(facts)
        today = now.astimezone(state.zone).date()
        stock = stock_of(regimen, words, facts, zone=state.zone, now=now)
        return CourseView(
            now=now,
            state=state,
            course=course,
            regimen=regimen,
            total=total,
            target=target,
            finish=finish_range(regimen, total, target, weights, today=today) if target else None,
            weights=weights,
            stock=stock,
            lasts=_lasts(regimen, stock, today),
            labs=course_lab_steps(self._labs, facts, state, at=now),
            evidence=evidence_at(facts, at=now),
            ahead=[one for one in known if one.state is OccurrenceState.PLANNED],
            settles_at=state.settles_at if state.settles_at and state.settles_at > now else None,
        )


def _lasts(
    regimen: CourseRegimen, stock: CapsuleStock | None, today: date
) -> tuple[date | None, date | None]:
    if stock is None:
        return (None, None)
    return (
        lasts_until(regimen, stock.low, after=today),
        lasts_until(regimen, stock.high, after=today),
    )
