"""One message with everything that a handler may see, and what its person meant by it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.answer_words import NO_WORDS, AnswerWords
from bot.domain.campaign import Step
from bot.domain.checkin import ANNOUNCED, OpenCheckin
from bot.domain.conversation import Asking, Conversation, Question
from bot.domain.course_turn import CourseTurn
from bot.domain.effect import Ask
from bot.domain.escalation import FlagRule
from bot.domain.handoff import Handoff
from bot.domain.identity import Channel
from bot.domain.inbound import Inbound, InboundKind
from bot.domain.invite import Invite
from bot.domain.occurrence import Occurrence
from bot.domain.patient import Clinic, PatientState
from bot.domain.progress import Progress
from bot.domain.reading import Reading, StopReading
from bot.domain.vocabulary import Vocabulary, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One inbound message, read, with the state that it meets."""

    inbound: Inbound
    reading: Reading
    now: datetime
    clinic: Clinic
    conversation: Conversation
    words: Vocabulary
    language: str
    languages: tuple[str, ...]
    """Every language that the content offers."""
    zone_guess: ZoneInfo
    closed_languages: frozenset[str] = frozenset()
    """Languages that may not be chosen before clinicians have signed their texts."""
    patient: PatientState | None = None
    """None for a stranger."""
    invited: PatientState | None = None
    """Whom a usable invite is for, while this address is not connected to them."""
    is_opted_out: bool = False
    invite: Invite | None = None
    """The invite that the text names or that an open enrolment is about."""
    code_tries: int = 0
    """How often this address tried a join code in the last hour."""
    address_is_taken: bool = False
    """Whether this address already belongs to an active person of the clinic."""
    doses: tuple[Occurrence, ...] = field(default=())
    """Dose occurrences of the last two days that were asked, newest first."""
    past_doses: tuple[Occurrence, ...] = field(default=())
    """Dose occurrences of the last week that were asked or are over, newest first."""
    notices: tuple[Occurrence, ...] = ()
    """Discreet texts of the last days whose full words wait behind READY, newest first."""
    checkin: OpenCheckin | None = None
    """The check-in that is asked about, or else the newest one that was asked."""
    other_checkins: tuple[OpenCheckin, ...] = ()
    """The other check-ins of the last days that were asked, newest first, over or not."""
    early_checkin: OpenCheckin | None = None
    """Today's check-in while it still waits to be asked, its hour being past."""
    answer_words: AnswerWords = NO_WORDS
    """How people of this language answer check-ins."""
    other_words: tuple[tuple[Vocabulary, AnswerWords], ...] = field(default=(), repr=False)
    """The words of the other languages, for those who answer in another than they were asked."""
    progress: Progress | None = None
    """The course so far, when the message asks for it and there is one."""
    photo_days: tuple[date, ...] = ()
    """Days of which the patient keeps a photo, in order."""
    tip: str | None = None
    """Topic of the learning tip that was offered in the last days."""
    checkin_due: Occurrence | None = None
    """Today's check-in while it still waits to be asked."""
    campaign_steps: Mapping[str, tuple[Occurrence, Step]] = field(default_factory=dict, repr=False)
    """Campaign messages of the last days by their occurrence, with the step that they came from."""
    topics: frozenset[str] = frozenset()
    """Ids of the topics that exist for this person's language and region."""
    threads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Topics of each learning thread, in order."""
    related: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The topics that each topic names as related."""
    withheld: frozenset[str] = frozenset()
    """Topics that must not be given before a clinician has signed them; none in a demonstration."""
    may_enrol: bool = True
    """Whether this clinic may take in anybody now, in this language."""
    flag_rules: Mapping[str, FlagRule] = field(default_factory=dict)
    zones: tuple[str, ...] = ()
    """IANA zones of the clinic's region, the most usual first."""
    is_first_contact: bool = False
    """Whether this address never wrote before."""
    has_recent_flag: bool = False
    """Whether a red flag of this patient was raised in the last 24 hours."""
    course: CourseTurn | None = None
    """The patient's course; None for a stranger."""
    first_day: date | None = None
    """First day of the patient's course, once the clinic has set it."""
    handoff: Handoff | None = None
    """The person of the clinic who answers at present; None: Balm does."""
    fresh_id: str = ""
    """An unused id, for a question that this turn may ask."""

    @property
    def action(self) -> str | None:
        """What was chosen: a button, or a bare number or letter for an offered option."""
        if self.inbound.kind is InboundKind.BUTTON:
            return self.inbound.action
        question = self._offering
        if question is not None and self._counts_for_checkin(question):
            return None
        return option_meant(self.inbound.text, question, self.words)

    @property
    def open_question(self) -> Question | None:
        """The question that waits for an answer now."""
        question = self.conversation.awaiting
        return question if question and question.is_open(self.now) else None

    def asked(self, asking: Asking) -> Question | None:
        """The question of this kind that waits for an answer, also while a newer one interrupts."""
        waiting = (self.conversation.awaiting, self.conversation.paused)
        return next((q for q in waiting if q and q.asking is asking and q.is_open(self.now)), None)

    @property
    def answering(self) -> Question | None:
        """The check-in question that waits now; one that was only announced asks nothing yet."""
        question = self.asked(Asking.CHECKIN)
        return question if question is not None and question.step != ANNOUNCED else None

    def closing(self, asking: Asking) -> list[Ask]:
        """Closes the open question if it is of this kind; a button may answer while another waits.

        Nothing but an answer to it may close a safety check.
        """
        question = self.conversation.awaiting
        return [Ask(question=None)] if question and question.asking is asking else []

    @property
    def checkins(self) -> tuple[OpenCheckin, ...]:
        """All check-ins of the last days that were asked, the one asked about first."""
        return ((self.checkin,) if self.checkin else ()) + self.other_checkins

    @property
    def today(self) -> date:
        """The day where the person is."""
        zone = self.patient.zone if self.patient is not None else self.zone_guess
        return self.now.astimezone(zone).date()

    @property
    def _offering(self) -> Question | None:
        """The question whose options count; a safety check has none and leaves those below it."""
        question = self.open_question
        if question is None or question.asking is not Asking.SAFETY:
            return question
        paused = self.conversation.paused
        return paused if paused and paused.is_open(self.now) else None

    def _counts_for_checkin(self, question: Question) -> bool:
        """Topics are chosen by letters while a check-in below them waits for digits."""
        return (
            question.asking is Asking.FAQ_OPTIONS
            and self.asked(Asking.CHECKIN) is not None
            and self.words.number(self.said) is not None
        )

    @property
    def said(self) -> str:
        """The text as answer words are compared."""
        return fold(self.inbound.text)

    @property
    def is_sms(self) -> bool:
        """Whether the person reads plain text without buttons."""
        return self.inbound.channel is Channel.SMS

    def says(self, meaning: str) -> bool:
        """Whether the whole text is a word for `meaning`."""
        return self.said in self.words.words(meaning)

    @property
    def wish_to_stop(self) -> StopReading | None:
        """The wish to hear less that was read into the text.

        None where the whole text is a word that Balm listens for, or an answer that it listed: its
        meaning is known, and none has to be read into it. Carriers' keywords are not read at all.
        """
        said = self.inbound.text.strip().strip(".!?¿¡…।")
        is_answer = self.checkin is not None and any(
            self.answer_words.says(name, said) for name in self.answer_words.phrases
        )
        return None if self.words.knows(self.said) or is_answer else self.reading.stop


def option_meant(text: str, question: Question | None, words: Vocabulary) -> str | None:
    """The action of the option that a bare "2", "two", "२" or "B" names, or None."""
    if question is None or not question.options:
        return None
    said = fold(text)
    number = words.number(said)
    if number is None and len(said) == 1 and "a" <= said <= "i":
        number = ord(said) - ord("a") + 1
    if number is None or not 1 <= number <= len(question.options):
        return None
    return question.options[number - 1]
