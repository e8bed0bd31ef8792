"""What does a blood result say, in which unit, and may that number be true at all? Pure.

No verdict is ever shown to a patient. A number becomes evidence in the unit in which it was said,
and is compared with the clinic's own marks in the first unit of its test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.evidence import Evidence, EvidenceName
from bot.domain.regimen import CourseRegimen, decimal_of
from bot.domain.staffed_hours import StaffedHours

_DAY = timedelta(days=1)
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class LabUnit:
    """One unit of a test."""

    name: str
    written: tuple[str, ...]
    """As people write it, folded."""
    factor: Decimal
    """One of this unit in the first unit of the test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabTest:
    """One thing that is measured in blood."""

    id: str
    names: tuple[str, ...]
    """As people write it, folded."""
    labels: Mapping[str, str]
    """By language."""
    units: tuple[LabUnit, ...]
    """The first one is the unit of marks and bounds."""
    lowest: Decimal
    highest: Decimal
    is_fasting: bool = False
    needs_unit: frozenset[str] = frozenset()
    """Names that mean something else too: they count only with a unit."""
    assumed_unit: str | None = None
    """What a number without a unit means, where all laboratories use the same one."""

    def unit(self, name: str) -> LabUnit | None:
        """The unit with this name, or written like this."""
        said = name.strip().casefold()
        return next((u for u in self.units if said in (u.name.casefold(), *u.written)), None)

    def in_first_unit(self, value: Decimal, unit: LabUnit) -> Decimal:
        """`value` in the first unit of the test, exactly."""
        return value * unit.factor

    def is_plausible(self, value: Decimal, unit: LabUnit) -> bool:
        """Whether a living person can have this value."""
        return self.lowest <= self.in_first_unit(value, unit) <= self.highest


@dataclass(frozen=True, slots=True, kw_only=True)
class LabBook:
    """Every test that Balm can read."""

    tests: tuple[LabTest, ...] = ()

    def test(self, name: str) -> LabTest | None:
        """The test with this id or name, or None."""
        said = name.strip().casefold()
        return next((test for test in self.tests if said == test.id or said in test.names), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabValue:
    """One result as it was said."""

    test: str
    value: Decimal = field(repr=False)
    unit: str

    @property
    def details(self) -> dict[str, str]:
        """What evidence keeps of it."""
        return {"test": self.test, "value": str(self.value), "unit": self.unit}


class Mark(StrEnum):
    """Which of the clinic's marks a value has reached."""

    NONE = "none"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabMarks:
    """From which value on staff want to be told, in the first unit of each test."""

    high: Mapping[str, Decimal]
    critical: Mapping[str, Decimal]

    def reached(self, value: LabValue, book: LabBook) -> Mark:
        """The highest mark that `value` has reached."""
        test = book.test(value.test)
        unit = test.unit(value.unit) if test is not None else None
        if test is None or unit is None:
            return Mark.NONE
        amount = test.in_first_unit(value.value, unit)
        for mark, marks in ((Mark.CRITICAL, self.critical), (Mark.HIGH, self.high)):
            if test.id in marks and amount >= marks[test.id]:
                return mark
        return Mark.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class LabStepRule:
    """One blood test of a profile, in days from an anchor."""

    id: str
    tests: tuple[str, ...]
    from_highest_dose: bool
    """True: from the first day of the highest dose; False: from the first capsule."""
    opens_day: int
    closes_day: int
    every_days: int | None = None
    """Repeated so often while the course runs; None: once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabProfile:
    """When a clinic has blood tests done."""

    id: str
    steps: tuple[LabStepRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabPlan:
    """All that content says of blood tests."""

    book: LabBook = LabBook()
    profiles: Mapping[str, LabProfile] = field(default_factory=dict)
    default: str = ""
    marks: LabMarks
    looked_at: time
    looked_at_not_before: timedelta
    reminded_at: time
    again_after_days: int

    def profile(self, name: str | None) -> LabProfile:
        """The profile of this name, or the usual one."""
        return self.profiles.get(name or "") or self.profiles[self.default]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabStep:
    """One blood test of one course, with what is still missing of it."""

    id: str
    opens: date
    closes: date
    missing: tuple[str, ...]
    """Tests without a result in its days; empty: done."""
    is_fasting: bool


def lab_steps(
    plan: LabPlan, profile: LabProfile, course: CourseRegimen, evidence: Sequence[Evidence]
) -> list[LabStep]:
    """The blood tests of a course by its profile, in order of days; none without a regimen."""
    results = [one for one in evidence if one.name is EvidenceName.LAB_RESULT]
    steps = []
    for rule in profile.steps:
        anchor = _anchor(course, rule)
        if anchor is None:
            continue
        for number, start in enumerate(_repeats(course, rule, anchor)):
            opens, closes = start + rule.opens_day * _DAY, start + rule.closes_day * _DAY
            done = {r.details.get("test") for r in results if opens <= r.on <= closes}
            missing = tuple(test for test in rule.tests if test not in done)
            name = f"{rule.id}-{number + 1}" if rule.every_days else rule.id
            fasts = any(test.is_fasting for test in plan.book.tests if test.id in missing)
            steps.append(
                LabStep(id=name, opens=opens, closes=closes, missing=missing, is_fasting=fasts)
            )
    return sorted(steps, key=lambda step: (step.opens, step.id))


def looks_by(plan: LabPlan, hours: StaffedHours | None, zone: ZoneInfo, now: datetime) -> datetime:
    """By when somebody at the clinic looks at a result: a moment in its staffed hours.

    The clinic's usual hour on the next staffed day that leaves time; its closing time where it is
    not staffed at that hour.
    """
    local = now.astimezone(zone)
    for ahead in range(2 * _WEEK):
        day = local.date() + ahead * _DAY
        if hours is not None and day.weekday() not in hours.days:
            continue
        at = plan.looked_at
        if hours is not None and not hours.opens < at <= hours.closes:
            at = hours.closes
        moment = datetime.combine(day, at, zone)
        if moment >= local + plan.looked_at_not_before:
            return moment
    raise AssertionError("every week has a staffed day")


def value_of(evidence: Evidence) -> LabValue | None:
    """The result that evidence of a laboratory holds, or None."""
    value = decimal_of(evidence.details.get("value"))
    test, unit = evidence.details.get("test"), evidence.details.get("unit")
    if value is None or test is None or unit is None:
        return None
    return LabValue(test=test, value=value, unit=unit)


def _anchor(course: CourseRegimen, rule: LabStepRule) -> date | None:
    if not course.steps:
        return None
    if not rule.from_highest_dose:
        return course.steps[0].regimen.first_day
    doses = [(step.regimen.daily_mg or Decimal(0), step) for step in course.steps]
    highest = max(mg for mg, _ in doses)
    return next(step.begins for mg, step in doses if mg == highest)


def _repeats(course: CourseRegimen, rule: LabStepRule, anchor: date) -> list[date]:
    last = course.steps[-1].regimen.last_day or anchor + 366 * _DAY
    if rule.every_days is None:
        return [anchor] if anchor + rule.opens_day * _DAY <= last else []
    count = max((last - anchor).days - rule.opens_day, -1) // rule.every_days + 1
    return [anchor + n * rule.every_days * _DAY for n in range(count)]
