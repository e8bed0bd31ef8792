"""How do a category's rules, and what was shown, become dated steps in order? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bot.domain.course_evidence import NOTHING, Doubt, EvidencePool, Match
from bot.domain.patient import age_in_years
from bot.domain.programme import (
    Anchor,
    Bound,
    CategoryRules,
    Phase,
    Programme,
    Rule,
    StepRule,
    rule_on,
)
from bot.domain.step import Step, StepState

_ONE_DAY = timedelta(days=1)
_MOST_ATTEMPTS = 24
"""More missed windows in a row than this is a course that has ended without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseDays:
    """What the walk starts from."""

    today: date
    born_on: date
    planned_start: date
    last_capsule: date | None
    """Planned, reported or recorded; None: no end is set."""
    has_ended: bool
    """The last capsule has been taken: nothing more is collected."""
    until: date | None
    """Nothing that opens after this day is of interest; None: everything is."""
    floor: date | None
    """What was shown before this day belongs to an earlier course or category."""


@dataclass(slots=True, kw_only=True)
class CourseWalk:
    """Goes through the phases of one course; used once."""

    programme: Programme
    rules: CategoryRules
    days: CourseDays
    pool: EvidencePool
    steps: list[Step] = field(default_factory=list)
    anchors: dict[Anchor, date] = field(default_factory=dict)
    expected: set[Anchor] = field(default_factory=set)
    """Anchors that nothing shows yet: a first day on which they can be, not a day that was."""

    def run(self) -> list[Step]:
        """All steps, in the order of the programme."""
        days = self.days
        self.anchors[Anchor.PLANNED_START] = days.planned_start
        self._before()
        self._supplies()
        self._course()
        is_far = days.until is not None and (days.last_capsule or date.max) > days.until
        if days.last_capsule is not None and not is_far:
            self.anchors[Anchor.LAST_CAPSULE] = days.last_capsule
            for asked in self._phase(Phase.AFTER):
                self._place(asked, asked.id, floor=days.floor)
        return self.steps

    @property
    def first_capsule(self) -> date:
        """The day of the first capsule, or the first on which it can be."""
        return self.anchors.get(Anchor.FIRST_CAPSULE, self.days.planned_start)

    def _phase(self, phase: Phase) -> list[StepRule]:
        return [step for step in self.rules.steps if step.phase is phase]

    def _before(self) -> None:
        asked = self._phase(Phase.BEFORE)
        window = [step for step in asked if step.in_window]
        for step in asked:
            if not step.in_window:
                self._place(step, step.id, floor=self.days.floor)
            elif step.starts_window:
                self._window(window, [one.id for one in window], "first", floor=self.days.floor)

    def _supplies(self) -> None:
        asked = self._phase(Phase.SUPPLY)
        window = [step for step in asked if step.in_window]
        start, number = self.first_capsule, 2
        length = timedelta(days=self.programme.supply_days)
        until = self.days.until
        while self._needs_supply(start + length, number) and (until is None or start <= until):
            self.anchors[Anchor.SUPPLY_START] = start
            floor = start + _ONE_DAY
            for step in asked:
                if not step.in_window:
                    self._place(step, _numbered(step, number), floor=floor)
                elif step.starts_window:
                    names = [_numbered(one, number) for one in window]
                    self._window(window, names, f"supply-{number}", floor=floor)
            collected = self.anchors.get(Anchor.PICK_UP) if window else None
            start = max(start + length, collected or date.min)
            number += 1

    def _needs_supply(self, runs_out: date, number: int) -> bool:
        last = self.days.last_capsule
        if last is not None:
            return runs_out <= last
        ahead = timedelta(days=self.programme.supply_days)
        return runs_out <= self.days.today + 2 * ahead or number == 2

    def _course(self) -> None:
        first, last = self.first_capsule, self.days.last_capsule
        until = last if last is not None else self.days.today + timedelta(days=400)
        for asked in self._phase(Phase.COURSE):
            if asked.every_days is None:
                self._place(asked, asked.id, floor=first + _ONE_DAY, ends=last)
                continue
            number, shift, floor = 1, 0, first + _ONE_DAY
            while True:
                placed = self._place(
                    asked, _numbered(asked, number, second=1), floor=floor, shift=shift, ends=last
                )
                if placed is None or placed.opens is None or placed.opens > until:
                    break
                number, shift = number + 1, shift + asked.every_days
                floor = placed.opens + _ONE_DAY
                if last is None and placed.opens > self.days.today:
                    break

    def _window(
        self, asked: Sequence[StepRule], names: Sequence[str], cycle: str, *, floor: date | None
    ) -> None:
        """The way to one pick-up; when its window was missed, the way again."""
        missed: date | None = None
        for attempt in range(_MOST_ATTEMPTS):
            suffix = f"-again-{attempt}" if attempt else ""
            collected: Step | None = None
            for step, name in zip(asked, names, strict=True):
                placed = self._place(
                    step, name + suffix, floor=floor, attempt=attempt, missed=missed, cycle=cycle
                )
                floor = self._floor_after(step, placed, floor)
                if step.ends_window:
                    collected = placed
            if collected is not None:
                self._settle_mates(collected)
            if collected is None or collected.state is not StepState.MISSED:
                return
            assert collected.closes is not None
            floor = missed = collected.closes + _ONE_DAY
            self.anchors[Anchor.MISSED_WINDOW] = missed

    def _settle_mates(self, collected: Step) -> None:
        """With a window gone or used, what nobody has shown of its way is a gap."""
        if collected.state not in (StepState.MISSED, StepState.DONE):
            return
        for index, step in enumerate(self.steps):
            is_mate = step.cycle == collected.cycle and step.attempt == collected.attempt
            last = min(collected.evidence.on if collected.evidence else date.max, self.days.today)
            if is_mate and step.state.is_pending and step.opens and step.opens <= last:
                self.steps[index] = replace(step, state=StepState.MISSED)

    def _floor_after(self, step: StepRule, placed: Step | None, floor: date | None) -> date | None:
        """What follows the sample cannot have been done before it, or before it could be taken."""
        if not step.starts_window or placed is None:
            return floor
        return placed.evidence.on if placed.evidence is not None else placed.opens

    def _place(
        self,
        asked: StepRule,
        name: str,
        *,
        floor: date | None,
        attempt: int = 0,
        missed: date | None = None,
        shift: int = 0,
        cycle: str = "",
        ends: date | None = None,
    ) -> Step | None:
        """The step with its days and what is known of it; None where nothing is asked."""
        rule = self._rule(asked, missed, shift)
        if rule is None:
            return None
        opens = self._opens(rule, shift)
        if ends is not None and opens is not None and opens > ends:
            return None
        closes = self._closes(rule, opens, shift)
        match = self._match(asked, rule, floor, (opens, closes))
        is_sure = not any(bound.anchor in self.expected for bound in rule.opens)
        state = self._state(asked, opens if is_sure else None, closes, match)
        if self._is_void(asked, state):
            return None
        placed = Step(
            id=name,
            asks=asked,
            rule=rule.id,
            category=self.rules.id,
            attempt=attempt,
            opens=opens,
            closes=closes,
            evidence=match.evidence,
            doubt=match.doubt,
            state=state,
            cycle=cycle,
            is_sure=is_sure,
        )
        self.steps.append(placed)
        self._set_anchor(asked, placed)
        return placed

    def _rule(self, asked: StepRule, missed: date | None, shift: int) -> Rule | None:
        """The version of the day on which the step opens, or on which its window was missed."""
        if missed is not None and asked.again:
            return rule_on(asked.again, missed)
        rule: Rule | None
        if len(asked.versions) == 1:
            rule = asked.versions[0]
        else:
            known = next(rule for rule in reversed(asked.versions) if rule.opens)
            opens = self._opens(known, shift)
            rule = rule_on(asked.versions, opens if opens is not None else self.days.today)
        if rule is None or not rule.required:
            return None
        if rule.under_age_years is not None:
            on = self._opens(rule, shift) or self.days.today
            return rule if age_in_years(self.days.born_on, on) < rule.under_age_years else None
        return rule

    def _opens(self, rule: Rule, shift: int) -> date | None:
        if len(rule.opens) == 1:
            return self._day(rule.opens[0], shift)
        return max(
            (day for bound in rule.opens if (day := self._day(bound, shift)) is not None),
            default=None,
        )

    def _closes(self, rule: Rule, opens: date | None, shift: int) -> date | None:
        """The earliest last day that does not lie before the first."""
        if opens is None or not rule.closes:
            return None
        return min(
            (
                day
                for bound in rule.closes
                if (day := self._day(bound, shift)) is not None and day >= opens
            ),
            default=None,
        )

    def _day(self, bound: Bound, shift: int) -> date | None:
        anchor = self.anchors.get(bound.anchor)
        return anchor + timedelta(days=bound.days + shift) if anchor is not None else None

    def _match(
        self,
        asked: StepRule,
        rule: Rule,
        floor: date | None,
        window: tuple[date | None, date | None],
    ) -> Match:
        opens, closes = window
        if asked.evidence is None:
            return NOTHING
        firm = [day for b in rule.opens if b.firm and (day := self._day(b, 0)) is not None]
        since = max((*firm, floor or date.min))
        ceiling = self.days.last_capsule if asked.phase is Phase.SUPPLY else None
        if asked.only_in_time:
            ceiling = closes
        if asked.ends_window and closes is not None:
            return self._collected(asked, rule, since, closes)
        if asked.starts_window:
            ceiling = self._before_pick_up(asked, opens, ceiling)
        return self.pool.take(asked, rule, floor=since, ceiling=ceiling)

    def _before_pick_up(
        self, asked: StepRule, opens: date | None, ceiling: date | None
    ) -> date | None:
        """A test counts for the pick-up that follows it, not for one before it."""
        ends = next(s for s in self._phase(asked.phase) if s.ends_window)
        if opens is None or ends.evidence is None:
            return ceiling
        collected = self.pool.first_of(ends.evidence, since=opens, unused=True)
        return ceiling if collected is None else min(ceiling or date.max, collected.on)

    def _collected(self, asked: StepRule, rule: Rule, since: date, closes: date) -> Match:
        """A pick-up in its window; one outside it counts, marked, unless a new test came first."""
        assert asked.evidence is not None
        match = self.pool.take(asked, rule, floor=since, ceiling=closes)
        if match.evidence is not None:
            return match
        late = self.pool.take(asked, rule, floor=closes + _ONE_DAY, ceiling=self._next_sample())
        if late.evidence is None:
            return match
        return Match(evidence=late.evidence, doubt=late.doubt or Doubt.OUTSIDE_WINDOW)

    def _next_sample(self) -> date:
        """The day before the next test after the one that the window counts from."""
        starting = next((s.asks for s in reversed(self.steps) if s.asks.starts_window), None)
        if starting is None or starting.evidence is None or starting.sets is None:
            return date.max
        sample = self.anchors[starting.sets]
        following = self.pool.first_of(starting.evidence, since=sample + _ONE_DAY)
        return following.on - _ONE_DAY if following is not None else date.max

    def _state(
        self, asked: StepRule, opens: date | None, closes: date | None, match: Match
    ) -> StepState:
        today = self.days.today
        if match.closes:
            return StepState.DONE
        if match.evidence is not None:
            return StepState.REPORTED
        if opens is None or opens > today or not self._is_ready(asked):
            return StepState.WAITING
        if asked.evidence is None:
            return StepState.OPEN if opens == today else StepState.TOLD
        if closes is None or closes >= today:
            return StepState.OPEN
        is_gone = asked.ends_window or asked.only_in_time
        return StepState.MISSED if is_gone else StepState.OVERDUE

    def _is_ready(self, asked: StepRule) -> bool:
        return all(
            any(step.id == name and step.state is StepState.DONE for step in self.steps)
            for name in asked.requires
        )

    def _is_void(self, asked: StepRule, state: StepState) -> bool:
        """After the last capsule nothing more is collected."""
        return self.days.has_ended and asked.phase is Phase.SUPPLY and state.is_pending

    def _set_anchor(self, asked: StepRule, placed: Step) -> None:
        if asked.sets is None or placed.opens is None:
            return
        self.expected.discard(asked.sets)
        if placed.evidence is not None:
            self.anchors[asked.sets] = placed.evidence.on
        elif asked.is_safety:
            self.anchors[asked.sets] = max(placed.opens, self.days.today)
            self.expected.add(asked.sets)
        else:
            self.anchors[asked.sets] = placed.opens


def _numbered(step: StepRule, number: int, *, second: int = 2) -> str:
    """The step's id with its own count: the third test belongs to the second supply."""
    if step.first_number is None:
        return step.id
    return f"{step.id}-{step.first_number + number - second}"
