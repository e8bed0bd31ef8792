"""What can a decision want done? A closed set; services carry each out in one transaction. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.domain.conversation import LastQuestion, Question
from bot.domain.escalation import Urgency
from bot.domain.identity import InviteId, OccurrenceId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.patient import AddressState, FactKind, FactValue
from bot.domain.picture import ShownWith

Variables = Mapping[str, "str | int | list[dict[str, str]]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice by the name of its label in the content."""

    label: str
    action: str
    literal: bool = False
    """The label is already the text to show (a digit of a scale, a topic's title)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A text of the content to the person of this turn, on the channel that they use."""

    template: str
    variables: Variables = field(default_factory=dict, repr=False)
    options: tuple[tuple[Option, ...], ...] = ()
    kind: MessageKind = MessageKind.REPLY
    edits_pressed: bool = False
    """Replace the message whose button was pressed, where the channel can."""
    language: str | None = None
    """None: the person's own."""
    picture: ShownWith | None = None
    """What shows the same, where the channel can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SayTopic:
    """The vetted answer of a topic, verbatim, in the person's language and the clinic's region."""

    topic: str
    options: tuple[tuple[Option, ...], ...] = ()
    is_full: bool = False
    """On SMS: the whole answer instead of the short one (MORE)."""
    asks_fit: bool = False
    """Ask below the answer whether it is what the person asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SayFlag:
    """The fixed emergency message of a red flag for the clinic's region, or its one-line check."""

    category: str
    is_check: bool = False
    to_stranger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Wait for the answer to a question; None closes the open one."""

    question: Question | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    """Keep in the conversation what the next turn may refer to."""

    last_topic: str | None = None
    greeted: bool = False
    question: LastQuestion | None = None
    """What the person asked; None: nothing new."""
    forgets_question: bool = False
    answers_given: int | None = None
    """None: unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFact:
    """A dated fact about the patient, effective at once unless said."""

    kind: FactKind
    value: FactValue = field(repr=False)
    effective_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseAlert:
    """A case for staff, written in the transaction of its cause."""

    category: str
    urgency: Urgency
    evidence: str = field(default="", repr=False)
    note: str | None = None
    checking_until: datetime | None = None
    """Set while the patient may still answer a safety check; silence then opens the case."""
    due_by: datetime | None = None
    """By when somebody must have looked; None: as the category or urgency says."""
    once: bool = False
    """Joins an open case of its category instead of opening a second one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleCheck:
    """The patient answered a safety check: close the waiting case, or see that one is open now."""

    category: str
    opens: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAlert:
    """Add a coded note to the patient's newest open case."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnHandoff:
    """The patient wants Balm's answers back from the person who took the conversation over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """Nothing more to this address; what is queued for it ends as skipped."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptIn:
    """The address may be written to again."""

    undoes: tuple[str, ...] = ()
    """Only opt-outs for these reasons; empty: whatever the reason was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAddressState:
    """The address of this turn is blocked, locked or active again."""

    state: AddressState


@dataclass(frozen=True, slots=True, kw_only=True)
class BindAddress:
    """The address of this turn belongs to the invited patient from now on; uses up the invite."""

    invite_id: InviteId


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseInvite:
    """The invite can no longer be used."""

    invite_id: InviteId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTry:
    """One more attempt of this address at a join code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishEnrolment:
    """The patient is active: plan what is due from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDose:
    """What the patient said about one intended intake; the latest word for a day and slot holds."""

    occurrence_id: OccurrenceId | None
    day: date
    slot: str
    answer: str
    """taken, extra, later, not-today or unknown."""
    reason: str | None = None
    source: str = "reminder"
    taken_at: datetime | None = None
    """When it was taken, if the patient said so; else only when they spoke is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    """One answer of a check-in; `text` is free text and kept encrypted."""

    occurrence_id: OccurrenceId
    questionnaire: str
    version: str
    question: str
    value: str | None
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveOccurrence:
    """Give an occurrence a new state and the time of its next step (None: none)."""

    occurrence_id: OccurrenceId
    state: OccurrenceState
    next_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """Compute the patient's planned messages anew."""


class WhyKept(StrEnum):
    """Why a question waits for the authors."""

    ABSTAINED = "abstained"
    NOT_WHAT_WAS_ASKED = "not-what-was-asked"
    NONE_OF_THESE = "none-of-these"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepQuestion:
    """Keep a question for the authors without anything that names somebody; with consent only."""

    text: str = field(repr=False)
    why: WhyKept
    topic: str | None = None
    """The answer that was given for it, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetQuestions:
    """Remove everything that was kept for the authors from this patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFit:
    """One more person said whether a topic was what they asked; counted without them."""

    topic: str
    fits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPhoto:
    """Fetch a photo that the patient asked to keep, clean it, and delete the provider's copy."""

    reference: str = field(repr=False)
    day: date
    message: str | None = None
    """The provider's id of the message that it came in."""
    is_of_album: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetPhotos:
    """Remove the photo of a day, or all of the patient's, also those on their way."""

    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An entry in the audit trail: a coded verb, never content."""

    verb: str


Effect = (
    Say
    | SayTopic
    | SayFlag
    | Ask
    | Remember
    | RecordFact
    | RaiseAlert
    | SettleCheck
    | JoinAlert
    | ReturnHandoff
    | OptOut
    | OptIn
    | SetAddressState
    | BindAddress
    | CloseInvite
    | CountTry
    | FinishEnrolment
    | LogDose
    | RecordAnswer
    | MoveOccurrence
    | Replan
    | KeepQuestion
    | ForgetQuestions
    | CountFit
    | KeepPhoto
    | ForgetPhotos
    | Note
)
