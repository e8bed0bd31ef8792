"""What does a simulated clinic enter on a day, so that a course goes its way? Pure.

It does what is open on the first day on which the house is open, and the patient goes to the
pharmacy the day after all that has to be done before. It knows no rule: which steps are open, and
until when, the timeline tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.closed_days import ClosedDays
from bot.domain.course_evidence import NEGATIVE
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.patient import FactValue
from bot.domain.step import Step, StepState
from bot.domain.timeline import Timeline

_MEDICAL = "medical"
_TO_DO = (StepState.OPEN, StepState.OVERDUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that the clinic enters."""

    step: str
    value: FactValue
    """Of a fact of kind EVIDENCE."""


def entry_today(
    seen: Timeline, closed: ClosedDays, *, missed_windows: frozenset[int]
) -> Entry | None:
    """The next thing that can be entered on `seen.today`; None: nothing.

    `missed_windows` are the ways to the pharmacy that the patient does not finish, from 1.
    """
    ways = _ways(seen.steps)
    for step in seen.steps:
        if not _can_be_done(step, seen, closed):
            continue
        if step.asks.ends_window and ways.index((step.cycle, step.attempt)) + 1 in missed_windows:
            continue
        name = step.asks.evidence
        assert name is not None
        value = evidence_fact(name, seen.today, EvidenceSource.CLINIC, _details(step, name))
        return Entry(step=step.id, value=value)
    return None


def _can_be_done(step: Step, seen: Timeline, closed: ClosedDays) -> bool:
    if step.state not in _TO_DO or step.asks.evidence is None or step.opens is None:
        return False
    if step.asks.needs_open_day and closed.is_closed(seen.today):
        return False
    before = _before(step, seen.steps)
    if before is None:
        return True
    if before.evidence is None:
        return False
    if before.evidence.on > closed.open_days_before(seen.today, step.asks.takes_days):
        return False
    is_last_day = step.act_by is not None and step.act_by <= seen.today
    return not step.asks.ends_window or is_last_day or before.evidence.on < seen.today


def _before(step: Step, steps: Sequence[Step]) -> Step | None:
    """The step before this one on the same way to the pharmacy."""
    way = [one for one in steps if one.cycle == step.cycle and one.attempt == step.attempt]
    place = way.index(step) if step.cycle else 0
    return way[place - 1] if place else None


def _ways(steps: Sequence[Step]) -> list[tuple[str, int]]:
    return [(step.cycle, step.attempt) for step in steps if step.asks.ends_window]


def _details(step: Step, name: EvidenceName) -> Mapping[str, str]:
    details: dict[str, str] = {}
    if name is EvidenceName.PREGNANCY_TEST:
        details |= {"result": NEGATIVE, "place": _MEDICAL}
    if step.asks.test is not None:
        details["test"] = step.asks.test
    return details
