"""What must happen when on a patient's course, under which rule, and what shows that it did? Pure.

Days are the patient's own calendar days. A step that is not done yet counts as done on the first
day on which it still can be, so that everything behind it moves when it is late.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.closed_days import ClosedDays
from bot.domain.course_evidence import POSITIVE, EvidencePool
from bot.domain.course_walk import CourseDays, CourseWalk
from bot.domain.evidence import Evidence, EvidenceName, EvidenceSource, evidence_at
from bot.domain.patient import Fact, FactKind, PatientState, current
from bot.domain.programme import NOT_SET, Anchor, CategoryRules, Phase, Programme
from bot.domain.schedule import instant
from bot.domain.step import Step, StepState
from bot.domain.window import with_slack

HOME_TESTS = "home_tests"
"""Key of the programme fact that says whether the prescriber permits tests at home."""
_ONE_DAY = timedelta(days=1)
_KEPT = (StepState.DONE, StepState.MISSED, StepState.REPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything that a programme asks of one patient, as seen on one day."""

    programme: Programme = field(repr=False)
    category: str
    today: date
    steps: tuple[Step, ...]
    first_capsule: date | None = None
    """Recorded, or the first day on which it can be; None: no course is planned."""
    last_capsule: date | None = None
    is_last_reported: bool = False
    """Only the patient has said so."""
    frozen_since: date | None = None
    """A pregnancy was reported on that day: nothing is asked before a clinician says so."""

    def step(self, step_id: str) -> Step:
        """The step of this id in the category of today. Raises KeyError."""
        for step in self.steps:
            if step.id == step_id and step.category == self.category:
                return step
        raise KeyError(step_id)


def timeline(
    facts: Sequence[Fact],
    state: PatientState,
    *,
    programme: Programme,
    today: date,
    closed_days: ClosedDays,
    until: date | None = None,
) -> Timeline:
    """The course as known at the end of `today`; no steps without a plan or a category.

    `until` spares those that open later; None: the whole course.
    """
    seen_at = instant(today + _ONE_DAY, time(0), state.zone)
    regimen = current(facts, FactKind.REGIMEN, at=seen_at)
    categories = _categories(facts, state.zone, seen_at)
    category = categories[-1][1] if categories else NOT_SET
    rules = programme.categories.get(category)
    nothing = Timeline(programme=programme, category=category, today=today, steps=())
    if regimen is None or rules is None:
        return nothing
    course = _Course(
        programme=programme,
        state=state,
        today=today,
        evidence=tuple(evidence_at(facts, at=seen_at)),
        categories=categories,
        planned_start=date.fromisoformat(str(regimen["first_day"])),
        planned_end=_day(regimen.get("last_day")),
        stopped_on=_stopped_on(facts, state.zone, seen_at),
        until=until,
        permits_home=bool((current(facts, FactKind.PROGRAMME, at=seen_at) or {}).get(HOME_TESTS)),
    )
    return course.timeline(rules, closed_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    programme: Programme
    state: PatientState
    today: date
    evidence: Sequence[Evidence]
    categories: Sequence[tuple[date, str]]
    """Since which day which category, in order; the clinic sets it."""
    planned_start: date
    planned_end: date | None
    stopped_on: date | None
    permits_home: bool
    until: date | None

    def timeline(self, rules: CategoryRules, closed: ClosedDays) -> Timeline:
        frozen = self._frozen_since()
        seen_on = min(self.today, frozen) if frozen is not None else self.today
        walk, former = self._walk(rules, seen_on)
        steps = [*former, *self._after_change(walk.run())]
        held = self.state.hold is not None
        if self.until is not None:
            steps = [s for s in steps if s.opens is None or s.opens <= self.until]
        steps = [_frozen(s, all_of_it=frozen is not None, pick_up=held) for s in steps]
        return Timeline(
            programme=self.programme,
            category=rules.id,
            today=self.today,
            steps=tuple(with_slack(steps, closed, today=self.today)),
            first_capsule=walk.first_capsule,
            last_capsule=walk.days.last_capsule,
            is_last_reported=self._end()[1],
            frozen_since=frozen,
        )

    def _walk(self, rules: CategoryRules, today: date) -> tuple[CourseWalk, Sequence[Step]]:
        restarts_on = self._restarts_on(rules)
        former: Sequence[Step] = ()
        start = self.planned_start
        if restarts_on is not None:
            former = self._former(restarts_on)
            start = max(start, restarts_on + timedelta(days=rules.lead_days))
        end, _ = self._end()
        days = CourseDays(
            today=today,
            born_on=self.state.patient.born_on,
            planned_start=start,
            last_capsule=end,
            has_ended=self._has_ended(),
            until=self.until,
            floor=restarts_on or self._floor(),
        )
        walk = CourseWalk(
            programme=self.programme, rules=rules, days=days, pool=self._pool(rules, days.floor)
        )
        self._add_period(walk, restarts_on)
        return walk, former

    def _pool(self, rules: CategoryRules, floor: date | None) -> EvidencePool:
        known = [one for one in self.evidence if floor is None or one.on >= floor]
        named = frozenset(step.test for step in rules.steps if step.test is not None)
        return EvidencePool(known, permits_home_tests=self.permits_home, named_tests=named)

    def _add_period(self, walk: CourseWalk, since: date | None) -> None:
        periods = [
            one.on
            for one in self.evidence
            if one.name is EvidenceName.PERIOD_STARTED and (since is None or one.on >= since)
        ]
        if periods:
            walk.anchors[Anchor.PERIOD_START] = max(periods)

    def _restarts_on(self, rules: CategoryRules) -> date | None:
        """The day on which the clinic set a category that needs its whole way to be gone anew.

        Before the first capsule nothing restarts: the way is then gone once, under the category
        that holds.
        """
        changes = [one for one in self.categories if one[1] != NOT_SET]
        if len(changes) < 2 or rules.methods_needed == 0:
            return None
        changed_on = changes[-1][0]
        begun = self._first_capsule_on()
        return changed_on if begun is not None and begun < changed_on else None

    def _former(self, until: date) -> Sequence[Step]:
        """What was done or missed under the category before; the rest is not asked any more."""
        earlier = [one for one in self.categories if one[0] < until]
        rules = self.programme.categories.get(earlier[-1][1]) if earlier else None
        if rules is None:
            return ()
        before = replace(
            self,
            today=until - _ONE_DAY,
            categories=earlier,
            evidence=[one for one in self.evidence if one.on < until],
        )
        walk, former = before._walk(rules, before.today)
        return [*former, *(step for step in walk.run() if step.state in _KEPT)]

    def _after_change(self, steps: Sequence[Step]) -> list[Step]:
        """A category that asks for less, set during a course, asks for nothing of the past."""
        changes = [one for one in self.categories if one[1] != NOT_SET]
        begun = self._first_capsule_on()
        if len(changes) < 2 or begun is None or begun >= changes[-1][0]:
            return list(steps)
        changed_on = changes[-1][0]
        return [
            step
            for step in steps
            if step.state in _KEPT
            or step.closes is None
            or step.closes >= changed_on
            or step.phase is Phase.AFTER
        ]

    def _first_capsule_on(self) -> date | None:
        floor = self._floor()
        return next(
            (
                one.on
                for one in self.evidence
                if one.name is EvidenceName.FIRST_CAPSULE and (floor is None or one.on >= floor)
            ),
            None,
        )

    def _floor(self) -> date | None:
        """The day after the last capsule of an earlier course."""
        earlier = [one.on for one in self._ends() if one.on < self.planned_start]
        return max(earlier) + _ONE_DAY if earlier else None

    def _ends(self) -> list[Evidence]:
        return [one for one in self.evidence if one.name is EvidenceName.LAST_CAPSULE]

    def _end(self) -> tuple[date | None, bool]:
        """The last capsule: recorded, else reported, else planned; and whether only reported."""
        ends = [one for one in self._ends() if one.on >= self.planned_start]
        by_clinic = [one.on for one in ends if one.source is EvidenceSource.CLINIC]
        if by_clinic:
            return max(by_clinic), False
        if ends:
            return max(one.on for one in ends), True
        if self.stopped_on is not None:
            return self.stopped_on, True
        return self.planned_end, False

    def _has_ended(self) -> bool:
        end, is_reported = self._end()
        is_recorded = end is not None and end != self.planned_end
        said = is_reported or is_recorded or any(one.on == end for one in self._ends())
        return end is not None and end <= self.today and said

    def _frozen_since(self) -> date | None:
        """The first day since which a pregnancy is reported or a test shows one."""
        return min(
            (
                one.on
                for one in self.evidence
                if one.name is EvidenceName.PREGNANCY_REPORTED
                or (one.name is EvidenceName.PREGNANCY_TEST and one.result == POSITIVE)
            ),
            default=None,
        )


def _frozen(step: Step, *, all_of_it: bool, pick_up: bool) -> Step:
    stops = all_of_it or (pick_up and step.asks.ends_on_hold)
    return replace(step, state=StepState.FROZEN) if stops and step.state.is_pending else step


def _categories(
    facts: Iterable[Fact], zone: ZoneInfo, seen_at: datetime
) -> Sequence[tuple[date, str]]:
    """The categories in the order in which they took effect, each named once in a row."""
    known = [f for f in facts if f.kind is FactKind.CATEGORY and f.effective_at <= seen_at]
    known.sort(key=lambda fact: (fact.effective_at, fact.recorded_at))
    found: list[tuple[date, str]] = []
    for fact in known:
        category = str(fact.value["category"])
        if not found or found[-1][1] != category:
            found.append((fact.effective_at.astimezone(zone).date(), category))
    return found


def _stopped_on(facts: Sequence[Fact], zone: ZoneInfo, seen_at: datetime) -> date | None:
    """The day of the last capsule as the patient's "I stopped" tells it."""
    stops = [f for f in facts if f.kind is FactKind.DOSING_STOPPED and f.effective_at <= seen_at]
    if not stops:
        return None
    latest = max(stops, key=lambda fact: (fact.effective_at, fact.recorded_at))
    if not latest.value.get("stopped"):
        return None
    return _day(latest.value.get("last_day")) or latest.effective_at.astimezone(zone).date()


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None
