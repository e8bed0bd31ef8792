"""How much has a patient taken by now, and when might the prescriber's target be reached? Pure.

A patient sees no more of it than the interval beside the target that the prescriber has set, and
never a finish date: whether a course is over is the prescriber's decision.
A dose of which nobody knows whether it was taken counts as 0 in the lower bound and fully in the
upper one, so every total is an interval. A missed dose is missed: nothing here catches it up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.domain.patient import Fact, FactKind, current
from bot.domain.regimen import CourseRegimen, decimal_of
from bot.domain.schedule import PlannedSlot, Regimen, plan_slots

_DAY = timedelta(days=1)
_LOOK_AHEAD = timedelta(days=3 * 366)
"""A target that is not reached by then has no finish date."""
_ZERO = Decimal(0)
TAKEN, NOT_TODAY = "taken", "not-today"
"""Words about a dose that leave no doubt; "later" and silence do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A number that is known to lie between two, both included."""

    low: Decimal = _ZERO
    high: Decimal = _ZERO

    def plus(self, low: Decimal, high: Decimal) -> "Between":
        """This interval moved by at least `low` and at most `high`."""
        return Between(low=self.low + low, high=self.high + high)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseWord:
    """The latest word about the dose of a day and slot; no slot: about the whole day."""

    day: date
    slot: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What the patient weighed on a day."""

    on: date
    kg: Decimal = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The prescriber's cumulative target in mg per kg of body weight."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Cumulative:
    """What was taken, as intervals, and how many doses each word covers."""

    mg: Between | None = field(repr=False)
    """None: the clinic has not said how many mg a day."""
    mg_per_kg: Between | None = field(repr=False)
    """Each dose by the weight of its own day; None: no weight or no mg is known."""
    taken: int
    skipped: int
    held: int
    """Doses on a hold, a stop or a pause; neither taken nor missed."""
    unknown: int
    """Doses with no word about them, which widen the interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishRange:
    """Between which days the target would be reached if every dose from now on were taken."""

    earliest: date | None
    """Its lower end with everything unknown counted as taken; None: not under this regimen."""
    latest: date | None
    """Its upper end with everything unknown counted as missed; None: not under this regimen."""


def weights_of(facts: Iterable[Fact]) -> list[Weight]:
    """The weight of each day on which it was recorded; a correction is recorded later."""
    found: dict[date, Weight] = {}
    for fact in sorted(facts, key=lambda fact: fact.recorded_at):
        kg = decimal_of(fact.value.get("kg")) if fact.kind is FactKind.WEIGHT else None
        if kg:
            on = date.fromisoformat(str(fact.value["on"]))
            found[on] = Weight(on=on, kg=kg)
            if fact.value.get("withdrawn"):
                del found[on]
    return [found[on] for on in sorted(found)]


def target_of(facts: Iterable[Fact], *, at: datetime) -> Target | None:
    """The target in force at `at`, or None."""
    value = current(facts, FactKind.TARGET, at=at) or {}
    low, high = decimal_of(value.get("mg_per_kg_low")), decimal_of(value.get("mg_per_kg_high"))
    return Target(low=low, high=high) if low is not None and high is not None else None


def taken_by(
    course: CourseRegimen,
    words: Sequence[DoseWord],
    facts: Sequence[Fact],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Cumulative:
    """What was taken of every dose that was due by `now`."""
    said = {(word.day, word.slot): word.answer for word in words}
    weights = weights_of(facts)
    count = dict.fromkeys(("taken", "skipped", "held", "unknown"), 0)
    mg, per_kg = Between(), Between()
    is_known = bool(course.steps)
    for regimen, dose in due_doses(course, zone=zone, now=now):
        outcome = _outcome(dose, said, course, facts)
        count[outcome] += 1
        amount = _mg(regimen, dose)
        if amount is None:
            is_known = False
            continue
        low, high = (amount if outcome in known else _ZERO for known in _COUNTS)
        mg = mg.plus(low, high)
        if kg := weight_on(weights, dose.day):
            per_kg = per_kg.plus(low / kg, high / kg)
    return Cumulative(
        mg=mg if is_known else None,
        mg_per_kg=per_kg if is_known and weights else None,
        taken=count["taken"],
        skipped=count["skipped"],
        held=count["held"],
        unknown=count["unknown"],
    )


_COUNTS = (("taken",), ("taken", "unknown"))
"""What the lower and the upper bound count in full."""


def due_doses(
    course: CourseRegimen, *, zone: ZoneInfo, now: datetime
) -> list[tuple[Regimen, PlannedSlot]]:
    """Every dose of the course that was due by `now`, paused days included, in order."""
    begin = datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
    return [
        (regimen, dose)
        for regimen in course.stretches()
        for dose in plan_slots(regimen, zone, after=begin, until=now)
    ]


def finish_range(
    course: CourseRegimen,
    total: Cumulative,
    target: Target,
    weights: Sequence[Weight],
    *,
    today: date,
) -> FinishRange | None:
    """When the target would be reached by taking every dose after `today`; None: nobody can say."""
    if total.mg_per_kg is None:
        return None
    return FinishRange(
        earliest=_reached_on(course, weights, target.low - total.mg_per_kg.high, today),
        latest=_reached_on(course, weights, target.high - total.mg_per_kg.low, today),
    )


def weight_on(weights: Sequence[Weight], day: date) -> Decimal | None:
    """The weight in force on `day`: the last one before it, else the first one; None: none."""
    before = [weight for weight in weights if weight.on <= day]
    found = before[-1] if before else next(iter(weights), None)
    return found.kg if found is not None else None


def was_off(facts: Sequence[Fact], at: datetime) -> bool:
    """Whether the capsules were on hold or stopped at `at`."""
    hold = current(facts, FactKind.HOLD, at=at) or {}
    stopped = current(facts, FactKind.DOSING_STOPPED, at=at) or {}
    return bool(hold.get("category") or stopped.get("stopped"))


def _outcome(
    dose: PlannedSlot,
    said: Mapping[tuple[date, str], str],
    course: CourseRegimen,
    facts: Sequence[Fact],
) -> str:
    word = said.get((dose.day, dose.slot)) or said.get((dose.day, ""))
    if word == TAKEN:
        return "taken"
    if word == NOT_TODAY:
        return "skipped"
    is_held = course.is_paused(dose.day) or was_off(facts, dose.due)
    return "held" if is_held else "unknown"


def _mg(regimen: Regimen, dose: PlannedSlot) -> Decimal | None:
    slot = next(slot for slot in regimen.slots if slot.slot == dose.slot)
    return regimen.mg_of(slot)


def _reached_on(
    course: CourseRegimen, weights: Sequence[Weight], missing: Decimal, today: date
) -> date | None:
    if missing <= 0:
        return today
    day = today
    while day < today + _LOOK_AHEAD:
        day += _DAY
        regimen = course.on(day)
        kg = weight_on(weights, day)
        if regimen is None or kg is None or not course.has_dose_on(day):
            continue
        amounts = [regimen.mg_of(slot) for slot in regimen.slots]
        missing -= sum((mg for mg in amounts if mg is not None), _ZERO) / kg
        if missing <= 0:
            return day
    return None
