"""What does a message meet? Everything that a handler may see, loaded into one Turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.content import Content
from bot.domain.answer_words import AnswerWords
from bot.domain.campaign import Step
from bot.domain.campaign.notice import ACTION
from bot.domain.conversation import Asking, Conversation
from bot.domain.escalation import FlagRule
from bot.domain.identity import ClinicId, InviteId, Lane, PatientId
from bot.domain.inbound import Inbound
from bot.domain.invite import Invite, code_in
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import Address, Clinic, Fact, PatientState, state_at
from bot.domain.reading import Reading
from bot.domain.regimen import regimen_on
from bot.domain.turn import Turn
from bot.domain.vocabulary import Vocabulary, fold
from bot.ports.clock import Ids
from bot.ports.inbox import StoredInbound
from bot.ports.people import Stranger
from bot.ports.store import Transaction
from bot.services.campaign_notices import CampaignNotices
from bot.services.checkin_turns import CheckinTurns
from bot.services.course_turns import course_turn
from bot.services.handoffs import open_handoff
from bot.services.planner import Planner
from bot.services.signed_texts import SignedTexts

_ANSWERABLE_FOR = timedelta(days=30)
"""How long the buttons of a campaign's message are understood."""
_ANNOUNCED_LATELY = timedelta(days=7)
_FLAG_IS_RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """The person behind a message, as far as they are known."""

    clinic: Clinic
    address: Address | None
    patient: PatientState | None
    facts: Sequence[Fact]
    """Everything recorded about the patient."""
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
        campaigns: CampaignNotices,
        planner: Planner,
    ) -> None:
        """Words and questionnaires come from `content`; `signed` says what may be given."""
        self._campaigns = campaigns
        self._content = content
        self._signed = signed
        self._ids = ids
        self._flag_rules = flag_rules
        self.checkins = CheckinTurns(content, planner)

    def vocabulary(self, language: str) -> Vocabulary:
        """Answer words of a language."""
        return self._content.vocabulary(language)

    def _other_words(self, language: str) -> tuple[tuple[Vocabulary, AnswerWords], ...]:
        others = (one for one in self._content.languages if one != language)
        return tuple((self.vocabulary(one), self._content.answer_words(one)) for one in others)

    async def meet(
        self,
        tx: Transaction,
        waiting: StoredInbound,
        *,
        now: datetime,
        clinic: Clinic | None = None,
    ) -> Meeting:
        """Who wrote, and where their conversation stands; `clinic` if it was just read."""
        clinic = clinic or await tx.house.clinic(waiting.clinic_id)
        address = await tx.people.address_at(waiting.clinic_id, waiting.address_index)
        patient: PatientState | None = None
        facts: Sequence[Fact] = ()
        lane = Lane(f"address:{waiting.address_index}")
        if address is not None:
            lane = Lane(f"patient:{address.patient_id}")
            patient, facts = await self._patient(tx, clinic, address.patient_id, now=now)
        conversation = await tx.conversations.get(waiting.clinic_id, lane)
        invite = await self._invite(tx, waiting.clinic_id, waiting.message, conversation)
        invited: PatientState | None = None
        if patient is None and invite is not None and invite.is_usable(now):
            invited, _ = await self._patient(tx, clinic, invite.patient_id, now=now)
        return Meeting(
            clinic=clinic,
            address=address,
            patient=patient,
            facts=facts,
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
            facts=(),
            conversation=conversation,
            invite=None,
            invited=None,
            language=self._language(None, conversation, waiting.message),
        )

    async def _patient(
        self, tx: Transaction, clinic: Clinic, patient_id: PatientId, *, now: datetime
    ) -> tuple[PatientState | None, Sequence[Fact]]:
        """The patient's state now with the facts that it comes from; None: no such patient."""
        patient = await tx.people.patient(patient_id)
        if patient is None:
            return None, ()
        facts = await tx.people.facts(patient_id)
        return state_at(patient, facts, at=now, clinic=clinic), facts

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
        patient = meeting.patient
        stranger = await self._stranger(tx, waiting, meeting, now=now)
        facts = meeting.facts
        turn = Turn(
            inbound=waiting.message,
            reading=reading,
            now=now,
            clinic=meeting.clinic,
            conversation=meeting.conversation,
            words=self.vocabulary(meeting.language),
            language=meeting.language,
            languages=self._content.languages,
            closed_languages=self._signed.closed_languages(meeting.clinic),
            zone_guess=_zone(meeting),
            patient=patient,
            invited=meeting.invited,
            is_opted_out=await tx.people.is_opted_out(waiting.clinic_id, waiting.address_index),
            invite=meeting.invite,
            code_tries=stranger.code_tries,
            address_is_taken=meeting.address is not None,
            campaign_steps=await self._campaign_steps(tx, waiting.message, meeting, now=now),
            answer_words=self._content.answer_words(meeting.language),
            other_words=self._other_words(meeting.language),
            notices=await self._notices(tx, patient, waiting.message, meeting.language, now=now),
            topics=self._content.topics(meeting.language, meeting.clinic.region),
            threads=self._content.threads(meeting.language, meeting.clinic.region),
            related=self._content.related(meeting.language, meeting.clinic.region),
            withheld=self._signed.withheld(meeting.clinic, meeting.language),
            may_enrol=self._signed.may_enrol(meeting.clinic, meeting.language),
            flag_rules=self._flag_rules,
            zones=self._content.zones(meeting.clinic.region),
            is_first_contact=meeting.address is None and stranger.messages == 0,
            has_recent_flag=await _has_recent_flag(tx, patient, now=now),
            course=await course_turn(tx, self._content, meeting.clinic, patient, facts, now=now),
            photo_days=await _photo_days(tx, patient),
            first_day=_first_day(meeting, now=now),
            handoff=await open_handoff(tx, patient.patient.id) if patient else None,
            fresh_id=self._ids.new(),
        )
        return turn if patient is None else await self.checkins.add(tx, turn, patient)

    async def _campaign_steps(
        self, tx: Transaction, message: Inbound, meeting: Meeting, *, now: datetime
    ) -> Mapping[str, tuple[Occurrence, Step]]:
        """Campaign messages that may be answered, loaded only where one may be meant."""
        waiting = (meeting.conversation.awaiting, meeting.conversation.paused)
        is_waiting = any(q is not None and q.asking is Asking.CAMPAIGN for q in waiting)
        is_pressed = (message.action or "").startswith(f"{ACTION}:")
        if meeting.patient is None or not (is_waiting or is_pressed):
            return {}
        patient_id = meeting.patient.patient.id
        lately = await tx.plan.occurrences(patient_id, after=now - _ANSWERABLE_FOR, until=now)
        return self._campaigns.open_steps(meeting.clinic, lately)

    async def _stranger(
        self, tx: Transaction, waiting: StoredInbound, meeting: Meeting, *, now: datetime
    ) -> Stranger:
        """Counts of the address; of a patient's they matter only where a code is tried."""
        is_patient = meeting.address is not None and meeting.invite is None
        if is_patient and code_in(waiting.message.text) is None:
            return Stranger(messages=0, code_tries=0)
        return await tx.people.stranger(waiting.clinic_id, waiting.address_index, now=now)

    async def _notices(
        self,
        tx: Transaction,
        patient: PatientState | None,
        message: Inbound,
        language: str,
        *,
        now: datetime,
    ) -> tuple[Occurrence, ...]:
        """What was announced and not opened; loaded only when somebody says that they are ready."""
        words = self._content.vocabulary(language).words("ready")
        asks = fold(message.text) in words or message.action == "ready"
        if patient is None or not asks:
            return ()
        known = await tx.plan.occurrences(
            patient.patient.id, after=now - _ANNOUNCED_LATELY, until=now
        )
        return tuple(
            o
            for o in reversed(known)
            if o.state is OccurrenceState.SENT and o.variables.get("full")
        )

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


async def _has_recent_flag(tx: Transaction, patient: PatientState | None, *, now: datetime) -> bool:
    if patient is None:
        return False
    return await tx.cases.has_flag_since(patient.patient.id, since=now - _FLAG_IS_RECENT)


async def _photo_days(tx: Transaction, patient: PatientState | None) -> tuple[date, ...]:
    """Looked for only where the patient keeps any."""
    if patient is None or not patient.accepts_photos:
        return ()
    return tuple(await tx.photos.days(patient.patient.id))


def _first_day(meeting: Meeting, *, now: datetime) -> date | None:
    if meeting.patient is None:
        return None
    zone = meeting.patient.zone
    regimen = regimen_on(meeting.facts, now.astimezone(zone).date(), zone=zone)
    return regimen.first_day if regimen is not None else None


def _zone(meeting: Meeting) -> ZoneInfo:
    """Where the person probably is."""
    expected = meeting.patient or meeting.invited
    return expected.zone if expected else ZoneInfo(meeting.clinic.zone)
