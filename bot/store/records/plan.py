"""What is kept of courses, planned messages, and what patients said about them?"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import col

from bot.domain.course import Course, CourseStatus
from bot.domain.cumulative import DoseWord
from bot.domain.effect import LogDose, RecordAnswer
from bot.domain.identity import ClinicId, CourseId, OccurrenceId, PatientId
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.store.records.base import RecordsBase
from bot.store.records.occurrence_row import occurrence_of
from bot.store.sealing import insert_many_once
from bot.store.tables import AnswerRow, CourseRow, DoseLogRow, OccurrenceRow

_DUE_BETWEEN = (
    select(OccurrenceRow)
    .where(
        col(OccurrenceRow.patient_id) == bindparam("patient_id"),
        col(OccurrenceRow.due_at) > bindparam("after"),
        col(OccurrenceRow.due_at) <= bindparam("until"),
    )
    .order_by(col(OccurrenceRow.due_at), col(OccurrenceRow.id))
    .execution_options(populate_existing=True)
)
_MOVED = (
    *("zone", "local_time", "due_at", "next_at", "kind", "message", "variables", "rule"),
    "valid_until",
)
_IDENTITY = ("clinic_id", "course_id", "reminder", "slot", "local_day")
_MOVE = (
    update(OccurrenceRow)
    .where(
        *(col(getattr(OccurrenceRow, name)) == bindparam(f"is_{name}") for name in _IDENTITY),
        or_(col(OccurrenceRow.state) == "planned", col(OccurrenceRow.state) == "cancelled"),
    )
    .values(
        state="planned",
        reason=None,
        **{name: bindparam(f"new_{name}") for name in _MOVED},
    )
)
"""Gives what has not begun the attributes of a new plan, by its identity."""
_PLANNED_FOR = (CourseStatus.RUNNING.value, CourseStatus.AFTER.value)
_WAITING = ("asked", "nudged", "snoozed")


class Plan(RecordsBase):
    """Courses and everything that is planned for them."""

    async def add_course(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        *,
        first_day: date,
        last_day: date | None,
        dose: str,
        at: datetime,
    ) -> CourseId:
        """A new running course; `dose` is the prescriber's own words and kept encrypted."""
        course_id = self._ids.new()
        sealed = await self._sealer.seal(
            f"course.dose:{course_id}", dose, clinic_id=clinic_id, patient_id=patient_id
        )
        self._session.add(
            CourseRow(
                id=course_id,
                clinic_id=clinic_id,
                patient_id=patient_id,
                status="running",
                first_day=first_day,
                last_day=last_day,
                sealed_dose=sealed,
                created_at=at,
            )
        )
        await self._session.flush()
        return CourseId(course_id)

    async def running_course(self, patient_id: PatientId) -> CourseId | None:
        """The course that messages are planned for: running, or in the time after; or None."""
        found = await self._session.scalar(
            select(col(CourseRow.id))
            .where(col(CourseRow.patient_id) == patient_id, col(CourseRow.status).in_(_PLANNED_FOR))
            .order_by(col(CourseRow.id).desc())
            .limit(1)
        )
        return CourseId(found) if found else None

    async def course(self, patient_id: PatientId) -> Course | None:
        """The patient's newest course, whatever its status; or None."""
        row = await self._session.scalar(
            select(CourseRow)
            .where(col(CourseRow.patient_id) == patient_id)
            .order_by(col(CourseRow.id).desc())
            .limit(1)
            .execution_options(populate_existing=True)
        )
        if row is None:
            return None
        return Course(
            id=CourseId(row.id),
            status=CourseStatus(row.status),
            first_day=row.first_day,
            last_day=row.last_day,
        )

    async def course_dose(self, course_id: CourseId) -> str:
        """The dose of a course as the clinic entered it."""
        row = await self._session.get_one(CourseRow, course_id)
        dose: str = await self._sealer.unseal(
            f"course.dose:{row.id}",
            row.sealed_dose,
            clinic_id=row.clinic_id,
            patient_id=row.patient_id,
        )
        return dose

    async def move_course(
        self, course_id: CourseId, *, status: CourseStatus, last_day: date | None
    ) -> None:
        """Where the course stands from now on."""
        await self._session.execute(
            update(CourseRow)
            .where(col(CourseRow.id) == course_id)
            .values(status=status.value, last_day=last_day)
        )

    async def end_open(self, patient_id: PatientId, *, reason: str) -> int:
        """End everything that is planned or waits for an answer; how many."""
        ended = 0
        for states, end in ((("planned",), "cancelled"), (_WAITING, "skipped")):
            result = await self._session.execute(
                update(OccurrenceRow)
                .where(
                    col(OccurrenceRow.patient_id) == patient_id,
                    col(OccurrenceRow.state).in_(states),
                )
                .values(state=end, reason=reason, next_at=None)
                .returning(col(OccurrenceRow.id))
            )
            ended += len(result.all())
        return ended

    async def dose_words(self, patient_id: PatientId) -> Sequence[DoseWord]:
        """The latest word about every dose that anything was said of."""
        rows = await self._session.execute(
            select(col(DoseLogRow.day), col(DoseLogRow.slot), col(DoseLogRow.answer))
            .where(col(DoseLogRow.patient_id) == patient_id)
            .order_by(col(DoseLogRow.id))
        )
        latest = {(day, slot): answer for day, slot, answer in rows}
        return [DoseWord(day=day, slot=slot, answer=said) for (day, slot), said in latest.items()]

    async def occurrences(
        self, patient_id: PatientId, *, after: datetime, until: datetime
    ) -> Sequence[Occurrence]:
        """Occurrences with after < due <= until, by due time."""
        rows = await self._session.scalars(
            _DUE_BETWEEN, {"patient_id": patient_id, "after": after, "until": until}
        )
        return [occurrence_of(row) for row in rows]

    async def occurrence(self, occurrence_id: OccurrenceId) -> Occurrence | None:
        """The occurrence, or None; nobody else moves it before this transaction ends."""
        statement = (
            select(OccurrenceRow)
            .where(col(OccurrenceRow.id) == occurrence_id)
            .execution_options(populate_existing=True)
        )
        if self._is_postgres:
            statement = statement.with_for_update()
        row = await self._session.scalar(statement)
        return occurrence_of(row) if row is not None else None

    async def upsert_planned(self, clinic_id: ClinicId, planned: Sequence[Occurrence]) -> None:
        """Add what is new and move what is still planned; leave alone what has begun."""
        rows = [{**_values(one), "clinic_id": clinic_id} for one in planned]
        fresh = await insert_many_once(self._session, OccurrenceRow, rows)
        moved = [one for one in planned if one.id not in fresh]
        if moved:
            connection = await self._session.connection()
            await connection.execute(_MOVE, [_moved(clinic_id, one) for one in moved])

    async def cancel_planned(self, occurrence_ids: Sequence[OccurrenceId], *, reason: str) -> None:
        """End planned occurrences that a new plan no longer has."""
        if not occurrence_ids:
            return
        await self._session.execute(
            update(OccurrenceRow)
            .where(
                col(OccurrenceRow.id).in_(occurrence_ids),
                col(OccurrenceRow.state) == "planned",
            )
            .values(state="cancelled", reason=reason, next_at=None)
        )

    async def due(self, now: datetime, *, limit: int) -> Sequence[tuple[ClinicId, Occurrence]]:
        """Occurrences whose next step has come, the oldest first."""
        rows = await self._session.scalars(
            select(OccurrenceRow)
            .where(col(OccurrenceRow.next_at) <= now)
            .order_by(col(OccurrenceRow.next_at), col(OccurrenceRow.id))
            .limit(limit)
            .execution_options(populate_existing=True)
        )
        return [(ClinicId(row.clinic_id), occurrence_of(row)) for row in rows]

    async def next_step_at(self, after: datetime) -> datetime | None:
        """When the first step after `after` comes; None: nothing is planned."""
        return await self._session.scalar(
            select(col(OccurrenceRow.next_at))
            .where(col(OccurrenceRow.next_at) > after)
            .order_by(col(OccurrenceRow.next_at))
            .limit(1)
        )

    async def move(
        self,
        occurrence_id: OccurrenceId,
        *,
        state: OccurrenceState,
        next_at: datetime | None,
        reason: str | None,
    ) -> None:
        """A new state and next step."""
        await self._session.execute(
            update(OccurrenceRow)
            .where(col(OccurrenceRow.id) == occurrence_id)
            .values(state=state.value, next_at=next_at, reason=reason)
        )

    async def log_dose(
        self, clinic_id: ClinicId, patient_id: PatientId, log: LogDose, *, at: datetime
    ) -> None:
        """One more word about a dose."""
        self._session.add(
            DoseLogRow(
                id=self._ids.new(),
                clinic_id=clinic_id,
                patient_id=patient_id,
                occurrence_id=log.occurrence_id,
                day=log.day,
                slot=log.slot,
                answer=log.answer,
                reason=log.reason,
                source=log.source,
                taken_at=log.taken_at,
                said_at=at,
            )
        )
        await self._session.flush()

    async def add_answer(
        self, clinic_id: ClinicId, patient_id: PatientId, answer: RecordAnswer, *, at: datetime
    ) -> None:
        """One more answer of a check-in; free text is sealed."""
        answer_id = self._ids.new()
        sealed = None
        if answer.text is not None:
            sealed = await self._sealer.seal(
                f"answer.text:{answer_id}", answer.text, clinic_id=clinic_id, patient_id=patient_id
            )
        self._session.add(
            AnswerRow(
                id=answer_id,
                clinic_id=clinic_id,
                patient_id=patient_id,
                occurrence_id=answer.occurrence_id,
                questionnaire=answer.questionnaire,
                version=answer.version,
                question=answer.question,
                value=answer.value,
                sealed_text=sealed,
                answered_at=at,
            )
        )
        await self._session.flush()

    async def answers(self, occurrence_id: OccurrenceId) -> Mapping[str, str]:
        """The latest coded value of each question of a check-in."""
        rows = await self._session.execute(
            select(col(AnswerRow.question), col(AnswerRow.value))
            .where(col(AnswerRow.occurrence_id) == occurrence_id)
            .order_by(col(AnswerRow.id))
        )
        return {question: value or "" for question, value in rows}


def _values(occurrence: Occurrence) -> dict[str, object]:
    return {
        "id": occurrence.id,
        "patient_id": occurrence.patient_id,
        "course_id": occurrence.course_id,
        "reminder": occurrence.reminder,
        "slot": occurrence.slot,
        "local_day": occurrence.local_day,
        "local_time": occurrence.local_time,
        "zone": occurrence.zone,
        "due_at": occurrence.due_at,
        **_attributes(occurrence),
        "state": occurrence.state.value,
        "next_at": occurrence.next_at,
        "reason": occurrence.reason,
    }


def _moved(clinic_id: ClinicId, occurrence: Occurrence) -> dict[str, object]:
    values = {**_values(occurrence), "clinic_id": clinic_id}
    identity = {f"is_{name}": values[name] for name in _IDENTITY}
    return {**identity, **{f"new_{name}": values[name] for name in _MOVED}}


def _attributes(occurrence: Occurrence) -> dict[str, object]:
    """What says which words to send; a new plan may change it."""
    return {
        "kind": occurrence.kind.value,
        "message": occurrence.message,
        "variables": json.dumps(dict(occurrence.variables), sort_keys=True),
        "rule": occurrence.rule,
        "valid_until": occurrence.valid_until,
    }
