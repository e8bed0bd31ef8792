"""What does a message meet? Everything that a handler may see, loaded into one Turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.content import Content
from bot.domain.checkin import OpenCheckin
from bot.domain.conversation import Asking, Conversation
from bot.domain.escalation import FlagRule
from bot.domain.identity import ClinicId, InviteId, Lane, PatientId
from bot.domain.inbound import Inbound
from bot.domain.invite import Invite, code_in
from bot.domain.occurrence import DAILY_CHECKIN, DOSE_REMINDER, Occurrence, OccurrenceState
from bot.domain.patient import Address, Clinic, PatientState, state_at
from bot.domain.reading import Reading
from bot.domain.regimen import course_regimen, regimen_on
from bot.domain.turn import Turn
from bot.ports.clock import Ids
from bot.ports.inbox import StoredInbound
from bot.ports.store import Transaction
from bot.services.course_turns import course_turn
from bot.services.signed_texts import SignedTexts

_LOOK_BACK = timedelta(days=2)
_FLAG_IS_RECENT = timedelta(hours=24)
_ANSWERED = (OccurrenceState.TAKEN, OccurrenceState.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """The person behind a message, as far as they are known."""

    clinic: Clinic
    address: Address | None
    patient: PatientState | None
    conversation: Conversation
    invite: Invite | None
    """The invite that the text names or that an open enrolment is about."""
    invited: PatientState | None
    """Whom a usable invite is for; None once they are connected."""
    language: str


class Turns:
    """Loads turns; decides nothing."""

    def __init__(
        self,
        content: Content,
        ids: Ids,
        flag_rules: Mapping[str, FlagRule],
        signed: SignedTexts,
    ) -> None:
        """Words and questionnaires come from `content`; `signed` says what may be given."""
        self._content = content
        self._signed = signed
        self._ids = ids
        self._flag_rules = flag_rules

    async def meet(self, tx: Transaction, waiting: StoredInbound, *, now: datetime) -> Meeting:
        """Who wrote, and where their conversation stands."""
        clinic = await tx.house.clinic(waiting.clinic_id)
        address = await tx.people.address_at(waiting.clinic_id, waiting.address_index)
        patient: PatientState | None = None
        lane = Lane(f"address:{waiting.address_index}")
        if address is not None:
            lane = Lane(f"patient:{address.patient_id}")
            patient = await self.patient_state(tx, clinic, address.patient_id, now=now)
        conversation = await tx.conversations.get(waiting.clinic_id, lane)
        invite = await self._invite(tx, waiting.clinic_id, waiting.message, conversation)
        invited: PatientState | None = None
        if patient is None and invite is not None and invite.is_usable(now):
            invited = await self.patient_state(tx, clinic, invite.patient_id, now=now)
        return Meeting(
            clinic=clinic,
            address=address,
            patient=patient,
            conversation=conversation,
            invite=invite,
            invited=invited,
            language=self._language(patient or invited, conversation, waiting.message),
        )

    async def meet_nobody(self, tx: Transaction, waiting: StoredInbound) -> Meeting:
        """Somebody of whom nothing could be loaded: enough to send one fixed reply."""
        conversation = Conversation(clinic_id=waiting.clinic_id, lane=waiting.lane)
        return Meeting(
            clinic=await tx.house.clinic(waiting.clinic_id),
            address=None,
            patient=None,
            conversation=conversation,
            invite=None,
            invited=None,
            language=self._language(None, conversation, waiting.message),
        )

    async def patient_state(
        self, tx: Transaction, clinic: Clinic, patient_id: PatientId, *, now: datetime
    ) -> PatientState | None:
        """The patient's state now, or None when there is no such patient."""
        patient = await tx.people.patient(patient_id)
        if patient is None:
            return None
        facts = await tx.people.facts(patient_id)
        return state_at(patient, facts, at=now, clinic=clinic)

    async def load(
        self,
        tx: Transaction,
        waiting: StoredInbound,
        reading: Reading,
        meeting: Meeting,
        *,
        now: datetime,
    ) -> Turn:
        """The message with everything that a handler may see."""
        clinic_id, index = waiting.clinic_id, waiting.address_index
        patient = meeting.patient
        expected = patient or meeting.invited
        stranger = await tx.people.stranger(clinic_id, index, now=now)
        recent = await self._recent(tx, patient, now=now)
        return Turn(
            inbound=waiting.message,
            reading=reading,
            now=now,
            clinic=meeting.clinic,
            conversation=meeting.conversation,
            words=self._content.vocabulary(meeting.language),
            language=meeting.language,
            languages=self._content.languages,
            closed_languages=self._signed.closed_languages(meeting.clinic),
            zone_guess=expected.zone if expected else ZoneInfo(meeting.clinic.zone),
            patient=patient,
            invited=meeting.invited,
            is_opted_out=await tx.people.is_opted_out(clinic_id, index),
            invite=meeting.invite,
            code_tries=stranger.code_tries,
            address_is_taken=meeting.address is not None,
            doses=tuple(o for o in reversed(recent) if _was_asked_dose(o)),
            checkin=await self.open_checkin(tx, recent, patient),
            checkin_due=next((o for o in reversed(recent) if _is_waiting_checkin(o)), None),
            topics=self._content.topics(meeting.language, meeting.clinic.region),
            threads=self._content.threads(meeting.language, meeting.clinic.region),
            related=self._content.related(meeting.language, meeting.clinic.region),
            withheld=self._signed.withheld(meeting.clinic, meeting.language),
            may_enrol=self._signed.may_enrol(meeting.clinic, meeting.language),
            flag_rules=self._flag_rules,
            zones=self._content.zones(meeting.clinic.region),
            is_first_contact=meeting.address is None and stranger.messages == 0,
            has_recent_flag=patient is not None
            and await tx.cases.has_flag_since(patient.patient.id, since=now - _FLAG_IS_RECENT),
            course=await course_turn(tx, self._content, meeting.clinic, patient, now=now),
            first_day=await self._first_day(tx, patient, now=now),
            fresh_id=self._ids.new(),
        )

    async def open_checkin(
        self, tx: Transaction, recent: Sequence[Occurrence], patient: PatientState | None
    ) -> OpenCheckin | None:
        """The newest check-in that was asked and is not over, with its answers so far."""
        asked = [
            o
            for o in recent
            if o.reminder == DAILY_CHECKIN
            and o.state in (OccurrenceState.ASKED, OccurrenceState.ANSWERED)
        ]
        if not asked or patient is None:
            return None
        return await self.checkin_of(tx, asked[-1], recent, patient)

    async def checkin_of(
        self,
        tx: Transaction,
        occurrence: Occurrence,
        recent: Sequence[Occurrence],
        patient: PatientState,
    ) -> OpenCheckin:
        """A check-in with its answers; it asks about the dose only if nothing is known of it."""
        answers = await tx.plan.answers(occurrence.id)
        is_known = any(
            o.reminder == DOSE_REMINDER
            and o.local_day == occurrence.local_day
            and o.state in _ANSWERED
            for o in recent
        )
        questionnaire = self._content.questionnaire("daily")
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
        )

    async def _first_day(
        self, tx: Transaction, patient: PatientState | None, *, now: datetime
    ) -> date | None:
        if patient is None:
            return None
        facts = await tx.people.facts(patient.patient.id)
        regimen = regimen_on(facts, now.astimezone(patient.zone).date(), zone=patient.zone)
        return regimen.first_day if regimen is not None else None

    async def _recent(
        self, tx: Transaction, patient: PatientState | None, *, now: datetime
    ) -> Sequence[Occurrence]:
        if patient is None:
            return ()
        return await tx.plan.occurrences(patient.patient.id, after=now - _LOOK_BACK, until=now)

    async def _invite(
        self,
        tx: Transaction,
        clinic_id: ClinicId,
        message: Inbound,
        conversation: Conversation,
    ) -> Invite | None:
        code = code_in(message.text)
        if code is not None:
            return await tx.people.invite_by_code(clinic_id, code)
        question = conversation.awaiting
        if question is None or question.asking is not Asking.ENROLMENT:
            return None
        invite_id = question.data.get("invite")
        return await tx.people.invite(InviteId(invite_id)) if invite_id else None

    def _language(
        self, patient: PatientState | None, conversation: Conversation, message: Inbound
    ) -> str:
        question = conversation.awaiting
        chosen = question.data.get("language") if question is not None else None
        hint = (message.language_hint or "").split("-")[0]
        wanted = chosen or (patient.language if patient else hint)
        return wanted if wanted in self._content.languages else "en"


def _was_asked_dose(occurrence: Occurrence) -> bool:
    return occurrence.reminder == DOSE_REMINDER and occurrence.state not in (
        OccurrenceState.PLANNED,
        OccurrenceState.CANCELLED,
    )


def _is_waiting_checkin(occurrence: Occurrence) -> bool:
    return occurrence.reminder == DAILY_CHECKIN and occurrence.state is OccurrenceState.PLANNED
