"""What is asked of a simulated course, and what came of it? Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.behaviour import Behaviour, Lines
from bot.domain.identity import Channel, Region
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Fact, FactValue
from bot.domain.plan import PlanSource
from bot.domain.schedule import SlotTime, instant


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRequest:
    """A course to live through, and who lives it."""

    programme: str
    category: str
    first_day: date
    """Local day of the first capsule."""
    weeks: int
    zone: ZoneInfo
    slots: tuple[SlotTime, ...]
    dose: str
    """As a prescriber writes it: "40 mg at 20:00"."""
    behaviour: Behaviour
    lines: Lines
    language: str = "en"
    channel: Channel = Channel.TELEGRAM
    region: Region = Region.US
    joins_days_before: int = 1
    """How many days before the first capsule the patient joins."""
    days_after: int = 7
    """How many days after the last capsule are still lived through."""
    seed: int = 1
    facts: tuple[Fact, ...] = ()
    """Facts besides those that follow from the rest."""
    sources: tuple[PlanSource, ...] = ()
    """What plans messages besides the course itself: a campaign to preview."""

    @property
    def last_day(self) -> date:
        """Local day of the last capsule."""
        return self.first_day + timedelta(weeks=self.weeks) - timedelta(days=1)

    @property
    def begins_at(self) -> datetime:
        """Nine in the morning of the day on which the patient joins (UTC)."""
        return instant(self.first_day - timedelta(days=self.joins_days_before), time(9), self.zone)

    @property
    def ends_at(self) -> datetime:
        """The end of the last day that is lived through (UTC)."""
        return instant(self.last_day + timedelta(days=self.days_after + 1), time(0), self.zone)

    @property
    def main_time(self) -> time:
        """The hour that the patient chose."""
        return max(slot.at for slot in self.slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a message was sent."""

    rule: str
    """The rule, campaign or answer that asked for it."""
    planned_for: datetime | None = None
    """When it was due by plan, in the patient's zone; None: it answered something."""
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    """What was true of the patient and was looked at, by kind of fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMessage:
    """One message that left."""

    at: datetime
    """With the offset of the patient's zone on that day."""
    kind: MessageKind
    channel: Channel
    text: str
    template: str
    occurrence: str | None
    """Reminder, slot and local day; None for an answer."""
    rule: str | None
    why: Why
    buttons: tuple[tuple[str, ...], ...] = ()
    replaces: bool = False
    """It took the place of the message whose button was pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDeed:
    """One thing that the person, or the clinic for them, did."""

    at: datetime
    by: str
    what: str
    """The text typed, the label pressed, or a coded word for anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedCase:
    """One case that was opened for staff."""

    at: datetime
    category: str
    urgency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDose:
    """What became of one planned capsule."""

    day: date
    slot: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedStep:
    """One step of the programme, as it stands at the end."""

    id: str
    kind: MessageKind
    opens: date | None
    closes: date | None
    rule: str
    state: str
    is_window: bool
    """Its days are a window that can be missed, not only a time to remember."""
    done_on: date | None
    evidence: Mapping[str, str] | None
    """What shows that it was done, coded."""
    who_acts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the independent check of the timeline found."""

    findings: Sequence[str] = ()

    @property
    def is_ok(self) -> bool:
        """Whether every day of it agrees with the programme's rules."""
        return not self.findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A whole course, as it was lived."""

    request: CourseRequest
    began_at: datetime
    ended_at: datetime
    messages: Sequence[SimulatedMessage]
    deeds: Sequence[SimulatedDeed]
    cases: Sequence[SimulatedCase]
    doses: Sequence[SimulatedDose]
    facts: Sequence[Fact]
    """All facts of the patient at the end."""
    steps: Sequence[SimulatedStep] = ()
    verdict: Verdict = Verdict()
