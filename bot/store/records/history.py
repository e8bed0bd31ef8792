"""How is what a patient told read back, day by day?"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import bindparam, func, select
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
from bot.ports.many import PATIENTS_AT_ONCE
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
_DUE_SINCE = (
    col(OccurrenceRow.patient_id).in_(bindparam("ids", expanding=True)),
    col(OccurrenceRow.due_at) <= bindparam("until"),
    col(OccurrenceRow.local_day) >= bindparam("first"),
    col(OccurrenceRow.state).not_in(_NOT_BEGUN),
)
_BEGUN = (
    select(
        col(OccurrenceRow.patient_id),
        col(OccurrenceRow.id),
        col(OccurrenceRow.local_day),
        col(OccurrenceRow.kind),
        col(OccurrenceRow.slot),
        col(OccurrenceRow.reminder),
        col(OccurrenceRow.state),
        col(OccurrenceRow.reason),
        col(OccurrenceRow.variables),
    )
    .where(*_DUE_SINCE, col(OccurrenceRow.kind).in_(_KINDS))
    .order_by(col(OccurrenceRow.local_day), col(OccurrenceRow.due_at))
)
_ANSWERED = (
    select(col(AnswerRow.occurrence_id), col(AnswerRow.question), col(AnswerRow.value))
    .join(OccurrenceRow, col(OccurrenceRow.id) == col(AnswerRow.occurrence_id))
    .where(*_DUE_SINCE, col(OccurrenceRow.kind) == MessageKind.CHECKIN.value)
    .order_by(col(AnswerRow.id))
)
_SAID = (
    select(
        col(DoseLogRow.patient_id),
        col(DoseLogRow.day),
        col(DoseLogRow.slot),
        col(DoseLogRow.answer),
        col(DoseLogRow.reason),
    )
    .where(
        col(DoseLogRow.patient_id).in_(bindparam("ids", expanding=True)),
        col(DoseLogRow.day) >= bindparam("first"),
    )
    .order_by(col(DoseLogRow.id))
)


class History(RecordsBase):
    """Reads only; the rows are written where the answers come in."""

    async def course(
        self, patient_id: PatientId, *, until: datetime, since: date | None = None
    ) -> CourseHistory:
        """All that was due by `until`, from the local day `since` on, by day."""
        return (await self.told([patient_id], until=until, since=since))[patient_id]

    async def told(
        self, patient_ids: Sequence[PatientId], *, until: datetime, since: date | None = None
    ) -> Mapping[PatientId, CourseHistory]:
        """The same of many patients, in three statements."""
        asked = {"ids": patient_ids, "until": until, "first": since or _LONG_AGO}
        rows: dict[str, list[Any]] = defaultdict(list)
        for row in await self._session.execute(_BEGUN, asked):
            rows[row.patient_id].append(row)
        answers = await self._answers(asked)
        said = await self._said(asked)
        return {one: _history(rows.get(one, ()), answers, said.get(one, {})) for one in patient_ids}

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
        first_days = {PatientId(one): day for one, day in await self._session.execute(statement)}
        known, found = list(first_days), list[CourseOf]()
        for start in range(0, len(known), PATIENTS_AT_ONCE):
            told = await self.told(known[start : start + PATIENTS_AT_ONCE], until=until)
            found += [
                CourseOf(patient_id=one, first_day=first_days[one], history=history)
                for one, history in told.items()
            ]
        return found

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

    async def _answers(self, asked: Mapping[str, object]) -> Mapping[str, Mapping[str, str]]:
        """The latest answer to each question, by occurrence."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for occurrence_id, question, value in await self._session.execute(_ANSWERED, asked):
            found[occurrence_id][question] = value or ""
        return found

    async def _said(self, asked: Mapping[str, object]) -> Mapping[str, Mapping[DaySlot, SaidDose]]:
        """Each one's latest word for each day and slot; without a slot it is about the day."""
        found: dict[str, dict[DaySlot, SaidDose]] = defaultdict(dict)
        for row in await self._session.execute(_SAID, asked):
            found[row.patient_id][row.day, row.slot] = SaidDose(
                answer=row.answer, reason=row.reason
            )
        return found


def _history(
    rows: Sequence[Any],
    answers: Mapping[str, Mapping[str, str]],
    said: Mapping[DaySlot, SaidDose],
) -> CourseHistory:
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
        doses=doses_told(doses, said),
        topics=frozenset(
            topic
            for row in rows
            if row.kind == MessageKind.LEARNING
            and (topic := json.loads(row.variables).get("topic"))
        ),
    )
