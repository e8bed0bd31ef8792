"""What was asked last, and what would an answer mean? State kept between turns. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.identity import ClinicId, Lane


class Asking(StrEnum):
    """What kind of answer a conversation waits for."""

    ENROLMENT = "enrolment"
    SAFETY = "safety"
    CHECKIN = "checkin"
    DOSE_REASON = "dose-reason"
    FAQ_OPTIONS = "faq-options"
    TELL_CLINIC = "tell-clinic"
    STOPPED_TAKING = "stopped-taking"
    PRIVATE_CONTACT = "private-contact"
    LANGUAGE = "language"
    PAUSE = "pause"
    IMPROVE_ANSWERS = "improve-answers"
    CAMPAIGN = "campaign"
    LAB_WHICH = "lab-which"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing asked, with what its answer needs; buttons carry `id`."""

    id: str
    asking: Asking
    asked_at: datetime
    expires_at: datetime | None = None
    step: str = ""
    data: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: tuple[str, ...] = ()
    """Actions in the order shown: what a bare 1, 2, 3 or A, B, C means."""

    def is_open(self, now: datetime) -> bool:
        """Whether an answer at `now` still belongs to this question."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class LastQuestion:
    """What the person asked last, until they have said whether the answer fits."""

    asked_at: datetime
    topics: tuple[str, ...]
    """What it may be about, best first."""
    given: str | None = None
    """The topic that was given as the answer; None while they were only offered a choice."""
    is_fit_asked: bool = False
    """Whether a bare yes or no says if the answer fits."""
    text: str = field(default="", repr=False)
    """Their words; empty without their consent to help improve the answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """State kept between turns, shared by all channels of one person."""

    clinic_id: ClinicId
    lane: Lane
    version: int = 0
    awaiting: Question | None = None
    paused: Question | None = None
    """The question that a newer one interrupted; it is offered again afterwards."""
    last_topic: str | None = None
    greeted: bool = False
    """Whether the person has seen the line on emergencies and what Balm cannot do."""
    last_question: LastQuestion | None = None
    answers_given: int = 0
    """How many vetted answers the person has had."""


def ask(conversation: Conversation, question: Question) -> Conversation:
    """The conversation with `question` open: the newest wins, but a safety check stays on top.

    A stranger's offer to tell the clinic waits below: its answer is a word that nothing else takes.
    """
    open_now = conversation.awaiting
    if open_now is None or not open_now.is_open(question.asked_at):
        return replace(conversation, awaiting=question)
    if open_now.asking is question.asking:
        return replace(conversation, awaiting=question)
    if open_now.asking is Asking.SAFETY or question.asking is Asking.TELL_CLINIC:
        return replace(conversation, paused=question)
    return replace(conversation, awaiting=question, paused=open_now)


def answered(conversation: Conversation) -> Conversation:
    """The conversation after its open question was answered: an interrupted one comes back."""
    return replace(conversation, awaiting=conversation.paused, paused=None)
