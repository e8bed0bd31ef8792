"""What does a campaign say, as values? Words stay in the content; here are only their names."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

from bot.domain.audience import Rule
from bot.domain.message_kind import MessageKind


class Purpose(StrEnum):
    """What a campaign is for; it decides the kind of its messages."""

    DOSE = "dose"
    LAB = "lab"
    PREGNANCY_TEST = "pregnancy-test"
    CONTRACEPTION = "contraception"
    WINDOW = "window"
    REFILL = "refill"
    VISIT = "visit"
    LEARNING = "learning"
    SURVEY = "survey"
    AFTER_COURSE = "after-course"
    BROADCAST = "broadcast"
    CLINIC_CLOSED = "clinic-closed"


_KINDS = {
    # A campaign never sends the dose reminder itself, which the regimen plans: it talks about it.
    Purpose.DOSE: MessageKind.NUDGE,
    Purpose.LAB: MessageKind.LAB,
    Purpose.PREGNANCY_TEST: MessageKind.PREGNANCY_TEST,
    Purpose.CONTRACEPTION: MessageKind.CONTRACEPTION,
    Purpose.WINDOW: MessageKind.WINDOW,
    Purpose.REFILL: MessageKind.REFILL,
    Purpose.VISIT: MessageKind.VISIT,
    Purpose.LEARNING: MessageKind.LEARNING,
    Purpose.SURVEY: MessageKind.BROADCAST,
    Purpose.AFTER_COURSE: MessageKind.AFTER_COURSE,
    Purpose.BROADCAST: MessageKind.BROADCAST,
    Purpose.CLINIC_CLOSED: MessageKind.BROADCAST,
}


def kind_of(purpose: Purpose) -> MessageKind:
    """The kind by which the messages of a campaign are treated."""
    return _KINDS[purpose]


class Mode(StrEnum):
    """What a message does while the patient is in the middle of a dialogue or a hand-off."""

    HOLD = "hold"
    SKIP = "skip"
    INTERRUPT = "interrupt"


class Anchor(StrEnum):
    """A day in the life of a course that messages are counted from."""

    ENROLMENT = "enrolment"
    FIRST_CAPSULE = "first-capsule"
    LAST_CAPSULE = "last-capsule"
    PICK_UP = "pick-up"
    LAB = "lab"


class Moment(StrEnum):
    """The two ends of a programme's step."""

    OPENS = "opens"
    CLOSES = "closes"


class Event(StrEnum):
    """What can happen that a campaign answers to."""

    MISSED_DOSE = "missed-dose"
    ALERT_CLOSED = "alert-closed"
    LAB_RECORDED = "lab-recorded"
    PICKED_UP = "picked-up"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDoseTime:
    """At the hour that the patient chose for the capsule."""


LocalTime = time | AtDoseTime


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeToAnchor:
    """Once: an anchor's day, moved by days or months, then on to a weekday; patient's zone."""

    anchor: Anchor
    days: int = 0
    months: int = 0
    weekday: int | None = None
    """0 is Monday; the first such day on or after the moved anchor."""
    at: LocalTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating:
    """Every day that a recurrence rule (RFC 5545) names, between two anchors, both included."""

    anchor: Anchor
    rule: str
    """FREQ of DAILY, WEEKLY, MONTHLY or YEARLY; counted from the anchor's day."""
    until: Anchor | None = None
    at: LocalTime


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeToStep:
    """The day on which a step of the patient's programme opens or closes, moved by whole days."""

    step: str
    moment: Moment
    days: int = 0
    at: LocalTime


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDate:
    """On one calendar day, at the same local time for everybody."""

    day: date
    at: LocalTime


@dataclass(frozen=True, slots=True, kw_only=True)
class OnEvent:
    """After something happened: so many times within so many days, or silence for so long."""

    event: Event
    count: int = 1
    within_days: int = 7
    """For silence: after so many days without a word."""
    after: timedelta = timedelta(0)
    at: LocalTime | None = None
    """The next such local time after the event; None: at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnce:
    """When somebody sends it: a broadcast to everybody in the audience."""

    at: None = None


StepTrigger = AtOnce | RelativeToAnchor | Repeating | RelativeToStep | OnDate | OnEvent


class Does(StrEnum):
    """What pressing a button, or replying its word or number, leads to."""

    THANK = "thank"
    TELL_CLINIC = "tell-clinic"
    CALL_ME = "call-me"
    OPEN_TOPIC = "open-topic"
    STOP_KIND = "stop-kind"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """An answer that a message offers; its label and reply are words of the campaign's file."""

    id: str
    does: Does
    detail: str | None = None
    """The topic to open, or the evidence that the patient reports."""
    closes: bool = True
    """Whether the step has its answer, so that no follow-up is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Without an answer after so long, another text of the campaign is said once."""

    after: timedelta
    follow_up: str
    """Name of the text in the step's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One message of a campaign."""

    id: str
    trigger: StepTrigger
    valid_for: timedelta
    """How long after its due time the text is still true."""
    buttons: tuple[Button, ...] = ()
    wait: Wait | None = None
    until: Rule | None = None
    """The step falls silent once this is true: "until the test is recorded"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """The share of the audience that gets nothing, so that results can be compared."""

    percent: int
    salt: str
    """Who is held out depends on this and the patient alone, so it never changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Who gets which message when. One version; a change is another."""

    id: str
    version: int
    purpose: Purpose
    audience: Rule
    steps: tuple[Step, ...]
    mode: Mode
    counts_in_budget: bool
    starts_on: date | None = None
    ends_on: date | None = None
    holdout: Holdout | None = None

    @property
    def kind(self) -> MessageKind:
        """How its messages are treated."""
        return kind_of(self.purpose)

    @property
    def rule(self) -> str:
        """What a planned message names as its cause."""
        return f"campaign:{self.id}@{self.version}"

    def step(self, step_id: str) -> Step | None:
        """The step, or None."""
        return next((step for step in self.steps if step.id == step_id), None)
