"""What is one step of a patient's course, and where does it stand? Pure."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.domain.course_evidence import Doubt
from bot.domain.evidence import Evidence
from bot.domain.message_kind import MessageKind
from bot.domain.programme import Phase, StepRule, Who


class StepState(StrEnum):
    """Where a step stands on a day."""

    WAITING = "waiting"
    OPEN = "open"
    REPORTED = "reported"
    """Somebody says that it was done; the clinic has not confirmed it, or a result is missing."""
    DONE = "done"
    OVERDUE = "overdue"
    """Its last day is over and it still has to be done."""
    MISSED = "missed"
    """Its window is over and cannot be made up; what follows is another step."""
    FROZEN = "frozen"
    """Not asked any more until a clinician says how it goes on."""
    TOLD = "told"
    """A milestone that lies behind."""

    @property
    def is_pending(self) -> bool:
        """Whether somebody still has to do something, now or later."""
        return self in (self.WAITING, self.OPEN, self.OVERDUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that has to happen in one course."""

    id: str
    asks: StepRule = field(repr=False)
    rule: str
    """The version of the rule under which it stands."""
    category: str
    attempt: int = 0
    """How many windows were missed before this one."""
    opens: date | None
    """First day; None: not known before something else has happened."""
    closes: date | None
    """Last day, inclusive; None: as soon as possible, or at any time."""
    evidence: Evidence | None
    doubt: Doubt | None = None
    """Why what is known does not close it."""
    state: StepState
    act_by: date | None = None
    """The last day that leaves time for the steps behind it and for closed days."""
    slack_days: int | None = None
    """Days between the first day on which it can be done, from today on, and `act_by`."""
    is_sure: bool = True
    """False while what its days count from has not happened; they are the earliest then."""
    cycle: str = ""
    """Steps of one way to one pick-up share it."""

    @property
    def who_acts(self) -> tuple[Who, ...]:
        """Who has to do something."""
        return self.asks.who

    @property
    def kind(self) -> MessageKind:
        """What kind of message its reminders are."""
        return self.asks.kind

    @property
    def phase(self) -> Phase:
        """Which part of the course it belongs to."""
        return self.asks.phase

    @property
    def is_predicted_miss(self) -> bool:
        """Whether it can no longer be done in time, with all that follows it."""
        return self.state.is_pending and self.slack_days is not None and self.slack_days < 0
