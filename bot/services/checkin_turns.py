"""What does a message meet of the patient's course: doses, check-ins, the way so far?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.content import Content
from bot.domain.checkin import OpenCheckin
from bot.domain.conversation import Asking, Conversation
from bot.domain.history import NOTHING_TOLD, CourseHistory
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import DOSE_REMINDER, Occurrence, OccurrenceState
from bot.domain.patient import PatientState
from bot.domain.progress import Progress
from bot.domain.questionnaire import questionnaire_of
from bot.domain.regimen import course_regimen
from bot.domain.turn import Turn
from bot.ports.store import Transaction
from bot.services.course_so_far import course_so_far
from bot.services.planner import Planner

_LOOK_BACK = timedelta(days=2)
_DAYS_TO_CORRECT = timedelta(days=8)
"""How far back a dose or a check-in can still be spoken of."""
_CHECKINS = 6
_SHOWS_COURSE = ("progress", "week", "visit-paper")
_EARLIER_ANSWERS = timedelta(days=40)
_DOSE_IS_KNOWN = (OccurrenceState.TAKEN, OccurrenceState.SKIPPED, OccurrenceState.SNOOZED)
_WAS_ASKED = (OccurrenceState.ASKED, OccurrenceState.ANSWERED, OccurrenceState.EXPIRED)


class CheckinTurns:
    """Loads what a turn sees of a course; decides nothing."""

    def __init__(self, content: Content, planner: Planner) -> None:
        """Questionnaires come from `content`; `planner` sees what comes next."""
        self._content = content
        self.planner = planner

    async def add(self, tx: Transaction, turn: Turn, patient: PatientState) -> Turn:
        """`turn` with the doses and check-ins that it may be about."""
        now = turn.now
        past = await tx.plan.occurrences(
            patient.patient.id, after=now - _DAYS_TO_CORRECT, until=now
        )
        recent = [one for one in past if one.due_at > now - _LOOK_BACK]
        checkins = await self._checkins(tx, past, patient, now=now)
        about = _asked_about(checkins, turn.conversation)
        return replace(
            turn,
            doses=tuple(o for o in reversed(recent) if _was_asked_dose(o)),
            past_doses=tuple(o for o in reversed(past) if _was_asked_dose(o)),
            checkin=about,
            other_checkins=tuple(one for one in checkins if one is not about),
            early_checkin=await self._early(tx, past, patient, now=now),
            checkin_due=next((o for o in reversed(recent) if _is_waiting_checkin(o)), None),
            progress=await self._progress(tx, turn, patient),
            tip=next((o.variables.get("topic") for o in reversed(past) if _is_tip(o)), None),
        )

    async def checkin_of(
        self,
        tx: Transaction,
        occurrence: Occurrence,
        recent: Sequence[Occurrence],
        patient: PatientState,
        *,
        history: CourseHistory = NOTHING_TOLD,
    ) -> OpenCheckin:
        """A check-in with its answers; it asks about the dose only if nothing is known of it."""
        answers = await tx.plan.answers(occurrence.id)
        is_known = any(
            o.reminder == DOSE_REMINDER
            and o.local_day == occurrence.local_day
            and o.state in _DOSE_IS_KNOWN
            for o in recent
        )
        questionnaire = self._content.questionnaire(questionnaire_of(occurrence.reminder))
        was_asked = any(q.logs_dose and q.id in answers for q in questionnaire.questions)
        facts = await tx.people.facts(occurrence.patient_id)
        has_dose = course_regimen(facts, zone=patient.zone).has_dose_on(occurrence.local_day)
        is_off = patient.hold is not None or patient.dosing_stopped
        may_ask = has_dose and not is_off and not is_known
        return OpenCheckin(
            occurrence=occurrence,
            questionnaire=questionnaire,
            answers=answers,
            asks_dose=was_asked or may_ask,
            category=patient.category,
            previous=_previous(occurrence, history),
            accepts_photos=patient.accepts_photos,
        )

    async def _checkins(
        self,
        tx: Transaction,
        past: Sequence[Occurrence],
        patient: PatientState,
        *,
        now: datetime,
    ) -> Sequence[OpenCheckin]:
        """The check-ins that were asked lately, newest first, with their answers so far."""
        asked = [o for o in reversed(past) if _was_asked_checkin(o)][:_CHECKINS]
        if not asked:
            return ()
        history = await _history(tx, patient, now=now)
        found = [await self.checkin_of(tx, o, past, patient, history=history) for o in asked]
        today = now.astimezone(patient.zone).date()
        return [replace(one, is_past=_is_past(one.occurrence, today)) for one in found]

    async def _early(
        self,
        tx: Transaction,
        past: Sequence[Occurrence],
        patient: PatientState,
        *,
        now: datetime,
    ) -> OpenCheckin | None:
        """The check-in whose hour has come and that waits for the dose to be answered first."""
        waiting = [o for o in past if _is_waiting_checkin(o) and o.due_at <= now]
        if not waiting:
            return None
        history = await _history(tx, patient, now=now)
        return await self.checkin_of(tx, waiting[-1], past, patient, history=history)

    async def _progress(
        self, tx: Transaction, turn: Turn, patient: PatientState
    ) -> Progress | None:
        """The whole course, only for a message that asks for it."""
        if not any(turn.says(word) or turn.action == word for word in _SHOWS_COURSE):
            return None
        return await course_so_far(tx, patient, now=turn.now, planner=self.planner)


async def _history(tx: Transaction, patient: PatientState, *, now: datetime) -> CourseHistory:
    since = (now - _EARLIER_ANSWERS).date()
    return await tx.history.course(patient.patient.id, until=now, since=since)


def _was_asked_dose(occurrence: Occurrence) -> bool:
    return occurrence.reminder == DOSE_REMINDER and occurrence.state not in (
        OccurrenceState.PLANNED,
        OccurrenceState.CANCELLED,
    )


def _is_waiting_checkin(occurrence: Occurrence) -> bool:
    is_checkin = occurrence.kind is MessageKind.CHECKIN
    return is_checkin and occurrence.state is OccurrenceState.PLANNED


def _is_tip(occurrence: Occurrence) -> bool:
    is_learning = occurrence.kind is MessageKind.LEARNING
    return is_learning and occurrence.state is OccurrenceState.SENT


def _was_asked_checkin(occurrence: Occurrence) -> bool:
    is_asked = occurrence.kind is MessageKind.CHECKIN and occurrence.state in _WAS_ASKED
    return is_asked and occurrence.reason != "late"


def _is_past(occurrence: Occurrence, today: date) -> bool:
    is_over = occurrence.state is not OccurrenceState.ASKED and occurrence.local_day < today
    return is_over or occurrence.state is OccurrenceState.EXPIRED


def _asked_about(checkins: Sequence[OpenCheckin], conversation: Conversation) -> OpenCheckin | None:
    """The check-in that the conversation waits for; else the newest that is not over."""
    waiting = (conversation.awaiting, conversation.paused)
    named = {q.data.get("occurrence") for q in waiting if q and q.asking is Asking.CHECKIN}
    about = next((one for one in checkins if one.occurrence.id in named), None)
    still = (one for one in checkins if one.occurrence.state is not OccurrenceState.EXPIRED)
    return about or next(still, None)


def _previous(occurrence: Occurrence, history: CourseHistory) -> Mapping[str, str]:
    """What was answered last time, for "same as yesterday"."""
    asked = history.asked(questionnaire_of(occurrence.reminder))
    before = [one for one in asked if one.day < occurrence.local_day and one.answers]
    return before[-1].answers if before else {}
