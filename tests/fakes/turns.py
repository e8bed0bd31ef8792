"""A turn with sensible defaults: an active patient in New York, Tuesday 20:10, on Telegram."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.content.messages import Messages, load_messages
from bot.domain.checkin import CheckinQuestion, OpenCheckin, QuestionKind, Questionnaire
from bot.domain.conversation import Asking, Conversation, Question
from bot.domain.effect import Effect, Say
from bot.domain.escalation import FlagRule, Urgency
from bot.domain.identity import (
    Channel,
    ClinicId,
    CourseId,
    InviteId,
    Lane,
    OccurrenceId,
    PatientId,
    Region,
    SenderId,
)
from bot.domain.inbound import Inbound, InboundKind, Keyword
from bot.domain.invite import Invite
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import DAILY_CHECKIN, DOSE_REMINDER, Occurrence, OccurrenceState
from bot.domain.patient import Clinic, Patient, PatientState, PatientStatus
from bot.domain.reading import Reading
from bot.domain.turn import Turn

NEW_YORK = ZoneInfo("America/New_York")
TODAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 2, 1, 10, tzinfo=UTC)
"""20:10 in New York, ten minutes after the dose was due."""
CONTENT = Path(__file__).parents[2] / "content"
E = TypeVar("E")

CLINIC = Clinic(
    id=ClinicId("clinic"),
    name="Harbour Skin Clinic",
    phone="+1 202 555 0100",
    region=Region.US,
    zone="America/New_York",
    staffed_hours="Monday to Friday 9:00 to 17:00",
    out_of_hours_cover=False,
)
DAILY = Questionnaire(
    id="daily",
    version="1",
    questions=(
        CheckinQuestion(id="dose", kind=QuestionKind.YES_NO, logs_dose=True),
        CheckinQuestion(id="lips", kind=QuestionKind.SCALE),
        CheckinQuestion(id="skin", kind=QuestionKind.SCALE),
        CheckinQuestion(id="eyes", kind=QuestionKind.SCALE),
        CheckinQuestion(id="mood", kind=QuestionKind.SCALE),
        CheckinQuestion(id="else", kind=QuestionKind.TEXT),
    ),
)
RULES = {
    "rf-suicide": FlagRule(
        category="rf-suicide",
        urgency=Urgency.EMERGENCY,
        holds=True,
        is_confidential=False,
        silence_opens=True,
        acknowledge_within=timedelta(minutes=5),
    ),
    "rf-bleed-nose": FlagRule(
        category="rf-bleed-nose",
        urgency=Urgency.SAME_DAY,
        holds=False,
        is_confidential=False,
        silence_opens=False,
        acknowledge_within=timedelta(hours=4),
    ),
}


@cache
def messages() -> Messages:
    """The real sentences, labels and words."""
    return load_messages(CONTENT / "messages")


def patient(status: PatientStatus = PatientStatus.ACTIVE, /, **changes: Any) -> PatientState:
    """A patient born in 1999 who agreed to everything."""
    state = PatientState(
        patient=Patient(
            id=PatientId("ana"),
            clinic_id=CLINIC.id,
            name="Ana Example",
            born_on=date(1999, 5, 17),
            status=status,
        ),
        language="en",
        zone=NEW_YORK,
        category="not-set",
        programme="none",
        has_consent=True,
        consent_version="1",
        paused_kinds=frozenset(),
        hold=None,
        dosing_stopped=False,
        dose_time=time(20, 0),
        shares_phone=False,
    )
    return replace(state, **changes)


def invite(**changes: Any) -> Invite:
    """An invitation for the patient, valid for a week more."""
    given = Invite(
        id=InviteId("invite"),
        patient_id=PatientId("ana"),
        birth_year=1999,
        expires_at=NOW + timedelta(days=7),
    )
    return replace(given, **changes)


def dose(state: OccurrenceState = OccurrenceState.ASKED, **changes: Any) -> Occurrence:
    """Today's evening dose, due at 20:00."""
    planned = Occurrence(
        id=OccurrenceId("dose-1"),
        patient_id=PatientId("ana"),
        course_id=CourseId("course"),
        reminder=DOSE_REMINDER,
        slot="evening",
        local_day=TODAY,
        local_time=time(20, 0),
        zone="America/New_York",
        due_at=NOW - timedelta(minutes=10),
        kind=MessageKind.DOSE,
        state=state,
        next_at=NOW + timedelta(minutes=50),
    )
    return replace(planned, **changes)


def checkin_occurrence(
    state: OccurrenceState = OccurrenceState.ASKED, **changes: Any
) -> Occurrence:
    """Today's check-in, open until midnight."""
    planned = dose(
        state,
        id=OccurrenceId("checkin-1"),
        reminder=DAILY_CHECKIN,
        kind=MessageKind.CHECKIN,
        slot="day",
        next_at=NOW + timedelta(hours=4),
    )
    return replace(planned, **changes)


def checkin(answers: dict[str, str] | None = None, **changes: Any) -> OpenCheckin:
    """An open check-in with these answers so far."""
    opened = OpenCheckin(
        occurrence=checkin_occurrence(), questionnaire=DAILY, answers=answers or {}
    )
    return replace(opened, **changes)


def question(asking: Asking, **changes: Any) -> Question:
    """An open question, asked a minute ago."""
    asked = Question(
        id="question-1",
        asking=asking,
        asked_at=NOW - timedelta(minutes=1),
        expires_at=NOW + timedelta(hours=4),
    )
    return replace(asked, **changes)


def conversation(awaiting: Question | None = None, paused: Question | None = None) -> Conversation:
    """A conversation in which `awaiting` is open and `paused` was interrupted."""
    return Conversation(
        clinic_id=CLINIC.id, lane=Lane("patient:ana"), awaiting=awaiting, paused=paused
    )


def turn(
    text: str = "",
    *,
    press: str | None = None,
    sms: bool = False,
    kind: InboundKind | None = None,
    keyword: Keyword | None = None,
    asked: Question | None = None,
    below: Question | None = None,
    is_group: bool = False,
    **changes: Any,
) -> Turn:
    """One message of the patient; `press` is a button's action, `asked` the open question."""
    inbound = Inbound(
        channel=Channel.SMS if sms else Channel.TELEGRAM,
        sender_id=SenderId("sender"),
        provider_id="1",
        kind=kind or (InboundKind.TEXT if press is None else InboundKind.BUTTON),
        address="+12025550101" if sms else "777",
        text=text,
        action=press,
        keyword=keyword,
        is_group=is_group,
    )
    language = changes.get("language", "en")
    met = Turn(
        inbound=inbound,
        reading=Reading(),
        now=NOW,
        clinic=CLINIC,
        conversation=conversation(asked, below),
        words=messages().vocabularies[language],
        language=language,
        languages=("en", "es", "hi"),
        zone_guess=NEW_YORK,
        patient=patient(),
        topics=frozenset({"dry-lips", "dry-skin", "alcohol", "starting-tips", "side-effects-list"}),
        threads={"skin-and-lips": ("dry-lips", "dry-skin")},
        flag_rules=RULES,
        zones=("America/New_York", "America/Chicago", "America/Los_Angeles"),
        fresh_id="fresh",
    )
    return replace(met, **changes)


def only(effects: list[Effect] | None, kind: type[E]) -> E:
    """The one effect of this kind."""
    found = every(effects, kind)
    assert len(found) == 1, found
    return found[0]


def every(effects: list[Effect] | None, kind: type[E]) -> list[E]:
    """The effects of this kind, in order."""
    return [effect for effect in effects or [] if isinstance(effect, kind)]


def templates(effects: list[Effect] | None) -> list[str]:
    """Names of the texts that are said, in order."""
    return [said.template for said in every(effects, Say)]
