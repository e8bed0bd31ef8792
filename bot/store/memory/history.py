"""How is what a simulated patient told read back, day by day?"""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from bot.domain.cohort import CourseOf, RaisedCase
from bot.domain.escalation import EntryKind
from bot.domain.history import CourseHistory, PastCheckin, SaidDose, doses_told, was_asked
from bot.domain.identity import ClinicId, PatientId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import Occurrence
from bot.domain.questionnaire import questionnaire_of
from bot.store.memory.alerts import MemoryAlerts
from bot.store.memory.cases import MemoryCases
from bot.store.memory.plan import MemoryPlan

_LONG_AGO = date(1970, 1, 1)


class MemoryHistory:
    """Reads only, what the other records keep."""

    def __init__(self, plan: MemoryPlan, cases: MemoryCases, alerts: MemoryAlerts) -> None:
        """Reads from `plan`, `cases` and `alerts`."""
        self._plan = plan
        self._cases = cases
        self._alerts = alerts

    async def course(
        self, patient_id: PatientId, *, until: datetime, since: date | None = None
    ) -> CourseHistory:
        """All that was due by `until`, from the local day `since` on, by day."""
        first = since or _LONG_AGO
        begun = self._plan.begun(patient_id, since=first, until=until)
        words = self._plan.words(patient_id, since=first)
        return CourseHistory(
            checkins=[
                past
                for one in begun
                if one.kind is MessageKind.CHECKIN and (past := self._checkin(one)) is not None
            ],
            doses=doses_told(
                {
                    (one.local_day, one.slot): (one.state, one.reason)
                    for one in begun
                    if one.kind is MessageKind.DOSE
                },
                {at: SaidDose(answer=log.answer, reason=log.reason) for at, log in words.items()},
            ),
            topics=frozenset(
                topic
                for one in begun
                if one.kind is MessageKind.LEARNING and (topic := one.variables.get("topic"))
            ),
        )

    async def courses(
        self, clinic_id: ClinicId, *, until: datetime, patient_id: PatientId | None = None
    ) -> Sequence[CourseOf]:
        """Every patient of the clinic who has or had a course, or one of them."""
        return [
            CourseOf(
                patient_id=one, first_day=first_day, history=await self.course(one, until=until)
            )
            for one, first_day in self._plan.patient_courses(clinic_id).items()
            if patient_id in (None, one)
        ]

    async def raised_cases(
        self, clinic_id: ClinicId, *, since: date, until: date
    ) -> Sequence[RaisedCase]:
        """The cases that answers made on these days (UTC)."""
        found = [
            case
            for case in self._cases.cases.values()
            if case.clinic_id == clinic_id
            and case.category.startswith("signal-")
            and since <= case.opened_at.astimezone(UTC).date() <= until
        ]
        return [
            RaisedCase(
                category=case.category,
                opened_at=case.opened_at,
                acknowledged_at=min(
                    (
                        entry.at
                        for entry in await self._alerts.entries(case.id)
                        if entry.kind is EntryKind.ACKNOWLEDGED
                    ),
                    default=None,
                ),
            )
            for case in sorted(found, key=lambda case: case.opened_at)
        ]

    def _checkin(self, one: Occurrence) -> PastCheckin | None:
        answers = self._plan.answered(one.id)
        if not was_asked(one.state, one.reason, is_answered=bool(answers)):
            return None
        return PastCheckin(
            questionnaire=questionnaire_of(one.reminder), day=one.local_day, answers=answers
        )
