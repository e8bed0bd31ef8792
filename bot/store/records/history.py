"""How is what a patient told read back, day by day?"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import col

from bot.domain.history import CourseHistory, DoseWord, PastCheckin, PastDose, SaidDose, dose_word
from bot.domain.identity import PatientId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.questionnaire import questionnaire_of
from bot.store.records.base import RecordsBase
from bot.store.tables import AnswerRow, DoseLogRow, OccurrenceRow

_KINDS = (MessageKind.DOSE.value, MessageKind.CHECKIN.value, MessageKind.LEARNING.value)
_NOT_BEGUN = (OccurrenceState.PLANNED.value, OccurrenceState.CANCELLED.value)
_LONG_AGO = date(1970, 1, 1)
Slot = tuple[date, str]


class History(RecordsBase):
    """Reads only; the rows are written where the answers come in."""

    async def course(
        self, patient_id: PatientId, *, until: datetime, since: date | None = None
    ) -> CourseHistory:
        """All that was due by `until`, from the local day `since` on, by day."""
        first = since or _LONG_AGO
        rows = await self._begun(patient_id, until, first)
        answers = await self._answers([r.id for r in rows if r.kind == MessageKind.CHECKIN])
        doses = [row for row in rows if row.kind == MessageKind.DOSE]
        return CourseHistory(
            checkins=[
                PastCheckin(
                    questionnaire=questionnaire_of(row.reminder),
                    day=row.local_day,
                    answers=answers.get(row.id, {}),
                )
                for row in rows
                if row.kind == MessageKind.CHECKIN and _was_asked(row, answers)
            ],
            doses=_doses(doses, await self._said(patient_id, first)),
            topics=frozenset(
                topic
                for row in rows
                if row.kind == MessageKind.LEARNING
                and (topic := json.loads(row.variables).get("topic"))
            ),
        )

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

    async def _said(self, patient_id: PatientId, first: date) -> Mapping[Slot, SaidDose]:
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


def _was_asked(row: OccurrenceRow, answers: Mapping[str, object]) -> bool:
    """One that ended before it was asked says nothing of the patient."""
    was_never_said = row.state == OccurrenceState.SKIPPED or row.reason == "late"
    return row.id in answers or not was_never_said


def _doses(rows: Sequence[OccurrenceRow], said: Mapping[Slot, SaidDose]) -> Sequence[PastDose]:
    known = {
        (row.local_day, row.slot): dose_word(
            state=OccurrenceState(row.state),
            why=row.reason,
            said=said.get((row.local_day, row.slot)) or said.get((row.local_day, "")),
        )
        for row in rows
    }
    days = {day for day, _ in known}
    for (day, slot), word in said.items():
        if (day, slot) not in known and (slot or day not in days):
            known[day, slot] = dose_word(state=None, why=None, said=word)
    heard = [one for one in sorted(known.items()) if one[1] is not DoseWord.WAITING or one[0][1]]
    return [PastDose(day=day, slot=slot, word=word) for (day, slot), word in heard]
