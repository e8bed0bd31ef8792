"""How is what a patient told read back, day by day?"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time

from sqlalchemy import func, select
from sqlmodel import col

from bot.domain.cohort import CourseOf, RaisedCase
from bot.domain.escalation import EntryKind
from bot.domain.history import (
    CourseHistory,
    DaySlot,
    PastCheckin,
    SaidDose,
    doses_told,
    was_asked,
)
from bot.domain.identity import ClinicId, PatientId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.questionnaire import questionnaire_of
from bot.store.records.base import RecordsBase
from bot.store.tables import (
    AnswerRow,
    CourseRow,
    DoseLogRow,
    EscalationEntryRow,
    EscalationRow,
    OccurrenceRow,
)

_KINDS = (MessageKind.DOSE.value, MessageKind.CHECKIN.value, MessageKind.LEARNING.value)
_NOT_BEGUN = (OccurrenceState.PLANNED.value, OccurrenceState.CANCELLED.value)
_LONG_AGO = date(1970, 1, 1)


class History(RecordsBase):
    """Reads only; the rows are written where the answers come in."""

    async def course(
        self, patient_id: PatientId, *, until: datetime, since: date | None = None
    ) -> CourseHistory:
        """All that was due by `until`, from the local day `since` on, by day."""
        first = since or _LONG_AGO
        rows = await self._begun(patient_id, until, first)
        answers = await self._answers([r.id for r in rows if r.kind == MessageKind.CHECKIN])
        doses = {
            (row.local_day, row.slot): (OccurrenceState(row.state), row.reason)
            for row in rows
            if row.kind == MessageKind.DOSE
        }
        return CourseHistory(
            checkins=[
                PastCheckin(
                    questionnaire=questionnaire_of(row.reminder),
                    day=row.local_day,
                    answers=answers.get(row.id, {}),
                )
                for row in rows
                if row.kind == MessageKind.CHECKIN
                and was_asked(OccurrenceState(row.state), row.reason, is_answered=row.id in answers)
            ],
            doses=doses_told(doses, await self._said(patient_id, first)),
            topics=frozenset(
                topic
                for row in rows
                if row.kind == MessageKind.LEARNING
                and (topic := json.loads(row.variables).get("topic"))
            ),
        )

    async def courses(
        self, clinic_id: ClinicId, *, until: datetime, patient_id: PatientId | None = None
    ) -> Sequence[CourseOf]:
        """Every patient of the clinic who has or had a course, or one of them."""
        statement = (
            select(col(CourseRow.patient_id), func.min(col(CourseRow.first_day)))
            .where(col(CourseRow.clinic_id) == clinic_id)
            .group_by(col(CourseRow.patient_id))
            .order_by(col(CourseRow.patient_id))
        )
        if patient_id is not None:
            statement = statement.where(col(CourseRow.patient_id) == patient_id)
        rows = (await self._session.execute(statement)).all()
        return [
            CourseOf(
                patient_id=PatientId(one),
                first_day=first_day,
                history=await self.course(PatientId(one), until=until),
            )
            for one, first_day in rows
        ]

    async def raised_cases(
        self, clinic_id: ClinicId, *, since: date, until: date
    ) -> Sequence[RaisedCase]:
        """The cases that answers made on these days (UTC)."""
        seen = (
            select(
                col(EscalationEntryRow.escalation_id),
                func.min(col(EscalationEntryRow.at)).label("at"),
            )
            .where(col(EscalationEntryRow.kind) == EntryKind.ACKNOWLEDGED.value)
            .group_by(col(EscalationEntryRow.escalation_id))
            .subquery()
        )
        rows = await self._session.execute(
            select(col(EscalationRow.category), col(EscalationRow.opened_at), seen.c.at)
            .outerjoin(seen, seen.c.escalation_id == col(EscalationRow.id))
            .where(
                col(EscalationRow.clinic_id) == clinic_id,
                col(EscalationRow.category).startswith("signal-"),
                col(EscalationRow.opened_at) >= datetime.combine(since, time(0), UTC),
                col(EscalationRow.opened_at) <= datetime.combine(until, time.max, UTC),
            )
            .order_by(col(EscalationRow.opened_at))
        )
        return [
            RaisedCase(category=category, opened_at=opened_at, acknowledged_at=at)
            for category, opened_at, at in rows
        ]

    async def _begun(
        self, patient_id: PatientId, until: datetime, first: date
    ) -> Sequence[OccurrenceRow]:
        rows = await self._session.scalars(
            select(OccurrenceRow)
            .where(
                col(OccurrenceRow.patient_id) == patient_id,
                col(OccurrenceRow.due_at) <= until,
                col(OccurrenceRow.local_day) >= first,
                col(OccurrenceRow.kind).in_(_KINDS),
                col(OccurrenceRow.state).not_in(_NOT_BEGUN),
            )
            .order_by(col(OccurrenceRow.local_day), col(OccurrenceRow.due_at))
            .execution_options(populate_existing=True)
        )
        return list(rows)

    async def _answers(self, occurrence_ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """The latest answer to each question, by occurrence."""
        if not occurrence_ids:
            return {}
        rows = await self._session.execute(
            select(col(AnswerRow.occurrence_id), col(AnswerRow.question), col(AnswerRow.value))
            .where(col(AnswerRow.occurrence_id).in_(occurrence_ids))
            .order_by(col(AnswerRow.id))
        )
        found: dict[str, dict[str, str]] = {}
        for occurrence_id, question, value in rows:
            found.setdefault(occurrence_id, {})[question] = value or ""
        return found

    async def _said(self, patient_id: PatientId, first: date) -> Mapping[DaySlot, SaidDose]:
        """The latest word for each day and slot; a word without a slot is about the whole day."""
        rows = await self._session.execute(
            select(
                col(DoseLogRow.day),
                col(DoseLogRow.slot),
                col(DoseLogRow.answer),
                col(DoseLogRow.reason),
            )
            .where(col(DoseLogRow.patient_id) == patient_id, col(DoseLogRow.day) >= first)
            .order_by(col(DoseLogRow.id))
        )
        return {
            (day, slot): SaidDose(answer=answer, reason=reason)
            for day, slot, answer, reason in rows
        }
