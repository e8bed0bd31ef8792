"""What does a regulator's programme ask for, under which rule of which date? Dated data. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from enum import StrEnum

from bot.domain.evidence import EvidenceName
from bot.domain.message_kind import MessageKind

CAN, CANNOT, NOT_SET = "can-become-pregnant", "cannot-become-pregnant", "not-set"
CATEGORIES = (CAN, CANNOT, NOT_SET)


class Anchor(StrEnum):
    """The days of a course that a rule can count from, in the patient's own calendar."""

    ENROLMENT = "enrolment"
    PLANNED_START = "planned-start"
    """The day for which the clinic has planned the first capsule."""
    CONTRACEPTION_START = "contraception-start"
    PERIOD_START = "period-start"
    FIRST_TEST = "first-test"
    VISIT = "visit"
    PRESCRIPTION = "prescription"
    TEST_SAMPLE = "test-sample"
    PICK_UP = "pick-up"
    FIRST_CAPSULE = "first-capsule"
    SUPPLY_START = "supply-start"
    """First day of the capsules in hand."""
    MISSED_WINDOW = "missed-window"
    """The day after the last day of a window in which nothing was collected."""
    LAST_CAPSULE = "last-capsule"
    FINAL_TEST = "final-test"


class Phase(StrEnum):
    """Which part of a course a step belongs to."""

    BEFORE = "before"
    """Once, on the way to the first capsule."""
    SUPPLY = "supply"
    """For every supply after the first, counted from the first day of the one before it."""
    COURSE = "course"
    """Counted from the first capsule, once or again and again until the last."""
    AFTER = "after"
    """Counted from the last capsule."""


class Confidence(StrEnum):
    """Whether a rule was checked against the regulator's own text."""

    CONFIRMED = "confirmed"
    TO_BE_CHECKED = "to-be-checked"


class Who(StrEnum):
    """Who has to do something for a step to be done."""

    PATIENT = "patient"
    CLINIC = "clinic"
    PRESCRIBER = "prescriber"
    PHARMACY = "pharmacy"


class Place(StrEnum):
    """Where a test has to be taken to count."""

    ANY = "any"
    MEDICAL = "medical"
    HOME_IF_PERMITTED = "home-if-permitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A day, counted in calendar days from an anchor."""

    anchor: Anchor
    days: int
    firm: bool = False
    """What is done before this day does not count; otherwise the clinic's date overrides it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of a rule."""

    id: str
    valid_from: date | None
    """First day; None: since ever, or from the day of the change `starts_with`."""
    valid_to: date | None
    """Last day; None: still, or until the day before the change `ends_with`."""
    starts_with: str | None = None
    ends_with: str | None = None
    required: bool = True
    """False: from then on nothing is asked."""
    opens: tuple[Bound, ...]
    """The latest of these; unknown anchors are left out."""
    closes: tuple[Bound, ...]
    """The earliest of these, inclusive; none: no last day."""
    place: Place = Place.ANY
    under_age_years: int | None = None
    """Only for patients younger than this on the day on which the step opens."""
    source: str
    confidence: Confidence
    reviewer: str | None

    def holds_on(self, day: date) -> bool:
        """Whether this version is in force on `day`."""
        since = self.valid_from is None or self.valid_from <= day
        return since and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReminder:
    """A message about a step, on days counted from where the step opens or closes."""

    id: str
    message: str
    """Name of the discreet text, which a lock screen may show."""
    full: str | None
    """Name of the text that READY opens; None: the discreet one says it all."""
    from_closing: bool = False
    after_missed: bool = False
    """Days count from the day after a missed closing, and only when it was missed."""
    days: tuple[int, ...]
    at: tuple[time, ...]
    kind: MessageKind | None = None
    """None: the kind of its step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule:
    """Something that has to happen in a category, with every version of its rule."""

    id: str
    phase: Phase
    evidence: EvidenceName | None
    """What closes the step; None: a milestone that only tells."""
    who: tuple[Who, ...]
    kind: MessageKind
    sets: Anchor | None = None
    first_number: int | None = None
    """Number of the step for the second supply; None: the id stands without a number."""
    test: str | None = None
    """For laboratory results: which profile."""
    needs_negative: bool = False
    is_safety: bool = True
    """Only the clinic's word closes it; the patient's own stops the nagging."""
    only_in_time: bool = False
    """What is done after its last day does not count; another step follows."""
    in_window: bool = False
    """Part of the way from the test to the pharmacy: done again after a missed window."""
    starts_window: bool = False
    ends_window: bool = False
    ends_on_hold: bool = False
    """Not asked while a hold is open."""
    needs_open_day: bool = False
    """Cannot be done while clinic and pharmacy are closed."""
    takes_days: int = 0
    """Working days from the step before it until this one can be done."""
    every_days: int | None = None
    requires: tuple[str, ...] = ()
    """Steps that must be done first."""
    versions: tuple[Rule, ...]
    again: tuple[Rule, ...] = ()
    """What holds instead when the window was missed; the version of the day of the miss."""
    reminders: tuple[StepReminder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRules:
    """The steps of one pregnancy category of a programme, in order."""

    id: str
    methods_needed: int
    """How many contraceptive methods together; 0: not applicable."""
    one_is_enough: tuple[str, ...] = ()
    """Methods that need no second one."""
    not_accepted: tuple[str, ...] = ()
    may_abstain: bool = False
    steps: tuple[StepRule, ...]
    announced_days: int = 0
    """How long before a step opens its first message can go out."""

    @property
    def lead_days(self) -> int:
        """How many days before the first capsule the first step opens."""
        offsets = [
            bound.days
            for step in self.steps
            if step.phase is Phase.BEFORE
            for rule in step.versions
            for bound in rule.opens
            if bound.anchor is Anchor.PLANNED_START
        ]
        return -min(offsets, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A change of rules that takes effect on one day, which may still have to be confirmed."""

    id: str
    what: str
    announced_on: date
    planned_for: date | None
    effective_on: date | None
    """None until a source or the clinic has confirmed the day: the old rules hold."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """When the last day of a pick-up window ends."""

    at: time
    zone: str
    """None of the patient's business: the regulator's own clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A regulator's rule set; rules carry their own dates."""

    id: str
    version: str
    name: str
    regions: tuple[str, ...]
    supply_days: int
    """How many days the capsules of one pick-up last."""
    notice_days: int
    """How long before its deadline a predicted miss is on the clinic's list."""
    urgent_slack_days: int
    cutoff: Cutoff | None
    changes: tuple[RuleChange, ...]
    categories: Mapping[str, CategoryRules]
    words: str = field(default="", repr=False)
    """The file as it was read: what a clinician signs."""

    def with_dates(self, effective: Mapping[str, date]) -> "Programme":
        """The programme with the days that the clinic has confirmed for changes, by change id."""
        changes = tuple(
            replace(one, effective_on=effective.get(one.id, one.effective_on))
            for one in self.changes
        )
        known = {one.id: one.effective_on for one in changes}
        categories = {
            name: replace(rules, steps=tuple(_dated_step(step, known) for step in rules.steps))
            for name, rules in self.categories.items()
        }
        return replace(self, changes=changes, categories=categories)

    def unconfirmed(self) -> Sequence[RuleChange]:
        """Changes whose day nobody has confirmed."""
        return [one for one in self.changes if one.effective_on is None]


def rule_on(versions: Sequence[Rule], day: date) -> Rule | None:
    """The version in force on `day`; None where nothing is asked."""
    found = next((rule for rule in versions if rule.holds_on(day)), None)
    return found if found is not None and found.required else None


def _dated_step(step: StepRule, known: Mapping[str, date | None]) -> StepRule:
    return replace(
        step,
        versions=tuple(_dated(rule, known) for rule in step.versions),
        again=tuple(_dated(rule, known) for rule in step.again),
    )


def _dated(rule: Rule, known: Mapping[str, date | None]) -> Rule:
    """A change without a day leaves the old version in force and the new one never."""
    since, last = rule.valid_from, rule.valid_to
    if rule.starts_with is not None:
        since = known[rule.starts_with] or date.max
    if rule.ends_with is not None:
        starts_on = known[rule.ends_with]
        last = starts_on - timedelta(days=1) if starts_on is not None else None
    return replace(rule, valid_from=since, valid_to=last)
