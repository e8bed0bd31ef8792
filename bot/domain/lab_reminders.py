"""When is a patient told that a blood test is due? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.domain.evidence import evidence_at
from bot.domain.labs import LabPlan, LabStep, lab_steps
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Fact, FactKind, PatientState, current
from bot.domain.plan import PlannedOccurrence
from bot.domain.programme_reminders import ProgrammeShelf
from bot.domain.regimen import course_regimen
from bot.domain.schedule import instant

_DAY = timedelta(days=1)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabReminders:
    """Says once that a blood test is due, and once more a week later; then staff see it.

    A programme that has blood tests among its steps reminds of them itself: nobody hears of the
    same test twice.
    """

    plan: LabPlan
    shelf: ProgrammeShelf

    def occurrences(
        self, facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """Reminders with after < due <= until of every blood test without its results."""
        if self._is_programmes(state):
            return []
        planned = []
        for step in course_lab_steps(self.plan, facts, state, at=until):
            days = [("first", step.opens)]
            again = step.opens + self.plan.again_after_days * _DAY
            if again <= step.closes:
                days.append(("again", again))
            for slot, day in days:
                one = self._occurrence(step, slot, day, state)
                if step.missing and after < one.due <= until:
                    planned.append(one)
        return planned

    def _is_programmes(self, state: PatientState) -> bool:
        programme = self.shelf.programme(state.patient.clinic_id, state.programme)
        rules = programme.categories.get(state.category) if programme is not None else None
        return rules is not None and any(step.kind is MessageKind.LAB for step in rules.steps)

    def _occurrence(
        self, step: LabStep, slot: str, day: date, state: PatientState
    ) -> PlannedOccurrence:
        at = self.plan.reminded_at
        return PlannedOccurrence(
            reminder=f"lab-{step.id}",
            slot=slot,
            day=day,
            at=at,
            zone=state.zone.key,
            due=instant(day, at, state.zone),
            kind=MessageKind.LAB,
            message="lab-due-fasting" if step.is_fasting else "lab-due",
            variables={"day": step.closes.isoformat()},
            rule=f"labs/{step.id}",
        )


def course_lab_steps(
    plan: LabPlan, facts: Sequence[Fact], state: PatientState, *, at: datetime
) -> list[LabStep]:
    """The blood tests of the patient's course, by the profile that was chosen for them."""
    chosen = (current(facts, FactKind.LAB_PROFILE, at=at) or {}).get("profile")
    profile = plan.profile(str(chosen) if chosen else None)
    if not profile.steps:
        return []
    course = course_regimen(facts, zone=state.zone).newest
    return lab_steps(plan, profile, course, evidence_at(facts, at=_END_OF_TIME))
